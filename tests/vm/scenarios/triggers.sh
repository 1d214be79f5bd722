# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Pressure triggers fire when tasks stand still and not otherwise, with privilege and without, and say when
# their cgroup is gone. A privileged one costs a kernel thread, an unprivileged one does not. plimsolld waits for the host and for
# who has a limit to meet, looks at once at whoever stands still, and lets a trigger rest that fires all the time.
# timeout: 480

calm=$(cgroup_make calm)
cgroup_start "$calm" sleep 300
thrashing=$(cgroup_make thrashing)
echo 24M >"$thrashing/memory.max"

swap=$(mktemp -p /var/tmp)
dd if=/dev/zero of="$swap" bs=1M count=128 status=none
mkswap -q "$swap"
swapon "$swap"
churn "$thrashing" 40

news()
{
        probe trigger "$@" | sed -n 's/^news //p'
}
equal 'a thrashing cgroup wakes us' "$(news "$thrashing" some 50000 1000000 60)" stall
equal 'with a full stall as well' "$(news "$thrashing" full 50000 1000000 60)" stall
equal 'without privilege, over two seconds' "$(news "$thrashing" some 100000 2000000 60 unprivileged)" stall
equal 'the host is woken by it too' "$(news host some 50000 1000000 60)" stall
equal 'a calm cgroup does not wake us' "$(news "$calm" some 50000 1000000 4)" none
equal 'nor without privilege' "$(news "$calm" some 50000 2000000 4 unprivileged)" none

outcome()
{
        probe trigger "$@" | sed -n 's/^outcome //p'
}
equal 'a window above ten seconds is refused' "$(outcome "$calm" some 50000 11000000 1)" refused
equal 'as many words as the kernel reads' "$(outcome "$calm" some 99999999999 99999999999 1)" refused
at_least()
{
        test "$(printf '%s\n' "$1" "$2" | sort -V | head -n 1)" = "$1"
}
release=$(uname -r | grep -oE '^[0-9]+\.[0-9]+')
if at_least 6.5 "$release"; then
        equal 'a short window is taken from 6.5 on' "$(outcome "$calm" some 50000 100000 1)" fine
else
        equal 'a window below 500 ms is refused before 6.5' "$(outcome "$calm" some 50000 499999 1)" refused
fi
if at_least 6.1 "$release"; then
        equal 'without privilege a window of one second is refused' \
                "$(outcome "$calm" some 50000 1000000 1 unprivileged)" refused
fi

# While a trigger is held, look for the kernel thread that serves it.
threads()
{
        pgrep -c psimon || true
}
held=$(threads)
probe trigger "$calm" some 50000 1000000 20 >"$VM_DIR/privileged" &
within 20 'a privileged trigger is armed' grep -q armed "$VM_DIR/privileged"
equal 'it costs a kernel thread' "$(threads)" $((held + 1))
if at_least 6.1 "$release"; then
        probe trigger "$thrashing" full 1900000 2000000 20 unprivileged >"$VM_DIR/unprivileged" &
        within 20 'an unprivileged trigger is armed' grep -q armed "$VM_DIR/unprivileged"
        equal 'it costs none' "$(threads)" $((held + 1))
fi

doomed=$(cgroup_make doomed)
probe trigger "$doomed" some 50000 2000000 60 >"$VM_DIR/doomed" &
watcher=$!
within 20 'a trigger on a cgroup that will go' grep -q armed "$VM_DIR/doomed"
rmdir "$doomed"
wait "$watcher"
equal 'says that it is gone' "$(sed -n 's/^news //p' "$VM_DIR/doomed")" gone

xargs kill -KILL <"$thrashing/cgroup.procs"

# ---- plimsolld ----------------------------------------------------------------------------------

limited=$(cgroup_make /woken.slice/limited)
echo 24M >"$limited/memory.max"
cgroup_start "$limited" sleep 300
quiet=$(cgroup_make /woken.slice/quiet)
echo 24M >"$quiet/memory.max"
cgroup_start "$quiet" sleep 300
free=$(cgroup_make /woken.slice/free)
cgroup_start "$free" sleep 300
becomes 30 'the threads of the probes have gone' 0 threads
# Whatever is seen within that time is not seen by a scan.
plimsoll_fresh 1min
policy 50-woken <<'JSON'
{ "profile": "woken", "match": [ { "path": "/woken.slice/*" } ] }
JSON
main=$(systemctl show -P MainPID plimsolld)

# FILE -> how often plimsolld has it open.
opened()
{
        find "/proc/$main/fd" -lname "$1" | wc -l
}
becomes 10 'it waits for the host, some and all, and reads it' 3 opened /proc/pressure/memory
becomes 10 'for one with a limit to meet' 1 opened "$limited/memory.pressure"
becomes 10 'and another' 1 opened "$quiet/memory.pressure"
equal 'not for one that has none' "$(opened "$free/memory.pressure")" 0
if at_least 6.1 "$release"; then
        equal 'at the cost of one thread' "$(threads)" 1
        equal 'neither was refused' "$(noted triggers-missing) $(noted local-triggers-missing)" '0 0'
fi
equal 'without the capability in effect' "$(awk '$1 == "CapEff:" { print $2 }' "/proc/$main/status" | tail -c 8 | head -c 1)" 0

# NAME -> when its figures were read.
read_at()
{
        json "d['workload']['read_at']" plimsoll show --json "$1"
}
# From one scan to the next there is a minute, for what follows until the next word of a scan.
scanned=$(vm_scanned_at)
scan_is_over()
{
        test "$(vm_scanned_at)" != "$scanned"
}
within 90 'a scan is over' scan_is_over
scanned=$(vm_scanned_at)
churn "$limited" 40
churners=$!
churn "$limited" 40
churners+=" $!"
# Is it looked at within three seconds, and nobody else? Everybody is at the first sign of trouble.
looked_at_alone()
{
        local before scanned
        scanned=$(vm_scanned_at)
        before=$(read_at limited)
        sleep 3
        test "$(read_at limited)" != "$before" && test "$(vm_scanned_at)" = "$scanned"
}
within 30 'who stands still is looked at without a scan' looked_at_alone
within 30 'and again' looked_at_alone
note "$(json "d['host']['interval_seconds']" plimsoll status --json) s from look to look, by the clock"
# At its memory.high it is held still by the kernel itself, however slow the machine is.
echo 12M >"$limited/memory.high"
becomes 150 'one that fires all the time rests' 0 opened "$limited/memory.pressure"
# shellcheck disable=SC2086 # two pids
kill -KILL $churners || true

systemctl reload plimsolld
woken()
{
        [[ "$(systemctl show -P StatusText plimsolld)" =~ Woken\ [1-9][0-9]*\ times\ by\ stalls\ of\ the\ host,\ [1-9] ]]
}
within 10 'it says how often it was woken' woken
note "$(systemctl show -P StatusText plimsolld)"
echo 0 >"$quiet/cgroup.pressure" 2>/dev/null || true
if [[ ! -e "$quiet/memory.pressure" ]]; then
        becomes 10 'pressure that is hidden is not waited for' 0 opened "$quiet/memory.pressure*"
        equal 'which is nobody'"'"'s concern' "$(noted local-triggers-missing)" 0
fi
plimsoll_stop
becomes 10 'its thread goes with it' 0 threads

within 60 'swap is given back' swapoff "$swap"
rm "$swap"
