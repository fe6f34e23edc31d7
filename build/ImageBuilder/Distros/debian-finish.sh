# The rest of a parent image, run inside it.
set -euo pipefail

echo localhost >/etc/hostname
printf '127.0.0.1\tlocalhost\n::1\t\tlocalhost ip6-localhost ip6-loopback\n' >/etc/hosts
chmod 644 /etc/hostname /etc/hosts
ln -sfn ../run/systemd/resolve/stub-resolv.conf /etc/resolv.conf
rm -f /etc/.resolv.conf.systemd-resolved.bak

# Packages must not start services while the image is made. The seal takes this away.
printf '#!/bin/sh\n# imagebuilder: no services while the image is made\nexit 101\n' >/usr/sbin/policy-rc.d
chmod 755 /usr/sbin/policy-rc.d

# Nobody can tell afterwards which archive a package came from, so that is noted as apt hands it to dpkg. The seal takes it away, too.
cat >/etc/apt/apt.conf.d/00imagebuilder <<'CONFIGURATION'
// Notes the digests of archives while the image is made.
DPkg::Pre-Install-Pkgs { "/usr/sbin/imagebuilder-archives"; };
DPkg::Tools::Options::/usr/sbin/imagebuilder-archives::Version "3";
CONFIGURATION
cat >/usr/sbin/imagebuilder-archives <<'HOOK'
#!/bin/sh
# Reads what apt.conf(5) says of DPkg::Pre-Install-Pkgs, version 3.
set -e
mkdir -p /var/lib/imagebuilder
sed '1,/^$/d' | while read -r name _ _ _ _ version architecture _ file; do
    [ -f "$file" ] || continue
    digest=$(sha256sum <"$file")
    printf '%s\t%s\t%s\t%s\n' "$name" "$version" "$architecture" "${digest%% *}"
done >>/var/lib/imagebuilder/archives
HOOK
chmod 644 /etc/apt/apt.conf.d/00imagebuilder
chmod 755 /usr/sbin/imagebuilder-archives

# What /etc/resolv.conf points to. How the machine gets its address is for components to say.
systemctl enable systemd-resolved.service

# A ramdisk with the drivers of all hypervisors' disks, whichever machine it is made on; it is made in a fraction of the time that one
# with everything takes.
mkdir -p /etc/initramfs-tools/conf.d /etc/initramfs-tools/hooks
cat >/etc/initramfs-tools/conf.d/imagebuilder <<'CONFIGURATION'
# Only the drivers of hooks/imagebuilder. For other hardware set MODULES=most and run update-initramfs -u.
MODULES=list
COMPRESS=zstd
COMPRESSLEVEL=3
RESUME=none
CONFIGURATION
cat >/etc/initramfs-tools/hooks/imagebuilder <<'HOOK'
#!/bin/sh
# Drivers that the root file system may stand behind: virtio, NVMe, SATA, IDE, SCSI, VMware, Hyper-V, Xen.
set -e
[ "$1" != prereqs ] || exit 0
. /usr/share/initramfs-tools/hook-functions
manual_add_modules virtio_blk virtio_scsi virtio_pci virtio_mmio nvme ahci ata_piix ata_generic sd_mod sr_mod vmw_pvscsi mptspi mptsas BusLogic \
    sym53c8xx megaraid_sas hv_vmbus hv_storvsc xen_blkfront xen_scsifront ext4 vfat nls_cp437 nls_ascii nls_utf8
HOOK
chmod 755 /etc/initramfs-tools/hooks/imagebuilder
for version in /lib/modules/*; do
    update-initramfs -c -k "${version##*/}"
done
