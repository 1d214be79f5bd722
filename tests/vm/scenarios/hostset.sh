# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Settings of the host that its policy has are written by a unit of their own, are put back when they leave the policy and when
# plimsolld is stopped; and what somebody else has set since stays.
# timeout: 120

settings()
{
        (cd /proc/sys/vm && cat swappiness watermark_scale_factor min_free_kbytes | xargs)
}
before=$(settings)
note "before: $before"
plimsoll_fresh
equal 'without a word of them in the policy nothing is set' "$(settings)" "$before"
equal 'and no unit runs for it' "$(systemctl is-active plimsoll-host)" inactive

policy host <<'JSON'
{ "host": "default", "vm": { "swappiness": 11, "watermark_scale_factor": 123, "min_free": "24MiB" } }
JSON
becomes 30 'what the policy says is set' '11 123 24576' settings
becomes 10 'by a unit of its own' active systemctl is-active plimsoll-host
systemctl status --no-pager plimsoll-host || true
exposure=$(systemd-analyze security --no-pager plimsoll-host | awk '/Overall exposure/ { print $(NF - 2) }')
note "systemd-analyze security plimsoll-host: $exposure"
check 'plimsolld itself cannot' grep -q '/proc/sys .*\<ro\>' "/proc/$(systemctl show -P MainPID plimsolld)/mountinfo"

policy host <<'JSON'
{ "host": "default", "vm": { "swappiness": 22, "watermark_scale_factor": 123 } }
JSON
becomes 30 'what is changed in the policy is set, what has left it is put back' "22 123 ${before##* }" settings
systemctl restart plimsolld
plimsoll_scanned 1
equal 'a restart leaves it as it is' "$(settings)" "22 123 ${before##* }"
sysctl -qw vm.watermark_scale_factor=77
plimsoll_stop
becomes 20 'stopped, it is put back, but for what somebody else has set since' "${before%% *} 77 ${before##* }" settings
becomes 10 'and the unit is stopped' inactive systemctl is-active plimsoll-host

plimsoll_start
becomes 30 'started again, all is set' "22 123 ${before##* }" settings
policy host <<'JSON'
{ "host": "default" }
JSON
becomes 30 'without a word of them in the policy it is put back' "${before%% *} 77 ${before##* }" settings
plimsoll_stop
sysctl -qw vm.watermark_scale_factor="$(cut -d ' ' -f 2 <<<"$before")"
equal 'in the end all is as it was' "$(settings)" "$before"
