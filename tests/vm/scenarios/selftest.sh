# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The self-test of plimsolld with each capability lost one by one, with a read-only tree of cgroups, and with system calls
# forbidden: what hinders it to act is said, with part and name, and what does not is not.
# timeout: 240

plimsoll_fresh 1s
dropin=/etc/systemd/system/plimsolld.service.d/50-selftest.conf
service=/sys/fs/cgroup/plimsolld.slice/plimsolld.service
whole='CAP_DAC_OVERRIDE CAP_KILL CAP_IPC_LOCK CAP_SYS_RESOURCE'
equal 'these are the capabilities there are' \
        "$(systemctl show -P CapabilityBoundingSet plimsolld | xargs -n 1 | sort | xargs)" "$(xargs -n 1 <<<"${whole,,}" | sort | xargs)"

# Somebody else's, in a cgroup of his, who would go first.
policy 50-mine <<'JSON'
{ "profile": "selftest", "match": [ { "path": "/selftest.slice/mine", "owner": "any" } ], "oom": { "order": 900 } }
JSON
mine=$(cgroup_make /selftest.slice/mine)
cgroup_start "$mine" setpriv --reuid=65534 --regid=65534 --clear-groups sleep 1000
chown -R 65534:65534 "$mine"
goes_first()
{
        grep -Eq '^ *(→ +)?1 .*mine' <<<"$(plimsoll rank)"
}
within 20 'he would go first' goes_first

# When a cgroup was made in the service's own for the last time, or removed; and when the service was started, which is after its
# own was made.
changed_nsec()
{
        date --date="$(stat -c %y "$service")" +%s%N
}
started_nsec()
{
        date --date="$(systemctl show --timestamp=us -P ExecMainStartTimestamp plimsolld)" +%s%N
}
# Where no cgroup can be made there is an alarm.
tested()
{
        if test "$(noted cannot-act)" -gt "$alarms"; then
                return
        fi
        test "$(changed_nsec)" -gt "$(started_nsec)" -a ! -d "$service/plimsoll-self-test"
}
# The test takes some turns of the loop after it is ready.
restart()
{
        systemctl daemon-reload
        systemctl restart plimsolld
        within 30 "$1: it is tested" tested
}
last_alarm()
{
        plimsoll events --json --type=alarm | python3 -c 'import json, os, sys
e = [json.loads(line) for line in sys.stdin][-1]
print(os.strerror(e["value"]) + ":", e["words"])'
}
unfit()
{
        json "d['armed']['state']" plimsoll status --json
}

# lose WHAT DROP-IN [SAYS]: without SAYS nothing is said of it.
lose()
{
        alarms=$(noted cannot-act)
        install -D -m 644 /dev/stdin "$dropin" <<<"[Service]
$2"
        restart "$1"
        if [[ -n "${3-}" ]]; then
                within 20 "$1: that is an alarm" test "$(noted cannot-act)" -gt "$alarms"
                equal "$1: it says at what, and of whom" "$(last_alarm)" "$3"
                equal "$1: and so does status" "$(unfit)" cannot-act
                check "$1: and systemctl" grep -q 'IT CANNOT ACT' <<<"$(systemctl show -P StatusText plimsolld)"
        else
                equal "$1: nothing is said, for it can act" "$(noted cannot-act) $(unfit)" "$alarms armed"
        fi
        equal "$1: nothing is left of the test" "$(find "$service" -mindepth 1 -type d | wc -l)" 0
}
without()
{
        xargs <<<"${whole/$1/}"
}

lose 'as it is installed' ''
lose 'CAP_DAC_OVERRIDE' "CapabilityBoundingSet=
CapabilityBoundingSet=$(without CAP_DAC_OVERRIDE)" 'Permission denied: opening cgroup.kill of selftest/mine'
lose 'CAP_KILL' "CapabilityBoundingSet=
CapabilityBoundingSet=$(without CAP_KILL)" 'Operation not permitted: signalling the processes of selftest/mine'
lose 'CAP_IPC_LOCK' "CapabilityBoundingSet=
CapabilityBoundingSet=$(without CAP_IPC_LOCK)"
lose 'CAP_SYS_RESOURCE' "CapabilityBoundingSet=
CapabilityBoundingSet=$(without CAP_SYS_RESOURCE)"
lose 'a tree of cgroups to write to' 'ReadOnlyPaths=/sys/fs/cgroup' \
        'Read-only file system: opening cgroup.kill of selftest/mine'
lose 'pidfd_send_signal' 'SystemCallFilter=~pidfd_send_signal' \
        'Operation not permitted: signalling the processes of selftest/mine'
lose 'kill' 'SystemCallFilter=~kill'

equal 'nobody was harmed' "$(cgroup_event "$mine" cgroup.events populated)" 1
rm -r "${dropin%/*}"
systemctl daemon-reload
