# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# The words a scenario is written with. `guest/scenario` reads this before the scenario.
#
# Claims. Each prints one line, with the seconds since the scenario began, and goes on, whether it holds or not:
#   check "what" COMMAND…                  the command succeeds
#   equal "what" GOT WANT                  the two strings are the same
#   near "what" GOT WANT PERCENT           the two integers differ by at most PERCENT of WANT
#   within SECONDS "what" COMMAND…         the command succeeds before the deadline; it is polled
#   becomes SECONDS "what" WANT COMMAND…   the same of what it prints
#   not COMMAND…                           turns a command round, to be used after the words above
#   note "text"                            says something for the reader of the log
#
# Cgroups. Those made here are emptied and removed when the scenario ends:
#   cgroup=$(cgroup_make NAME)             a new cgroup with memory and pids enabled; NAME may be
#                                          a/b, and a/b's parent is made too; /a/b is in the host's root
#   cgroup_run CGROUP COMMAND…             runs a command in a cgroup and waits for it
#   cgroup_start CGROUP COMMAND…           starts one in the background; its pid is in $!
#   cgroup_event CGROUP FILE KEY           prints one value of a keyed file, as in memory.events oom
#
# Memory eaters. They run in a cgroup in the background; the pid is in $!:
#   eat CGROUP MIB                         takes MIB of anonymous memory, returns when it has it,
#                                          fails if it was killed first
#   warm CGROUP MIB                        the same, then writes to all of it twice a second
#   churn CGROUP MIB                       the same, then writes to all of it again and again
#
# The service:
#   plimsoll_install                       installs what was built, as a package would
#   plimsoll_start                         starts plimsolld and waits until it has seen everybody
#   plimsoll_stop
#   private_kib PID…                       what these processes have for themselves, without the journal
#   json EXPRESSION COMMAND…               runs a command and prints a Python expression of its JSON, d
#
# Limits:
#   plimsoll_fresh [SCAN]                  installs it and starts it as on a host that never had it; a scan of "1s" instead
#                                          of 5 saves time where nothing is claimed of how long something takes
#   policy NAME                            makes what is on standard input a policy file, and claims that it comes into force
#   plimsoll_scanned N                     returns when it has looked at everybody N more times
#   standing NAME EXPRESSION               prints a Python expression of how it stands with a workload, s
#   held N                                 files have what diff says, of N workloads or more; prints those that have not
#   exit_status COMMAND…                   prints it; what the command says is in $VM_DIR/words
#   drifts WORKLOAD                        prints a line for each drift: file, cause, answer
#   noted CODE                             prints how often a note or an alarm was given
#   unit_dir UNIT                          prints the directory of a unit's cgroup
#   limits_of CGROUP…                      prints every limit there is: path, file, value
#   scores_of CGROUP…                      prints each oom_score_adj that some process there has, and how many have it
#   dropins                                prints the drop-ins there are by systemd's own means, and when they were written
#   zram MIB                               gives the machine swap in compressed memory; swap_off, or the end, takes it away
#   swap_off                               takes all swap away, of whatever kind
#
# A command that fails outside of these words ends the scenario, and it has failed.
# $VM_KERNEL and $VM_SUITE are what the host asked for, and $VM_FULL if it takes its time; $VM_CGROUP is the scenario's own
# cgroup.

# ---- claims -------------------------------------------------------------------------------------

# bash's own count of seconds follows a clock that is set.
vm_uptime()
{
        local seconds
        read -r seconds _ </proc/uptime
        echo "${seconds%.*}"
}
vm_began=$(vm_uptime)

# Claims are counted in a file, so that one made in a pipe or a subshell counts too.
vm_claim()
{
        local verdict=$1
        shift
        echo "$verdict" >>"$VM_DIR/claims"
        printf '%-6s %3d s  %s\n' "$verdict" $(($(vm_uptime) - vm_began)) "$*"
}

# Run a command and show its output only if it fails.
vm_quietly()
{
        local status=0
        "$@" >"$VM_DIR/output" 2>&1 || status=$?
        return "$status"
}

vm_show()
{
        note "$1"
        sed 's/^/              | /' "$VM_DIR/output"
}

check()
{
        local what=$1 status=0
        shift
        vm_quietly "$@" || status=$?
        if ((status == 0)); then
                vm_claim ok "$what"
        else
                vm_claim FAILED "$what"
                vm_show "status $status from: $*"
        fi
}

equal()
{
        if [[ "$2" == "$3" ]]; then
                vm_claim ok "$1: $2"
        else
                vm_claim FAILED "$1: got '$2', want '$3'"
        fi
}

near()
{
        local what=$1 got=$2 want=$3 percent=$4 off
        if ! [[ "$got" =~ ^-?[0-9]+$ && "$want" =~ ^-?[0-9]+$ && "$percent" =~ ^[0-9]+$ ]]; then
                vm_claim FAILED "$what: not integers: got '$got', want '$want' within '$percent' %"
                return
        fi
        off=$((got > want ? got - want : want - got))
        if ((off * 100 <= (want < 0 ? -want : want) * percent)); then
                vm_claim ok "$what: $got is within $percent % of $want"
        else
                vm_claim FAILED "$what: got $got, want $want within $percent %"
        fi
}

within()
{
        local seconds=$1 what=$2 start=$SECONDS status
        shift 2
        while true; do
                status=0
                vm_quietly "$@" || status=$?
                if ((status == 0)); then
                        vm_claim ok "$what (after $((SECONDS - start)) s)"
                        return
                elif ((SECONDS - start >= seconds)); then
                        vm_claim FAILED "$what: not within $seconds s"
                        vm_show "at the end, status $status from: $*"
                        return
                fi
                sleep 0.2
        done
}

becomes()
{
        local seconds=$1 what=$2 want=$3
        shift 3
        within "$seconds" "$what: $want" vm_says "$want" "$@"
}

vm_says()
{
        local want=$1 got
        shift
        got=$("$@") || true
        echo "it is '$got'"
        [[ "$got" == "$want" ]]
}

not()
{
        ! "$@"
}

note()
{
        printf '%-6s %5s  %s\n' '' '' "$*"
}

# ---- cgroups ------------------------------------------------------------------------------------

cgroup_make()
{
        local path=$VM_CGROUP part parts
        if [[ "$1" == /* ]]; then
                path=/sys/fs/cgroup
        fi
        IFS=/ read -ra parts <<<"${1#/}"
        for part in "${parts[@]}"; do
                echo '+memory +pids' >"$path/cgroup.subtree_control"
                path=$path/$part
                if [[ ! -d "$path" ]]; then
                        mkdir "$path"
                        echo "$path" >>"$VM_DIR/cgroups"
                fi
        done
        echo "$path"
}

cgroup_run()
{
        cgroup_start "$@"
        wait $!
}

cgroup_start()
{
        local cgroup=$1
        shift
        (
                trap - EXIT ERR
                echo "$BASHPID" >"$cgroup/cgroup.procs"
                exec "$@"
        ) &
}

cgroup_event()
{
        awk -v key="$3" '$1 == key { print $2; found = 1 } END { exit !found }' "$1/$2"
}

# Children come after their parents in the list, so it is walked backwards. Kernels before 5.14
# have no cgroup.kill, hence the loop over the processes. A killed process takes a while to leave.
vm_remove_cgroups()
{
        local path attempt
        tac "$VM_DIR/cgroups" 2>/dev/null | while read -r path; do
                for ((attempt = 0; attempt < 50; attempt++)); do
                        if [[ ! -d "$path" ]] || rmdir "$path" 2>/dev/null; then
                                break
                        fi
                        echo 0 >"$path/cgroup.freeze"
                        xargs --no-run-if-empty kill -KILL <"$path/cgroup.procs" 2>/dev/null || true
                        sleep 0.1
                done
        done
}

# ---- memory eaters ------------------------------------------------------------------------------

eat()
{
        vm_eater once "$@"
}

warm()
{
        vm_eater warm "$@"
}

churn()
{
        vm_eater again "$@"
}

# The eater writes to a file when it holds its memory. It is out of the scenario's own cgroup by
# then, so whatever the memory costs is charged where it should be.
vm_eater()
{
        local how=$1 cgroup=$2 mib=$3 ready
        ready=$(mktemp -p "$VM_DIR")
        cgroup_start "$cgroup" "$VM_GUEST/eater" "$how" "$mib" "$ready"
        while [[ ! -s "$ready" ]]; do
                if ! kill -0 $! 2>/dev/null; then
                        note "the eater of $mib MiB died before it had them"
                        return 1
                fi
                sleep 0.1
        done
}

# ---- the service --------------------------------------------------------------------------------

# The files stay when the scenario ends, as the next one that needs them finds; the service is stopped then.
plimsoll_install()
{
        local root=${VM_GUEST%/*}/root
        if [[ ! -d "$root" ]]; then
                vm_claim FAILED 'there is something to install'
                return 1
        fi
        systemctl stop plimsolld 2>/dev/null || true
        cp -a --remove-destination "$root/." /
        systemd-sysusers
        systemd-tmpfiles --create 2>/dev/null || true
        journalctl --update-catalog
        systemctl daemon-reload
}

plimsoll_start()
{
        systemctl reset-failed plimsolld 2>/dev/null || true
        systemctl start plimsolld
}

plimsoll_stop()
{
        systemctl stop plimsolld
}

# Pages that were written and are in nobody else's memory. The journal is a file of /run, and accounted for there; a page
# of a program that was installed a moment ago is dirty, too, and nobody's own.
private_kib()
{
        local pid
        for pid in "$@"; do
                cat "/proc/$pid/smaps"
        done | awk '/^[0-9a-f]+-[0-9a-f]+ / { counts = $6 !~ /^\/run\/plimsoll\// && $6 !~ /^\/memfd:plimsoll/ }
                /^Private_Dirty:/ && counts { private = $2 }
                /^Anonymous:/ && counts { sum += private < $2 ? private : $2 }
                END { print sum + 0 }'
}

json()
{
        local expression=$1
        shift
        "$@" | python3 -c 'import json, sys
d = json.load(sys.stdin)
print(eval(sys.argv[1]))' "$expression"
}

# ---- limits -------------------------------------------------------------------------------------

policies=/etc/plimsoll/policies.d

plimsoll_fresh()
{
        systemctl stop plimsolld plimsoll-record 2>/dev/null || true
        rm -rf /run/plimsoll /var/lib/plimsoll "$policies"
        plimsoll_install
        if [[ -n "${1-}" ]]; then
                install -D -m 644 /dev/stdin "$policies/host.json" <<<"{ \"host\": \"default\", \"scan\": \"$1\" }"
        fi
        plimsoll_start
}

policy()
{
        cat >"$VM_DIR/policy"
        install -D -m 644 "$VM_DIR/policy" "$policies/$1.json"
        within 10 "policy $1 is in force" vm_policy_in_force
}

vm_policy_in_force()
{
        test "$(json "d['policy']['digest']" plimsoll status --json)" = "$(plimsoll cat-config | sha256sum | cut -d ' ' -f 1)"
}

vm_scanned_at()
{
        json "d['host']['scanned_at']" plimsoll status --json
}

# The end of a look that was under way says nothing of what has happened in the middle of it, hence one more. It is told in
# whole seconds, and scans are further apart than that.
plimsoll_scanned()
{
        local left=$(($1 + 1)) before now deadline=$((SECONDS + 20 * ($1 + 1)))
        before=$(vm_scanned_at)
        while ((left > 0)); do
                now=$(vm_scanned_at)
                if [[ "$now" != "$before" ]]; then
                        left=$((left - 1))
                        before=$now
                elif ((SECONDS > deadline)); then
                        note 'no scan comes to its end any more'
                        return 1
                fi
                sleep 0.2
        done
}

standing()
{
        json "(lambda s: $2)(d['standing'])" plimsoll show --json "$1"
}

# Held against the files themselves. The last line of what is kept says how many they were.
held()
{
        local status=0
        plimsoll diff --json --all >"$VM_DIR/diff" || status=$?
        ((status == 0 || status == 7)) || return
        "$VM_GUEST/held" <"$VM_DIR/diff" >"$VM_DIR/held" || status=$?
        cat "$VM_DIR/held"
        ((status == 0)) && test "$(json "d['wanted_count']" cat "$VM_DIR/diff")" -ge "$1"
}

exit_status()
{
        local status=0
        "$@" >"$VM_DIR/words" 2>&1 || status=$?
        echo "$status"
}

drifts()
{
        plimsoll events --json | python3 -c 'import json, sys
for line in sys.stdin:
    e = json.loads(line)
    if e["type"] == "drift" and sys.argv[1] in (e["workload"], e["workload"].split("/")[-1]):
        print(e["limit"], e["cause"], e["answer"])' "$1"
}

noted()
{
        plimsoll events --json | python3 -c 'import json, sys
print(sum(e["type"] in ("note", "alarm") and e["code"] == sys.argv[1] for e in map(json.loads, sys.stdin)))' "$1"
}

unit_dir()
{
        echo "/sys/fs/cgroup$(systemctl show -P ControlGroup "$1")"
}

limits_of()
{
        local cgroup file value
        for cgroup in "$@"; do
                for file in "$cgroup"/memory.{min,low,high,max,swap.high,swap.max,zswap.max,zswap.writeback,oom.group}; do
                        if [[ -e "$file" ]]; then
                                read -r value <"$file"
                                echo "${file%/*} ${file##*/} $value"
                        fi
                done
        done
}

# A process that ends between two readings has none.
scores_of()
{
        local process score
        local -A count=()
        while read -r process; do
                if read -r score <"/proc/$process/oom_score_adj"; then
                        count[$score]=$((${count[$score]-0} + 1))
                fi
        done < <(cat "${@/%//cgroup.procs}") 2>/dev/null
        for score in "${!count[@]}"; do
                echo "$score ${count[$score]}"
        done | sort -n
}

dropins()
{
        local place
        for place in /run/systemd/system.control /run/systemd/transient /etc/systemd/system.control; do
                if [[ -d "$place" ]]; then
                        find "$place" -name '50-*.conf' -printf '%p %T@\n'
                fi
        done | sort
}

zram()
{
        modprobe zram
        swap_off
        echo "$1M" >/sys/block/zram0/disksize
        mkswap -q /dev/zram0
        swapon /dev/zram0
}

# The guest has none of its own, so that what is there is somebody's who did not take it away. A drive that is no swap any
# more still has its size, and takes no other one before it is reset.
swap_off()
{
        swapoff -a
        if [[ -e /sys/block/zram0/reset ]]; then
                echo 1 >/sys/block/zram0/reset
        fi
}
