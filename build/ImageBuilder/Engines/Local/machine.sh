#!/bin/bash
# Keeps a virtual machine: it lives as long as our standard input stays open, that is not longer than the program that started us, however that ends.
# Arguments: the machine's folder, which goes with it, and the command.
folder=$1
shift
exec 3<&0
"$@" </dev/null 3<&- &
machine=$!
{ cat <&3 >/dev/null; kill -KILL "$machine"; } 2>/dev/null &
lifeline=$!
exec 3<&-
wait "$machine"
code=$?
kill "$lifeline" 2>/dev/null
rm -rf "$folder"
exit "$code"
