# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck source=tests/vm/guest/incident.sh
# Who is asked to end and does not hear is killed when its grace is over; who is brought back by systemd is asked, or killed where
# to be asked would keep it away; a parent goes with the child that it would make again.
# timeout: 300

. "$VM_GUEST/incident.sh"
armed
policy 40-term <<'JSON'
{ "profile": "polite", "match": [ { "unit": "stage-batch-*.service" } ], "oom": { "score_adj": 500 },
  "ladder": { "rungs": ["term", "kill"], "grace": "3s" } }
JSON
# It acts while there is time to hear: at 240 MiB and 40 MiB a second the end is six seconds away.
host_policy 'h["shortage"] = {"floor": "240MiB", "early": "20s", "horizon": "10s"}'
within 10 'it acts early' vm_policy_in_force
restarts()
{
        systemctl show -P NRestarts "stage-$1.service"
}

stage
actor batch-deaf 500 -p Restart=always -p RestartSec=1 -- --go "$stage_dir/go" --deaf --once "$stage_dir/deaf" hog 0 40
incident 90 1
equal 'who does not hear TERM dies, and nobody else' "$(dead)" batch-deaf
note "after $(died_after batch-deaf) ms"
spared
check 'it was asked first' test "$(decisions term stage-batch-deaf)" -ge 1
told kill stage-batch-deaf host
plimsoll explain last
becomes 20 'and it is back' 1 restarts batch-deaf
cleared

stage
actor batch-always 500 -p Restart=always -p RestartSec=1 -- --go "$stage_dir/go" --once "$stage_dir/always" hog 0 40
incident 90 1
equal 'who is asked ends' "$(dead)" batch-always
spared
equal 'it was asked, and not killed' "$(decisions term stage-batch-always) $(decisions kill stage-batch-always)" '1 0'
told term stage-batch-always host
becomes 20 'and it is back' 1 restarts batch-always
cleared

stage
actor batch-failure 500 -p Restart=on-failure -p RestartSec=1 -- --go "$stage_dir/go" --once "$stage_dir/failure" hog 0 0
incident 60 1
equal 'who would not come back from TERM is killed' "$(dead)" batch-failure
spared
equal 'and not asked' "$(decisions term stage-batch-failure)" 0
becomes 20 'so it is back' 1 restarts batch-failure
cleared

stage
culprit -- --again hog 0 0
incident 60 1
equal 'a parent goes with the child that it would make again' "$(dead)" batch
spared
told kill stage-batch host
check 'and is away' not is_active batch
cleared
rm -f "$stage_dir"/{deaf,always,failure}
replays
plimsoll events | tail -n 40
systemctl stop 'stage-*.service'
