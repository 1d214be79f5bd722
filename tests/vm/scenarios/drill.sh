# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A drill on a live host: what is there for it is seen short at its own limit, ended and explained, and nobody else is touched,
# also where nobody is acted on at his own limit; observed; and refused where it could harm.
# timeout: 240

plimsoll_fresh
kills()
{
        awk '$1 == "oom_kill" { print $2 }' /proc/vmstat
}
killed=$(kills)
fields()
{
        python3 -c 'import json, sys
d = json.load(open(sys.argv[1]))
print(d["drill"], *(e["type"] for e in d["events"]))' "$VM_DIR/drill"
}
drill()
{
        local status=0
        plimsoll drill --json >"$VM_DIR/drill" 2>"$VM_DIR/words" || status=$?
        sed 's/^/              | /' "$VM_DIR/drill"
        cat "$VM_DIR/words"
        equal "$1" "$status" "$2"
}
plimsoll_scanned 1

# ---- it acts ------------------------------------------------------------------------------------

# A container that is at its limit all the time is not the drill's business.
limited=$(cgroup_make /drill.slice/limited)
echo 32M >"$limited/memory.max"
cgroup_start "$limited" bash -c 'while true; do cat /usr/bin/* /usr/lib/*/*.so* >/dev/null 2>&1; done'
began=$(vm_uptime)
drill 'the drill says that this host can act' 0
note "it took $(($(vm_uptime) - began)) s"
equal 'what happened is told in its order' "$(fields | awk '{ print $1, $2, $NF }')" 'acted note outcome'
check 'with the verdict and the decision' grep -qE 'verdict.* decision' <<<"$(fields)"
number=$(json "d['decision']" cat "$VM_DIR/drill")
check 'explain has it' grep -q 'plimsoll-drill was killed' <<<"$(plimsoll explain "$number")"
plimsoll explain "$number"
equal 'the kernel had to kill nobody' "$(kills)" "$killed"
equal 'nobody else was touched' "$(cgroup_event "$limited" cgroup.events populated)" 1
equal 'no failed unit is left' "$(systemctl --failed --no-legend | wc -l)" 0
equal 'nor the order' "$(find /run/plimsoll/policies.d -name '90-drill*' | wc -l)" 0
equal 'it was told when it began and how it ended' "$(noted drill)" 2
journalctl -u plimsoll-drill --no-pager | tail -n 6

# ---- when it is refused -------------------------------------------------------------------------

drill 'another one within a minute is refused' 1
check 'and says why' grep -q 'less than a minute ago' "$VM_DIR/drill"
systemctl restart plimsolld
plimsoll_scanned 1
plimsoll pause --for=10min
drill 'a drill is refused while everything is paused' 1
check 'and says how to go on' grep -q 'plimsoll resume' "$VM_DIR/drill"
plimsoll resume
eater=$(cgroup_make /drill.slice/eater)
eat "$eater" $(($(awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo) - 220))
plimsoll_scanned 0
drill 'and while it would leave too little' 1
check 'and says what' grep -qE 'twice shortage.floor|short of memory' "$VM_DIR/drill"
kill $! 2>/dev/null || true
equal 'who runs the load by hand gets nothing' "$(exit_status plimsolld --drill-load)" 1

# ---- it observes --------------------------------------------------------------------------------

policy host <<'JSON'
{ "host": "default", "mode": "observe" }
JSON
plimsoll_scanned 1
drill 'a host that only observes says that it would have acted' 0
equal 'it is decided and not done' "$(fields | awk '{ print $1, $NF }')" 'observed decision'
becomes 20 'and the workload is stopped' inactive systemctl is-active plimsoll-drill
equal 'the kernel had to kill nobody at all' "$(kills)" "$killed"
