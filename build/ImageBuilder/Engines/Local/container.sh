# A booted container: the chain of layers with a new one on top, with systemd as its process 1. Outside of it stands a process 1 of ours, which
# carries the agent's two streams, boots the container again when it restarts, and ends it when our program ends.
#
# Runs in a work folder as mount_layers in root.sh says, with input (agent.sh, the agent's unit).
# Arguments: the lower layers, root.sh, the text for process 1, and the text that boots.
set -euo pipefail
umask 022
lower=$1 functions=$2 process1=$3 boot=$4

mount_layers "$lower"
mount -n --bind input mount/input
cd mount
mkfifo -m 600 input/to-agent input/from-agent
mkdir devices old sysfs
ln -sfn devices dev
for node in null zero full random urandom tty; do
    : >"devices/$node"
    mount -n --bind "/dev/$node" "devices/$node"
done
# In the image this keeps services from starting while it is made; here they shall.
grep -qs '^# imagebuilder: no services' image/usr/sbin/policy-rc.d && rm image/usr/sbin/policy-rc.d
# Allowed only as long as the host's own are in sight.
mount -n -t proc outside image/proc
mount -n -t sysfs -o ro sysfs sysfs
leave_host old
exec bash -c "$process1" container "$functions" "$boot"
