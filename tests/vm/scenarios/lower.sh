# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A memory.max below what is in use kills nobody: it comes when there is room for it, without swap when somebody gives memory
# back, with swap by pushing. Meanwhile plimsolld's tick is as punctual as a process that only sleeps.
# timeout: 360

mib=$((1 << 20))
plimsoll_fresh 1s

# While a command runs, how much later the daemon's tick comes than our own sleep: in "beyond".
slip_begin()
{
        nice -n -10 slip >"$VM_DIR/slip" &
        slipping=$!
}
slip_end()
{
        kill "$slipping"
        wait "$slipping" || note 'slip has failed'
        note "$1: $(xargs <"$VM_DIR/slip")"
        beyond=$(sed -n 's/^beyond_usec //p' "$VM_DIR/slip")
}
kills()
{
        awk '$1 == "oom_kill" { print $2 }' /proc/vmstat
}
killed=$(kills)

# What is claimed below of the tick would be noticed if it were not so.
main=$(systemctl show -P MainPID plimsolld)
slip_begin
sleep 1
kill -STOP "$main"
sleep 1
kill -CONT "$main"
sleep 0.5
slip_end 'stopped for a second'
check 'a daemon that stands still is noticed' test "$beyond" -gt $((500 * 1000))

# ---- without swap -------------------------------------------------------------------------------

# Who gets the profile by an attribute gets it at a scan: the tick is not held against the reading of a policy.
policy 50-lower <<'JSON'
{ "profile": "lower", "match": [ { "xattr": "user.plimsoll.profile=lower" } ],
  "memory": { "max": "120MiB", "swap_max": 0, "high_without_swap": true } }
JSON
policy 50-pushed <<'JSON'
{ "profile": "pushed", "match": [ { "xattr": "user.plimsoll.profile=pushed" } ], "memory": { "max": "80MiB", "swap_max": "256MiB" } }
JSON
give()
{
        python3 -c 'import os, sys
for cgroup in sys.argv[2:]:
    os.setxattr(cgroup, "user.plimsoll.profile", sys.argv[1].encode())' "$@"
}

above()
{
        test "$(<"$held/memory.max")" = max || test "$(<"$held/memory.max")" -gt "$(<"$held/memory.current")"
}
# ATTEMPT
without_swap()
{
        held=$(cgroup_make "/lower.slice/held$1")
        eat "$held" 100
        first=$!
        eat "$held" 80
        second=$!
        cached=$(cgroup_make "/lower.slice/cached$1")
        dd if=/dev/zero of=/var/tmp/cached bs=1M count=150 status=none
        sync /var/tmp/cached
        echo 3 >/proc/sys/vm/drop_caches
        cgroup_run "$cached" cat /var/tmp/cached >/dev/null
        eat "$cached" 20
        third=$!
        note "in use: $(cat "$held/memory.current" "$cached/memory.current" | xargs)"
        slip_begin
        give lower "$held" "$cached"
        becomes 15 'a limit below what cannot be reclaimed waits' would-oom \
                standing "held$1" "s['limits']['memory.max']['cause']"
        becomes 30 'that is told, once' "$1" noted limit-waits
        check 'it is above what is in use all the time' above
        becomes 60 'where there is nothing in the way but a cache, it comes' $((120 * mib)) cat "$cached/memory.max"
        plimsoll_scanned 2
        check 'it is above what is in use still' above
        kill "$second"
        becomes 15 'when some of it is given back, it comes' $((120 * mib)) cat "$held/memory.max"
        slip_end 'lowering without swap'
        check 'all live' kill -0 "$first" "$third"
}
# What one tick is late once may be the machine's doing; what holds the tick up does so again.
punctually()
{
        "$1" 1
        if ((beyond > 100 * 1000)); then
                "$1" 2
        fi
        check 'the tick was not held up' test "$beyond" -le $((100 * 1000))
}
punctually without_swap
equal 'nobody was killed' "$(kills)" "$killed"
high_of()
{
        cat "${@/%//memory.high}" | xargs
}
becomes 30 'in the end no memory.high is left of it' 'max max' high_of "$held" "$cached"

# ---- with swap ----------------------------------------------------------------------------------

zram 512
# ATTEMPT. In use but for half a second at a time: a program that is at it all the time would take the processor from the tick.
with_swap()
{
        pushed=$(cgroup_make "/pushed.slice/pushed$1")
        warm "$pushed" 120
        fourth=$!
        cold=$(cgroup_make "/pushed.slice/cold$1")
        eat "$cold" 120
        fifth=$!
        slip_begin
        give pushed "$pushed" "$cold"
        becomes 60 'what can be swapped makes room for it' $((80 * mib)) cat "$cold/memory.max"
        becomes 90 'even if it is all in use' $((80 * mib)) cat "$pushed/memory.max"
        slip_end 'lowering with swap'
        check 'all live' kill -0 "$fourth" "$fifth"
}
punctually with_swap
plimsoll diff --all || true
equal 'nobody was killed' "$(kills)" "$killed"
becomes 30 'in the end no memory.high is left of it' 'max max' high_of "$pushed" "$cold"
plimsoll events | tail -n 20
plimsoll_stop
rm /var/tmp/cached
