#!/bin/bash
# The agent: runs steps as root inside a booted container or virtual machine, for the program that holds the other end of two byte streams
# (a serial port given twice, or two FIFOs). It needs bash and coreutils only.
#
#   to the agent                          from the agent, lines of text only, so that stray console output cannot break the framing
#                                         HELLO 1                          booted, waiting for commands
#   PUT <n>; and then n bytes             OK                               the bytes are added to the pending content
#   TAKE <n>;                             OK                               the box's first n bytes are added to the pending content
#   FILE <octal mode> <name, base64>;     OK                               the pending content becomes a file of the next step
#   RUN <seconds or 0> <epoch>;           OUT <base64> …                   the pending content is a script and runs now
#                                         VALUE <file name> <base64> …     the outputs it left
#                                         END <exit code> <1 if timed out>
#   REBOOT;                               HELLO 1                          after the restart
#   anything that cannot be done          FAIL <reason>
set -u
umask 022
export LC_ALL=C
# The pump may be gone before it is woken. A handler, not `''`: what is ignored would be ignored in the steps too.
trap : PIPE

readonly from_host=$1 to_host=$2
readonly value_limit=1048576 # bytes of one output that are handed back
# /run is too small and often mounted noexec; it serves where the root file system cannot be written.
readonly folders=("${3:-/var/lib/imagebuilder-session}" /run/imagebuilder-session)

say() { printf '%s\n' "$*" >&4; }

prepare() {
    local folder
    for folder in "${folders[@]}"; do
        rm -rf "$folder" 2>/dev/null && mkdir -p "$folder/files" 2>/dev/null && cd "$folder" && break
    done
    work=$PWD
    : >pending
}

# A group of its own for the processes of a step: nothing leaves it, not even what calls setsid. Empty where there is none to be had.
enter_cgroup() {
    local line root
    cgroup=
    while read -r line; do
        [[ $line == 0::*/imagebuilder-agent.service ]] || continue
        for root in /sys/fs/cgroup /sys/fs/cgroup/unified; do
            cgroup=$root${line#0::}/step-$$
            [[ -e $root${line#0::}/cgroup.procs ]] && mkdir "$cgroup" 2>/dev/null && return
        done
        cgroup=
    done </proc/self/cgroup
}

end_step() { # process group
    local process left=1
    kill -KILL -- "-$1" 2>/dev/null
    [[ -n $cgroup ]] || return 0
    if [[ -e $cgroup/cgroup.kill ]]; then echo 1 >"$cgroup/cgroup.kill"; return; fi
    while ((left)); do
        left=0
        while read -r process; do left=1 && kill -KILL "$process" 2>/dev/null; done <"$cgroup/cgroup.procs"
    done
}

leave_cgroup() {
    # What was killed leaves the group a moment later.
    for _ in {1..50}; do
        rmdir "$cgroup" 2>/dev/null && break
        sleep 0.02
    done
}

# Sends what arrives as it arrives: each read takes all that the pipe holds. Once the step has ended, the file `ended` says so: what is in the
# pipe then is the rest, whoever still holds its other end.
pump() {
    local last=
    while [[ -z $last ]]; do
        [[ -e $work/ended ]] && last=nonblock
        printf 'OUT '
        dd bs=1048576 count=1 status=none ${last:+iflag="$last"} 2>/dev/null | base64 -w 0
        printf '\n'
    done >&4
}

# The box is a disk that the host writes to behind our back: never read from the cache.
take() { # bytes
    local disk size
    size=$(stat -c %s pending)
    for disk in /sys/block/*; do
        [[ -e $disk/serial && $(<"$disk/serial") == imagebuilder ]] || continue
        dd if="/dev/${disk##*/}" bs=1M count=$((($1 + 1048575) / 1048576)) iflag=direct status=none 2>/dev/null | head -c "$1" >>pending
        (($(stat -c %s pending) == size + $1))
        return
    done
    return 1
}

run() { # seconds, epoch
    local script pump watch='' code late=0 file
    if ! { rm -rf outputs ended late script && mkdir outputs && mv pending script && : >pending; }; then
        say "FAIL cannot write in $work"
        return
    fi
    enter_cgroup
    exec 5> >(pump)
    pump=$!
    set -m
    (
        [[ -z $cgroup ]] || echo "$BASHPID" >"$cgroup/cgroup.procs"
        cd / && exec env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH="$2" IMAGEBUILDER_FILES="$work/files" \
            IMAGEBUILDER_OUTPUTS="$work/outputs" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash "$work/script"
    ) </dev/null >&5 2>&1 3>&- 4>&- 5>&- &
    script=$!
    if (($1 > 0)); then
        { sleep "$1"; : >late; end_step "$script"; } </dev/null >/dev/null 2>&1 3>&- 4>&- 5>&- &
        watch=$!
    fi
    wait "$script" 2>/dev/null
    code=$?
    [[ -z $watch ]] || kill -KILL -- "-$watch" 2>/dev/null
    set +m
    end_step "$script"
    [[ -z $cgroup ]] || leave_cgroup
    : >ended
    (printf '\0' >&5) # wakes the pump, which may be gone already; the reader drops NULs
    exec 5>&-
    wait "$pump"
    [[ -e late ]] && late=1
    for file in outputs/*; do
        [[ -f $file && $file != *[$' \t\n']* ]] && say "VALUE ${file#outputs/} $(head -c "$value_limit" "$file" | base64 -w 0)"
    done
    rm -rf files && mkdir files
    say "END $code $late"
}

keep_file() { # mode, name in base64
    local name
    name=$(base64 -d <<<"$2") && mkdir -p "files/$(dirname "$name")" && mv pending "files/$name" && chmod "$1" "files/$name" && : >pending
}

if [[ -c $from_host ]]; then
    stty -F "$from_host" raw -echo clocal -hupcl
    # bash's `read` changes the settings of a terminal while it waits, and bytes that then arrive are lost or changed. A pipe it leaves alone.
    exec 3< <(exec cat "$from_host") 4>"$to_host"
else
    # Opened for both directions a FIFO neither blocks now nor ends when the other side closes.
    exec 3<>"$from_host" 4<>"$to_host"
fi
prepare
# Tests are promised a machine that has finished booting; one that never finishes is theirs to notice.
if command -v systemctl >/dev/null; then timeout 120 systemctl is-system-running --wait >/dev/null 2>&1; fi
say # ends whatever a boot loader left on the line
say HELLO 1
while read -r -d ';' verb first second <&3; do
    case $verb in
    PUT) if head -c "$first" <&3 >>pending; then say OK; else say "FAIL cannot write in $work"; fi ;;
    TAKE) if take "$first"; then say OK; else say "FAIL cannot read from the box or write in $work"; fi ;;
    FILE) if keep_file "$first" "$second"; then say OK; else say "FAIL cannot write in $work"; fi ;;
    RUN) run "$first" "$second" ;;
    REBOOT) systemctl reboot >/dev/null 2>&1 || say FAIL the system cannot restart ;;
    *) say "FAIL unknown command" ;;
    esac
done
