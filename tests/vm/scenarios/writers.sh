# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Every writer's value is read back from a live kernel, by the reader and by cat: limits, switches, the freezer,
# oom_score_adj, reclaim. What this kernel does not have is said to be absent, and nothing is made up.
# timeout: 180

cgroup=$(cgroup_make written)

# written FILE VALUE [WANT]
written()
{
        local got
        got=$(probe write "$cgroup" "$1" "$2" | sed -n "s/^$1 //p")
        equal "$1 $2, as the reader has it" "$got" "${3-$2}"
        equal "$1 $2, as cat has it" "$(cat "$cgroup/$1")" "${3-$2}"
}
outcome()
{
        probe "$@" | sed -n 's/^outcome //p'
}

for file in memory.min memory.low memory.high memory.max memory.swap.high memory.swap.max; do
        written "$file" $((64 << 20))
        written "$file" 104857601 104857600
        written "$file" max
done
written memory.low 0
written memory.swap.max 0
written memory.swap.max max
written memory.oom.group 1
written memory.oom.group 0
for file in memory.zswap.max memory.zswap.writeback; do
        if [[ -e "$cgroup/$file" ]]; then
                written "$file" 0
                written "$file" 1 "$([[ $file == *max ]] && echo 0 || echo 1)"
        else
                equal "$file is absent here" "$(outcome write "$cgroup" "$file" 0)" absent
        fi
done
equal 'the root has no limits' "$(outcome write /sys/fs/cgroup memory.max max)" absent

# ---- who may ------------------------------------------------------------------------------------

as_nobody()
{
        setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all -- "$@"
}
check 'nobody may not write a limit' grep -q 'outcome denied' \
        <<<"$(as_nobody "$(command -v probe)" write "$cgroup" memory.max max)"

sleep 300 &
sleeper=$!
adj()
{
        probe adjust "$sleeper" "$1" | sed -n 's/^oom_score_adj //p'
}
equal 'oom_score_adj is raised' "$(adj 500)" 500
equal 'and cat agrees' "$(cat "/proc/$sleeper/oom_score_adj")" 500
equal 'and lowered, by root' "$(adj -999)" -999
setpriv --reuid 65534 --regid 65534 --clear-groups -- sleep 300 &
foreign=$!
within 10 'a process of nobody' grep -q '^Uid:.65534' "/proc/$foreign/status"
check 'who may raise its own' grep -q 'oom_score_adj 300' \
        <<<"$(as_nobody "$(command -v probe)" adjust "$foreign" 300)"
check 'but not lower it below where it began' grep -q 'outcome denied' \
        <<<"$(as_nobody "$(command -v probe)" adjust "$foreign" -1)"

# ---- freeze, reclaim, kill ----------------------------------------------------------------------

eat "$cgroup" 32
check 'frozen' probe freeze "$cgroup" 1
within 20 'it stands still' grep -q 'frozen 1' "$cgroup/cgroup.events"
check 'thawed' probe freeze "$cgroup" 0
within 20 'it goes on' grep -q 'frozen 0' "$cgroup/cgroup.events"

if [[ -e "$cgroup/memory.reclaim" ]]; then
        files=$(cgroup_make files)
        dd if=/dev/zero of=/var/tmp/cached bs=1M count=24 status=none
        sync /var/tmp/cached
        echo 3 >/proc/sys/vm/drop_caches
        cgroup_run "$files" cat /var/tmp/cached >/dev/null
        before=$(cat "$files/memory.current")
        check 'file pages are reclaimed' probe reclaim "$files" $((8 << 20))
        check 'and are gone' test "$(cat "$files/memory.current")" -le $((before - (7 << 20)))
        equal 'more than there is comes back as "again"' "$(outcome reclaim "$cgroup" $((512 << 20)))" again
        rm /var/tmp/cached
else
        equal 'memory.reclaim is absent here' "$(outcome reclaim "$cgroup" 4096)" absent
fi

if [[ -e "$cgroup/cgroup.kill" ]]; then
        check 'everybody in it is killed' probe kill "$cgroup"
        within 30 'and gone' grep -q 'populated 0' "$cgroup/cgroup.events"
else
        equal 'cgroup.kill is absent here' "$(outcome kill "$cgroup")" absent
fi

# A pid through a pidfd: killed, its memory taken, its death seen.
eat "$(cgroup_make victim)" 48
victim=$!
probe signal "$victim" 9 >"$VM_DIR/victim"
check 'a process is killed through its pidfd' grep -qx dead "$VM_DIR/victim"
release=$(sed -n 's/^mrelease //p' "$VM_DIR/victim")
if [[ "$(uname -r)" == 5.10.* ]]; then
        equal 'process_mrelease is not in 5.10, which is said' "$release" 64
else
        check 'its memory was taken, or was gone by then' test "$release" -eq 0 -o "$release" -eq 2
fi
kill "$sleeper" "$foreign"
