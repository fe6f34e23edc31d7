# A shell in a root that was kept, or the command that is given, or its end with --remove. Text before it sets lower (the layers below, the
# highest first) and ids (arguments for newuidmap and newgidmap with a slash between; empty: each id is itself).
set -euo pipefail
cd "$(dirname "$(realpath "$0")")"
here=$PWD

inside() {
    read -r _ <go
    if [[ ${1-} == --remove ]]; then
        rm -rf -- "$here"
        exit
    fi
    mkdir -p mount scratch
    rm -rf scratch/work
    LIBMOUNT_FORCE_MOUNT2=always mount -n -t overlay -o "userxattr,lowerdir=$lower,upperdir=root,workdir=scratch" overlay mount
    cd mount
    mount -n -t proc proc proc
    mount -n -t tmpfs -o mode=755 run run
    mount -n -t tmpfs -o mode=755 dev dev
    for node in null zero full random urandom tty; do
        : >"dev/$node"
        mount -n --bind "/dev/$node" "dev/$node"
    done
    [[ $# -gt 0 ]] || set -- /bin/bash -l
    exec chroot . /usr/bin/env -i TERM="${TERM:-dumb}" HOME=/root LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}
export -f inside
export here lower

rm -f go
mkfifo -m 600 go
unshare --user --mount --pid --fork --kill-child bash -euo pipefail -c 'exec bash -euo pipefail -c "inside \"\$@\"" bash "$@"' bash "$@" <&0 &
process=$!
# The ids are given from outside, once the new user namespace is there.
until [[ $(readlink "/proc/$process/ns/user") != "$(readlink /proc/self/ns/user)" ]]; do sleep 0.01; done
if [[ -n $ids ]]; then
    read -ra uids <<<"${ids%/*}"
    read -ra gids <<<"${ids#*/}"
    newuidmap "$process" "${uids[@]}"
    newgidmap "$process" "${gids[@]}"
else
    cat /proc/self/uid_map >"/proc/$process/uid_map"
    cat /proc/self/gid_map >"/proc/$process/gid_map"
fi
echo go >go
wait "$process"
