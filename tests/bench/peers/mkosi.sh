# mkosi to a folder
# A folder with an initial ramdisk of mkosi's own; no disk and no boot loader (those want systemd-repart 254). From the release's main suite alone.
set -euo pipefail
# The first on the path need not be the one that Debian's packages are for.
for python in python3 /usr/bin/python3 ''; do "${python:-false}" -c 'import pefile' 2>/dev/null && break; done
[[ -n $python ]] || { echo 'wants the package python3-pefile'; exit 3; }
if [[ -d ${IMAGEBUILDER_BENCH_MKOSI-} ]]; then
    export PYTHONPATH=$IMAGEBUILDER_BENCH_MKOSI
    mkosi=("$python" -m mkosi)
else
    mkosi=("${IMAGEBUILDER_BENCH_MKOSI:-mkosi}")
    command -v "${mkosi[0]}" >/dev/null || { echo 'not installed, and IMAGEBUILDER_BENCH_MKOSI does not name its sources'; exit 3; }
fi
version=$("${mkosi[@]}" --version | sed 's/^mkosi \([0-9]*\).*/\1/')
((version >= 20)) || { echo "version $version cannot build here: 20 or later is needed"; exit 3; }

# What is built once stays in the cache; a changed last script is what is built again.
incremental=no
[[ $1 == build ]] || incremental=yes
mkdir -p "$KEEP"/{packages,cache,settings,out} "$WORK/space"
[[ $1 != edit ]] || printf '#!/bin/sh\necho "%s"\n' "$EPOCHREALTIME" >"$KEEP/settings/mkosi.finalize"
[[ ! -e $KEEP/settings/mkosi.finalize ]] || chmod +x "$KEEP/settings/mkosi.finalize"
out=$WORK/out
mkdir -p "$out"
exec "${mkosi[@]}" -C "$KEEP/settings" --distribution debian --release "$RELEASE" --format directory --output-directory="$out" \
    --workspace-directory="$WORK/space" --build-sources= --package-cache-directory="$KEEP/packages" --cache-directory="$KEEP/cache" \
    --incremental="$incremental" --local-mirror "$MIRROR" --bootable no --package "apt,$PACKAGES" --force build
