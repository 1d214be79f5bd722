# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A node as kubelet lays it out, with slices of systemd's and what containerd and CRI-O write of each container: its pods have
# names, and are observed until a profile says more. Then memory.high, the order and kills are ours and all else stays kubelet's,
# and pauses, static pods and Guaranteed ones are nobody's.
# timeout: 300

mib=$((1 << 20))

# ---- the node -----------------------------------------------------------------------------------

hex()
{
        printf '%s' "$1" | sha256sum | cut -c "1-$2"
}

# As kubelet has it in paths of slices.
uid_of()
{
        hex "$1" 32 | sed -E 's/^(.{8})(.{4})(.{4})(.{4})/\1_\2_\3_\4_/'
}

# POD NAMESPACE NAME: with NAME empty, the sandbox. What containerd tells its runtime, and that is told to whoever reads.
containerd_writes()
{
        install -D -m 644 /dev/stdin "/run/containerd/io.containerd.runtime.v2.task/k8s.io/$(hex "$1/$3" 64)/config.json" <<JSON
{ "ociVersion": "1.0.2-dev", "hostname": "$1", "annotations": {
  "io.kubernetes.cri.container-type": "$([[ -n "$3" ]] && echo container || echo sandbox)",
  ${3:+\"io.kubernetes.cri.container-name\": \"$3\", \"io.kubernetes.cri.image-name\": \"registry/$3:1\",}
  "io.kubernetes.cri.sandbox-id": "$(hex "$1/" 64)",
  "io.kubernetes.cri.sandbox-name": "$1", "io.kubernetes.cri.sandbox-namespace": "$2" } }
JSON
}

crio_writes()
{
        install -D -m 644 /dev/stdin "/run/containers/storage/overlay-containers/$(hex "$1/$3" 64)/userdata/config.json" <<JSON
{ "ociVersion": "1.0.2-dev", "annotations": { "io.kubernetes.cri-o.ContainerType": "container",
  "io.kubernetes.container.name": "$3", "io.kubernetes.pod.name": "$1", "io.kubernetes.pod.namespace": "$2",
  "io.kubernetes.cri-o.ImageName": "registry/$3:1" } }
JSON
}

# SCOPE SLICE ADJ COMMAND…: kubelet sets memory.max of who has a limit, and the runtime oom_score_adj.
container()
{
        local scope=$1 slice=$2 adj=$3
        shift 3
        systemd-run --quiet --scope --unit="$scope" --slice="$slice" -p MemoryMax=400M choom -n "$adj" -- "$@" &
        within 10 "$scope is there" systemctl is-active --quiet "$scope"
}

# PREFIX POD NAME
scope_of()
{
        echo "$1-$(hex "$2/$3" 64).scope"
}

# POD NAMESPACE CLASS NAME ADJ COMMAND…: one of containerd's, and its sandbox.
pod()
{
        local pod=$1 class=$3 name=$4 adj=$5 slice
        slice=kubepods$class-pod${uid:-$(uid_of "$pod")}.slice
        containerd_writes "$pod" "$2" ''
        containerd_writes "$pod" "$2" "$name"
        container "$(scope_of cri-containerd "$pod" '')" "$slice" -998 sleep 1000
        container "$(scope_of cri-containerd "$pod" "$name")" "$slice" "$adj" "${@:6}"
}

file_of()
{
        cat "$(unit_dir "$1")/$2"
}

pod api-0 prod -burstable api 900 sleep 1000
pod worker-0 prod -besteffort worker 1000 sleep 1000
pod db-0 prod '' db -997 sleep 1000
uid=$(hex etcd 32) pod etcd-node1 prod -burstable etcd 0 sleep 1000
crio_writes web-0 prod web
container "$(scope_of crio web-0 web)" "kubepods-burstable-pod$(uid_of web-0).slice" 950 sleep 1000
api=$(scope_of cri-containerd api-0 api) worker=$(scope_of cri-containerd worker-0 worker) web=$(scope_of crio web-0 web)
others=("$(scope_of cri-containerd db-0 db)" "$(scope_of cri-containerd etcd-node1 etcd)")
for name in api-0 worker-0 db-0 etcd-node1; do
        others+=("$(scope_of cri-containerd "$name" '')")
done

# ---- observed -----------------------------------------------------------------------------------

plimsoll_fresh 1s
pods()
{
        policy 10-pods <<JSON
{ "profile": "pods", "kubepods": "$1", "match": [ { "k8s": { "namespace": "prod" } } ],
  "memory": { "max": "90MiB", "high": "64MiB", "high_without_swap": true, "low": "8MiB", "swap_max": 0 },
  "oom": { "score_adj": 100, "order": 300 } }
JSON
}
pods observe
plimsoll_scanned 2
for name in api-0/api worker-0/worker db-0/db etcd-node1/etcd web-0/web; do
        equal "$name is called by its name, and observed" \
                "$(json "[d['workload'][k] for k in ('profile', 'pod', 'observed')]" plimsoll show --json "$name")" "['pods', True, True]"
done
highs()
{
        local scope
        for scope in "$@"; do
                file_of "$scope" memory.high
        done | sort | uniq -c | awk '{ print $1, $2 }' | xargs
}
equal 'nothing was written' "$(highs "$api" "$worker" "$web" "${others[@]}")" '9 max'
plimsoll show api-0/api
plimsoll rank || true

# ---- enforced -----------------------------------------------------------------------------------

pods enforce
becomes 10 'memory.high is ours' "3 $((64 * mib))" highs "$api" "$worker" "$web"
plimsoll_scanned 2
equal 'memory.max is not' "$(file_of "$api" memory.max)" $((400 * mib))
equal 'nor are low and swap.max' "$(file_of "$api" memory.low) $(file_of "$api" memory.swap.max)" '0 max'
equal 'nor oom_score_adj' "$(cat "/proc/$(file_of "$api" cgroup.procs | head -n 1)/oom_score_adj")" 900
equal 'nor what systemd has of it' "$(systemctl show -P MemoryHigh "$api")" infinity
equal 'pauses, static pods and Guaranteed ones are left alone' "$(highs "${others[@]}")" '6 max'
equal 'it is said whose memory.max is' "$(standing api-0/api "s['limits']['memory.max']['cause']")" kubelet
check 'and nothing differs' plimsoll diff
plimsoll show api-0/api
plimsoll diff --all

systemctl set-property --runtime "$api" MemoryMax=300M
becomes 15 'what kubelet sets stays' $((300 * mib)) file_of "$api" memory.max
becomes 15 'and what is ours comes back' $((64 * mib)) file_of "$api" memory.high
systemctl daemon-reload
becomes 15 'also after systemd has read its units' $((64 * mib)) file_of "$worker" memory.high
becomes 10 'nobody is named without proof' 'memory.high unknown repair memory.high daemon-reload repair' eval 'drifts api | xargs'
equal 'where kubelet still has the last word' "$(file_of "$api" memory.max)" $((300 * mib))

# ---- one takes all ------------------------------------------------------------------------------

policy 05-batch <<'JSON'
{ "profile": "jobs", "kubepods": "enforce", "match": [ { "k8s": { "namespace": "batch", "qos": "BestEffort" } } ],
  "oom": { "order": 800 }, "ladder": { "rungs": ["kill"] } }
JSON
kills=$(awk '$1 == "oom_kill" { print $2 }' /proc/vmstat)
pod job-0 batch -besteffort job 1000 load --go "$VM_DIR/go" hog 0 80
job=$(scope_of cri-containerd job-0 job)
systemctl set-property --runtime "$job" MemoryMax=infinity
becomes 15 'the job is known' "['jobs', False]" json "[d['workload'][k] for k in ('profile', 'observed')]" plimsoll show --json job-0/job
touch "$VM_DIR/go"
killed()
{
        plimsoll explain last | grep -q 'job was killed'
}
within 60 'who takes all is killed' killed
plimsoll explain last
within 10 'its scope is gone, as the runtime expects' not systemctl is-active --quiet "$job"
check 'its pause lives' systemctl is-active --quiet "$(scope_of cri-containerd job-0 '')"
for scope in "$api" "$worker" "$web" "${others[@]}"; do
        systemctl is-active --quiet "$scope" || vm_claim FAILED "$scope lives"
done
equal 'the kernel killed nobody' "$(awk '$1 == "oom_kill" { print $2 }' /proc/vmstat)" "$kills"
rm "$VM_DIR/go"
systemctl reset-failed "$job" 2>/dev/null || true
container "$job" "kubepods-besteffort-pod$(uid_of job-0).slice" 1000 sleep 1000
becomes 15 'and it can start again' "['jobs', False]" json "[d['workload'][k] for k in ('profile', 'observed')]" plimsoll show --json job-0/job

pods observe
becomes 15 'no longer enforced, it has what it had' '3 max' highs "$api" "$worker" "$web"

plimsoll events | tail -n 30
systemctl stop 'cri-containerd-*.scope' 'crio-*.scope'
plimsoll_stop
rm -rf /run/containerd/io.containerd.runtime.v2.task/k8s.io /run/containers/storage/overlay-containers
