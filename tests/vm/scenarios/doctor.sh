# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# plimsoll doctor on a host that has what it needs, beside another OOM killer, and where it cannot run at all.
# timeout: 180

doctor()
{
        local status=0
        plimsoll doctor "$@" >"$VM_DIR/doctor" 2>"$VM_DIR/doctor.err" || status=$?
        echo "$status"
}
json()
{
        python3 -c 'import json, sys; d = json.load(open(sys.argv[1])); print(eval(sys.argv[2]))' \
                "$VM_DIR/doctor" "$1"
}

# Slices of plimsolld may be there of another scenario.
tops()
{
        find /sys/fs/cgroup -maxdepth 1 -type d -not -name 'system.slice' -printf '%f\n' | sort
}
before=$(tops)
equal 'nothing that plimsolld needs is missing' "$(doctor)" 0
cat "$VM_DIR/doctor"
equal 'and nobody complains' "$(cat "$VM_DIR/doctor.err")" ''
check 'lines fit 80 columns' not grep -qE '^.{81}' "$VM_DIR/doctor"

equal 'as JSON too' "$(doctor --json)" 0
equal 'with a schema version' "$(json 'type(d["schema_version"]).__name__')" int
check 'version --json as well' test "$(plimsoll version --json | python3 -c \
        'import json, sys; d = json.load(sys.stdin); print(d["schema_version"] >= 1 and d["version"])')" = \
        "$(plimsoll version | awk '{ print $2; exit }')"

sees()
{
        doctor >/dev/null
        grep -q "$1" "$VM_DIR/doctor"
}
systemctl start earlyoom
within 20 'earlyoom is seen' sees earlyoom
plimsoll_fresh
becomes 10 'plimsolld says so as it starts' 1 noted not-alone
systemctl stop earlyoom
plimsoll_start
equal 'and not where it is alone' "$(noted not-alone)" 1
plimsoll_stop
systemctl start systemd-oomd
within 20 'systemd-oomd is seen' sees systemd-oomd
systemctl stop systemd-oomd systemd-oomd.socket

# In a cgroup namespace of one's own, as in a container, the host's tree is out of sight.
status=0
unshare --cgroup --mount bash -c \
        'umount -l /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && plimsoll doctor' >"$VM_DIR/inside" || status=$?
equal 'in a container it cannot run' "$status" 8
check 'and the way out is named' grep -q '→' "$VM_DIR/inside"

# Nobody is told less than root, and is told so.
status=0
setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all -- "$(command -v plimsoll)" doctor \
        >"$VM_DIR/nobody" || status=$?
equal 'without root it answers as well' "$status" 0
equal 'no scratch cgroup is left behind' "$(tops)" "$before"
