# Room for a distribution's bootstrap: the new layer's root, while nothing of the host can be written but the work folder and the downloads.
#
# Runs in a work folder which holds layer/root (empty), mount (empty) and install (empty).
# Arguments: the supervisor's text, the bootstrap's script, the bytes that the root takes, about, or 0 when there is no memory for it, the text of
# copy.sh, and the script's environment as NAME=VALUE, with DOWNLOADS.
set -euo pipefail
umask 022
supervisor=$1 script=$2 room=$3 copy=$4
shift 4
# shellcheck disable=SC2163 # they are assignments
export "$@"

mount -n --bind "$PWD" "$PWD"
mount -n --bind "$DOWNLOADS" "$DOWNLOADS"
mount -n -o remount,bind,ro /
mount -n -t proc proc /proc
export LAYER=$PWD/layer/root ROOT=$PWD/mount TMPDIR=$PWD/install
# Packages write, rename and remove each file several times, which costs seconds on a disk: so in memory where there is enough of it.
if ((room)); then
    mount -n -t tmpfs -o "mode=755,size=$((2 * room))" imagebuilder "$ROOT"
    script+=$'\n'$copy
else
    mount -n --bind "$LAYER" "$ROOT"
fi
cd "$TMPDIR"
exec bash -c "$supervisor" supervisor apart '' bash -c "$script"
