# Debian's and Ubuntu's part of making a parent image: see Bootstrap.Install.
#
# $DOWNLOADS holds lists/ (the repositories' indexes, as apt keeps them), plain/ (packages without their compression, each with a file `.sum`:
# its size and SHA-256) and sets/ (small repositories, each of one choice of packages). Decompressing takes longer than everything else that an
# installation does, and essential packages are unpacked twice; resolving from an index of 150 packages takes a tenth of the time that one of
# 60000 takes. apt checks signatures and digests when something is fetched, and the digests again each time it is used.
set -euo pipefail
export LC_ALL=C.UTF-8 PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
readonly days=30 # that a package is kept after it was last used

# What is proxies and the like comes from the host, and nothing else: its choices are not the image's.
configure_apt() {
    architecture=$(dpkg --print-architecture)
    mkdir -p "$DOWNLOADS"/{lists/partial,plain,sets,cache} archives/partial
    : >status
    {
        apt-config dump --no-empty | grep -E '^Acquire::(https?|Retries|ForceIPv[46])\b' || :
        cat <<CONFIGURATION
Dir::Etc { sourcelist "$SOURCES"; sourceparts "/dev/null"; parts "/dev/null"; main "/dev/null"; preferences "/dev/null"; preferencesparts "/dev/null"; };
Dir::State { lists "$DOWNLOADS/lists"; status "$PWD/status"; extended_states "$PWD/extended_states"; };
Dir::Cache "$DOWNLOADS/cache";
Dir::Cache::archives "$PWD/archives";
APT { Architecture "$architecture"; Architectures "$architecture"; Install-Recommends "false"; Sandbox::User "root"; Update::Error-Mode "any"; };
Acquire::Languages "none";
CONFIGURATION
    } >apt.conf
}

apt() { APT_CONFIG=$PWD/apt.conf "$@"; }

# The repositories' own date: no file of a package is younger, so clamping to it changes none, and equal repositories give equal images.
newest_date() {
    local file date newest=0
    for file in "$DOWNLOADS"/lists/*Release; do
        date=$(date -u -d "$(sed -n 's/^Date: //p' "$file" | head -n 1)" +%s)
        ((date <= newest)) || newest=$date
    done
    echo "$newest"
}

# What tells one state of a repository from another.
repositories() {
    local file suite digest
    for file in "$DOWNLOADS"/lists/*Release; do
        suite=${file##*_dists_}
        digest=$(sha256sum <"$file")
        echo "repository: ${suite%_*Release} ${digest%% *}"
    done
}

# A package as it was fetched becomes one of the same members, not compressed.
loosen() { # package, what it becomes
    local control data
    member() { printf '%-16s%-12s%-6s%-6s%-8s%-10s`\n' "$1" 0 0 0 100644 "$2"; }
    dpkg-deb --ctrl-tarfile "$1" >"$1.control"
    dpkg-deb --fsys-tarfile "$1" >"$1.data"
    control=$(stat -c %s "$1.control") data=$(stat -c %s "$1.data") # tar's blocks: even, as members have to be
    {
        printf '!<arch>\n'
        member debian-binary 4
        echo 2.0
        member control.tar "$control"
        cat "$1.control"
        member data.tar "$data"
        cat "$1.data"
    } >"$2.new"
    rm "$1" "$1.control" "$1.data"
    echo "$(stat -c %s "$2.new") $(sha256sum <"$2.new" | cut -c -64)" >"$2.sum"
    mv "$2.new" "$2"
}
export -f loosen

# Lines `package version architecture file size digest archive's-digest` for all that is to be installed, fetching what is not there.
choose() {
    local uri name digest package version plain wanted missing=()
    # shellcheck disable=SC2153 # given by the caller
    IFS=, read -r -a wanted <<<"$PACKAGES"
    # Without being asked for another digest apt names MD5, and none where a repository has given that up.
    apt apt-get -qq --yes --print-uris -o Acquire::ForceHash=SHA256 install '?or(?essential,?priority(required))' apt "${wanted[@]}" </dev/null >uris
    while read -r uri name _ digest; do
        [[ $digest =~ ^SHA256:[0-9a-f]{64}$ ]] || { echo "E: the repository has no SHA-256 of $name" >&2 && return 1; }
        plain=$DOWNLOADS/plain/${name%.deb}.${digest: -16}.deb
        [[ -e $plain && -e $plain.sum ]] || missing+=("${uri:1:-1}" "archives/$name" "$digest")
    done <uris
    if ((${#missing[@]})); then
        echo "I: fetching $((${#missing[@]} / 3)) packages" >&2
        apt /usr/lib/apt/apt-helper -q download-file "${missing[@]}" >&2
    fi
    while read -r uri name _ digest; do
        [[ ! -e archives/$name ]] || printf '%s\0' "archives/$name" "$DOWNLOADS/plain/${name%.deb}.${digest: -16}.deb"
    done <uris | xargs -0 -r -n 2 -P "$(nproc)" bash -euo pipefail -c 'loosen "$@"' loosen
    while read -r uri name _ digest; do
        plain=${name%.deb}.${digest: -16}.deb
        IFS=_ read -r package version _ <<<"${name%.deb}"
        echo "$package ${version//%3a/:} ${name##*_} $plain $(<"$DOWNLOADS/plain/$plain.sum") ${digest#*:}"
    done <uris
}

# The repository's index is that of the archive, with other files.
make_set() { # folder
    local packages=()
    choose >chosen
    mapfile -t packages < <(cut -d ' ' -f 1,2 chosen | tr ' ' =)
    apt apt-cache show --no-all-versions "${packages[@]}" >records
    mkdir -p "$1"
    # See debian-finish.sh.
    awk -v OFS='\t' '{ sub(/\.deb$/, "", $3); print $1, $2, $3, $7 }' chosen >"$1/digests"
    awk 'NR == FNR { file[$1, $2] = $4; size[$1, $2] = $5; digest[$1, $2] = $6; next }
        {
            text = package = version = ""
            count = split($0, lines, "\n")
            for (i = 1; i <= count; i++) {
                if (lines[i] ~ /^Package: /) package = substr(lines[i], 10)
                if (lines[i] ~ /^Version: /) version = substr(lines[i], 10)
                if (lines[i] !~ /^(Filename|Size|MD5sum|SHA[0-9]+): /) text = text lines[i] "\n"
            }
            if (!((package, version) in file) || made[package, version]++) next
            printf "%sFilename: plain/%s\nSize: %s\nSHA256: %s\n\n", text, file[package, version], size[package, version], digest[package, version]
        }' chosen RS= records >"$1/Packages"
    printf 'Suite: %s\nCodename: %s\nSHA256:\n %s %s Packages\n' "$RELEASE" "$RELEASE" "$(sha256sum <"$1/Packages" | cut -c -64)" \
        "$(stat -c %s "$1/Packages")" >"$1/Release"
}

plain_files() { sed -n 's/^Filename: //p' "$1/Packages"; }

# Sets set to the folder of the packages to install, below $DOWNLOADS.
prepare() {
    local old
    set=sets/$(cat "$DOWNLOADS"/lists/*Release - <<<"$PACKAGES" | sha256sum | cut -c -64)
    cd "$DOWNLOADS"
    if [[ ! -e $set/Release || ! -e $set/digests ]] || ! plain_files "$set" | xargs -d '\n' ls -d >/dev/null 2>&1; then
        cd "$OLDPWD"
        make_set "$DOWNLOADS/$set"
        cd "$DOWNLOADS"
    fi
    touch "$set"
    plain_files "$set" | xargs -d '\n' touch
    while IFS= read -r old; do
        rm -rf "$old" "$old.sum"
    done < <(find plain sets -mindepth 1 -maxdepth 1 ! -name '*.sum' -mtime "+$days")
    cd "$OLDPWD"
    cp "$DOWNLOADS/$set/digests" known
}

install() {
    # What stands in the way are blanks in paths: so it is found at a path of its own.
    mkdir -p index
    echo "deb [trusted=yes] copy:/mnt $set/" >index/sources.list
    mmdebstrap --mode=root --format=directory --variant=minbase --include="apt,$PACKAGES" --skip=cleanup/apt/cache "$RELEASE" "$ROOT" index/sources.list </dev/null
}

# True when something that is kept was damaged; it is not kept any more then.
lost_some() {
    local file digest lost=1
    while read -r file; do
        read -r _ digest <"$DOWNLOADS/$file.sum"
        [[ $(sha256sum <"$DOWNLOADS/$file" | cut -c -64) == "$digest" ]] && continue
        echo "I: $file was damaged and is fetched again" >&2
        rm -f "$DOWNLOADS/$file" "$DOWNLOADS/$file.sum"
        lost=0
    done < <(plain_files "$DOWNLOADS/$set")
    rm -rf "${DOWNLOADS:?}/$set"
    return "$lost"
}

mount -n --bind "$DOWNLOADS" /mnt
exec 9>"$DOWNLOADS/lock"
flock 9
configure_apt
apt apt-get -q update -o pkgCacheFile::Generate=false </dev/null
repositories
epoch=$(newest_date)
echo "epoch: $epoch"
export SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$epoch}
prepare
exec 9>&-

# The initial ramdisk is made once, at the end, and not each time a package asks for it.
export INITRD=No
if ! install; then
    exec 9>"$DOWNLOADS/lock"
    flock 9
    lost_some || exit 1
    find "$ROOT" -mindepth 1 -delete
    prepare
    exec 9>&-
    install
fi

mkdir -p "$ROOT/var/lib/imagebuilder"
cp known "$ROOT/var/lib/imagebuilder/archives"

# Packages are not needed any more; the indexes save the steps that ask for more packages from fetching them again.
rm -rf "$ROOT/var/cache/apt/archives" "$ROOT/var/cache/apt"/*.bin "$ROOT/var/lib/apt/lists"
mkdir -p "$ROOT"/var/{cache/apt/archives,lib/apt/lists}/partial
cp --preserve=timestamps "$DOWNLOADS"/lists/*_* "$ROOT/var/lib/apt/lists"
cp "$SOURCES" "$ROOT/etc/apt/sources.list.d/0000sources.list"
chmod 644 "$ROOT/etc/apt/sources.list.d/0000sources.list"
