# What is installed, and what it came from: see IDistribution.PackagesScript.
set -euo pipefail
known=/var/lib/imagebuilder/archives
[[ -e $known ]] || known=/dev/null
dpkg-query --show --showformat '${db:Status-Status}\t${Package}\t${Version}\t${Architecture}\n' |
    awk -F '\t' -v OFS='\t' '
        NR == FNR { archive[$1, $2, $3] = $4; next }
        $1 == "installed" { print $2, $3, $4, ($2, $3, $4) in archive ? "archive:" archive[$2, $3, $4] : "files:" }' "$known" - |
    while IFS=$'\t' read -r name version architecture digest; do
        # Whoever called dpkg with a file did not tell anybody which: its list of files with their digests is what is left of it.
        if [[ $digest == files: ]]; then
            list=/var/lib/dpkg/info/$name.md5sums
            [[ -e $list ]] || list=/var/lib/dpkg/info/$name:$architecture.md5sums
            [[ -e $list ]] || list=/dev/null
            digest+=$(sha256sum <"$list")
        fi
        printf '%s\t%s\t%s\t%s\n' "$name" "$version" "$architecture" "${digest%% *}"
    done
