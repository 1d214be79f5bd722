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

# By another's hand, and no faster than what leaves a kill all the time it takes, of pages that are free: whoever waits for room
# to be made is short.
stage
actor batch 500 -- hog $(($(available) - floor - 30)) 60
echo 1 >/proc/sys/vm/drop_caches
actor batch-step 500 -- --go "$stage_dir/go" hog $(($(available) - floor + 16)) 4
incident 22 1
equal 'a step that stays ends nobody' "$(dead)" ''
check 'who has taken most is there still' is_active batch
check 'it went below the floor' test "$(figure low_kib)" -lt $((floor << 10))
spared
cleared

# What was read can be read again: memory that has it counts as available, however much that is.
stage
culprit -- read /var/stage.file 1200
incident 45 1
equal 'a storm of page cache ends nobody' "$(dead)" ''
check 'who reads is there still' is_active batch
check 'it was more than there is to have it in' \
        test "$(stat -c %s /var/stage.file)" -gt $(($(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo) * 512))
spared
cleared
rm -f /var/stage.file

# ---- a leak -------------------------------------------------------------------------------------

stage
culprit -- hog 0 25
incident 90 1
equal 'a leak dies, and nobody else' "$(dead)" batch
note "after $(died_after batch) ms"
spared
check 'before memory was gone' test "$(figure low_kib)" -gt 4096
told kill stage-batch host
cleared

policy 40-held <<'JSON'
{ "profile": "held", "match": [ { "unit": "stage-batch-held.service" } ], "oom": { "score_adj": 500 },
  "ladder": { "rungs": ["reclaim", "throttle", "freeze", "kill"] } }
JSON
stage
actor batch-held 500 -- --go "$stage_dir/go" hog 0 25
incident 120 1
equal 'one that is held back first dies, too, and nobody else' "$(dead)" batch-held
note "after $(died_after batch-held) ms"
spared
check 'it was slowed down before' test "$(decisions throttle stage-batch-held)" -ge 1
check 'and held still' test "$(decisions freeze stage-batch-held)" -ge 1
told kill stage-batch-held host
plimsoll explain last
cleared
replays
plimsoll events | tail -n 40
systemctl stop 'stage-*.service'
