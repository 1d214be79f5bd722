# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck disable=SC2154 # what lib.sh has
#
# The words for incidents, read by the scenarios of them and by the bench after lib.sh: five services, one of which makes the
# machine short of memory, and what became of whom.
#
# Before an incident:
#   swap_of REGIME                     none, zram (512 MiB) or disk (a file of 512 MiB)
#   armed                              plimsolld as on a host that never had it, with the profiles of the five
#   counting                           plimsolld, when it is started next, counts what it allocates
#   host_policy STATEMENT              writes the shipped policy of the host as a Python statement changes it, h
#   stage                              the services that are to live: witness (64 MiB, −500), database (200 MiB, −500), worker
#                                      (80 MiB, 0), cache (60 MiB, 500). Starts whoever is not there
#   culprit [OPTION…] -- ARGUMENT…     the fifth, batch (500): `load ARGUMENT…`, which waits; options are those of systemd-run
#   actor NAME ADJ [OPTION…] -- ARGUMENT…   the same by another name
#
# The incident:
#   incident SECONDS UNTIL [CGROUP…]   lets it go, and returns after so many seconds, or when so many of the services and
#                                      cgroups have died, and three more seconds are over; 1:WORD counts those with WORD in
#                                      their path
#   cleared                            ends who is left of those that made it
#
# What is found, once it is over:
#   dead                               who died, by name, in the order of the alphabet
#   died_after NAME                    milliseconds from the begin until it was gone, the first time
#   figure KEY                         one of the coroner's
#   stall KEY                          one of the witness's, in milliseconds
#   spared                             claims that the kernel killed nobody, and that the witness did not wait beyond all
#                                      bounds; notes the figures
#   told MEASURE NAME WHOSE            claims that `explain` has that as the last, and whose shortage it says that it was
#   decisions MEASURE NAME             how often that was decided
#   unallocated NAME                   claims that nothing was allocated from waking up to its kill; what is started next does not
#                                      count any more
#   replays                            claims that the journal, copied, judges to the same decisions

stage_dir=/run/stage
# Where units are put that are started from now on.
stage_slice=stage.slice
stage_names=(witness database worker cache)
# Options of systemd-run for the two that matter most.
stage_important=()
# What an emulated machine may take when two processors do the work of all: a bound beyond which something is wrong.
stall_bound_msec=10000

# ---- before -------------------------------------------------------------------------------------

swap_of()
{
        swap_off
        case $1 in
        zram) zram 512 ;;
        disk)
                fallocate -l 512M /var/stage.swap
                chmod 600 /var/stage.swap
                mkswap -q /var/stage.swap
                swapon /var/stage.swap
                ;;
        esac
}

# The shipped policy, with what an incident needs changed in it: nobody is to die whom a test stands on.
host_policy()
{
        python3 - "$1" <<'PY'
import json, sys
with open("/usr/lib/plimsoll/policies.d/host.json") as file:
    h = json.loads("".join(line for line in file if not line.lstrip().startswith("//")))
h["protect"] += [{"unit": unit} for unit in ("plimsoll-vm.service", "scenario-*.service", "command.service")]
# Whoever is killed in one incident after the other is not what backing off is for.
h["backoff"] = {"kills": 16}
exec(sys.argv[1])
with open("/etc/plimsoll/policies.d/host.json", "w") as file:
    json.dump(h, file)
PY
}

counting()
{
        install -D -m 644 /dev/stdin /run/systemd/system/plimsolld.service.d/counting.conf <<END
[Service]
Environment=LD_PRELOAD=$(command -v allocations.so) ALLOCATIONS_FILE=/run/plimsoll/allocations
END
        systemctl daemon-reload
}

# NAME ADJ RUNGS UNIT…
stage_profile()
{
        local name=$1 adj=$2 rungs=$3 unit units=
        shift 3
        for unit in "$@"; do
                units+="${units:+, }{ \"unit\": \"stage-$unit.service\" }"
        done
        cat >"$policies/50-stage-$name.json" <<JSON
{ "profile": "stage-$name", "match": [ $units ], "oom": { "score_adj": $adj }, "ladder": { "rungs": [ $rungs ] } }
JSON
}

# None has a limit: it is the acting that is looked at. Nobody is held back, which may go on for a minute before it comes to a
# kill: that is an incident of its own, for which an incident has another profile.
stage_profiles()
{
        stage_profile top -500 '"reclaim", "term", "kill"' witness database hungry
        stage_profile worker 0 '"reclaim", "term", "kill"' worker
        stage_profile low 500 '"reclaim", "term", "kill"' cache batch 'batch-*'
}

armed()
{
        systemctl stop plimsolld plimsoll-record 2>/dev/null || true
        rm -rf /run/plimsoll /var/lib/plimsoll "$policies"
        plimsoll_install
        mkdir -p "$policies"
        host_policy ''
        stage_profiles
        plimsoll_start
        plimsoll_scanned 1
        equal 'the policy is in force' "$(json "d['is_refused']" plimsoll status --json)" False
}

# A name of its own for each, for those who go by the names of processes.
stage_program()
{
        mkdir -p "$stage_dir"
        ln -sfn "$(command -v "$2")" "$stage_dir/$1"
        echo "$stage_dir/$1"
}

is_active()
{
        systemctl is-active --quiet "stage-$1.service"
}

# NAME ADJ [OPTION…] -- ARGUMENT…
stage_unit()
{
        local name=$1 adj=$2 options=()
        shift 2
        while [[ "$1" != -- ]]; do
                options+=("$1")
                shift
        done
        shift
        rm -f "$stage_dir/$name.ready"
        systemctl reset-failed "stage-$name.service" 2>/dev/null || true
        systemd-run --quiet --unit="stage-$name" --slice="$stage_slice" -p OOMScoreAdjust="$adj" "${options[@]}" \
                "$(stage_program "$name" load)" --ready "$stage_dir/$name.ready" "$@"
        stage_wait "$name" test -e "$stage_dir/$name.ready"
}

# NAME COMMAND…
stage_wait()
{
        local name=$1 deadline=$((SECONDS + 60))
        shift
        until "$@"; do
                if ! is_active "$name" || ((SECONDS > deadline)); then
                        vm_claim FAILED "$name comes up"
                        return 1
                fi
                sleep 0.1
        done
}

stage()
{
        # Whoever leads an incident is not to die of it. What it starts itself is to be given another score.
        echo -1000 >"/proc/$$/oom_score_adj"
        actors=()
        rm -f "$stage_dir/go"
        is_active database || stage_unit database -500 "${stage_important[@]}" -- use 200
        is_active worker || stage_unit worker 0 -- use 80
        is_active cache || stage_unit cache 500 -- hog 60 0
        if ! is_active witness; then
                rm -f "$stage_dir/witness.figures"
                systemctl reset-failed stage-witness.service 2>/dev/null || true
                systemd-run --quiet --unit=stage-witness --slice=stage.slice -p OOMScoreAdjust=-500 \
                        "${stage_important[@]}" "$(stage_program witness witness)" 64 "$stage_dir/witness.figures"
                stage_wait witness test -s "$stage_dir/witness.figures"
        fi
}

actor()
{
        actors+=("$1")
        stage_unit "$@"
}

culprit()
{
        local options=()
        while [[ "$1" != -- ]]; do
                options+=("$1")
                shift
        done
        shift
        actor batch 500 "${options[@]}" -- --go "$stage_dir/go" "$@"
}

# ---- the incident -------------------------------------------------------------------------------

incident()
{
        local seconds=$1 until=$2 whom=${2#*:} name cgroups=()
        shift 2
        for name in "${stage_names[@]}" "${actors[@]}"; do
                if is_active "$name"; then
                        cgroups+=("$(unit_dir "stage-$name.service")")
                fi
        done
        kill -USR1 "$(systemctl show -P MainPID stage-witness.service)"
        [[ "$until" == *:* ]] || whom=/
        coroner --go "$stage_dir/go" --seconds "$seconds" --until "${until%:*}" --whom "$whom" \
                "$VM_DIR/coroner" "${cgroups[@]}" "$@"
        cp "$stage_dir/witness.figures" "$VM_DIR/witness"
}

cleared()
{
        local name
        for name in "${actors[@]}"; do
                systemctl kill --signal=KILL "stage-$name.service" 2>/dev/null || true
                systemctl stop "stage-$name.service" 2>/dev/null || true
                systemctl reset-failed "stage-$name.service" 2>/dev/null || true
        done
        actors=()
        rm -f "$stage_dir/go"
}

# ---- what is found ------------------------------------------------------------------------------

# stage-batch.service is batch; a cgroup has its own name.
stage_name()
{
        sed 's|.*/||; s|^stage-\(.*\)\.service$|\1|'
}

dead()
{
        awk '$1 == "died" { print $3 }' "$VM_DIR/coroner" | stage_name | sort -u | xargs
}

died_after()
{
        awk '$1 == "died" { print int($2 / 1000), $3 }' "$VM_DIR/coroner" | stage_name_of_each "$1"
}

stage_name_of_each()
{
        local msec path
        while read -r msec path; do
                if [[ "$(stage_name <<<"$path")" == "$1" ]]; then
                        echo "$msec"
                        return
                fi
        done
        echo none
}

figure()
{
        awk -v key="$1" '$1 == key { print $2 }' "$VM_DIR/coroner"
}

stall()
{
        awk -v key="$1" '$1 == key { print int($2 / 1000) }' "$VM_DIR/witness"
}

spared()
{
        equal 'the kernel killed nobody' "$(figure oom_kills)" 0
        note "the witness stood still for $(stall worst_usec) ms at most, p99 $(stall p99_usec) ms; the machine" \
                "by itself for $(($(figure sleep_usec) / 1000)) ms; at the least $(($(figure low_kib) / 1024)) MiB were available"
        check 'the witness was not left waiting' test "$(stall worst_usec)" -lt "$stall_bound_msec"
}

told()
{
        plimsoll explain --json last >"$VM_DIR/explained" || true
        equal 'explain has it' "$(json "d['decision']['measure'] + ' ' + d['decision']['workload'].split('/')[-1]" \
                cat "$VM_DIR/explained")" "$1 $2"
        check "and whose shortage it was: $3" grep -qi -- "$3" <<<"$(json "d['whose']" cat "$VM_DIR/explained")"
}

decisions()
{
        plimsoll events --json | python3 -c 'import json, sys
print(sum(1 for e in map(json.loads, sys.stdin)
          if e["type"] == "decision" and e["measure"] == sys.argv[1] and e["workload"].split("/")[-1] == sys.argv[2]))' "$@"
}

unallocated()
{
        local since_waking since_beginning
        rm /run/systemd/system/plimsolld.service.d/counting.conf
        systemctl daemon-reload
        read -r since_waking since_beginning < <(awk -v name="$1" 'index($3, name) { print $1, $2; exit }' /run/plimsoll/allocations)
        equal 'nothing was allocated from waking up to the kill' "$since_waking" 0
        check 'and what is allocated is counted' test "$since_beginning" -gt 100
}

replays()
{
        cp /run/plimsoll/journal "$VM_DIR/recorded"
        check 'the same is judged from the recording' plimsoll rank --from "$VM_DIR/recorded" --verify
}
