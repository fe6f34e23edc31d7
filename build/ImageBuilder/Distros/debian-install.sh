# Debian's and Ubuntu's part of making a parent image: see Bootstrap.Install.
set -euo pipefail

# The repositories' own date: no file of a package is younger, so clamping to it changes none, and equal repositories give equal images.
wanted=()
while read -r _ uri suite _; do
    wanted+=("${uri%/}/dists/$suite/InRelease" "$PWD/InRelease.${#wanted[@]}")
done < <(sed -E 's/^deb +\[[^]]*\]/deb/' "$SOURCES")
/usr/lib/apt/apt-helper -q -o APT::Sandbox::User=root download-file "${wanted[@]}"
newest=0
for file in InRelease.*; do
    date=$(date -u -d "$(sed -n 's/^Date: //p' "$file" | head -n 1)" +%s)
    ((date <= newest)) || newest=$date
done
echo "epoch: $newest"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$newest}

# The initial ramdisk is made once, at the end, and not each time a package asks for it.
export INITRD=No
archives=$ROOT/var/cache/apt/archives
# shellcheck disable=SC2016 # the hook is for mmdebstrap's shell
mmdebstrap --mode=root --format=directory --variant=minbase --include="$PACKAGES" \
    --skip=essential/unlink,cleanup/apt/cache \
    --setup-hook='mkdir -p "$1/var/cache/apt/archives" && find "$DOWNLOADS" -name "*.deb" -exec cp -t "$1/var/cache/apt/archives" {} +' \
    "$RELEASE" "$ROOT" "$SOURCES" </dev/null

# What was used now is what the next parent image needs; older versions go.
find "$archives" -name '*.deb' -exec cp --update -t "$DOWNLOADS" {} +
for file in "$DOWNLOADS"/*.deb; do
    [[ -e $archives/${file##*/} ]] || rm -f "$file"
done
rm -rf "${archives:?}"
mkdir -p "$archives/partial"
