# Process 1 of a root in which a person works: a shell has the terminal, which is descriptor 6.
#
#   standard input    the lifeline: its other end is held by the program alone; when that dies, by whatever signal, it closes
#   standard error    how the shell ended
#
# In the foreground, because what runs in the background of a script cannot be interrupted by Ctrl-C. Arguments: the command.
set -u
exec 3<&0 </dev/null
{
    read -r -u 3
    kill -KILL -- -1
} >/dev/null 2>&1 6>&- &
"$@" 3<&- <&6 >&6 2>&6 6>&-
echo "imagebuilder: exit $?" >&2
