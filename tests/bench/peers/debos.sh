# debos
# A disk without a boot loader.
set -euo pipefail
command -v debos >/dev/null || { echo 'not installed'; exit 3; }
[[ $1 == build ]] || { echo 'begins anew each time'; exit 3; }
cat >"$WORK/image.yaml" <<RECIPE
architecture: amd64
actions:
  - action: image-partition
    imagename: disk.raw
    imagesize: 2GB
    partitiontype: gpt
    mountpoints: [{ mountpoint: /, partition: root }]
    partitions: [{ name: root, fs: ext4, start: 64MB, end: 100% }]
  - action: debootstrap
    suite: $RELEASE
    mirror: $MIRROR
    variant: minbase
  - action: apt
    packages: [${PACKAGES//,/, }]
  - action: filesystem-deploy
RECIPE
cd "$WORK"
timeout 240 unshare --mount --propagation private debos --disable-fakemachine image.yaml >log 2>&1 || { grep -aiE "error|fail" log | tail -n 1; exit 3; }
