# The root of a step: the chain of layers with a new one on top, in namespaces of its own. When the command starts, nothing of the host can be
# reached by any path except copies of the step's own files.
#
# Runs in a work folder as mount_layers in root.sh says, with input (script, files, resolv.conf, an empty folder outputs).
# Arguments: the supervisor's text, the lower layers, and the environment of the script as NAME=VALUE.
set -euo pipefail
umask 022
supervisor=$1 lower=$2
shift 2

mount_layers "$lower"
hostname localhost
input=$PWD/input
cd mount/image
# /sys is empty, so that no build depends on the hardware under it.
mount_system /dev ../table "sys $PWD/sys tmpfs ro
    $input $PWD/run/imagebuilder none bind,ro,X-mount.mkdir
    outputs $PWD/run/imagebuilder/outputs tmpfs mode=755"
mkdir -p run/systemd/resolve run/host

# The image's own resolv.conf points to what systemd-resolved writes when it runs; here the host's stands in its place.
install -m 644 run/imagebuilder/resolv.conf run/systemd/resolve/stub-resolv.conf
install -m 644 run/imagebuilder/resolv.conf run/systemd/resolve/resolv.conf
[[ -L etc/resolv.conf || ! -e etc/resolv.conf ]] || mount -n --bind run/systemd/resolve/resolv.conf etc/resolv.conf

# Process 1 stands beside the image and not in it: so systemctl and others see that they run in a chroot and do not try to start services.
cd ..
leave_host image/run/host
exec bash -c "$supervisor" supervisor merged /image/run/imagebuilder/outputs \
    chroot /image /usr/bin/env -i "$@" /bin/bash /run/imagebuilder/script
