# Process 1 of the namespaces: runs one command, and ends everything with it.
#
#   standard input    the lifeline: its other end is held by the program alone; when that dies, by whatever signal, it closes
#   standard output   what the command writes
#   standard error    the command's (or `merged`: all to standard output), and lines to the program that begin with `imagebuilder: `
#
# Arguments: `merged` or `apart`, a folder whose files are handed over as outputs (or empty), and the command.
set -u
exec 3<&0 4>&2 </dev/null
streams=$1 outputs=$2
shift 2
[[ $streams != merged ]] || exec 2>&1

# A signal reaches process 1 only where it has a handler; that it ends makes the kernel kill all others.
trap 'exit 125' TERM
{ read -r -u 3; kill -TERM 1; } >/dev/null 2>&1 4>&- &
lifeline=$!

"$@" 3<&- 4>&- &
wait $!
code=$?

find_left() {
    local process name status
    left=()
    for process in /proc/[0-9]*; do
        process=${process#/proc/}
        case $process in 1 | "$lifeline") continue ;; esac
        { read -r name <"/proc/$process/comm" && read -r status <"/proc/$process/stat"; } 2>/dev/null || continue
        status=${status##*) }
        [[ $status == [ZX]* ]] || left+=("$name")
    done
}

# What is just ending is not left, and may take a moment where processors are busy.
find_left
((${#left[@]} == 0)) || { sleep 0.1 && find_left; }
for name in "${left[@]}"; do echo "imagebuilder: left $name" >&4; done
if [[ -n $outputs ]]; then
    for file in "$outputs"/*; do
        [[ -f $file && ! -L $file && $file != *[$' \t\n']* ]] || continue
        echo "imagebuilder: output ${file##*/} $(head -c 1048576 "$file" | base64 -w 0)" >&4
    done
fi
echo "imagebuilder: exit $code" >&4
exit "$code"
