# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck source=tests/vm/guest/incident.sh
# Thirty small ones, none of which is worth much: several go at once, none of the others does. A fork bomb goes as a whole.
# timeout: 240

. "$VM_GUEST/incident.sh"
armed
stage
policy 50-crowd <<'JSON'
{ "profile": "crowd", "match": [ { "path": "/crowd.slice/*" } ], "oom": { "order": 600 } }
JSON

crowd=()
for ((i = 1; i <= 30; i++)); do
        crowd+=("$(cgroup_make "/crowd.slice/crowd$i")")
        cgroup_start "${crowd[-1]}" choom -n 600 -- load --go "$stage_dir/go" hog 60 4
        # bash would say of each that it was killed.
        disown $!
done
plimsoll_scanned 1
incident 90 4:crowd "${crowd[@]}"
note "died: $(dead)"
check 'some of a crowd of thirty die' grep -q crowd <<<"$(dead)"
equal 'and nobody else does' "$(dead | tr ' ' '\n' | grep -v '^crowd' | xargs)" ''
# The last of them may have gone by itself.
at_a_step()
{
        plimsoll events --json | python3 -c 'import collections, json, sys
steps = collections.Counter(e["step"] for e in map(json.loads, sys.stdin) if e["type"] == "decision" and e["measure"] == "kill")
print(max(steps.values()))'
}
check 'several went for one shortage' test "$(at_a_step)" -ge 2
spared
plimsoll explain last
cleared
for cgroup in "${crowd[@]}"; do
        echo 1 >"$cgroup/cgroup.kill"
done

stage
culprit -p TasksMax=80 -- bomb 25
incident 60 1
equal 'a fork bomb dies, and nobody else' "$(dead)" batch
note "after $(died_after batch) ms"
spared
told kill stage-batch host
cleared
replays
systemctl stop 'stage-*.service'
