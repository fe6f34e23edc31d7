# Last part: runs the script that was received. Its output goes to standard output, and how it ended to standard error, in lines that begin
# with `imagebuilder:`. Exit codes that make the agent of Systems Manager restart the machine never reach it: the program decides that.
# shellcheck disable=SC2154
readonly first=20000 # bytes: of longer output the agent hands back no more than that
readonly files="$work/files" outputs="$work/outputs"
: >output
began=$SECONDS
(
    cd / && exec timeout --kill-after=10 "$limit" env -i HOME=/root LC_ALL=C.UTF-8 DEBIAN_FRONTEND=noninteractive SOURCE_DATE_EPOCH="$epoch" \
        IMAGEBUILDER_FILES="$files" IMAGEBUILDER_OUTPUTS="$outputs" PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin bash "$work/script"
) </dev/null >output 2>&1 &
script=$!
# Not a pipe: what the script leaves running would hold its other end.
tail -c +1 -f -s 0.2 --pid="$script" output | if [[ -n $live ]]; then cat; else head -c "$first"; cat >/dev/null; fi
wait "$script"
code=$?
late=0
if ((limit > 0 && SECONDS - began >= limit)) && [[ $code == 124 || $code == 137 ]]; then late=1; fi

say() { printf 'imagebuilder: %s\n' "$*" >&2; }

room=5000 # of the 8000 characters that are handed back of standard error
for file in outputs/*; do
    [[ -f $file && $file != *[$' \t\n']* ]] || continue
    data=$(gzip -9nc "$file" | base64 -w 0)
    if ((${#data} < room)); then
        say "value ${file#outputs/} $data"
        ((room -= ${#data}))
    else
        say "more ${file#outputs/}"
    fi
done
say "end $code $late $(stat -c %s output)"
if [[ -n $last ]]; then cd / && rm -rf "$work"; fi
[[ $code == 0 || $code == 194 ]] || exit 1
