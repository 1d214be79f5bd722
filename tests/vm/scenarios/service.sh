# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# plimsolld as a service, installed as a package would: it starts, sees units come and go as systemctl and cgroupfs have them,
# takes a policy and refuses a broken one, lets its group read and nobody write, outlives kill -9, and leaves alone whom no
# profile matches.
# timeout: 420

top=/sys/fs/cgroup
policies=/etc/plimsoll/policies.d
rm -rf /run/plimsoll /var/lib/plimsoll "$policies"
plimsoll_install

# ---- the units ----------------------------------------------------------------------------------

unit=$(systemctl show -P FragmentPath plimsolld)
check 'the unit is installed' test -f "$unit"
check 'and systemd finds nothing wrong with it' systemd-analyze verify --man=no "$unit"
exposure=$(systemd-analyze security --no-pager plimsolld | awk '/Overall exposure/ { print $(NF - 2) }')
note "systemd-analyze security plimsolld: $exposure"
check 'its exposure is 3.0 at most' awk -v score="$exposure" 'BEGIN { exit !(score != "" && score <= 3.0) }'

# What is set for those who stay for the whole scenario and whom no profile matches.
settings()
{
        local cgroup
        for cgroup in init.scope system.slice user.slice system.slice/systemd-journald.service; do
                (cd "$top/$cgroup" && grep -H . memory.{max,high,low,min,swap.max,oom.group} cgroup.freeze | sed "s|^|$cgroup/|")
                (cd "$top/$cgroup" && xargs -I{} cat /proc/{}/oom_score_adj <cgroup.procs)
        done
}

# ---- starting -----------------------------------------------------------------------------------

status_of()
{
        local status=0
        "$@" >"$VM_DIR/words" 2>&1 || status=$?
        echo "$status"
}
equal 'before there is a daemon, status says so' "$(status_of plimsoll status)" 4
check 'and what to do' grep -q 'systemctl start plimsolld' "$VM_DIR/words"
check 'plimsolld --check likes this host' plimsolld --check

check 'it can be enabled' systemctl enable plimsolld
plimsoll_start
equal 'it runs' "$(systemctl is-active plimsolld)" active
check 'and says to systemd what it does' grep -q '^Watching [0-9]* workloads' <<<"$(systemctl show -P StatusText plimsolld)"
equal 'status says so' "$(status_of plimsoll status)" 0
cat "$VM_DIR/words"
equal 'in its own slice' "$(systemctl show -P Slice plimsolld)" plimsolld.slice
main=$(systemctl show -P MainPID plimsolld)
mate=$(pgrep -P "$main" -x plimsoll-mate)
check 'with a second process' test -n "$mate"
capabilities()
{
        awk -v set="$1:" '$1 == set { print $2 }' "/proc/$main/status"
}
for set in CapPrm CapBnd; do
        equal "no capabilities but DAC_OVERRIDE, KILL, IPC_LOCK and SYS_RESOURCE: $set" "$(capabilities "$set")" 0000000001004022
done
equal 'the last of them not in effect' "$(capabilities CapEff)" 0000000000004022
private=$(private_kib "$main" "$mate")
note "private memory of both processes: $private KiB, without the journal"
# Of it some 350 are code of libraries that nobody else here has in use, and as much again is there so that a kill needs no more.
check 'which is 1152 KiB at most' test "$private" -le 1152
before=$(settings)

# ---- units come and go --------------------------------------------------------------------------

start_units()
{
        for ((i = 0; i < 10; i++)); do
                systemd-run --quiet --unit="seen-$i" --slice=plimsoll-batch.slice sleep 1000
        done
}
# NAME -> the row of `list --json` with that unit, a field of it.
field()
{
        json "[w for w in d['workloads'] if w['unit'] == '$1'][0]['$2']" plimsoll list --json --all
}
seen()
{
        test "$(json "len([w for w in d['workloads'] if (w['unit'] or '').startswith('seen-')])" plimsoll list --json)" = "$1"
}
# The first reading of a unit may be from before it had a page.
has_memory()
{
        test "$(field "$1" current_bytes)" -gt 0
}
start_units
within 10 'ten units are listed' seen 10
for i in 0 4 9; do
        unit=seen-$i.service
        path=$(systemctl show -P ControlGroup "$unit")
        equal "$unit: its path is systemctl's" "$(field "$unit" path)" "$path"
        equal "$unit: its id is the cgroup's" "$(field "$unit" cgroup_id)" "$(stat -c %i "$top$path")"
        equal "$unit: it is a service" "$(field "$unit" kind)" service
        equal "$unit: its slice makes it batch" "$(field "$unit" profile)" batch
        within 10 "$unit: it has memory" has_memory "$unit"
        near "$unit: its memory is what cgroupfs has" "$(field "$unit" current_bytes)" "$(<"$top$path/memory.current")" 25
done
systemd-run --quiet --unit=free-1 sleep 1000
systemctl set-property --runtime free-1.service MemoryMax=64M MemoryLow=8M
limited()
{
        test "$(json "d['workload']['limits']['memory.max']" plimsoll show --json free-1)" = $((64 << 20)) &&
                test "$(json "d['workload']['limits']['memory.low']" plimsoll show --json free-1)" = $((8 << 20))
}
within 15 'a limit that somebody sets on whom no profile matches is seen' limited
check 'show has it for people too' grep -q '64' <<<"$(plimsoll show free-1)"
plimsoll show free-1
systemctl stop free-1

# Every running service that systemctl knows of is listed.
services()
{
        systemctl list-units --type=service --state=running --no-legend --plain | awk '{ print $1 }' |
                while read -r name; do
                        systemctl show -P ControlGroup "$name"
                done | sort >"$VM_DIR/systemctl"
        json "'\n'.join(sorted(w['path'] for w in d['workloads'] if w['kind'] == 'service'))" plimsoll list --json >"$VM_DIR/listed"
        test -z "$(comm -23 "$VM_DIR/systemctl" "$VM_DIR/listed")"
}
within 10 'every running service is listed' services

equal 'match by name' "$(status_of plimsoll match seen-3)" 0
check 'says batch' grep -q batch "$VM_DIR/words"
equal 'match by pid' "$(json "d['winner']['profile']" plimsoll match --json "$(systemctl show -P MainPID seen-3)")" batch
equal 'match by path' "$(status_of plimsoll match "$(systemctl show -P ControlGroup seen-3)")" 0
equal 'match of nobody' "$(status_of plimsoll match no-such-thing)" 6
equal 'show of nobody' "$(status_of plimsoll show no-such-thing)" 6

# ---- who comes back -----------------------------------------------------------------------------

# Whether it would, after SIGTERM: Restart=, as systemd has it.
returns()
{
        json "d['workload']['returns']" plimsoll show --json "$1"
}
for restart in always on-success on-failure no; do
        systemd-run --quiet --unit="back-$restart" --slice=plimsoll-batch.slice -p Restart="$restart" sleep 1000
done
systemd-run --quiet --scope --unit=back-scope --slice=plimsoll-batch.slice sleep 1000 &
becomes 10 'Restart=always' True returns back-always
becomes 10 'Restart=on-success' True returns back-on-success
equal 'Restart=on-failure, to which SIGTERM is no failure' "$(returns back-on-failure)" False
equal 'Restart=no' "$(returns back-no)" False
equal 'a scope, which systemd does not start again' "$(returns back-scope.scope)" False
install -D -m 644 /dev/stdin /run/systemd/system/back-no.service.d/restart.conf <<<$'[Service]\nRestart=always'
install -D -m 644 /dev/stdin /run/systemd/system/back-always.service.d/restart.conf <<<$'[Service]\nRestart=on-failure'
systemctl daemon-reload
becomes 10 'a daemon-reload is noticed' True returns back-no
becomes 10 'in both directions' False returns back-always
systemctl stop 'back-*'
rm -r /run/systemd/system/back-{no,always}.service.d

systemctl stop 'seen-*.service'
within 10 'they go' seen 0
plimsoll events --json >"$VM_DIR/events"
count()
{
        python3 -c 'import json, sys
print(sum(1 for line in open(sys.argv[1]) for e in [json.loads(line)] if e["type"] == sys.argv[2] and "seen-" in e["message"]))' "$VM_DIR/events" "$1"
}
equal 'ten have appeared' "$(count appeared)" 10
equal 'and ten are gone' "$(count gone)" 10
plimsoll events | tail -n 5

# ---- the policy ---------------------------------------------------------------------------------

digest()
{
        json "d['policy']['digest']" plimsoll status --json
}
of_files()
{
        plimsoll cat-config | sha256sum | cut -d ' ' -f 1
}
equal 'what is in force has the digest of the files' "$(digest)" "$(of_files)"
cat >"$VM_DIR/web.json" <<'JSON'
{ "profile": "web", "match": [ { "unit": "web-*.service" } ], "memory": { "max": "200MiB" } }
JSON
systemd-run --quiet --unit=web-1 sleep 1000
cp "$VM_DIR/web.json" "$policies/40-web.json"
in_force()
{
        test "$(digest)" = "$(of_files)"
}
within 2 'an edited policy is in force within 2 s' in_force
within 10 'and matches who runs already' test "$(field web-1.service profile)" = web
good=$(digest)
sed 's/200MiB/lots/' "$VM_DIR/web.json" >"$policies/40-web.json"
refused()
{
        test "$(json "(d.get('refused_policy') or {}).get('words') is not None" plimsoll status --json)" = True
}
within 3 'a broken one is refused' refused
equal 'the old one stays in force' "$(digest)" "$good"
equal 'status tells of it' "$(status_of plimsoll status)" 3
check 'and names file and line' grep -q '40-web.json:1:' "$VM_DIR/words"
cat "$VM_DIR/words"
equal 'check says 3' "$(status_of plimsoll check)" 3
systemctl restart plimsolld
refused_again()
{
        refused && test "$(digest)" = "$good"
}
within 10 'a restart does not drop the good one' refused_again
main=$(systemctl show -P MainPID plimsolld)
cp "$VM_DIR/web.json" "$policies/40-web.json"
settled()
{
        ! refused
}
within 3 'mended, all is well' settled
chmod 0666 "$policies/40-web.json"
within 3 'one that everybody may write is refused' refused
chmod 0644 "$policies/40-web.json"
within 3 'and taken when it is not' settled
mv "$policies" "$policies.away"
mkdir "$policies"
within 3 'a directory that was swapped is read' in_force
rmdir "$policies" && mv "$policies.away" "$policies"
within 3 'and swapped back' in_force
systemctl reload plimsolld
equal 'a reload is done' "$(systemctl is-active plimsolld)" active
systemctl stop web-1

# ---- who may read -------------------------------------------------------------------------------

id member >/dev/null 2>&1 || useradd --no-create-home --groups plimsoll member
id stranger >/dev/null 2>&1 || useradd --no-create-home stranger
as()
{
        local who=$1
        shift
        runuser -u "$who" -- env PATH="$PATH" "$@"
}
cp "$(command -v plimsoll)" /usr/local/bin/plimsoll-for-all
chmod 755 /usr/local/bin/plimsoll-for-all
for verb in status 'list' 'events' 'show plimsolld'; do
        # shellcheck disable=SC2086
        equal "a member of the group: $verb" "$(status_of as member plimsoll-for-all $verb)" 0
        # shellcheck disable=SC2086
        equal "somebody else: $verb" "$(status_of as stranger plimsoll-for-all $verb)" 5
done
check 'who is told how to be let in' grep -q 'group' "$VM_DIR/words"
check 'a member cannot write the journal' not as member dd if=/dev/zero of=/run/plimsoll/journal bs=1 count=1 conv=notrunc
check 'nor remove it' not as member rm -f /run/plimsoll/journal
check 'nor put anything beside it' not as member touch /run/plimsoll/x
check 'nor take its lock' not as member test -r /run/plimsoll/journal.lock
check 'nor write a policy' not as member touch "$policies/x.json"
check 'nor signal the daemon' not as member kill -HUP "$main"

# ---- a second one -------------------------------------------------------------------------------

equal 'a second instance is refused' "$(status_of plimsolld --foreground)" 9
check 'and is told why' grep -q 'another plimsolld is running' "$VM_DIR/words"
equal 'in a cgroup namespace it refuses' "$(status_of unshare --cgroup --mount bash -c \
        'umount -l /sys/fs/cgroup && mount -t cgroup2 none /sys/fs/cgroup && plimsolld --foreground --journal-dir /run/other')" 8
check 'with the words of doctor' grep -q '→' "$VM_DIR/words"

# ---- journald -----------------------------------------------------------------------------------

journalctl --sync
journal()
{
        journalctl --no-pager -o json "$@"
}
check 'journald has its start' test -n "$(journal PLIMSOLL_TYPE=started)"
equal 'each message of the mate has an id' "$(journal _COMM=plimsoll-mate | grep -vc '"MESSAGE_ID"')" 0
check 'and there are some' test "$(journal _COMM=plimsoll-mate | wc -l)" -gt 3
check 'the refused policy, too' test -n "$(journal PLIMSOLL_TYPE=policy-refused)"
check 'with words from the catalogue' grep -q 'Subject: A policy was refused' <<<"$(journalctl --no-pager -x PLIMSOLL_TYPE=policy-refused)"
journalctl --no-pager -x PLIMSOLL_TYPE=policy-refused | head -n 20

# A journald that stands still holds nobody up, and has it all when it goes on.
journald=$(systemctl show -P MainPID systemd-journald)
kill -STOP "$journald"
for ((i = 1; i <= 20; i++)); do
        sed "s/200MiB/$((200 + i))MiB/" "$VM_DIR/web.json" >"$policies/40-web.json"
        sleep 0.4
done
within 3 'while journald stands still, a policy comes into force' in_force
equal 'and status answers' "$(status_of plimsoll status)" 0
kill -CONT "$journald"
last=$(digest)
caught_up()
{
        journalctl --sync
        test -n "$(journal PLIMSOLL_DIGEST="$last")"
}
within 20 'journald is told of it afterwards' caught_up

# ---- clocks -------------------------------------------------------------------------------------

now=$(date +%s)
date -s "@$((now + 3600))" >/dev/null
set_forward()
{
        plimsoll events --json | grep -q '"code":"clock-set"'
}
within 5 'a clock that is set is noticed' set_forward
equal 'and what is seen goes on' "$(status_of plimsoll status)" 0
date -s "@$((now + 10))" >/dev/null
check 'also when it goes back' test "$(json "d['silent_seconds'] < 5" plimsoll status --json)" = True

# ---- a kill, a hang, a stop ---------------------------------------------------------------------

restarted()
{
        local now
        now=$(systemctl show -P MainPID plimsolld)
        test "$now" != 0 -a "$now" != "$main" && plimsoll status >/dev/null
}
kill -KILL "$main"
within 20 'killed, it is started again' restarted
check 'and goes on with the journal' grep -q 'continu' <<<"$(plimsoll events)"
check 'the mate has told of it' test -n "$(journalctl --no-pager -g 'died' SYSLOG_IDENTIFIER=plimsolld)"
main=$(systemctl show -P MainPID plimsolld)
mkdir -p /run/systemd/system/plimsolld.service.d
printf '[Service]\nWatchdogSec=4s\n' >/run/systemd/system/plimsolld.service.d/vm.conf
systemctl daemon-reload
systemctl restart plimsolld
main=$(systemctl show -P MainPID plimsolld)
kill -STOP "$main"
within 40 'one that hangs is ended by the watchdog and started again' restarted
rm -r /run/systemd/system/plimsolld.service.d
systemctl daemon-reload
main=$(systemctl show -P MainPID plimsolld)
mate=$(pgrep -P "$main" -x plimsoll-mate)
kill -KILL "$mate"
within 20 'without its mate it is started again, with one' restarted

equal 'nothing was set that was not set before' "$(settings)" "$before"
systemctl stop plimsolld
equal 'stopped, status says so' "$(status_of plimsoll status)" 4
cat "$VM_DIR/words"
equal 'and list still shows what was seen last' "$(status_of plimsoll list)" 4
check 'nobody of it is left' not pgrep -f sbin/plimsolld
plimsoll_start
equal 'started again, it goes on' "$(status_of plimsoll status)" 0
systemctl stop plimsolld

# ---- the history --------------------------------------------------------------------------------

equal 'the recorder runs beside it' "$(systemctl is-active plimsoll-record)" active
recorder=$(systemctl show -P MainPID plimsoll-record)
equal 'as nobody but itself' "$(ps -o user= -p "$recorder")" plimsoll
equal 'without any capability' "$(awk '/^CapEff/ { print $2 }' "/proc/$recorder/status")" 0000000000000000
equal 'its exposure is below 2.0' "$(systemd-analyze security --no-pager plimsoll-record |
        awk '/Overall exposure/ { print ($(NF - 2) < 2.0) }')" 1
equal 'its directory is its own and the group'\''s' "$(stat -c '%a %U %G' /var/lib/plimsoll)" '750 plimsoll plimsoll'
check 'it has kept something' test -n "$(find /var/lib/plimsoll -name 'history-*' -size +0)"
du -h /var/lib/plimsoll | tail -n 1
rm /run/plimsoll/journal
equal 'without any journal, status still is 4' "$(status_of plimsoll status)" 4
check 'and says what was seen last' grep -q 'plimsoll-record saw this host last' "$VM_DIR/words"
cat "$VM_DIR/words"
systemctl stop plimsoll-record
systemctl disable --quiet plimsolld
rm -rf "$policies"
