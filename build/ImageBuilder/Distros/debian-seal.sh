# The last step of every Debian and Ubuntu image: see IDistribution.SealScript.
set -euo pipefail

# What the bootstrap put there against services that start.
grep -qs '^# imagebuilder: no services' /usr/sbin/policy-rc.d && rm /usr/sbin/policy-rc.d
rm -rf /etc/apt/apt.conf.d/00imagebuilder /usr/sbin/imagebuilder-archives /var/lib/imagebuilder

# Can be fetched again at any time, and are old when the image is used.
rm -rf /var/lib/apt/lists/* /var/cache/apt/archives/*.deb /var/cache/apt/archives/lock /var/cache/apt/*.bin /var/lib/apt/periodic
mkdir -p /var/lib/apt/lists/partial /var/cache/apt/archives/partial

# They tell of the build, with its times.
rm -f /var/log/dpkg.log /var/log/alternatives.log /var/log/bootstrap.log /var/log/apt/{history.log,term.log,eipp.log.xz}
rm -f /var/cache/ldconfig/aux-cache /var/cache/debconf/*-old /var/lib/dpkg/*-old
