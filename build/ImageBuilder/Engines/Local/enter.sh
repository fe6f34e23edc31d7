# A shell in a root that was kept, or the command that is given, or its end with --remove. Text before it sets lower (the layers below, the
# highest first), environment (an array of NAME=VALUE), shell (an array: the program) and ids (arguments for newuidmap and newgidmap with a
# slash between; empty: each id is itself).
# shellcheck disable=SC2154
set -euo pipefail
cd "$(dirname "$(realpath "$0")")"
here=$PWD

inside() {
    read -r _ <go
    if [[ ${1-} == --remove ]]; then
        rm -rf -- "$here"
        exit
    fi
    IFS=: read -ra below <<<"$lower"
    for folder in "${below[@]}"; do
        [[ -d $folder ]] || { echo "The layer $folder is gone; what is left is in $here/root." >&2; exit 1; }
    done
    mkdir -p mount scratch input
    rm -rf scratch/work
    # Short names: all of them must fit into the 4096 bytes that mount(2) takes.
    rm -rf lower && mkdir lower
    local number names=
    for number in "${!below[@]}"; do
        ln -s "$(realpath "${below[number]}")" "lower/$number"
        names+=:$number
    done
    cd lower
    LIBMOUNT_FORCE_MOUNT2=always mount -n -t overlay -o "userxattr,lowerdir=${names#:},upperdir=../root,workdir=../scratch" overlay ../mount
    cd ../mount
    mount -n -t proc proc proc
    mount -n -t tmpfs -o mode=755 run run
    mount -n -t tmpfs -o mode=755 dev dev
    for node in null zero full random urandom tty; do
        : >"dev/$node"
        mount -n --bind "/dev/$node" "dev/$node"
    done
    ln -s /proc/self/fd dev/fd
    mkdir -p run/imagebuilder run/systemd/resolve
    mount -n --bind ../input run/imagebuilder
    if [[ -d ../input/resolve ]]; then
        mount -n --bind ../input/resolve run/systemd/resolve
        [[ -L etc/resolv.conf || ! -e etc/resolv.conf ]] || mount -n --bind ../input/resolve/resolv.conf etc/resolv.conf
    fi
    [[ $# -gt 0 ]] || set -- "${shell[@]}"
    exec chroot . /usr/bin/env -i TERM="${TERM:-dumb}" "${environment[@]}" "$@"
}

# The ids are given from outside, once the new user namespace is there. Then it watches: `script` does not notice that its terminal is gone.
map() {
    local id uids gids
    read -r id <process
    until [[ $(readlink "/proc/$id/ns/user") != "$(readlink /proc/self/ns/user)" ]]; do sleep 0.01; done
    if [[ -n $ids ]]; then
        read -ra uids <<<"${ids%/*}"
        read -ra gids <<<"${ids#*/}"
        newuidmap "$id" "${uids[@]}"
        newgidmap "$id" "${gids[@]}"
    else
        cat /proc/self/uid_map >"/proc/$id/uid_map"
        cat /proc/self/gid_map >"/proc/$id/gid_map"
    fi
    echo go >go
    trap 'kill -KILL "$id"; exit' HUP
    while kill -0 "$id" 2>/dev/null; do sleep 1; done
}

if [[ ${1-} == --inside ]]; then
    shift
    inside "$@"
fi
rm -f go process
mkfifo -m 600 go process
map &
enter=(bash -c 'echo $$ >process && exec "$@"' bash unshare --user --mount --pid --fork --kill-child
    bash -c 'exec bash "$@"' bash "$here/${0##*/}" --inside "$@")
if [[ -t 0 && ${1-} != --remove ]] && command -v script >/dev/null; then
    printf -v command '%q ' "${enter[@]}"
    # Not `exec`: it would take the end of what watches for that of the shell.
    SHELL=/bin/bash script --quiet --return --flush --command "$command" /dev/null
    exit
fi
exec "${enter[@]}"
