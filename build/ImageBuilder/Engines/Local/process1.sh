# Process 1 outside of a booted container. Standard input and output are the agent's; that the input ends says that our program has ended.
# Arguments: root.sh and the text that boots.
set -u
exec 3<&0 4>&1 </dev/null >>/input/console 2>&1
trap 'exit 125' TERM
{ cat <&3 1<>/input/to-agent; kill -TERM 1; } 4>&- &
cat 0<>/input/from-agent >&4 3<&- &
exec 3<&- 4>&-

# A restart ends the container's process 1 with SIGHUP (reboot(2), in a pid namespace); anything else ends it for good.
restart=129
code=$restart
while ((code == restart)); do
    # In the background, because a trap waits for what runs in the foreground.
    unshare --mount --pid --cgroup --fork bash -c "$1"$'\n'"$2" &
    wait $!
    code=$?
done
exit "$code"
