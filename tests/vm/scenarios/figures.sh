# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Every reader of a cgroup agrees with a second opinion on a live kernel. A workload thrashes at its limit
# and is then frozen, so that its figures stand still; each line of the probe must be found, key and value,
# in what a few lines of Python read from the same files. The figure that is planted wrong is noticed.
# timeout: 240

swap=$(mktemp -p /var/tmp)
dd if=/dev/zero of="$swap" bs=1M count=256 status=none
mkswap -q "$swap"
swapon "$swap"

cgroup=$(cgroup_make web)
echo 48M >"$cgroup/memory.max"
echo 4M >"$cgroup/memory.low"
echo 1 >"$cgroup/memory.oom.group"
churn "$cgroup" 64
reclaims()
{
        (($(cgroup_event "$cgroup" memory.events max) > 50))
}
within 60 'the workload reclaims at its limit' reclaims
check 'it is frozen' probe freeze "$cgroup" 1
within 30 'and stands still' grep -q 'frozen 1' "$cgroup/cgroup.events"

# Prints "FILE VALUE" and "FILE.KEY VALUE" for every memory file of a cgroup, as Python reads them.
second_opinion()
{
        python3 -c '
import glob, os, sys
for path in sorted(glob.glob(sys.argv[1] + "/memory.*")):
    name = os.path.basename(path)
    if name == "memory.reclaim":
        continue
    for line in open(path):
        words = line.split()
        if name == "memory.pressure":
            continue
        if name == "memory.numa_stat":
            for word in words[1:]:
                node, value = word.split("=")
                print(f"{name}.{words[0]}.{node} {value}")
        elif len(words) == 1:
            print(name, words[0])
        else:
            print(f"{name}.{words[0]} {words[1]}")
' "$1" | sort
}

# The probe reads between two second opinions that are the same, so nothing moved meanwhile. What it says
# and they do not is a difference; only a counter that this kernel does not have may be 0 instead. Left out is
# file_mapped: pages of libraries that were charged here are mapped by the readers themselves.
agree()
{
        : >"$VM_DIR/differences"
        second_opinion "$cgroup" | grep -v file_mapped >"$VM_DIR/before"
        probe "$@" memcg "$cgroup" | grep -v -e '^hot\.' -e '^outcome' -e file_mapped |
                sort >"$VM_DIR/ours"
        second_opinion "$cgroup" | grep -v file_mapped >"$VM_DIR/after"
        diff "$VM_DIR/before" "$VM_DIR/after" || return 1
        comm -23 "$VM_DIR/ours" "$VM_DIR/before" | grep -v 'oom_group_kill 0$' >"$VM_DIR/differences"
        cat "$VM_DIR/differences"
        test ! -s "$VM_DIR/differences"
}
within 40 'memory.* as Python reads them' agree
check 'and that is every file and key' test "$(wc -l <"$VM_DIR/ours")" -gt 50
planted_is_noticed()
{
        not agree --plant 4096 && grep '^memory.current ' "$VM_DIR/differences"
}
within 40 'a page planted in every figure is noticed' planted_is_noticed

figures()
{
        probe memcg "$cgroup" | sed -n "s/^$1 //p"
}
equal 'the hot figures: current' "$(figures hot.current)" "$(cat "$cgroup/memory.current")"
equal 'the hot figures: swap' "$(figures hot.swap)" "$(cat "$cgroup/memory.swap.current")"
equal 'the hot figures: events' "$(figures hot.max)" "$(cgroup_event "$cgroup" memory.events max)"
equal 'the hot figures: pressure' "$(figures hot.full)" \
        "$(sed -n 's/^full .*total=//p' "$cgroup/memory.pressure")"
check 'there was pressure' test "$(figures hot.full)" -gt 0
check 'something was swapped' test "$(figures hot.swap)" -gt $((1 << 20))

# ---- the tree -----------------------------------------------------------------------------------

facts()
{
        probe cgroup "$1" | sed -n "s/^$2 //p"
}
equal 'the id is the inode' "$(facts "$cgroup" id)" "$(stat -c %i "$cgroup")"
equal 'the hierarchy is unified' "$(facts "$cgroup" unified)" 1
equal 'the processes' "$(facts "$cgroup" process)" "$(cat "$cgroup/cgroup.procs")"
equal 'populated' "$(facts "$cgroup" populated)" 1
equal 'frozen' "$(facts "$cgroup" frozen)" 1
equal 'memory is handed down to it' "$(facts "$cgroup" memory.available)" 1
equal 'and it hands nothing on' "$(facts "$cgroup" memory.enabled)" 0
equal 'the root hands memory on' "$(facts /sys/fs/cgroup memory.enabled)" 1

walked()
{
        probe walk "$1" | grep -v -e '^unvisited' -e '^outcome' | awk '{ print $1, $3 }' | sort
}
found()
{
        find "$1" -mindepth 1 -type d -printf '%i %P\n' | sort
}
same_tree()
{
        walked /sys/fs/cgroup >"$VM_DIR/walked"
        found /sys/fs/cgroup >"$VM_DIR/found"
        diff "$VM_DIR/walked" "$VM_DIR/found"
}
within 20 'the walk finds what find finds, ids and paths' same_tree
check 'which is a tree' test "$(wc -l <"$VM_DIR/walked")" -gt 10
equal 'a bounded walk says what it left out' \
        "$(probe walk /sys/fs/cgroup 64 5 | grep -cv -e unvisited -e outcome)" 5
check 'and how many' test "$(probe walk /sys/fs/cgroup 64 5 | sed -n 's/^unvisited //p')" -gt 0

probe freeze "$cgroup" 0 >/dev/null
xargs kill -KILL <"$cgroup/cgroup.procs"
within 30 'swap is given back' swapoff "$swap"
rm "$swap"
