# The root of a step: the chain of layers with a new one on top, in namespaces of its own. When the command starts, nothing of the host can be
# reached by any path except copies of the step's own files.
#
# Runs in a work folder as add_layers in root.sh says, with input (script, files, dev, resolve, an empty folder outputs).
# Arguments: the text of process 1, the lower layers, and the arguments of process 1.
# shellcheck disable=SC2154 # root.sh sets here
set -euo pipefail
umask 022
process1=$1 lower=$2
shift 2

add_layers "$lower"
add_system "$here/mount/image" "$here/input/dev" /dev
# /sys is empty, so that no build depends on the hardware under it. An image's own resolv.conf points to what systemd-resolved writes when it
# runs; here the host's stands in its place.
table+="
    sys $here/mount/image/sys tmpfs ro,X-mount.mkdir
    $here/input $here/mount/image/run/imagebuilder none bind,ro,X-mount.mkdir
    outputs $here/mount/image/run/imagebuilder/outputs tmpfs mode=755
    $here/input/resolve $here/mount/image/run/systemd/resolve none bind,X-mount.mkdir"
mount_table
resolv=mount/image/etc/resolv.conf
[[ -L $resolv || ! -e $resolv ]] || mount -n --bind input/resolve/resolv.conf "$resolv"
hostname localhost

# Process 1 stands beside the image and not in it: so systemctl and others see that they run in a chroot and do not try to start services.
cd mount
leave_host old
exec bash -c "$process1" process1 "$@"
