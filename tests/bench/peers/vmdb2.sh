# vmdb2
# A disk that boots with BIOS.
set -euo pipefail
command -v vmdb2 >/dev/null || { echo 'not installed'; exit 3; }
[[ $1 == build ]] || { echo 'begins anew each time'; exit 3; }
cat >"$WORK/image.yaml" <<SPEC
steps:
  - mkimg: "{{ output }}"
    size: 2G
  - mklabel: gpt
    device: "{{ output }}"
  - mkpart: primary
    device: "{{ output }}"
    start: 0%
    end: 100%
    tag: root
  - kpartx: "{{ output }}"
  - mkfs: ext4
    partition: root
  - mount: root
  - debootstrap: $RELEASE
    mirror: $MIRROR
    target: root
    include: [${PACKAGES//,/, }]
  - grub: bios
    tag: root
    image-dev: "{{ output }}"
SPEC
vmdb2 "$WORK/image.yaml" --output "$WORK/disk.raw" --log "$WORK/log" >/dev/null 2>&1 || { grep -aiE 'kpartx.*(fail|not found)|device-mapper|rror' "$WORK/log" | head -n 1; exit 3; }
