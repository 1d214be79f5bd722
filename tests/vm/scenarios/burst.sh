# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Two thousand cgroups are made in a burst and all get their limits; in storms of processes all have their score within a scan
# of the end of it; payloads that lower their own score, or move about in their cgroup, get it all the same.
# timeout: 300

count=2000
plimsoll_fresh
policy 50-burst <<'JSON'
{ "profile": "burst", "match": [ { "path": "/burst.slice/*" } ], "memory": { "max": "64MiB", "low": "1MiB", "swap_max": 0 },
  "oom": { "score_adj": 500 } }
JSON
main=$(systemctl show -P MainPID plimsolld)

# ---- two thousand -------------------------------------------------------------------------------

# The same writes without plimsolld, for comparison, for a tenth of them: a cgroup, four files, one of them read first.
bare=$(cgroup_make /bare.slice)
cat >"$VM_DIR/make.py" <<'PY'
import os, sys, time
top, count, writes = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
start = time.monotonic()
for i in range(count):
    os.mkdir(f"{top}/c{i}")
    for write in writes:
        file, value = write.split("=")
        with open(f"{top}/c{i}/{file}", "w") as f:
            f.write(value)
print(f"{time.monotonic() - start:.1f}")
PY
echo '+memory' >"$bare/cgroup.subtree_control"
note "a bare loop takes $(python3 "$VM_DIR/make.py" "$bare" $((count / 10)) memory.swap.max=0 memory.max=67108864 memory.low=1048576) s for a tenth"
find "$bare" -mindepth 1 -maxdepth 1 -type d -exec rmdir {} +

burst=$(cgroup_make /burst.slice)
echo '+memory +pids' >"$burst/cgroup.subtree_control"
for i in 1 2 3; do
        mkdir "$burst/p$i"
        echo "$burst/p$i" >>"$VM_DIR/cgroups"
done
missing()
{
        local file
        for file in memory.max=67108864 memory.low=1048576 memory.swap.max=0; do
                find "$burst" -mindepth 2 -maxdepth 2 -name "${file%=*}" -exec grep -Lx "${file#*=}" {} +
        done | wc -l
}
start=$(date +%s%N)
note "they are made in $(python3 "$VM_DIR/make.py" "$burst" "$count") s"
becomes 60 'two thousand and three have their limits, files without' 0 missing
note "which took $((($(date +%s%N) - start) / 1000000)) ms in all"
equal 'it is the same process' "$(systemctl show -P MainPID plimsolld)" "$main"
check 'status answers' plimsoll status
find "$burst" -mindepth 1 -maxdepth 1 -type d -name 'c*' -exec rmdir {} +

# ---- storms -------------------------------------------------------------------------------------

for i in 1 2; do
        cgroup_start "$burst/p$i" nice storm 15 50 >"$VM_DIR/storm-$i"
done
storm_over()
{
        grep -qx over "$VM_DIR/storm-1" && grep -qx over "$VM_DIR/storm-2"
}
within 60 'two storms of processes are over' storm_over
all_scored()
{
        scores_of "$burst/p1" "$burst/p2" | cut -d ' ' -f 1 | xargs
}
becomes 7 'within a scan each process has the score' 500 all_scored
note "they are $(cat "$burst/p1/cgroup.procs" "$burst/p2/cgroup.procs" | wc -l)"
check 'status answers' plimsoll status

# ---- payloads of a mind of their own ------------------------------------------------------------

# As nobody: not pinned to what it was given, it may lower its own score to where it began.
cat >"$VM_DIR/payload" <<'SH'
trap 'echo 0 >/proc/self/oom_score_adj && echo lowered' USR1
trap 'echo 200 >/proc/self/oom_score_adj && echo own' USR2
echo ready
while true; do
        sleep 0.2
done
SH
chmod 755 "$VM_DIR"
cgroup_start "$burst/p3" setpriv --reuid 65534 --regid 65534 --clear-groups bash "$VM_DIR/payload" >"$VM_DIR/said"
payload=$!
within 10 'a payload of nobody runs' grep -qx ready "$VM_DIR/said"
becomes 10 'it has the score' 500 cat "/proc/$payload/oom_score_adj"
kill -USR1 "$payload"
within 10 'it may lower its score to what it began with' grep -qx lowered "$VM_DIR/said"
becomes 10 'and has it again' 500 cat "/proc/$payload/oom_score_adj"
kill -USR2 "$payload"
within 10 'it sets one of its own' grep -qx own "$VM_DIR/said"
plimsoll_scanned 1
equal 'and keeps it' "$(<"/proc/$payload/oom_score_adj")" 200
kill "$payload"

rover=$(cgroup_make /burst.slice/rover)
for part in a b c; do
        mkdir "$rover/$part"
        echo "$rover/$part" >>"$VM_DIR/cgroups"
done
(
        trap - EXIT ERR
        while true; do
                for part in a b c; do
                        echo "$BASHPID" >"$rover/$part/cgroup.procs"
                        sleep 0.02
                done
        done
) &
roving=$!
becomes 15 'who moves about among its own cgroups has the score' 500 cat "/proc/$roving/oom_score_adj"
kill "$roving"
wait "$roving" 2>/dev/null || true

equal 'the kernel killed nobody' "$(awk '$1 == "oom_kill" { print $2 }' "$burst/memory.events")" 0
equal 'it is the same process' "$(systemctl show -P MainPID plimsolld)" "$main"
plimsoll_stop
