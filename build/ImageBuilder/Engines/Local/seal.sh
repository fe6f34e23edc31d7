# The engine's part of the last layer of every image: what must differ from machine to machine, or would from build to build. It follows on
# the files of the boot loader. Expects HOSTNAME_OF_IMAGE.
set -euo pipefail
echo "$HOSTNAME_OF_IMAGE" >/etc/hostname
chmod 644 /etc/hostname
sed -i "s/^127\.0\.0\.1\tlocalhost$/127.0.0.1\tlocalhost $HOSTNAME_OF_IMAGE/" /etc/hosts

# Empty, so that the first boot makes one; without the file systemd would take that boot for a read-only one.
: >/etc/machine-id
rm -f /var/lib/dbus/machine-id /var/lib/systemd/random-seed /var/lib/systemd/credential.secret

# Every machine makes its own at its first boot.
if compgen -G '/etc/ssh/ssh_host_*_key' >/dev/null; then
    rm -f /etc/ssh/ssh_host_*
    cat >/etc/systemd/system/ssh-host-keys.service <<'UNIT'
[Unit]
Description=Make this machine's SSH host keys
Before=ssh.service sshd.service ssh.socket
ConditionPathExistsGlob=!/etc/ssh/ssh_host_*_key

[Service]
Type=oneshot
ExecStart=/usr/bin/ssh-keygen -A

[Install]
WantedBy=multi-user.target
UNIT
    chmod 644 /etc/systemd/system/ssh-host-keys.service
    systemctl enable ssh-host-keys.service
fi

# Steps may use them; the image starts without.
find /tmp /var/tmp -mindepth 1 -xdev -delete
rm -rf /var/log/journal/* /root/.bash_history /root/.cache
find /var/log -xdev -type f \( -name '*.gz' -o -name '*.[0-9]' -o -name '*.old' \) -delete
for log in /var/log/{lastlog,wtmp,btmp,faillog}; do
    [[ ! -e $log ]] || : >"$log"
done

# Backups of the account files hold what the last change replaced, and the date of a password is that of the build.
rm -f /etc/{passwd,group,shadow,gshadow,subuid,subgid}- /etc/.pwd.lock
day=$((SOURCE_DATE_EPOCH / 86400))
awk -F: -v OFS=: -v day="$day" '$3 > day { $3 = day } { print }' /etc/shadow >/run/shadow
cmp -s /run/shadow /etc/shadow || cat /run/shadow >/etc/shadow
rm /run/shadow
