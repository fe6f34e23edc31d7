# A booted container: the chain of layers with a new one on top, with systemd as its process 1. Outside of it stands a process 1 of ours, which
# carries the agent's two streams, boots the container again when it restarts, and ends it when our program ends.
#
# Runs in a work folder as add_layers in root.sh says, with input (agent.sh, the agent's unit).
# Arguments: the lower layers, root.sh, the text for process 1, and the text that boots.
# shellcheck disable=SC2154 # root.sh sets here
set -euo pipefail
umask 022
lower=$1 functions=$2 process1=$3 boot=$4

mkfifo -m 600 input/to-agent input/from-agent
add_layers "$lower"
table+="
    $here/input $here/mount/input none bind
    sysfs $here/mount/sysfs sysfs ro"
for name in null zero full random urandom tty; do table+=$'\n'"/dev/$name $here/mount/devices/$name none bind"; done
mount_table
cd mount
# In the image this keeps services from starting while it is made; here they shall.
grep -qs '^# imagebuilder: no services' image/usr/sbin/policy-rc.d && rm image/usr/sbin/policy-rc.d
# Allowed only as long as the host's own is in sight.
mount -n -t proc outside image/proc
leave_host old
exec bash -c "$process1" container "$functions" "$boot"
