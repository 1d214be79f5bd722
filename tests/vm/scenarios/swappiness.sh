# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# memory.reclaim takes a swappiness of its own: 0 takes files alone, 200 anonymous memory first; and a profile's swappiness is
# said to be approximated by it.
# timeout: 120
# needs-kernel: 6.12

zram 256
plimsoll_fresh
policy 50-swappy <<'JSON'
{ "profile": "swappy", "match": [ { "path": "/swappy.slice/*" } ], "memory": { "swappiness": 150 } }
JSON
mixed=$(cgroup_make /swappy.slice/mixed)
eat "$mixed" 48
dd if=/dev/zero of=/var/tmp/cached bs=1M count=48 status=none
sync /var/tmp/cached
echo 3 >/proc/sys/vm/drop_caches
cgroup_run "$mixed" cat /var/tmp/cached >/dev/null
# What was touched a moment ago is young, and by no swappiness is that taken before what is old. All of the files have to go
# before the kernel sees which of the rest is old; then the files are read anew.
check 'what is not in use grows old' probe reclaim "$mixed" $((56 << 20)) 60
cgroup_run "$mixed" cat /var/tmp/cached >/dev/null

stat_of()
{
        awk -v key="$1" '$1 == key { print $2 }' "$mixed/memory.stat"
}
anon=$(stat_of anon)
files=$(stat_of file)
check 'with swappiness 200 memory is reclaimed' probe reclaim "$mixed" $((8 << 20)) 200
near 'none of it from files' "$(stat_of file)" "$files" 2
check 'all of it swapped' test "$(stat_of anon)" -le $((anon - (7 << 20)))
anon=$(stat_of anon)
files=$(stat_of file)
check 'with swappiness 0 memory is reclaimed' probe reclaim "$mixed" $((8 << 20)) 0
check 'all of it from files' test "$(stat_of file)" -le $((files - (7 << 20)))
near 'and none of it swapped' "$(stat_of anon)" "$anon" 2

becomes 15 'a profile that asks for a swappiness gets it by memory.reclaim' reclaim standing mixed "s['swappiness']['means']"
check 'which show says in words' grep -q 'memory.reclaim' <<<"$(plimsoll show mixed)"
plimsoll_stop
rm /var/tmp/cached
