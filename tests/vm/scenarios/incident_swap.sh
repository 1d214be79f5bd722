# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck source=tests/vm/guest/incident.sh
# More is in use than there is memory, and swap goes in circles, in zram and on a disk: whoever does it dies, and nobody else. With
# --full a sudden hog, a leak and a crowd meet each regime of swap, too.
# timeout: 1500

. "$VM_GUEST/incident.sh"
armed
policy 50-crowd <<'JSON'
{ "profile": "crowd", "match": [ { "path": "/crowd.slice/*" } ], "oom": { "order": 600 } }
JSON

thrash()
{
        culprit -- thrash 1150
        incident 90 1
}

hog()
{
        culprit -- hog 0 0
        incident 90 1
}

leak()
{
        culprit -- hog 0 60
        incident 90 1
}

crowd()
{
        local i cgroups=()
        for ((i = 1; i <= 30; i++)); do
                cgroups+=("$(cgroup_make "/crowd.slice/crowd$i")")
                cgroup_start "${cgroups[-1]}" choom -n 600 -- load --go "$stage_dir/go" hog 80 4
                # bash would say of each that it was killed.
                disown $!
        done
        plimsoll_scanned 1
        incident 90 4:crowd "${cgroups[@]}"
        for ((i = 1; i <= 30; i++)); do
                echo 1 >"${cgroups[i - 1]}/cgroup.kill"
        done
}

# INCIDENT REGIME
meet()
{
        local right=batch
        swap_of "$2"
        stage
        "$1"
        if [[ "$1" == crowd ]]; then
                right=crowd
                check "$2, $1: some of it die" grep -q crowd <<<"$(dead)"
        fi
        equal "$2, $1: who makes the machine short dies, and nobody else" \
                "$(dead | tr ' ' '\n' | sed 's/^crowd[0-9]*$/crowd/' | sort -u | xargs)" "$right"
        note "after $(awk '$1 == "died" { print int($2 / 1000); exit }' "$VM_DIR/coroner") ms"
        spared
        [[ "$right" == crowd ]] || told kill stage-batch host
        cleared
        systemctl stop 'stage-*.service'
}

meet thrash zram
meet thrash disk
plimsoll explain last
replays
if [[ -n "$VM_FULL" ]]; then
        for regime in none zram disk; do
                for incident in hog leak crowd; do
                        meet "$incident" "$regime"
                done
        done
        replays
fi
plimsoll events | tail -n 40
