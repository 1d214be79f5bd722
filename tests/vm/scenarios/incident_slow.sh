# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck source=tests/vm/guest/incident.sh
# A leak is ended before memory is gone, also one that was slowed down and held still before. Who touches much memory at once and stops, who makes a step that stays, and a storm of
# page cache end nobody.
# timeout: 360

. "$VM_GUEST/incident.sh"
armed
stage

available()
{
        awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo
}
# In MiB: 4 % of this machine are less.
floor=96

culprit -- hog $(($(available) - 2 * floor)) 0
incident 12 1
equal 'who touches much memory and stops is let live, and all others are' "$(dead)" ''
spared
cleared

# Of pages that nobody has to fill, nor wait for, as for room that is made by moving others. It is 40 MiB in what counts as a
# second: with 86 MiB left the end is not near.
stage
culprit -- hog $(($(available) - floor - 30)) 60
incident 22 1
echo 1 >/proc/sys/vm/compact_memory
sysctl -qw vm.nr_hugepages=20
incident 10 1
sysctl -qw vm.nr_hugepages=0
equal 'a step that stays ends nobody' "$(dead)" ''
check 'who has taken most is there still' is_active batch
check 'it went below the floor' test "$(figure low_kib)" -lt $((floor << 10))
spared
cleared

