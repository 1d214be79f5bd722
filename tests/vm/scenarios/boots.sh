# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The guest is what every other scenario takes for granted: the kernel that was asked for, a unified
# cgroup v2 tree with the memory controller, pressure figures, and a healthy systemd.
# timeout: 120

equal 'the kernel is the one on the disk' "$(uname -r)" "$VM_RELEASE"
if [[ "$VM_KERNEL" == newest ]]; then
        oldest=$(printf '%s\n' 6.12 "$(uname -r)" | sort -V | head -n 1)
        equal 'the newest kernel is newer than' "$oldest" 6.12
else
        equal 'the kernel is the one asked for' "$(uname -r | cut -d . -f 1,2)" "$VM_KERNEL"
fi
equal 'the root tree is the one asked for' "$(. /etc/os-release && echo "$VERSION_CODENAME")" \
        "$VM_SUITE"

equal 'cgroup is v2 alone' "$(stat -f -c %T /sys/fs/cgroup)" cgroup2fs
check 'the memory controller is there' grep -qw memory /sys/fs/cgroup/cgroup.controllers
check 'memory pressure is measured' grep -q '^full avg10=' /proc/pressure/memory
equal 'systemd is the first process' "$(cat /proc/1/comm)" systemd

is_up()
{
        [[ "$(systemctl is-system-running)" == running ]]
}
within 90 'systemd has started everything' is_up
equal 'no unit failed' "$(systemctl --failed --plain --no-legend)" ''
equal 'no neighbour kills here' \
        "$(systemctl is-active earlyoom systemd-oomd | xargs)" 'inactive inactive'

cgroup=$(cgroup_make scratch)
check 'a scratch cgroup counts memory' test -e "$cgroup/memory.current"
check 'a scratch cgroup counts swap' test -e "$cgroup/memory.swap.max"
check 'a scratch cgroup has pressure figures' test -e "$cgroup/memory.pressure"
