# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# A cgroup that is removed, and one that is made anew under the same path, are told apart from one that lives:
# by open files, by the open directory, by writers and by cgroup.kill. A walk over a tree that comes and goes ends.
# timeout: 180

gone=2 # PL_FILE_E_GONE

doomed=$(cgroup_make doomed)
old=$(probe cgroup "$doomed" | sed -n 's/^id //p')
probe hold "$doomed" >"$VM_DIR/held" &
holder=$!
within 20 'its files are held open' grep -qx held "$VM_DIR/held"
# Whoever owns a cgroup can hide its pressure. That must not pass for the end of it: the holder, which reads every
# 20 ms and ends when the cgroup is gone, goes on.
if [[ -e "$doomed/cgroup.pressure" ]]; then
        echo 0 >"$doomed/cgroup.pressure"
        sleep 1
        check 'a cgroup with its pressure hidden is not taken for gone' kill -0 "$holder"
fi
rmdir "$doomed"
mkdir "$doomed"
wait "$holder" || true
equal 'an open file says gone' "$(sed -n 's/^by-file //p' "$VM_DIR/held")" "$gone"
equal 'the open directory says gone' "$(sed -n 's/^by-directory //p' "$VM_DIR/held")" "$gone"
equal 'a write says gone, and does not reach the new one' "$(sed -n 's/^by-write //p' "$VM_DIR/held")" "$gone"
equal 'a kill says gone, and does not reach the new one' "$(sed -n 's/^by-kill //p' "$VM_DIR/held")" "$gone"
new=$(probe cgroup "$doomed" | sed -n 's/^id //p')
check 'the same path is another cgroup' test "$old" != "$new"
equal 'the new one is fine' "$(probe memcg "$doomed" | sed -n 's/^outcome //p')" fine

# Cgroups come and go while the tree is walked, again and again.
churn_tree()
{
        while true; do
                mkdir -p "$doomed/a/b" "$doomed/c" 2>/dev/null || true
                rmdir "$doomed/a/b" "$doomed/a" "$doomed/c" 2>/dev/null || true
        done
}
churn_tree &
churner=$!
walks=0
wanted=100
[[ -z "$VM_FULL" ]] || wanted=200
for ((i = 0; i < wanted; i++)); do
        if [[ "$(probe walk "$doomed" | tail -n 1)" == 'outcome fine' ]]; then
                walks=$((walks + 1))
        fi
done
kill "$churner"
wait "$churner" 2>/dev/null || true
equal 'every walk over a tree that comes and goes ends well' "$walks" "$wanted"
rmdir "$doomed/a/b" "$doomed/a" "$doomed/c" 2>/dev/null || true

# As deep as anybody may make it: the walk stops at its bound and says so.
mkdir -p "$doomed$(printf '/d%.0s' {1..80})"
equal 'a tree of 80 levels is walked to 64' "$(probe walk "$doomed" | grep -c ' d')" 64
equal 'and the walk says that it stopped' "$(probe walk "$doomed" | sed -n 's/^unvisited //p')" 1
find "$doomed" -mindepth 1 -depth -type d -exec rmdir {} +

# Threads of a threaded cgroup have no processes and cannot be killed on their own.
mkdir "$doomed/threaded"
echo threaded >"$doomed/threaded/cgroup.type"
equal 'a threaded cgroup says what it is' "$(probe cgroup "$doomed/threaded" | sed -n 's/^type //p')" 3
if [[ -e "$doomed/cgroup.kill" ]]; then
        equal 'and that it cannot be killed' "$(probe kill "$doomed/threaded" | sed -n 's/^outcome //p')" off
fi
rmdir "$doomed/threaded"
