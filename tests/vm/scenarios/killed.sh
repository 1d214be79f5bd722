# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# plimsolld is killed at random again and again while workloads come and go and readers read at full speed: no reader ever
# sees nonsense, each next start goes on with the journal, and nothing that was written is lost.
# timeout: 900

kills=12
[[ -z "$VM_FULL" ]] || kills=100
top=/sys/fs/cgroup
rm -rf /run/plimsoll
plimsoll_install
mkdir -p /run/systemd/system/plimsolld.service.d
printf '[Service]\nRestartSec=100ms\n' >/run/systemd/system/plimsolld.service.d/vm.conf
systemctl daemon-reload
plimsoll_start

mkdir "$top/killed.slice"
(
        trap - EXIT ERR
        while true; do
                for i in 1 2 3 4 5; do
                        mkdir "$top/killed.slice/w$i" 2>/dev/null || rmdir "$top/killed.slice/w$i"
                done
                sleep 0.05
        done
) &
churner=$!

# Reads all there is and holds it against what must be so.
cat >"$VM_DIR/reader.py" <<'PY'
import json, os, subprocess, sys
rounds, last, faults = 0, 0, []
def ask(*verb):
    done = subprocess.run(["plimsoll", *verb], capture_output=True, text=True)
    if done.returncode not in (0, 4):
        faults.append(f"{verb}: status {done.returncode}: {done.stderr[:200]}")
    return done.stdout
while not os.path.exists(sys.argv[1]):
    rounds += 1
    text = ask("list", "--json", "--all")
    if text:
        paths = [w["path"] for w in json.loads(text)["workloads"]]
        if len(paths) != len(set(paths)) and len(set(paths)) < len(paths) - 5:
            faults.append(f"{len(paths)} rows, {len(set(paths))} paths")
        for path in paths:
            if not path.startswith("/"):
                faults.append(f"a path {path!r}")
    numbers = [json.loads(line)["sequence"] for line in ask("events", "--json").splitlines()]
    if numbers != sorted(set(numbers)):
        faults.append("events are not in order")
    if numbers and numbers[-1] < last:
        faults.append(f"the newest event was {last} and now is {numbers[-1]}")
    last = numbers[-1] if numbers else last
print(f"{rounds} rounds, newest event {last}")
for fault in faults[:20]:
    print("FAULT", fault)
sys.exit(bool(faults))
PY
python3 "$VM_DIR/reader.py" "$VM_DIR/enough" >"$VM_DIR/read" 2>&1 &
reader=$!

up()
{
        now=$(systemctl show -P MainPID plimsolld)
        test "$now" != 0 -a "$now" != "$main"
}
main=$(systemctl show -P MainPID plimsolld)
for ((i = 0; i < kills; i++)); do
        sleep "$(awk -v seed="$RANDOM" 'BEGIN { srand(seed); printf "%.3f", rand() * 1.5 }')"
        ((main == 0)) || kill -KILL "$main" 2>/dev/null || true
        for ((wait = 0; wait < 200; wait++)); do
                up && break
                sleep 0.05
        done
        main=$now
done
within 30 'it is up after the last kill' plimsoll status
touch "$VM_DIR/enough"
wait "$reader" && status=0 || status=$?
cat "$VM_DIR/read"
equal 'readers saw no nonsense' "$status" 0
# A daemon that was killed before it had the journal has written nothing, and is not counted.
plimsoll events --json | python3 -c 'import json, sys
numbers = [e["generation"] for line in sys.stdin for e in [json.loads(line)] if e["type"] == "started"]
print(*numbers)
sys.exit(numbers != sorted(set(numbers)) or numbers[0] != 1)' >"$VM_DIR/generations" && status=0 || status=$?
equal "each start went on with the one journal: $(wc -w <"$VM_DIR/generations") after $kills kills" "$status" 0
check 'and many came so far' test "$(wc -w <"$VM_DIR/generations")" -gt $((kills / 4))
equal 'no journal was put aside' "$(find /run/plimsoll -name 'journal.old' | wc -l)" 0
kill "$churner"
wait "$churner" 2>/dev/null || true
right()
{
        find "$top/killed.slice" -mindepth 1 -type d -printf '%i\n' | sort >"$VM_DIR/there"
        json "'\n'.join(str(w['cgroup_id']) for w in d['workloads'] if w['path'].startswith('/killed.slice/'))" \
                plimsoll list --json --all | grep . | sort >"$VM_DIR/known" || true
        diff "$VM_DIR/there" "$VM_DIR/known"
}
within 20 'and the survivors are right' right

systemctl stop plimsolld
rm -r /run/systemd/system/plimsolld.service.d
systemctl daemon-reload
find "$top/killed.slice" -mindepth 1 -type d -exec rmdir {} + || true
rmdir "$top/killed.slice"
