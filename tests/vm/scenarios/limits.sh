# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Workloads get the limits of their profiles: five services with the shipped profiles and the same five as plain cgroups hold
# what diff says, every process its oom_score_adj; promises count as far as the path grants them; a slice carries
# the budget of its class; a container has its own cgroup limited; what belongs to kubelet is left alone.
# timeout: 240

top=/sys/fs/cgroup
names=(api worker cache batch database)
zram 512
plimsoll_fresh 1s

# ---- five services, five plain cgroups ----------------------------------------------------------

for name in "${names[@]}"; do
        systemd-run --quiet --unit="unit-$name" --slice="plimsoll-$name.slice" \
                bash -c 'sleep 1000 & while true; do sleep 1; done'
        cgroup=$(cgroup_make "/plain.slice/plain-$name")
        python3 -c 'import os, sys; os.setxattr(sys.argv[1], "user.plimsoll.profile", sys.argv[2].encode())' "$cgroup" "$name"
        cgroup_start "$cgroup" sleep 1000
done
within 30 'five services and five plain cgroups hold what is wanted of them' held 10
note "$(tail -n 1 "$VM_DIR/held") files were compared"
equal 'diff says that nothing differs' "$(exit_status plimsoll diff)" 0
check 'show has it for people' grep -q memory.max <<<"$(plimsoll show unit-batch)"
plimsoll diff --all

# Against the policy itself, not what is said of it: shares of this machine's memory, in whole pages.
of_memory()
{
        awk -v share="$1" '$1 == "MemTotal:" { print int($2 / 4 * share) * 4096 }' /proc/meminfo
}
score()
{
        scores_of "$1" | cut -d ' ' -f 1
}
swap=$(awk '$1 == "SwapTotal:" { print int($2 / 8) * 4096 }' /proc/meminfo)
for cgroup in "$(unit_dir unit-api)" "$top/plain.slice/plain-api"; do
        near "${cgroup##*/}: a quarter of the memory" "$(<"$cgroup/memory.max")" "$(of_memory 0.25)" 1
        near "${cgroup##*/}: half of it promised" "$(<"$cgroup/memory.low")" "$(of_memory 0.125)" 1
        equal "${cgroup##*/}: no swap" "$(<"$cgroup/memory.swap.max")" 0
        equal "${cgroup##*/}: dies as a whole" "$(<"$cgroup/memory.oom.group")" 1
        becomes 10 "${cgroup##*/}: the score of each process" -500 score "$cgroup"
done
for cgroup in "$(unit_dir unit-batch)" "$top/plain.slice/plain-batch"; do
        near "${cgroup##*/}: half of the memory" "$(<"$cgroup/memory.max")" "$(of_memory 0.5)" 1
        near "${cgroup##*/}: slowed down below" "$(<"$cgroup/memory.high")" "$(of_memory 0.45)" 1
        near "${cgroup##*/}: half of the swap" "$(<"$cgroup/memory.swap.max")" "$swap" 1
        becomes 10 "${cgroup##*/}: the score of each process" 500 score "$cgroup"
done
kept_by_systemd()
{
        local name
        for name in "${names[@]}"; do
                test "$(systemctl show -P MemoryMax "unit-$name")" = "$(<"$(unit_dir "unit-$name")/memory.max")" || return
        done
}
within 30 'systemd has the same as properties' kept_by_systemd
equal 'who is written how is said' "$(standing unit-api "s['backend']") $(standing plain-api "s['backend']")" 'unit direct'

# ---- processes that come later ------------------------------------------------------------------

cgroup_start "$top/plain.slice/plain-batch" sleep 1000
late=$!
becomes 10 'who comes from outside gets the score' 500 cat "/proc/$late/oom_score_adj"
equal 'and nobody in it has another' "$(scores_of "$top/plain.slice/plain-batch")" '500 2'
echo 300 >"/proc/$late/oom_score_adj"
plimsoll_scanned 1
equal 'who sets his own keeps it' "$(<"/proc/$late/oom_score_adj")" 300
becomes 10 'which is said' 1 standing plain-batch "s['oom_score_adj']['own']"

# ---- swappiness ---------------------------------------------------------------------------------

equal 'how swappiness 0 is honoured is said' "$(standing unit-database "s['swappiness']['means']")" swap-max
policy 60-swappy <<'JSON'
{ "profile": "swappy", "match": [ { "path": "/plain.slice/swappy" } ], "memory": { "swappiness": 150 } }
JSON
cgroup_start "$(cgroup_make /plain.slice/swappy)" sleep 1000
means=reclaim
if [[ "$(probe reclaim "$top/plain.slice/swappy" 4096 60)" =~ (refused|absent) ]]; then
        means=none
fi
becomes 10 'and 150' "$means" standing swappy "s['swappiness']['means']"
sysctl -qw vm.swappiness=150
becomes 10 'and if the host has the same' exact standing swappy "s['swappiness']['means']"
sysctl -qw vm.swappiness=60

# ---- promises along the path --------------------------------------------------------------------

equal 'a slice that grants nothing leaves nothing of a promise' \
        "$(standing unit-api "s['limits']['memory.low']['effective']")" 0
equal 'and because of whom' "$(standing unit-api "s['limits']['memory.low']['why']")" \
        'in force; no effect, because plimsoll-api.slice has 0'
# In slices that systemd knows, and in those that it does not.
policy 60-raised <<'JSON'
{ "profile": "raised", "match": [ { "path": "/raised.slice/*/*" }, { "slice": "hoisted-a.slice" } ],
  "memory": { "low": "16MiB", "min": "8MiB", "raise_ancestors": true } }
JSON
for name in one two; do
        eat "$(cgroup_make "/raised.slice/raised-a.slice/raised-$name")" 24
        systemd-run --quiet --unit="hoisted-$name" --slice=hoisted-a.slice "$VM_GUEST/eater" once 24 "$VM_DIR/hoisted-$name"
done
raised()
{
        cat "$top/$1.slice"/{,"$1"-a.slice/}memory.{min,low} | xargs
}
for slices in raised hoisted; do
        becomes 15 "where the profile says so, the slices above $slices-one are raised to the sum of what is below" \
                '16777216 33554432 16777216 33554432' raised "$slices"
        becomes 15 'and all of it is granted' $((16 << 20)) standing "$slices-one" "s['limits']['memory.low']['effective']"
done
becomes 30 'systemd keeps that of the slices it knows' 33554432 systemctl show -P MemoryLow hoisted.slice

# ---- the budget of a class ----------------------------------------------------------------------

policy 60-class <<'JSON'
{ "profile": "class", "match": [ { "slice": "plimsoll-class.slice" } ], "memory": { "max": "100MiB" },
  "budget": { "max": "160MiB", "high": "150MiB", "low": "8MiB", "swap_max": "32MiB" } }
JSON
for name in one two; do
        systemd-run --quiet --unit="class-$name" --slice=plimsoll-class.slice sleep 1000
done
budget=$(unit_dir plimsoll-class.slice)
carries()
{
        cat "$budget"/memory.{max,high,low,swap.max} | xargs
}
becomes 15 'the slice of a class carries its budget' '167772160 157286400 8388608 33554432' carries
becomes 30 'which systemd keeps' 167772160 systemctl show -P MemoryMax plimsoll-class.slice
systemctl daemon-reload
becomes 10 'also when it reads its units anew' '167772160 157286400 8388608 33554432' carries
becomes 10 'and each in it has its own limit' 104857600 cat "$(unit_dir class-one)/memory.max"

# ---- a container --------------------------------------------------------------------------------

# crun makes the cgroups here as it does for podman: a scope of systemd's, and the container's own inside of it.
id=$(printf 'ab%.0s' {1..32})
bundle=$VM_DIR/bundle
mkdir -p "$bundle/rootfs"
mount --bind / "$bundle/rootfs"
cat >"$bundle/config.json" <<JSON
{ "ociVersion": "1.0.2", "hostname": "c", "root": { "path": "rootfs", "readonly": true },
  "process": { "user": { "uid": 0, "gid": 0 }, "args": [ "sleep", "1000" ], "cwd": "/", "env": [ "PATH=/usr/bin" ] },
  "mounts": [ { "destination": "/proc", "type": "proc", "source": "proc" } ],
  "linux": { "cgroupsPath": "plimsoll-worker.slice:libpod:$id",
             "namespaces": [ { "type": "pid" }, { "type": "mount" }, { "type": "ipc" }, { "type": "uts" }, { "type": "cgroup" } ],
             "resources": { "memory": { "limit": 314572800 } } } }
JSON
check 'a container is started' crun --systemd-cgroup run --detach --bundle "$bundle" "$id"
scope=$(unit_dir "libpod-$id.scope")
max=$(<"$(unit_dir unit-worker)/memory.max")
becomes 15 'its own cgroup has the limit of its profile' "$max" cat "$scope/container/memory.max"
# Newer ones of crun give the scope the container's memory.max, too.
equal 'the scope around it is left as it was' "$(cat "$scope"/memory.{low,swap.max,oom.group} | xargs)" '0 max 0'
check 'nor has it the limit of the profile' test "$(<"$scope/memory.max")" != "$max"
equal 'and that is said' "$(standing "${id:0:12}" "s['backend']")" inner
crun --systemd-cgroup update --memory 209715200 "$id"
becomes 10 'what its runtime changes is put right' "$max" cat "$scope/container/memory.max"
check 'and told' grep -q '^memory.max ' <<<"$(drifts "${id:0:12}")"
systemctl daemon-reload
plimsoll_scanned 1
equal 'a reload of systemd does not touch it' "$(<"$scope/container/memory.max")" "$max"
crun kill "$id" KILL
within 10 'it ends' crun delete "$id"
umount "$bundle/rootfs"

# ---- what is kubelet's --------------------------------------------------------------------------

policy 10-everybody <<'JSON'
{ "profile": "everybody", "match": [ { "path": "/kubepods.slice/**" } ], "memory": { "max": "64MiB" }, "oom": { "score_adj": 900 } }
JSON
pod=kubepods-burstable-pod0f2e6d3a_1111_2222_3333_444455556666.slice
container=$(cgroup_make "/kubepods.slice/kubepods-burstable.slice/$pod/cri-containerd-$(printf 'cd%.0s' {1..32}).scope")
cgroup_start "$container" sleep 1000
process=$!
becomes 10 'a container of Kubernetes is under a profile' "['everybody']" \
        json "[w['profile'] for w in d['workloads'] if 'cri-containerd' in w['path']]" plimsoll list --json --all
plimsoll_scanned 2
equal 'and is observed alone' "$(cat "$container/memory.max" "${container%/*}/memory.max" "/proc/$process/oom_score_adj" | xargs)" 'max max 0'
equal 'which is said' "$(json "[w['standing']['backend'] for w in d['workloads'] if 'cri-containerd' in w['path']]" \
        plimsoll diff --json --all)" "['observed']"

# ---- the end ------------------------------------------------------------------------------------

equal 'in the end nothing differs' "$(exit_status plimsoll diff)" 0
cat "$VM_DIR/words"
plimsoll events | tail -n 15
plimsoll_stop
systemctl stop 'unit-*.service' 'class-*.service' 'hoisted-*.service'
