# First part of what a machine gets for a step: where its script and files go. Text before it sets work, limit, epoch, live and last.
# shellcheck disable=SC2154
set -u
umask 022
export LC_ALL=C
rm -rf "$work"
mkdir -p "$work/files" "$work/outputs" || exit 1
chmod 700 "$work"
cd "$work" || exit 1

receive() { # octal mode, path; the content on standard input, packed
    mkdir -p "$(dirname "$2")" && base64 -d | gzip -dc >"$2" && chmod "$1" "$2" && return
    echo "imagebuilder: lost $2" >&2
    exit 1
}
