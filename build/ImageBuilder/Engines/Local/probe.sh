# Tries what sandboxes need, and names the first thing that does not work. Says `works` or what is missing.
set -uo pipefail
failed() { echo "missing: $1: $(tail -n 1 "$errors")"; exit 0; }
mount -n -t tmpfs probe /mnt 2>/dev/null || { echo 'missing: mount: not allowed'; exit 0; }
errors=/mnt/errors
cd /mnt || exit
mkdir lower upper work merged proc pts
mount -n -t overlay -o userxattr,volatile,lowerdir=lower,upperdir=upper,workdir=work overlay merged 2>"$errors" || failed overlay
{ mkdir merged/new lower/old && rmdir merged/new merged/old; } 2>"$errors" || failed overlay
mount -n -t proc proc proc 2>"$errors" || failed proc
mount -n -t devpts -o newinstance devpts pts 2>"$errors" || failed devpts
hostname localhost 2>"$errors" || failed hostname
echo works
