# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Containers of Docker and podman get their profiles by name, by label, by image and by slice, soon after their start, and keep
# them; the one that takes all memory dies, and its runtime brings it back.
# timeout: 360

tree=/var/tmp/image
top=/sys/fs/cgroup

# ---- what they are made of ----------------------------------------------------------------------

# Of the guest's own tree: a shell, two programs and what they are linked with.
image_made()
{
        local program
        mkdir -p "$tree"/{bin,tmp,proc,sys,dev,etc}
        for program in /bin/sleep /bin/sh "$(command -v load)"; do
                install -D "$program" "$tree/bin/${program##*/}"
                ldd "$program" | grep -oE '/[^ ]+' | sort -u | while read -r library; do
                        install -D "$(readlink -f "$library")" "$tree$library"
                done
        done
}
image_made

docker_up()
{
        systemctl start containerd docker
        docker info >/dev/null
}
within 60 'docker is up' docker_up
check 'it has an image' bash -c "tar -C $tree -c . | docker import - shop/api:1"

plimsoll_fresh
policy 10-named <<'JSON'
{ "profile": "named", "match": [ { "container": "web-*" } ], "memory": { "max": "96MiB" }, "oom": { "score_adj": 150 } }
JSON
policy 20-image <<'JSON'
{ "profile": "image", "match": [ { "image": "shop/*", "runtime": "docker", "label": "kind=image" } ], "memory": { "max": "80MiB" } }
JSON

# The guest lacks what would load the profile of AppArmor.
docker_run()
{
        docker run --detach --network none --security-opt apparmor=unconfined "$@"
}
podman_run()
{
        podman run --detach --network none "$@" --rootfs "$tree" /bin/sleep 1000
}
memory_max()
{
        cat "$(place_of "$1")/memory.max" 2>/dev/null
}
# Where the limits of a container are written, by its id.
place_of()
{
        local path
        path=$(find "$top" -type d -name "*$1*" -not -name '*conmon*' | head -n 1)
        if [[ -d "$path/container" ]]; then
                path+=/container
        fi
        echo "$path"
}

# NAME ID BYTES: how long it took from now on until the limit is there.
limited()
{
        local began
        began=$(date +%s%N)
        while [[ "$(memory_max "$2")" != "$3" ]]; do
                if ((($(date +%s%N) - began) / 1000000000 > 20)); then
                        vm_claim FAILED "$1 has its limit: it is $(memory_max "$2"), and not $3"
                        return
                fi
        done
        vm_claim ok "$1 has its limit of $(($3 >> 20)) MiB, $((($(date +%s%N) - began) / 1000000)) ms after its start was said to be over"
}

mib=$((1 << 20))
batch=$(awk '$1 == "MemTotal:" { print int($2 / 8) * 4096 }' /proc/meminfo)

id=$(docker_run --name web-1 shop/api:1 /bin/sleep 1000)
limited 'docker, by name' "$id" $((96 * mib))
id=$(docker_run --name labelled --label plimsoll.profile=batch shop/api:1 /bin/sleep 1000)
limited 'docker, by label' "$id" "$batch"
id=$(docker_run --name imaged --label kind=image shop/api:1 /bin/sleep 1000)
limited 'docker, by image' "$id" $((80 * mib))
id=$(docker_run --name sliced --cgroup-parent plimsoll-batch.slice shop/api:1 /bin/sleep 1000)
limited 'docker, by slice' "$id" "$batch"
id=$(podman_run --name web-2)
limited 'podman, by name' "$id" $((96 * mib))
id=$(podman_run --name plabelled --label plimsoll.profile=batch)
limited 'podman, by label' "$id" "$batch"
id=$(podman_run --name psliced --cgroup-parent plimsoll-batch.slice)
limited 'podman, by slice' "$id" "$batch"
for name in web-1 labelled imaged sliced web-2 plabelled psliced; do
        check "$name is called by its name" plimsoll show "$name"
done

# Who starts podman within a unit has its conmon there; so this one is made as it is for everybody else.
conmon=libpod-conmon-$(printf '%064d' 1).scope
systemd-run --quiet --scope --unit="$conmon" --slice=plimsoll-batch.slice choom -n -1000 -- sleep 1000 &
within 10 'a conmon is there' systemctl is-active --quiet "$conmon"
conmon_is()
{
        json "[d['workload'][k] for k in ('protected', 'profile')]" plimsoll show --json "$(systemctl show -P ControlGroup "$conmon")"
}
becomes 10 'it is protected, and no profile is for it' '[True, None]' conmon_is
equal 'and it keeps the oom_score_adj that it gave itself' "$(cat "/proc/$(head -n 1 "$(unit_dir "$conmon")/cgroup.procs")/oom_score_adj")" -1000
check 'match says so' grep -q 'no profile is for what a runtime keeps' \
        <<<"$(plimsoll match "$(systemctl show -P ControlGroup "$conmon")" || true)"
systemctl stop "$conmon"

plimsoll list
becomes 10 'match has the same in force of docker' 1 bash -c 'plimsoll match web-1 | grep -c "has the same in force"'
becomes 10 'and of podman' 1 bash -c 'plimsoll match plabelled | grep -c "has the same in force"'
equal 'nobody is without a name' "$(noted no-name)" 0

# ---- what their runtimes do to them -------------------------------------------------------------

id=$(docker inspect --format '{{.Id}}' web-1)
docker update --cpu-shares 512 web-1 >/dev/null
systemctl daemon-reload
becomes 15 'docker update and a daemon-reload leave it its limit' $((96 * mib)) memory_max "$id"
docker restart --time 1 web-1 >/dev/null
becomes 15 'so does a restart' $((96 * mib)) memory_max "$id"
docker rename web-1 plain-1
docker restart --time 1 plain-1 >/dev/null
becomes 15 'under another name it is another' max memory_max "$id"
id=$(podman inspect --format '{{.Id}}' web-2)
podman restart --time 1 web-2 >/dev/null
becomes 15 'podman restarts it, and it has its limit' $((96 * mib)) memory_max "$id"

# ---- one takes all ------------------------------------------------------------------------------

kills=$(awk '$1 == "oom_kill" { print $2 }' /proc/vmstat)
docker_run --name hog --restart on-failure shop/api:1 /bin/load --once /tmp/once hog 0 80 >/dev/null
killed()
{
        plimsoll explain last | grep -q 'hog was killed'
}
within 60 'who takes all is killed' killed
plimsoll explain last
becomes 30 'and started again by docker' '1 true' docker inspect --format '{{.RestartCount}} {{.State.Running}}' hog
equal 'docker does not call it an OOM kill' "$(docker inspect --format '{{.State.OOMKilled}}' hog)" false
equal 'the kernel killed nobody' "$(awk '$1 == "oom_kill" { print $2 }' /proc/vmstat)" "$kills"
equal 'the others live' "$(docker ps --quiet | wc -l) $(podman ps --quiet | wc -l)" '5 3'
plimsoll events | tail -n 40

docker ps --all --quiet | xargs docker rm --force >/dev/null
podman rm --force --all --time 1 >/dev/null
systemctl stop docker.socket docker containerd
plimsoll_stop
rm -rf "$tree"
