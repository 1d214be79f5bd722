# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# plimsolld is killed in the middle of applying, again and again: each next start is consistent, and what was there before comes
# back to the byte, by an order or without a daemon. A stop keeps limits; a restart, of a newer build too, writes nothing.
# timeout: 480

kills=20
[[ -z "$VM_FULL" ]] || kills=60
units=/run/systemd/system
policies=/etc/plimsoll/policies.d

# Five units of different pasts and five plain cgroups.
printf '[Service]\nExecStart=/bin/sleep infinity\n' >"$units/crash@.service"
mkdir -p "$units/crash@own.service.d"
printf '[Service]\nMemoryMax=300M\nMemoryLow=5M\nOOMScoreAdjust=100\n' >"$units/crash@own.service.d/10-own.conf"
systemctl daemon-reload
systemctl start crash@{plain,own,set,score}.service
systemctl set-property --runtime crash@set.service MemoryMax=333M MemoryHigh=222M
systemd-run --quiet --unit=crash-transient -p MemoryLow=3M sleep infinity
for process in $(<"$(unit_dir crash@score)/cgroup.procs"); do
        echo -200 >"/proc/$process/oom_score_adj"
done
cgroups=()
services=(crash@{plain,own,set,score}.service crash-transient.service)
for service in "${services[@]}"; do
        cgroups+=("$(unit_dir "$service")")
done
for i in 1 2 3 4 5; do
        cgroup=$(cgroup_make "/crash.slice/crash-$i")
        cgroup_start "$cgroup" sleep infinity
        echo $((i * 50))M >"$cgroup/memory.high"
        cgroups+=("$cgroup")
done
all()
{
        local cgroup
        limits_of "${cgroups[@]}"
        for cgroup in "${cgroups[@]}"; do
                scores_of "$cgroup"
        done
}
all >"$VM_DIR/original"
dropins >"$VM_DIR/dropins"

# ---- killed, again and again --------------------------------------------------------------------

plimsoll_fresh 1s
mkdir -p "$units/plimsolld.service.d"
printf '[Service]\nRestartSec=100ms\n' >"$units/plimsolld.service.d/vm.conf"
systemctl daemon-reload
flip()
{
        local values='"max": "120MiB", "low": "20MiB", "swap_max": 0, "oom_group": true' score=300
        if (($1 % 2)); then
                values='"max": "160MiB", "high": "150MiB", "low": "10MiB", "swap_max": "64MiB", "high_without_swap": true'
                score=700
        fi
        install -D -m 644 /dev/stdin "$policies/50-crash.json" <<JSON
{ "profile": "crash", "match": [ { "unit": "crash*.service" }, { "path": "/crash.slice/*" } ],
  "memory": { $values }, "oom": { "score_adj": $score } }
JSON
}
main=0
next()
{
        now=$(systemctl show -P MainPID plimsolld)
        test "$now" != 0 -a "$now" != "$main"
}
for ((i = 0; i < kills; i++)); do
        flip "$i"
        for ((wait = 0; wait < 200; wait++)); do
                next && break
                sleep 0.05
        done
        main=$now
        sleep "$(awk -v seed="$RANDOM" 'BEGIN { srand(seed); printf "%.3f", rand() * 1.2 }')"
        ((main == 0)) || kill -KILL "$main" 2>/dev/null || true
done
# Who was killed a moment ago is still there for another.
again()
{
        next && plimsoll status
}
within 30 "after $kills kills it is up" again
# Who asks systemd waits 25 s for an answer, and then asks again.
within 60 'all ten have what the last policy says' held 10
scores()
{
        scores_of "${cgroups[@]}" | cut -d ' ' -f 1
}
becomes 10 'and their processes the score' 700 scores
held 10 | tail -n 3
starts=$(plimsoll events --json | grep -c '"type":"started"')
# On a slow machine more of the kills come before that.
check "it was started $starts times far enough to say so" test "$starts" -gt $((kills / 4))
equal 'and lost nothing of what was there before' "$(noted originals-aside) $(noted originals-lost)" '0 0'

# ---- a stop, a restart, a newer build -----------------------------------------------------------

kept()
{
        systemctl show -P MemoryMax "${services[@]}" | sort -u | xargs
}
becomes 60 'systemd keeps the limits, too' $((160 << 20)) kept
all >"$VM_DIR/applied"
dropins >"$VM_DIR/applied-dropins"
sets()
{
        plimsoll events --json | grep -c '"type":"set"' || true
}
before=$(sets)
plimsoll_stop
check 'a stop keeps the limits' diff "$VM_DIR/applied" <(all)
check 'and the drop-ins' diff "$VM_DIR/applied-dropins" <(dropins)
plimsoll_start
plimsoll_scanned 2
check 'after the next start they are the same' diff "$VM_DIR/applied" <(all)
check 'the drop-ins were not written again' diff "$VM_DIR/applied-dropins" <(dropins)
equal 'and nothing was set' "$(sets)" "$before"
plimsoll_install
plimsoll_start
plimsoll_scanned 2
check 'after another build was installed, too' diff "$VM_DIR/applied" <(all)
check 'with the same drop-ins' diff "$VM_DIR/applied-dropins" <(dropins)

# ---- back to what it was ------------------------------------------------------------------------

check 'restore is done' plimsoll restore --all
becomes 30 'what was there before is back, to the byte' '' eval "all | diff '$VM_DIR/original' -"
# Times of drop-ins that are set to what they were are new ones.
names_of()
{
        sed 's/ [0-9.]*$//' "$@"
}
becomes 30 'and no drop-in of ours is left' "$(names_of "$VM_DIR/dropins")" eval 'dropins | names_of'
plimsoll_scanned 2
check 'it stays so' diff "$VM_DIR/original" <(all)
check 'until it is applied again' plimsoll apply
within 30 'and all have their limits' held 10
becomes 60 'by systemd as well' $((160 << 20)) kept

# ---- without a daemon ---------------------------------------------------------------------------

equal 'while plimsolld runs, the other way refuses' "$(exit_status plimsolld --restore)" 9
cat "$VM_DIR/words"
plimsoll_stop
equal 'a purge puts everything back' "$(exit_status plimsolld --restore)" 0
cat "$VM_DIR/words"
check 'to the byte' diff "$VM_DIR/original" <(all)
equal 'and leaves no drop-in of ours' "$(dropins | names_of)" "$(names_of "$VM_DIR/dropins")"
equal 'nor anything to put back' "$(exit_status plimsolld --restore)" 0
equal 'without a daemon, apply does it once' "$(exit_status plimsoll apply)" 0
cat "$VM_DIR/words"
equal 'all have their limits' "$(cat "${cgroups[@]/%//memory.max}" | sort -u)" $((160 << 20))
equal 'and restore takes it back' "$(exit_status plimsoll restore --all)" 0
check 'to the byte again' diff "$VM_DIR/original" <(all)

# ---- without systemd ----------------------------------------------------------------------------

printf '[Service]\nInaccessiblePaths=-/run/systemd/private -/run/dbus/system_bus_socket\n' >"$units/plimsolld.service.d/vm.conf"
systemctl daemon-reload
plimsoll_start
without_bus()
{
        cat "${cgroups[@]/%//memory.max}" | sort -u
}
becomes 30 'where systemd cannot be reached files are written all the same' $((160 << 20)) without_bus
plimsoll_scanned 2
equal 'that is said once' "$(noted bus-missing)" 1
equal 'no property was set' "$(dropins | names_of)" "$(names_of "$VM_DIR/dropins")"
systemctl daemon-reload
becomes 10 'what a daemon-reload then wipes is put right' $((160 << 20)) without_bus
plimsoll_stop
printf '[Service]\nInaccessiblePaths=-/run/dbus/system_bus_socket\n' >"$units/plimsolld.service.d/vm.conf"
systemctl daemon-reload
plimsoll_start
becomes 60 'where only the bus is away it is kept by systemd through its own socket' $((160 << 20)) kept
plimsoll_stop
equal 'and a purge puts everything back' "$(exit_status plimsolld --restore)" 0
check 'to the byte' diff "$VM_DIR/original" <(all)

rm -r "$units/plimsolld.service.d"
systemctl stop "${services[@]}"
rm -r "$units"/crash@*
systemctl daemon-reload
