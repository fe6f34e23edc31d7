# Runs a program with a terminal of its own, joined to the one that the build was started in: what is typed reaches it and not the build, also
# Ctrl-C, and the window's size follows. The program has it as descriptor 6; its standard streams are ours. Says `process N` with its id.
# Arguments: the program.
set -u
exec 3<&0 4>&1 5>&2
printf -v command '%q ' "$@"
# shellcheck disable=SC2016 # for the shell inside
SHELL=/bin/bash exec script --quiet --return --flush --command \
    'exec 6<>/dev/tty 0<&3 1>&4 2>&5 3<&- 4>&- 5>&-; echo "process $$" >&2; exec '"$command" /dev/null <>/dev/tty >&0 2>&0
