# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# Two thousand cgroups are made, removed and made again under the same names at random for half a minute while plimsolld runs: it
# goes on, knows the survivors, and its open files and memory are back where they were. Names of all kinds are among them.
# timeout: 420

top=/sys/fs/cgroup
ours=$top/churn.slice
rm -rf /run/plimsoll
plimsoll_install
plimsoll_start
main=$(systemctl show -P MainPID plimsolld)

fds()
{
        find "/proc/$main/fd" -mindepth 1 | wc -l
}
# The names in churn.slice that cgroupfs has, and those that plimsolld has.
there()
{
        find "$ours" -mindepth 1 -maxdepth 1 -type d -printf '%i %f\n' | sort
}
known()
{
        plimsoll list --json --all >"$VM_DIR/list.json" || return
        python3 - "$VM_DIR/list.json" <<'PY' | sort
import json, sys
for w in json.load(open(sys.argv[1]))["workloads"]:
    if w["path"].startswith("/churn.slice/"):
        print(w["cgroup_id"], w["path"].split("/", 2)[2])
PY
}
agree()
{
        there >"$VM_DIR/there"
        known >"$VM_DIR/known"
        diff "$VM_DIR/there" "$VM_DIR/known"
}

mkdir "$ours"
echo '+memory' >"$ours/cgroup.subtree_control"
mkdir "$ours/first"
within 10 'the first is known' agree
fds_before=$(fds)
private_before=$(private_kib "$main")
note "$fds_before open files, $private_before KiB private"

# ---- names --------------------------------------------------------------------------------------

long=$(printf 'n%.0s' {1..255})
mkdir "$ours/$long" "$ours/"$'red\e[31m' "$ours/"$'bad\xff\xfeutf8' "$ours/with blank" "$ours/ü" "$ours/-dash" "$ours/%s%n"
hostile_known()
{
        test "$(known | wc -l)" = 8
}
within 10 'names of all kinds are known' hostile_known
check 'and reach no terminal as they are' not grep -q $'\e' <<<"$(plimsoll list --all; plimsoll events; plimsoll list --json)"
plimsoll list --all | head -n 30
find "$ours" -mindepth 1 -maxdepth 1 -type d -not -name first -exec rmdir {} +
within 10 'and go' agree

# ---- two thousand -------------------------------------------------------------------------------

seconds=30
[[ -z "$VM_FULL" ]] || seconds=60
python3 - "$ours" "$seconds" <<'PY'
import os, random, sys, time
ours, there = sys.argv[1], set()
random.seed(4)
end = time.monotonic() + float(sys.argv[2])
made = 0
while time.monotonic() < end or len(there) < 200:
    name = f"{ours}/c{random.randrange(2000)}"
    if name in there and (len(there) > 1500 or random.random() < 0.5):
        os.rmdir(name)
        there.discard(name)
    elif name not in there:
        os.mkdir(name)
        there.add(name)
        made += 1
    if made % 500 == 0:
        time.sleep(0.01)
print(f"{made} were made, {len(there)} stay")
PY
equal 'it is the same process' "$(systemctl show -P MainPID plimsolld)" "$main"
within 60 'the survivors are right' agree
note "$(wc -l <"$VM_DIR/known") survivors, $(fds) open files"
check 'the crowd did not push out everything else' grep -q '"type":"started"' <<<"$(plimsoll events --json)"
check 'and what was left out is counted' grep -q '"type":"gap"' <<<"$(plimsoll events --json)"
find "$ours" -mindepth 1 -maxdepth 1 -type d -not -name first -exec rmdir {} +
within 60 'all are gone' agree
files_back()
{
        test "$(fds)" -le "$fds_before"
}
within 20 'its open files are as many as before' files_back
# What was made for the crowd stays. 1,500 of it are there at once, for whom the census has entries of 248 bytes, names of 32,
# and two tables of 4,096 slots of 16; the board has 2,048 places of 32; the engine has 528 for each, 24 in its three orders, and
# a table of 16. That is 1.4 MiB, and 3 MiB with what lies between and with those that are gone and not yet struck out. Near
# thirty thousand have come and gone: a hundred bytes of each, were they lost, would be 2.7 MiB more.
private=$(private_kib "$main")
note "$(fds) open files, $private KiB private"
check 'its memory is within 3 MiB of what it was' test "$private" -le $((private_before + 3072))
# The kernel would have made them by now, 2 MiB each, where a pool has been touched.
equal 'of which nothing are huge pages' "$(awk '/^AnonHugePages:/ { print $2 }' "/proc/$main/smaps_rollup")" 0

# ---- limits -------------------------------------------------------------------------------------

watches=$(sysctl -n fs.inotify.max_user_watches)
sysctl -qw fs.inotify.max_user_watches=1
systemctl restart plimsolld
main=$(systemctl show -P MainPID plimsolld)
mkdir "$ours/unwatched"
within 15 'without watches it finds them at a scan' agree
if ! agree >/dev/null; then
        plimsoll status
        plimsoll events | tail -n 20
        within 30 'at a later one it does' agree
fi
notes()
{
        plimsoll events --json | python3 -c 'import json, sys
print(sum(1 for line in sys.stdin for e in [json.loads(line)] if e["type"] in ("note", "alarm") and e["code"] == "watches-full"))'
}
check 'and says so once' test "$(notes)" = 1
sysctl -qw fs.inotify.max_user_watches="$watches"

mkdir -p /run/systemd/system/plimsolld.service.d
printf '[Service]\nLimitNOFILE=560\n' >/run/systemd/system/plimsolld.service.d/vm.conf
systemctl daemon-reload
systemctl restart plimsolld
main=$(systemctl show -P MainPID plimsolld)
mkdir "$ours"/fd-{0..199}
within 30 'with few open files it knows all' agree
rm -r /run/systemd/system/plimsolld.service.d
systemctl daemon-reload

# ---- a full /run, a foreign journal -------------------------------------------------------------

systemctl stop plimsolld
head -c 4096 /dev/urandom >/run/plimsoll/journal
plimsoll_start
equal 'a journal that is none is put aside' "$(plimsoll status >/dev/null && test -f /run/plimsoll/journal.old && echo yes)" yes
systemctl stop plimsolld
rm -f /run/plimsoll/journal*
fill=$(($(df --output=avail -k /run | tail -n 1) - 512))
fallocate -l "${fill}K" /run/fill
systemctl start plimsolld
equal 'without room in /run it runs' "$(systemctl is-active plimsolld)" active
journalctl --sync
check 'and says so' grep -qi 'room' <<<"$(journalctl --no-pager SYSLOG_IDENTIFIER=plimsolld -n 20)"
rm /run/fill
visible()
{
        plimsoll status
}
within 20 'as soon as there is room it can be read' visible

systemctl stop plimsolld
find "$ours" -mindepth 1 -maxdepth 1 -type d -exec rmdir {} +
rmdir "$ours"
