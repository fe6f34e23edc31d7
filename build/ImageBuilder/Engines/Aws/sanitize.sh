# The engine's last step on a build instance: removes what must differ from machine to machine, and traces of the build.
set -euo pipefail
shopt -s nullglob
if [[ -s /etc/machine-id ]]; then : >/etc/machine-id; fi
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed /var/lib/systemd/credential.secret

# Made anew by cloud-init at the first boot, with the keys of whoever starts the machine.
rm -f /etc/ssh/ssh_host_*
rm -f /root/.ssh/authorized_keys /home/*/.ssh/authorized_keys
if command -v cloud-init >/dev/null; then cloud-init clean --logs --seed >/dev/null; fi
rm -rf /var/lib/cloud/*

rm -f /root/.*_history /home/*/.*_history
rm -rf /root/.cache /var/lib/amazon/ssm/Vault /var/log/amazon/ssm/*
rm -f /var/lib/dhcp/*.leases /var/lib/dhclient/*.leases
rm -rf /var/log/journal/*
find /var/log -xdev -type f \( -name '*.gz' -o -name '*.[0-9]' -o -name '*.old' \) -delete
find /var/log -xdev -type f -exec truncate -s 0 {} +
find /var/tmp -mindepth 1 -xdev -delete
sync
