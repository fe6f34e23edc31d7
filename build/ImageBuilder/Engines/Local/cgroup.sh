# Runs a program in a new control group, and takes that away afterwards.
# Arguments: the folder of the group, and the program.
set -u
group=$1
shift
mkdir "$group" || exit
{ echo "$BASHPID" >"$group/cgroup.procs" && exec "$@"; } <&0 &
echo "process $!" >&2
wait $!
code=$?
find "$group" -depth -type d -exec rmdir {} +
exit "$code"
