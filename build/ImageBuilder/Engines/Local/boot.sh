# Boots the image of a container, in a pid namespace that begins here.
set -euo pipefail
umask 022
cd /
add_system /image /input/dev /devices
table+="
    /sysfs /image/sys none rbind
    cgroup2 /image/sys/fs/cgroup cgroup2 defaults
    /input /image/run/imagebuilder none bind,X-mount.mkdir
    /input/console /image/dev/console none bind"
mount_table
cd /image
# The container's network is its own.
mount -n --bind proc/sys/net proc/sys/net
mount -n -o remount,bind,rw proc/sys/net
mkdir -p run/systemd/system/multi-user.target.wants run/host
for unit in run/imagebuilder/*.service; do
    cp "$unit" run/systemd/system/
    ln -s "../${unit##*/}" run/systemd/system/multi-user.target.wants/
done
# There is no terminal to log in on and no network to wait for, and these file systems belong to the machine outside.
for unit in console-getty.service systemd-networkd-wait-online.service dev-hugepages.mount sys-fs-fuse-connections.mount sys-kernel-{config,debug,tracing}.mount; do
    ln -s /dev/null "run/systemd/system/$unit"
done
leave_host run/host
exec env -i container=imagebuilder PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
    /sbin/init systemd.log_target=console systemd.log_level=notice systemd.show_status=0
