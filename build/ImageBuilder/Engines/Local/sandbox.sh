# The root of a step: the chain of layers with a new one on top, in namespaces of its own. When the command starts, nothing of the host can be
# reached by any path except copies of the step's own files.
#
# Runs in the step's work folder, which holds 0, 1, 2 … (the layers below as links, the highest first: short names, because all of them must fit
# into the 4096 bytes that mount(2) takes), none (an empty folder), layer/root (the new layer), overlay (its scratch folder), mount (empty), input (script and files).
# Arguments: the supervisor's text, the lower layers (`0:1:2`), and the environment of the script as NAME=VALUE.
set -euo pipefail
umask 022
supervisor=$1 lower=$2
shift 2

# Process 1 stands beside the image and not in it: so systemctl and others see that they run in a chroot and do not try to start services.
mount -n -t tmpfs -o mode=755 imagebuilder mount
mkdir mount/image
ln -s image/{bin,sbin,lib,lib64,usr,dev,proc} mount
# What an earlier run of the same step left there says that its mount was volatile, and the kernel refuses to go on from that.
[[ ! -e overlay/work ]] || { rm -rf overlay && mkdir overlay; }
LIBMOUNT_FORCE_MOUNT2=always mount -n -t overlay -o "userxattr,volatile,lowerdir=$lower,upperdir=layer/root,workdir=overlay" overlay mount/image
input=$PWD/input
cd mount/image
image=$PWD
mkdir -p dev proc sys run tmp

# One call for many mounts: each call costs as much as ten mounts.
# /sys is empty, so that no build depends on the hardware under it. What of /proc acts on the whole machine is read-only.
{
    echo "dev $image/dev tmpfs mode=755
        devpts $image/dev/pts devpts newinstance,ptmxmode=666,mode=620,gid=5,X-mount.mkdir
        shm $image/dev/shm tmpfs mode=1777,X-mount.mkdir
        proc $image/proc proc defaults
        sys $image/sys tmpfs ro
        run $image/run tmpfs mode=755
        $input $image/run/imagebuilder none bind,ro,X-mount.mkdir
        outputs $image/run/imagebuilder/outputs tmpfs mode=755"
} >../fstab
mount -n -a -T ../fstab
echo localhost >proc/sys/kernel/hostname
{
    for node in null zero full random urandom tty; do
        : >"dev/$node"
        echo "/dev/$node $image/dev/$node none bind"
    done
    for part in sys bus fs irq acpi; do
        [[ ! -d proc/$part ]] || echo "$image/proc/$part $image/proc/$part none bind,ro"
    done
    for file in sysrq-trigger kcore kmsg; do
        [[ ! -e proc/$file ]] || echo "/dev/null $image/proc/$file none bind"
    done
} >../fstab
mount -n -a -T ../fstab
ln -s pts/ptmx dev/ptmx
ln -s /proc/self/fd dev/fd
ln -s /proc/self/fd/0 dev/stdin
ln -s /proc/self/fd/1 dev/stdout
ln -s /proc/self/fd/2 dev/stderr
mkdir -p run/lock run/systemd/resolve run/host

# The image's own resolv.conf points to what systemd-resolved writes when it runs; here the host's stands in its place.
install -m 644 run/imagebuilder/resolv.conf run/systemd/resolve/stub-resolv.conf
install -m 644 run/imagebuilder/resolv.conf run/systemd/resolve/resolv.conf
[[ -L etc/resolv.conf || ! -e etc/resolv.conf ]] || mount -n --bind run/systemd/resolve/resolv.conf etc/resolv.conf

cd ..
rm fstab
pivot_root . image/run/host
cd /
hash -r
umount -l image/run/host
rmdir image/run/host
exec bash -c "$supervisor" supervisor merged /image/run/imagebuilder/outputs \
    chroot /image /usr/bin/env -i "$@" /bin/bash /run/imagebuilder/script
