# Room for a distribution's bootstrap: the new layer's root, while nothing of the host can be written but the work folder and the downloads.
#
# Runs in a work folder which holds layer/root (empty), mount (empty) and install (empty).
# Arguments: the supervisor's text, the bootstrap's script, the bytes that the root takes, about, and the script's environment as
# NAME=VALUE, with DOWNLOADS.
set -euo pipefail
umask 022
supervisor=$1 script=$2 room=$3
shift 3
# shellcheck disable=SC2163 # they are assignments
export "$@"

mount -n --bind "$PWD" "$PWD"
mount -n --bind "$DOWNLOADS" "$DOWNLOADS"
mount -n -o remount,bind,ro /
mount -n -t proc proc /proc
export LAYER=$PWD/layer/root ROOT=$PWD/mount TMPDIR=$PWD/install
# Packages write, rename and remove each file several times, which costs seconds on a disk: so in memory where there is enough of it.
read -r _ available _ < <(grep '^MemAvailable:' /proc/meminfo)
if ((available * 1024 > 3 * room)); then
    mount -n -t tmpfs -o "mode=755,size=$((2 * room))" imagebuilder "$ROOT"
    script+=$'\ncp --archive "$ROOT/." "$LAYER"'
else
    mount -n --bind "$LAYER" "$ROOT"
fi
cd "$TMPDIR"
exec bash -c "$supervisor" supervisor apart '' bash -c "$script"
