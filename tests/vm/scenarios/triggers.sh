# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Pressure triggers fire when tasks stand still and not otherwise, with privilege and without, and say when
# their cgroup is gone. A privileged one costs a kernel thread, an unprivileged one does not.
# timeout: 240

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
within 60 'swap is given back' swapoff "$swap"
rm "$swap"
