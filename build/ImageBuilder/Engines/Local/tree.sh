# The merged tree of a chain of layers, read-only, while a script of ours runs that sees the host's files too.
#
# Runs in a work folder which holds 0, 1, 2 … (the layers as links, the highest first), none (empty) and mount (empty).
# Arguments: the layers (`0:1:2`), the folder to run in, the script and its arguments.
set -euo pipefail
lower=$1 folder=$2
shift 2
LIBMOUNT_FORCE_MOUNT2=always mount -n -t overlay -o "ro,userxattr,lowerdir=$lower:none" overlay mount
mount -n -t proc proc /proc
export TREE=$PWD/mount
cd "$folder"
exec bash -c "$@"
