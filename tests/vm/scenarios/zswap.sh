# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Where the kernel has zswap, a profile's zswap_max and zswap_writeback are set, kept and put back, for a plain cgroup and
# for a unit.
# timeout: 120
# needs-kernel: 7.0

zram 256
echo 1 >/sys/module/zswap/parameters/enabled
plimsoll_fresh
policy 50-squeezed <<'JSON'
{ "profile": "squeezed", "match": [ { "path": "/squeezed.slice/*" }, { "unit": "squeezed-*.service" } ],
  "memory": { "max": "200MiB", "zswap_max": "32MiB", "zswap_writeback": false } }
JSON
plain=$(cgroup_make /squeezed.slice/plain)
cgroup_start "$plain" sleep 1000
systemd-run --quiet --unit=squeezed-1 sleep 1000
unit=$(unit_dir squeezed-1)
check 'this kernel has the files' test -e "$plain/memory.zswap.max" -a -e "$plain/memory.zswap.writeback"
values()
{
        (cd "$1" && cat memory.{max,zswap.max,zswap.writeback} | xargs)
}
want="$((200 << 20)) $((32 << 20)) 0"
becomes 15 'a plain cgroup has what its profile says of zswap' "$want" values "$plain"
becomes 15 'a unit has, too' "$want" values "$unit"
within 30 'diff has nothing to say of them' held 2
echo max >"$plain/memory.zswap.max"
echo 1 >"$unit/memory.zswap.writeback"
becomes 10 'what is changed by hand is put right' "$want" values "$plain"
becomes 10 'of a unit as well' "$want" values "$unit"
systemctl daemon-reload
becomes 10 'it stays through a daemon-reload' "$want" values "$unit"
plimsoll_stop
check 'without the daemon it is put back' plimsolld --restore
equal 'for the plain one' "$(values "$plain")" 'max max 1'
equal 'and for the unit' "$(values "$unit")" 'max max 1'
systemctl stop squeezed-1
echo 0 >/sys/module/zswap/parameters/enabled
