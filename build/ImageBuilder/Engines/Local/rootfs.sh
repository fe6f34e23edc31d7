#!/bin/bash
# Writes the tree at $TREE as an ext4 file system into its place on a disk. Runs where the owners of the image's files are visible.
# Arguments: the disk, offset in bytes, blocks of 4 KiB there are, blocks that may be content, UUID, seed of the hashes, mke2fs.conf, time, the
# folder where the disk will lie. Says `content <blocks> <inodes>` first, and ends with 3 when the content is too large, with 4 for that folder's file system.
set -euo pipefail
disk=$1 offset=$2 blocks=$3 room=$4 uuid=$5 seed=$6 config=$7 epoch=$8 folder=$9
cd "$TREE"

exec 3< <(du -s -x -B 4096 .) 4< <(du -s -x --inodes .)
read -r content _ <&3
read -r inodes _ <&4
free=$(stat -f -c '%a*%S/4096' "$folder")
echo "content $content $inodes"
((content <= room)) || exit 3
((content <= free)) || exit 4

# One inode for each 16 KiB, and always a quarter more than there are files.
wanted=$((inodes + inodes / 4 + 1024)) usual=$((blocks / 4))
MKE2FS_CONFIG=$config E2FSPROGS_FAKE_TIME=$epoch mke2fs -q -F -t ext4 -L root -m 1 -U "$uuid" -N $((wanted > usual ? wanted : usual)) \
    -E "offset=$offset,hash_seed=$seed,root_owner=0:0,assume_storage_prezeroed=1,nodiscard" -d . "$disk" $((blocks * 4))k
