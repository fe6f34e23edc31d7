# mmdebstrap, mkinitramfs, GRUB and mke2fs by hand
# A disk that boots with UEFI; nothing is checked, tested or kept.
set -euo pipefail
for program in mmdebstrap mke2fs sfdisk grub-mkimage mkfs.vfat mcopy; do
    command -v "$program" >/dev/null || { echo "$program is not installed"; exit 3; }
done
[[ $1 == build ]] || { echo 'begins anew each time'; exit 3; }
[[ $EUID == 0 ]] || { echo 'wants root'; exit 3; }
uuid=11111111-2222-4333-8444-555555555555 epoch=1767225600
export SOURCE_DATE_EPOCH=$epoch INITRD=No TZ=UTC MTOOLS_SKIP_CHECK=1 E2FSPROGS_FAKE_TIME=$epoch
mkdir -p "$KEEP/archives"
mmdebstrap --mode=root --format=directory --variant=minbase --include="$PACKAGES" --skip=essential/unlink,cleanup/apt/cache \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives" && find "$KEEP/archives" -name "*.deb" -exec cp -t "$1/var/cache/apt/archives" {} +' \
    "$RELEASE" "$WORK/tree" "$SOURCES"
cp --update "$WORK"/tree/var/cache/apt/archives/*.deb "$KEEP/archives"
rm -f "$WORK"/tree/var/cache/apt/archives/*.deb
version=$(ls "$WORK/tree/lib/modules")
printf 'MODULES=list\nCOMPRESS=zstd\n' >"$WORK/tree/etc/initramfs-tools/conf.d/bench"
printf '%s\n' virtio_blk virtio_scsi virtio_pci nvme ahci ata_piix sd_mod ext4 vfat nls_cp437 nls_ascii >>"$WORK/tree/etc/initramfs-tools/modules"
chroot "$WORK/tree" mkinitramfs -o "/boot/initrd.img-$version" "$version"
mkdir -p "$WORK/tree/boot/grub"
echo "UUID=$uuid / ext4 rw,relatime 0 1" >"$WORK/tree/etc/fstab"
cat >"$WORK/tree/boot/grub/grub.cfg" <<GRUB
linux /boot/vmlinuz-$version root=UUID=$uuid ro console=ttyS0
initrd /boot/initrd.img-$version
boot
GRUB
disk=$WORK/disk.raw
truncate -s 2G "$disk"
sfdisk -q --no-reread --no-tell-kernel --wipe never "$disk" <<'TABLE'
label: gpt
start=4096, size=98304, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
start=102400, size=4089856, type=4F68BCE3-E8CD-4DB1-96E7-FBCAF984B709
TABLE
printf 'search.fs_uuid %s root\nset prefix=($root)/boot/grub\nconfigfile ($root)/boot/grub/grub.cfg\n' "$uuid" >"$WORK/early.cfg"
grub-mkimage -O x86_64-efi -c "$WORK/early.cfg" -p /boot/grub -o "$WORK/BOOTX64.EFI" part_gpt ext2 fat normal configfile search search_fs_uuid linux boot
mkfs.vfat -F 32 -s 1 -n ESP --invariant --offset 4096 "$disk" 49152 >/dev/null
mmd -i "$disk@@2M" ::EFI ::EFI/BOOT
mcopy -i "$disk@@2M" "$WORK/BOOTX64.EFI" ::EFI/BOOT/
mke2fs -q -F -t ext4 -b 4096 -U "$uuid" -m 1 -E "offset=52428800,hash_seed=$uuid,nodiscard" -d "$WORK/tree" "$disk" $((4089856 / 2))k
