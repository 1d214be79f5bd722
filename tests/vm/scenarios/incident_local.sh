# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck source=tests/vm/guest/incident.sh
# One that runs short at its own limit is nobody else's trouble: nothing is done unless the policy wants that, and then it goes
# alone; a slice that is short is answered inside of it; and who only stands still at its memory.high is ended in time.
# timeout: 300

. "$VM_GUEST/incident.sh"
armed
stage

culprit -p MemoryMax=64M -- read /var/stage.file 160
incident 15 1
equal 'one that goes in circles at its own limit is left alone' "$(dead)" ''
check 'that it was short was seen' grep -q 'stage-batch is so short of memory' <<<"$(plimsoll events)"
note "the pressure of the host meanwhile: $(xargs </proc/pressure/memory)"
spared
cleared

host_policy 'h["act"] = {"host": True, "local": True}'
within 10 'now it acts upon that' vm_policy_in_force
stage
culprit -p MemoryMax=64M -- read /var/stage.file 160
incident 60 1
equal 'now it goes, and nobody else' "$(dead)" batch
note "after $(died_after batch) ms"
spared
told kill stage-batch stage-batch
cleared

# ---- a slice ------------------------------------------------------------------------------------

stage
stage_slice=stage-short.slice
actor batch-small 500 -- --go "$stage_dir/go" hog 20 0
actor batch-large 500 -- --go "$stage_dir/go" read /var/stage.file 160
stage_slice=stage.slice
systemctl set-property --runtime stage-short.slice MemoryMax=96M
incident 60 1
check 'of a slice that is short somebody in it goes' grep -qE '^batch-(small|large)' <<<"$(dead)"
equal 'and nobody outside of it' "$(dead | tr ' ' '\n' | grep -v '^batch-' | xargs)" ''
spared
check 'it was that of the slice' grep -q stage-short <<<"$(json "d['whose']" plimsoll explain --json last)"
plimsoll explain last
cleared
systemctl revert stage-short.slice 2>/dev/null || true
rm -f /var/stage.file

# ---- memory.high --------------------------------------------------------------------------------

policy 40-locked <<'JSON'
{ "profile": "locked", "match": [ { "unit": "stage-batch-locked.service" } ], "oom": { "score_adj": 500 },
  "ladder": { "livelock": "kill", "livelock_after": "5s" } }
JSON
stage
actor batch-locked 500 -p MemoryHigh=64M -- --go "$stage_dir/go" hog 200 0
incident 90 1
equal 'who only stands still at its memory.high is ended' "$(dead)" batch-locked
note "after $(died_after batch-locked) ms"
spared
told kill stage-batch-locked stage-batch-locked
cleared
replays
plimsoll events | tail -n 30
systemctl stop 'stage-*.service'
