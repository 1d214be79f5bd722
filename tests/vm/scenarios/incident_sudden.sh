# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck source=tests/vm/guest/incident.sh
# A hog takes all memory as fast as it can: it dies, nobody else does, and the kernel's own killer stays silent. Meanwhile an
# operator gets in. It dies also where its class is the last to go, whenever it was looked at last; and where Plimsoll only
# observes, nothing is done.
# timeout: 300

. "$VM_GUEST/incident.sh"
counting
armed
stage

# ---- and the operator gets in -------------------------------------------------------------------

gets_in()
{
        local began
        until [[ -e "$stage_dir/go" ]]; do
                sleep 0.02
        done
        began=$(date +%s%N)
        systemd-run --quiet --wait --pipe true
        echo $((($(date +%s%N) - began) / 1000000)) >"$VM_DIR/in"
}

culprit -- hog 0 0
gets_in &
operator=$!
incident 60 1
equal 'a sudden hog dies, and nobody else' "$(dead)" batch
note "after $(died_after batch) ms"
spared
told kill stage-batch host
check 'it is said what it gave back' grep -qE '^ *Effect .*came back' <<<"$(plimsoll explain last)"
plimsoll explain last
wait "$operator"
note "an operator was in after $(<"$VM_DIR/in") ms"
check 'an operator gets in meanwhile' test "$(<"$VM_DIR/in")" -lt 30000
unallocated stage-batch
becomes 10 'to systemd it was an OOM kill' oom-kill systemctl show -P Result stage-batch.service
cleared

# ---- in the top class ---------------------------------------------------------------------------

# In whatever part of the five seconds between two looks at everybody it begins.
for ((part = 0; part < 4; part++)); do
        stage
        actor hungry -500 -- --go "$stage_dir/go" hog 0 0
        sleep "$part"
        incident 60 1
        equal 'one of the last class that takes all dies, and nobody before it' "$(dead)" hungry
        note "after $(died_after hungry) ms"
        spared
        told kill stage-hungry host
        equal 'because it grew, and not because it was its turn' grower "$(json "d['decision']['choice']" cat "$VM_DIR/explained")"
        cleared
done

# ---- observed -----------------------------------------------------------------------------------

host_policy 'h["mode"] = "observe"'
within 10 'it only observes' vm_policy_in_force
before=$(decisions kill stage-batch)
stage
available=$(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo)
culprit -- hog $((available - 24)) 0
incident 20 1
equal 'nobody dies where Plimsoll only observes' "$(dead)" ''
spared
check 'what would have been done is decided' test "$(decisions kill stage-batch)" -gt "$before"
told kill stage-batch host
equal 'and that it was observed alone is said' "$(json "d['decision']['observed']" cat "$VM_DIR/explained")" True
cleared
replays
systemctl stop 'stage-*.service'
