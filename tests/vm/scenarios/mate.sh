# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A daemon that is killed, late or stands still, and what its mate does then: whoever was held still goes on, and while memory
# is short the next one dies, and not the protected. Where the mate is killed as well, --thaw, ExecStopPost= and the next start
# let go. Who is frozen by somebody else stays so.
# timeout: 180

frozen()
{
        cgroup_event "$1" cgroup.events frozen
}
populated()
{
        cgroup_event "$1" cgroup.events populated
}
marked()
{
        python3 -c 'import os, sys
print(os.listxattr(sys.argv[1]))' "$1" | grep -c plimsoll.held || true
}
msec()
{
        date +%s%3N
}
# In the background; its pid is in $daemon, its mate's in $mate.
daemon()
{
        mated "$@" >"$VM_DIR/deeds" 2>"$VM_DIR/said" &
        daemon=$!
        within 20 "a daemon: $1" grep -q '^ready' "$VM_DIR/deeds"
        mate=$(sed -n 's/^ready //p' "$VM_DIR/deeds")
}
deeds()
{
        sed -n 's/^deed \([^ ]*\) result 0 .*/\1/p' "$VM_DIR/deeds" | xargs
}

held=$(cgroup_make /mate.slice/held)
other=$(cgroup_make /mate.slice/other)
eat "$held" 8
eat "$other" 8
echo 1 >"$other/cgroup.freeze"
becomes 10 'somebody is frozen by another hand' 1 frozen "$other"

# ---- held still ---------------------------------------------------------------------------------

daemon hold 60000 "$held"
equal 'it stands still, and is marked' "$(frozen "$held") $(marked "$held")" '1 1'
before=$(msec)
kill -KILL "$daemon"
while test "$(frozen "$held")" = 1 -a $(($(msec) - before)) -lt 10000; do
        :
done
after=$(($(msec) - before))
check "a daemon is killed, and it goes on after $after ms" test "$after" -lt 1000
equal 'without the mark' "$(marked "$held")" 0
wait "$daemon" 2>/dev/null || true
within 10 'it is said' grep -q 'goes on\|go on' "$VM_DIR/said"

daemon hold 1000 "$held"
kill -STOP "$daemon"
becomes 10 'a daemon stands still, and it goes on at the deadline' 0 frozen "$held"
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true

daemon hold 60000 "$held"
# Or the second would act between the two.
kill -STOP "$mate"
kill -KILL "$daemon" "$mate"
wait "$daemon" 2>/dev/null || true
equal 'both are killed: it stands still' "$(frozen "$held")" 1
equal 'it is named' "$(plimsolld --thaw --dry-run)" "${held#/sys/fs/cgroup} would go on"
equal 'and not let go by that' "$(frozen "$held")" 1
equal 'it is let go' "$(plimsolld --thaw)" "${held#/sys/fs/cgroup} goes on"
becomes 10 'it goes on' 0 frozen "$held"
equal 'nobody is left' "$(plimsolld --thaw)" 'Nobody is held still by plimsolld.'

# ---- plimsoll thaw ------------------------------------------------------------------------------

freeze()
{
        killer freeze "$1" >/dev/null
        becomes 10 'frozen by us' 1 frozen "$1"
}
freeze "$held"
equal 'by its path' "$(plimsoll thaw "$held")" "${held#/sys/fs/cgroup} goes on"
becomes 10 'it goes on' 0 frozen "$held"
freeze "$held"
equal 'all, without a daemon' "$(json "[(g['path'], g['state']) for g in d['cgroups']]" plimsoll thaw --all --json)" \
        "[('${held#/sys/fs/cgroup}', 'let-go')]"
becomes 10 'it goes on' 0 frozen "$held"
equal 'of somebody else it is refused' "$(exit_status plimsoll thaw "$other")" 1
equal 'who is not there is not found' "$(exit_status plimsoll thaw /nobody.slice/x.service)" 6
freeze "$held"
equal 'not without the right to' "$(exit_status setpriv --reuid 65534 --regid 65534 --clear-groups plimsoll thaw --all)" 5
equal 'it stands still' "$(frozen "$held")" 1
plimsoll thaw --all
equal 'nobody has touched the other one' "$(frozen "$other")" 1

# ---- in the daemon's stead ----------------------------------------------------------------------

protected=$(cgroup_make protected)
hog=$(cgroup_make hog)
second=$(cgroup_make second)
eat "$protected" 60
eat "$hog" 40
eat "$second" 20
mkdir -p "$VM_DIR/journal"
daemon brief "$VM_DIR/journal" "protected:$protected" "$hog" "$second"
note "private memory of the mate: $(private_kib "$mate") KiB"
kill -STOP "$daemon"
becomes 15 'the daemon stands still, and the first dies' 0 populated "$hog"
becomes 15 'then the second' 0 populated "$second"
equal 'and not the protected' "$(populated "$protected")" 1
kill -CONT "$daemon"
becomes 10 'the daemon hears of it when it moves' 'hog second' deeds
cat "$VM_DIR/deeds" "$VM_DIR/said"
within 10 'it was said' grep -q 'hog' "$VM_DIR/said"
note "private memory of the mate: $(private_kib "$mate") KiB"
kill -KILL "$daemon"
wait "$daemon" 2>/dev/null || true

# ---- the service --------------------------------------------------------------------------------

plimsoll_fresh
of_the_unit()
{
        cat "$(unit_dir plimsolld)/cgroup.procs"
}
freeze "$held"
equal 'with a daemon it works as well, by a name' "$(plimsoll thaw held)" "${held#/sys/fs/cgroup} goes on"
becomes 10 'it goes on' 0 frozen "$held"
freeze "$held"
# shellcheck disable=SC2046 # all of them
kill -KILL $(of_the_unit)
becomes 10 'both are killed, and ExecStopPost= lets go' 0 frozen "$held"
plimsoll_stop
mkdir -p /run/systemd/system/plimsolld.service.d
printf '[Service]\nExecStopPost=\n' >/run/systemd/system/plimsolld.service.d/vm.conf
systemctl daemon-reload
freeze "$held"
plimsoll_start
becomes 10 'the next start lets go, too' 0 frozen "$held"
equal 'of ours alone' "$(frozen "$other")" 1
for process in $(of_the_unit); do
        # The child of a self-test may have gone meanwhile.
        note "$(cat "/proc/$process/comm" 2>/dev/null): $(private_kib "$process" 2>/dev/null) KiB for itself" || true
done
plimsoll_stop
rm -r /run/systemd/system/plimsolld.service.d
systemctl daemon-reload

# ---- the service under pressure -----------------------------------------------------------------

# Short as soon as the one that goes first has taken more, which it does when the daemon stands still.
spared=$(cgroup_make /mate.slice/spared)
greedy=$(cgroup_make /mate.slice/greedy)
eat "$spared" 40
eat "$greedy" 40
plimsoll_fresh
policy host <<JSON
{ "host": "default", "scan": "1s", "mode": "enforce", "act": { "host": true },
  "protect": [ { "unit": "plimsoll-vm.service" }, { "unit": "scenario-*.service" }, { "path": "/mate.slice/spared" } ],
  "shortage": { "floor": "24%", "critical": "100%" } }
JSON
policy 50-mate <<'JSON'
{ "profile": "greedy", "match": [ { "path": "/mate.slice/greedy" }, { "path": "/mate.slice/spared" } ], "oom": { "order": 1000 } }
JSON
available()
{
        awk '$1 == "MemAvailable:" { print int($2 / 1024) }' /proc/meminfo
}
# Nearly short already, for what is left is to be taken before systemd gives the daemon up, after thirty seconds.
eat "$greedy" $(($(available) - 480))
# What is known by then the mate has heard of, at the latest after five seconds.
plimsoll_scanned 6
plimsoll rank
equal 'nobody has died yet' "$(populated "$greedy")" 1
main=$(systemctl show -P MainPID plimsolld)
kill -STOP "$main"
eat "$greedy" $(($(available) - 250)) || note 'it died before it had all'
becomes 20 'the daemon stands still, and who is next dies' 0 populated "$greedy"
equal 'the protected does not' "$(populated "$spared")" 1
kill -CONT "$main"
becomes 20 'the daemon notes it when it moves' 1 noted mate-acted
check 'the system log has it' grep -q 'second process has killed' <(journalctl -b -o cat SYSLOG_IDENTIFIER=plimsolld)
plimsoll events | tail -n 5
plimsoll_stop
