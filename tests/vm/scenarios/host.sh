# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Every reader of the host and of a process agrees with a second opinion on a live kernel: meminfo, vmstat,
# pressure, swap of every kind, processes of every kind, the kernel's log after a real OOM kill.
# timeout: 300

ours()
{
        probe "${@:2}" | sed -n "s/^$1 //p"
}
kib()
{
        echo $(($(awk -v key="$1:" '$1 == key { print $2 }' /proc/meminfo) * 1024))
}

# ---- meminfo, vmstat, pressure ------------------------------------------------------------------

for key in MemTotal SwapTotal; do
        equal "meminfo $key" "$(ours "$key" meminfo)" "$(kib "$key")"
done
for key in MemAvailable MemFree Cached SReclaimable; do
        near "meminfo $key" "$(ours "$key" meminfo)" "$(kib "$key")" 5
done
check 'a planted page is noticed' not test "$(probe --plant 4096 meminfo | sed -n 's/^MemTotal //p')" = \
        "$(kib MemTotal)"
for key in pswpin pswpout pgscan_kswapd oom_kill workingset_refault_file; do
        near "vmstat $key" "$(ours "$key" vmstat)" "$(awk -v key="$key" '$1 == key { print $2 }' /proc/vmstat)" 5
done
near 'vmstat pgfault' "$(ours pgfault vmstat)" "$(awk '$1 == "pgfault" { print $2 }' /proc/vmstat)" 5
equal 'vmstat allocstall, over all zones' "$(ours allocstall vmstat)" \
        "$(awk '/^allocstall_/ { sum += $2 } END { print sum + 0 }' /proc/vmstat)"
near 'pressure of the host' "$(ours some.total psi host)" \
        "$(sed -n 's/^some .*total=//p' /proc/pressure/memory)" 20

# ---- swap ---------------------------------------------------------------------------------------

equal 'no swap at first' "$(probe swap | grep -c '^area')" 0
file=$(mktemp -p /var/tmp 'swap space.XXXX')
dd if=/dev/zero of="$file" bs=1M count=64 status=none
mkswap -q "$file"
swapon -p 5 "$file"
line=$(probe swap | grep '^area file')
equal 'a swap file with a blank in its name' "${line% * * *}" "area file $file"
equal 'its size' "$(awk '{ print $(NF - 2) }' <<<"$line")" "$((64 * 1024 * 1024 - 4096))"
equal 'its priority' "${line##* }" 5

modprobe zram
echo 96M >/sys/block/zram0/disksize
mkswap -q /dev/zram0
swapon -p 100 /dev/zram0
check 'zram is told from a disk' grep -q '^area zram /dev/zram0' <<<"$(probe swap)"
equal 'its size as a disk' "$(ours zram.disk swap)" "$(cat /sys/block/zram0/disksize)"

cgroup=$(cgroup_make swapping)
echo 24M >"$cgroup/memory.max"
churn "$cgroup" 48
swaps()
{
        (($(awk '$1 == "/dev/zram0" { print $4 }' /proc/swaps) > 4096))
}
within 60 'it swaps to zram' swaps
check 'frozen' probe freeze "$cgroup" 1
within 30 'it stands still' grep -q 'frozen 1' "$cgroup/cgroup.events"
near 'zram: what went in' "$(ours zram.original swap)" "$(awk '{ print $1 }' /sys/block/zram0/mm_stat)" 5
near 'zram: what it takes' "$(ours zram.used swap)" "$(awk '{ print $3 }' /sys/block/zram0/mm_stat)" 5
check 'the algorithm has a name' test -n "$(ours zram.algorithm swap)"
xargs kill -KILL <"$cgroup/cgroup.procs"
within 60 'the workload is gone' grep -q 'populated 0' "$cgroup/cgroup.events"
swap_off
rm "$file"

if [[ -d /sys/module/zswap ]]; then
        equal 'zswap is there' "$(ours zswap.there swap)" 1
        echo 1 >/sys/module/zswap/parameters/enabled
        equal 'and on' "$(ours zswap.enabled swap)" 1
        echo 0 >/sys/module/zswap/parameters/enabled
        equal 'and off' "$(ours zswap.enabled swap)" 0
        equal 'its compressor' "$(ours zswap.compressor swap)" "$(cat /sys/module/zswap/parameters/compressor)"
else
        equal 'this kernel has no zswap, and the reader says so' "$(ours zswap.there swap)" 0
fi

# ---- processes ----------------------------------------------------------------------------------

odd_name="$VM_DIR/a) R 1 2 ("
cp /usr/bin/sleep "$odd_name"
"$odd_name" 300 &
odd=$!
echo 300 >"/proc/$odd/oom_score_adj"
field()
{
        awk -v key="$1:" '$1 == key { print $2 * 1024 }' "/proc/$2/$3"
}
equal 'a name that looks like the fields behind it' "$(ours comm process "$odd")" "a) R 1 2 ("
equal 'its parent' "$(ours parent process "$odd")" "$$"
equal 'its state' "$(ours state process "$odd")" S
equal 'its start' "$(ours start process "$odd")" "$(sed 's/.*) //' "/proc/$odd/stat" | cut -d ' ' -f 20)"
equal 'its oom_score_adj' "$(ours oom_score_adj process "$odd")" 300
equal 'its oom_score' "$(ours oom_score process "$odd")" "$(cat "/proc/$odd/oom_score")"
equal 'its cgroup' "$(ours cgroup process "$odd")" "$(sed -n 's/^0:://p' "/proc/$odd/cgroup")"
equal 'its anonymous memory' "$(ours rss_anon process "$odd")" "$(field RssAnon "$odd" status)"
equal 'its private memory' "$(ours private_dirty process "$odd")" "$(field Private_Dirty "$odd" smaps_rollup)"
equal 'its proportional share' "$(ours anonymous process "$odd")" "$(field Anonymous "$odd" smaps_rollup)"
equal 'as it sees itself' "$(ours ns_pid process "$odd")" "$odd"

kthread=$(pgrep -x kswapd0)
equal 'kswapd is a kernel thread' "$(ours kernel_thread process "$kthread")" 1
equal 'and has no memory map, which is not zero' "$(ours smaps process "$kthread")" absent
equal 'a process is none' "$(ours kernel_thread process "$odd")" 0

# bash does not wait for a job of the job's own, so the child stays a zombie.
bash -c 'sleep 0.2 & echo $!; exec sleep 300' >"$VM_DIR/zombie" &
keeper=$!
is_zombie()
{
        grep -q 'State:.Z' "/proc/$(cat "$VM_DIR/zombie")/status"
}
within 10 'there is a zombie' is_zombie
zombie=$(cat "$VM_DIR/zombie")
equal 'a zombie is seen as one' "$(ours state process "$zombie")" Z
equal 'and has no memory map' "$(ours smaps process "$zombie")" absent
kill "$keeper" "$odd"
wait "$odd" || true
equal 'who is gone is gone' "$(ours outcome process "$odd")" gone

# ---- the kernel's log ---------------------------------------------------------------------------

tight=$(cgroup_make 'tight,task_memcg=/x')
echo 16M >"$tight/memory.max"
echo 0 >"$tight/memory.swap.max"
echo 1 >"$tight/memory.oom.group"
check 'an eater beyond its limit is killed' not eat "$tight" 32
kills()
{
        dmesg | grep -c 'Killed process'
}
tells()
{
        (($(kills) > 0))
}
within 20 'the log tells of a kill' tells
equal 'every kill in the log is read' "$(probe kmsg | grep -c '^killed')" "$(kills)"
every_record()
{
        test "$(ours records kmsg)" = "$(dmesg --raw | grep -c '^<')"
}
within 20 'every record is read' every_record
check 'the cgroup is found, though its name holds a comma and more' \
        grep -qF "oom_memcg ${tight#/sys/fs/cgroup}" <<<"$(probe kmsg)"
check 'the group kill is told' grep -qF "group ${tight#/sys/fs/cgroup}" <<<"$(probe kmsg)"
near 'vmstat counts it too' "$(ours oom_kill vmstat)" "$(awk '$1 == "oom_kill" { print $2 }' /proc/vmstat)" 0
