# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# scripts/demo --here gives five services the limits of five profiles, shows a shortage that stays local, a limit that is
# wiped and one that comes back, and puts everything back: it ends well, nothing outside its slice dies or changes,
# and nothing is left behind. Where it cannot run it says why.
# timeout: 360

demo=/opt/plimsoll/scripts/demo

outside()
{
        find /sys/fs/cgroup -maxdepth 2 -name memory.max -not -path '*/scenario-*' -not -path '*demo*' \
                -exec grep -H . {} + | sort
}
outside >"$VM_DIR/before"
kills=$(awk '$1 == "oom_kill" { print $2 }' /proc/vmstat)

status=0
"$demo" --here --reload --seconds 10 >"$VM_DIR/demo" 2>&1 || status=$?
cat "$VM_DIR/demo"
equal 'the demonstration ends well' "$status" 0
check 'it has read five workloads' test "$(grep -cE '^  [a-z]+-(api|worker|cache|batch|database) .*iB' "$VM_DIR/demo")" -ge 50
check 'and listed them' test "$(grep -cE '^[a-z/]*plimsolldemo-(api|worker|cache|batch|database) .*M' "$VM_DIR/demo")" -ge 5
check 'a limit without a profile was wiped' grep -qE 'stray +memory.max max: wiped' "$VM_DIR/demo"
check 'one with a profile came back' grep -q 'Back after' "$VM_DIR/demo"
check 'and it was said who had changed it' grep -q 'is now 200 MiB, by systemctl set-property' "$VM_DIR/demo"
equal 'its daemon is gone' "$(pgrep -fc 'plimsolld .*plimsolldemo')" 0
equal 'and so is what it left' "$(find /run -maxdepth 1 -name 'plimsolldemo.*' | wc -l)" 0
equal 'the kernel killed nobody' "$(awk '$1 == "oom_kill" { print $2 }' /proc/vmstat)" "$kills"
check 'its slice is gone' test ! -e /sys/fs/cgroup/plimsolldemo.slice
outside >"$VM_DIR/after"
check 'no limit outside has changed' diff "$VM_DIR/before" "$VM_DIR/after"

# Ended in the middle, it cleans up as well. It does not ask systemd for all of it this time.
"$demo" --here --seconds 60 >"$VM_DIR/demo" 2>&1 &
running=$!
within 60 'it is under way' test -e /sys/fs/cgroup/plimsolldemo.slice
within 60 'and watching' grep -q STALL "$VM_DIR/demo"
kill -TERM "$running"
wait "$running" || true
within 30 'ended in the middle, its slice is gone too' test ! -e /sys/fs/cgroup/plimsolldemo.slice

status=0
setpriv --reuid 65534 --regid 65534 --clear-groups -- "$demo" --here >"$VM_DIR/nobody" 2>&1 || status=$?
equal 'without root it cannot run here' "$status" 8
check 'and says why and what to do' grep -q '→' "$VM_DIR/nobody"
