# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# shellcheck source=tests/vm/guest/incident.sh
# What fills a tmpfs is ended once, for what it wrote stays; one that the kernel holds is left behind, and the next one is taken;
# a session of a person that no profile names takes its turn, and the way in is protected.
# timeout: 240

. "$VM_GUEST/incident.sh"
armed
stage

# ---- a tmpfs ------------------------------------------------------------------------------------

mkdir -p /run/full
mount -t tmpfs -o size=4g tmpfs /run/full
culprit -- fill /run/full/file 4096 60
incident 90 1
equal 'what fills a tmpfs dies, once, and nobody else does' "$(dead)" batch
note "after $(died_after batch) ms"
spared
told kill stage-batch host
equal 'it was decided once' "$(decisions kill stage-batch)" 1
plimsoll explain last
check 'that what it wrote stays is said' grep -qiE 'stays|outlive|shared memory|tmpfs' <<<"$(plimsoll explain last)"
check 'and so it does' test "$(stat -c %s /run/full/file)" -gt $((200 << 20))
umount /run/full
cleared

# ---- held by the kernel -------------------------------------------------------------------------

stage
truncate -s 32M /var/stage.ext4
mke2fs -q -F -t ext4 /var/stage.ext4
mkdir -p /run/held
modprobe loop 2>/dev/null || true
mount -o loop /var/stage.ext4 /run/held
touch /run/held/file
sync /run/held/file
fsfreeze --freeze /run/held
stuck=$(decisions kill stage-batch)
culprit -- --stick /run/held/file hog 0 0
incident 40 1
note "died while it was held: $(dead); $(figure low_kib) KiB were available at the least"
check 'it was decided to kill it' test "$(decisions kill stage-batch)" -gt "$stuck"
equal 'who is held by the kernel cannot die' "$(dead)" ''
result_of_batch()
{
        plimsoll events --json | python3 -c 'import json, sys
print([e["result"] for e in map(json.loads, sys.stdin)
       if e["type"] == "outcome" and e["measure"] == "kill" and e["workload"].split("/")[-1] == "stage-batch"][-1])'
}
becomes 30 'that is said' late result_of_batch
stage
actor batch-two 500 -- --go "$stage_dir/go" hog 0 0
incident 60 1
equal 'the next one is taken meanwhile, and nobody else' "$(dead)" batch-two
spared
fsfreeze --unfreeze /run/held
within 30 'let go, it dies' not is_active batch
umount /run/held
rm -f /var/stage.ext4
actors+=(batch)
cleared

# ---- a session ----------------------------------------------------------------------------------

systemd-run --quiet --unit=ssh.service sleep 1000
stage
systemd-run --quiet --scope --unit=session-7.scope --slice=user-1000.slice \
        choom -n 0 -- bash -c "load --go $stage_dir/go hog 0 0; sleep 1000" &
session=/sys/fs/cgroup/user.slice/user-1000.slice/session-7.scope
has_two()
{
        test "$(wc -l <"$session/cgroup.procs")" -ge 2
}
within 20 'a session is there' has_two
plimsoll_scanned 1
incident 60 0 "$session" &
running=$!
within 60 'the largest of a session is ended' not pgrep -x load
kill -TERM "$running" 2>/dev/null || true
wait "$running" || true
told kill 'session 7 of user 1000' host
check 'and the session goes on' grep -q 'populated 1' "$session/cgroup.events"
check 'the way in is protected' grep -qE 'safe.*ssh|ssh.*safe|ssh.*protected' <<<"$(plimsoll rank --all)"
plimsoll explain last
systemctl stop ssh.service session-7.scope
replays
plimsoll events | tail -n 40
systemctl stop 'stage-*.service'
