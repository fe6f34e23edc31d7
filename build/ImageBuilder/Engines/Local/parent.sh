# Room for a distribution's bootstrap: the new layer's root, while nothing of the host can be written but the work folder and the downloads.
#
# Runs in a work folder which holds none (empty), layer/root, overlay, mount (empty) and install (empty).
# Arguments: the supervisor's text, the bootstrap's script, and its environment as NAME=VALUE, with DOWNLOADS.
set -euo pipefail
umask 022
supervisor=$1 script=$2
shift 2
# shellcheck disable=SC2163 # they are assignments
export "$@"

mount -n --bind "$PWD" "$PWD"
mount -n --bind "$DOWNLOADS" "$DOWNLOADS"
mount -n -o remount,bind,ro /
mount -n -t proc proc /proc
cd "$PWD/install"
export ROOT=${PWD%/install}/mount TMPDIR=$PWD
LIBMOUNT_FORCE_MOUNT2=always mount -n -t overlay -o userxattr,volatile,lowerdir=../none,upperdir=../layer/root,workdir=../overlay overlay "$ROOT"
exec bash -c "$supervisor" supervisor apart '' bash -c "$script"
