# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Ending and holding workloads on a real kernel: a group, with cgroup.kill and without, a fork bomb, one process, those who are
# asked to end and do not, the frozen; each proven; and what systemd says of it.
# timeout: 300

mib=$((1 << 20))

# What killer said of the last act, by its word.
act()
{
        nice -n -10 killer "$@" >"$VM_DIR/act" || note "killer $*: status $?"
        note "$*: $(xargs <"$VM_DIR/act")"
}
said()
{
        sed -n "s/^result.*\b$1 \([^ ]*\).*/\1/p" "$VM_DIR/act"
}
result()
{
        sed -n 's/^result \([a-z]*\) .*/\1/p' "$VM_DIR/act" | xargs
}
populated()
{
        cgroup_event "$1" cgroup.events populated
}
frozen()
{
        cgroup_event "$1" cgroup.events frozen
}
has_processes()
{
        test "$(<"$1/pids.current")" -ge "$2"
}
# Of its own: what it has read of files can be the larger part of a program that has just been started, and stays.
has_memory()
{
        test "$(cgroup_event "$1" memory.stat anon)" -ge $(($2 * mib))
}
attribute()
{
        python3 -c 'import os, sys
print(os.getxattr(sys.argv[1], sys.argv[2]).decode())' "$1" "$2" 2>/dev/null || echo none
}

# ---- a group ------------------------------------------------------------------------------------

inner=$(cgroup_make group/inner)
other=$(cgroup_make group/other)
outer=${inner%/inner}
bystander=$(cgroup_make bystander)
eat "$bystander" 8
spared=$!
for how in '' --without-kill; do
        eat "$inner" 60
        eat "$other" 40
        # shellcheck disable=SC2086 # none or one
        act $how kill "$outer"
        equal "everybody is killed${how:+, by signals}" "$(result)" 'done'
        equal 'nobody is left' "$(populated "$outer")" 0
        near 'so much came back' "$(said bytes)" $((100 * mib)) 20
        equal 'of so many processes' "$(said processes)" 2
        equal 'it is not held still' "$(<"$outer/cgroup.freeze") $(attribute "$outer" user.plimsoll.held)" '0 none'
done
check 'the one beside it lives' kill -0 "$spared"
equal 'systemd is told' "$(attribute "$outer" user.oomd_ooms) $(attribute "$outer" user.oomd_kill)" '2 4'

several=()
for i in {1..12}; do
        several+=("$(cgroup_make "several$i")")
        eat "${several[-1]}" 8
done
act kill "${several[@]}"
equal 'twelve at once' "$(result)" "$(printf 'done %.0s' {1..12} | xargs)"

# ---- a fork bomb --------------------------------------------------------------------------------

# Bounded, so that it leaves the machine some processes; ours goes first, as the daemon's does.
bomb=$(cgroup_make bomb)
echo 200 >"$bomb/pids.max"
for how in '' --without-kill; do
        cgroup_start "$bomb" storm 120 100
        within 30 'it is at it' has_processes "$bomb" 100
        # shellcheck disable=SC2086
        act $how --deadline 60000 kill "$bomb"
        equal "a fork bomb is ended${how:+, by signals}" "$(result)" 'done'
        equal 'nobody is left' "$(populated "$bomb")" 0
done

# ---- one process --------------------------------------------------------------------------------

one=$(cgroup_make one)
eat "$one" 16
small=$!
eat "$one" 80
large=$!
eat "$one" 120
sacred=$!
echo -1000 >"/proc/$sacred/oom_score_adj"
act kill-process "$one"
equal 'the largest is killed' "$(result)" 'done'
near 'so much came back' "$(said bytes)" $((80 * mib)) 20
check 'not a smaller one, nor one at -1000' kill -0 "$small" "$sacred"
check 'but that' not kill -0 "$large"
equal 'systemd is told nothing of it' "$(attribute "$one" user.oomd_ooms)" none
act --deadline 500 --pid "$small" term "$one"
equal 'who is named is asked, and others are left' "$(result)" partly
check 'it was that one' not kill -0 "$small"
check 'and no other' kill -0 "$sacred"
act kill "$one"

# ---- asked to end -------------------------------------------------------------------------------

polite=$(cgroup_make polite)
eat "$polite" 40
act term "$polite"
equal 'the eldest is asked, and ends' "$(result)" 'done'
near 'so much came back' "$(said bytes)" $((40 * mib)) 25

deaf=$(cgroup_make deaf)
cgroup_start "$deaf" bash -c 'trap "" TERM; while :; do sleep 1; done'
within 10 'it is there' grep -q 'populated 1' "$deaf/cgroup.events"
sleep 1
act --deadline 1500 term "$deaf"
equal 'who ignores it is late' "$(result)" late
act kill "$deaf"
equal 'and killed' "$(result)" 'done'

# ---- held still ---------------------------------------------------------------------------------

held=$(cgroup_make held)
eat "$held" 32
act freeze "$held"
equal 'it stands still' "$(result) $(frozen "$held")" 'done 1'
equal 'marked as ours' "$(attribute "$held" user.plimsoll.held)" 1
act thaw "$held"
equal 'another process lets it go' "$(result)" 'done'
becomes 10 'it goes on' 0 frozen "$held"
equal 'without the mark' "$(attribute "$held" user.plimsoll.held)" none
act freeze "$held"
act kill "$held"
equal 'who is held still is killed' "$(result) $(populated "$held")" 'done 0'
equal 'and who comes next is not' "$(<"$held/cgroup.freeze")" 0

eat "$held" 32
echo 1 >"$held/cgroup.freeze"
becomes 10 'held by somebody else' 1 frozen "$held"
act freeze "$held"
equal 'is not ours to hold' "$(result)" refused
act thaw "$held"
equal 'nor to let go' "$(result) $(<"$held/cgroup.freeze")" 'refused 1'
act --without-kill kill "$held"
equal 'but to kill, by signals as well' "$(result) $(populated "$held")" 'done 0'
equal 'it is theirs still' "$(<"$held/cgroup.freeze")" 1

# ---- pushed out ---------------------------------------------------------------------------------

zram 256
pushed=$(cgroup_make pushed)
eat "$pushed" 100
act --bytes $((32 * mib)) reclaim "$pushed"
if [[ -e "$pushed/memory.reclaim" ]]; then
        equal 'memory is pushed out' "$(result)" 'done'
        check 'as much as that' test "$(said bytes)" -ge $((31 * mib))
        act --bytes $((1024 * mib)) --deadline 20000 reclaim "$pushed"
        check 'of more than there is comes a part, or its time is over' grep -qE 'result (partly|late)' "$VM_DIR/act"
        churn "$pushed" 100
        act --bytes $((1024 * mib)) --deadline 100 reclaim "$pushed"
        check 'and it comes back' grep -qE 'result (partly|late)' "$VM_DIR/act"
else
        equal 'memory.reclaim is absent here' "$(result) $(said error)" 'failed 2'
fi
act kill "$pushed"
equal 'what is in swap came back as well' "$(result)" 'done'
check 'all of it' test "$(said bytes)" -ge $((90 * mib))

# ---- who may not be -----------------------------------------------------------------------------

id=$(stat -c %i "$bystander")
act --id $((id + 1)) kill "$bystander"
equal 'another id is another cgroup' "$(result)" gone
reused=$(cgroup_make reused)
id=$(stat -c %i "$reused")
rmdir "$reused"
mkdir "$reused"
eat "$reused" 8
third=$!
act --id "$id" kill "$reused"
equal 'and one made anew under the same path as well' "$(result)" gone
for flag in 2 8 1024 2048; do
        act --flag "$flag" kill "$bystander"
        equal "of flag $flag" "$(result)" refused
done
check 'they live' kill -0 "$spared" "$third"
own=$(cgroup_make own/inner)
cgroup_run "$own" killer kill "${own%/inner}" >"$VM_DIR/act"
equal 'we are in it ourselves' "$(result)" refused
for cgroup in /sys/fs/cgroup /sys/fs/cgroup/init.scope; do
        act kill "$cgroup"
        equal "pid 1 is in $cgroup" "$(result)" refused
done

# ---- what systemd says --------------------------------------------------------------------------

for how in '' --without-kill; do
        systemd-run --quiet --unit=victim --property=Type=exec "$VM_GUEST/eater" once 40 /dev/null
        within 30 'a service has its memory' has_memory "$(unit_dir victim.service)" 40
        # shellcheck disable=SC2086
        act $how --expected $((40 * mib)) kill "$(unit_dir victim.service)"
        equal "it is killed${how:+, by signals}" "$(result)" 'done'
        check 'its memory came back' test "$(said bytes)" -ge $((30 * mib))
        becomes 20 'to systemd it is an OOM kill' oom-kill systemctl show -P Result victim.service
        systemctl reset-failed victim.service
        systemctl stop victim.service 2>/dev/null || true
done

# ---- the self-test ------------------------------------------------------------------------------

scratch=$(cgroup_make scratch)
check 'a kill would work' killer try "$bystander" "$scratch"
equal 'the scratch cgroup is empty again' "$(<"$scratch/cgroup.procs")" ''
check 'the candidate lives' kill -0 "$spared"
nobody=$(cgroup_make nobody)
cgroup_start "$nobody" setpriv --reuid 65534 --regid 65534 --clear-groups sleep 300
fourth=$!
within 10 'a process of nobody' grep -q '^Uid:.65534' "/proc/$fourth/status"
setpriv --bounding-set -kill killer try "$nobody" "$scratch" >"$VM_DIR/try" || true
equal 'without CAP_KILL it says so' "$(xargs <"$VM_DIR/try")" 'signal EPERM first signal'
unshare -m bash -c 'mount -o remount,ro,bind /sys/fs/cgroup /sys/fs/cgroup 2>/dev/null || mount -o bind /sys/fs/cgroup /sys/fs/cgroup &&
        mount -o remount,ro,bind /sys/fs/cgroup; exec "$@"' - killer try "$nobody" "$scratch" >"$VM_DIR/try" || true
equal 'on a read-only cgroup file system too' "$(sed -n '$p' "$VM_DIR/try")" 'first open'
note "$(xargs <"$VM_DIR/try")"
kill "$spared" "$third" "$fourth"
