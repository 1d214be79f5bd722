# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The census agrees with find and systemctl on a live kernel: units, plain cgroups, delegated trees; those that are
# removed and made anew under the same name; thousands that come and go. It goes on without watches and without fds.
# timeout: 420

top=/sys/fs/cgroup
ours=$top/census.slice

# Every cgroup that is one to the census: "ID PATH". What is below a workload is left out by the same rule that the
# census goes by: find goes on below slices and the managers of users alone.
found()
{
        find "$1" -mindepth 1 -type d -printf '%i /%P\n' | awk '
                { path[$2] = $1 }
                END {
                        for (p in path) {
                                n = split(p, part, "/"); inside = 0
                                for (i = 2; i < n; i++)
                                        if (part[i] !~ /\.slice$/ && part[i] !~ /^user@[0-9]+\.service$/)
                                                inside = 1
                                if (!inside)
                                        print path[p], p
                        }
                }' | sort
}
listed()
{
        census "$@" list | awk '$1 ~ /^[0-9]+$/ { print $1, $4 }' | sort
}
agree()
{
        found "$top" >"$VM_DIR/found"
        listed "$@" >"$VM_DIR/listed"
        diff "$VM_DIR/found" "$VM_DIR/listed"
}
within 30 'the census knows whom find finds, by id and path' agree
check 'which are some' test "$(wc -l <"$VM_DIR/listed")" -gt 10
within 30 'and the same with two open directories' agree --fds 2
check 'and says that it has no more' grep -qx 'notes 8' <<<"$(census --fds 2 list)"
equal 'otherwise there is nothing to say' "$(census list | sed -n 's/^notes //p')" 0

# ---- units --------------------------------------------------------------------------------------

# Each running service has a cgroup that the census calls a service, by its unit's name.
services()
{
        systemctl list-units --type=service --state=running --no-legend --plain | awk '{ print $1 }' |
                while read -r unit; do
                        systemctl show -P ControlGroup "$unit"
                done | sort
}
known_services()
{
        services >"$VM_DIR/services"
        census list | awk '$2 == "service" && $3 == 1 { print $4 }' | sort >"$VM_DIR/known"
        test -z "$(comm -23 "$VM_DIR/services" "$VM_DIR/known")"
}
within 30 'every running service is known as one' known_services
check 'there are some' test "$(wc -l <"$VM_DIR/services")" -gt 3
check 'process 1 is known' grep -q ' scope 1 /init.scope init$' <<<"$(census list)"

# As plimsolld's unit does: the soft limit of a service would do for some 500 cgroups.
(ulimit -Sn 16384 && exec census follow >"$VM_DIR/news") &
follower=$!
within 20 'it has looked' grep -q '^+ .* /init.scope$' "$VM_DIR/news"
# Each cgroup that it knows takes one open file, and what it has beyond that stays the same.
beyond()
{
        echo $(($(find "/proc/$follower/fd" -mindepth 1 | wc -l) - $(found "$top" | wc -l)))
}
fds=$(beyond)
start_units()
{
        for ((i = 0; i < 10; i++)); do
                systemd-run --quiet --unit="census-$i" --slice=census-units.slice sleep 1000
        done
}
stop_units()
{
        systemctl stop census-{0..9}
}
news()
{
        grep -c "^$1 .*$2\$" "$VM_DIR/news" || true
}
heard()
{
        test "$(news "$1" "$2")" = "$3"
}
unit='/census.slice/census-units.slice/census-[0-9].service'
start_units
within 20 'ten units appear' heard + "$unit" 10
stop_units
within 20 'and go' heard - "$unit" 10
start_units
within 20 'and the same names appear again' heard + "$unit" 20
ids=$(sed -n "s|^+ \([0-9]*\) $unit\$|\1|p" "$VM_DIR/news" | sort -u | wc -l)
equal 'as others' "$ids" 20
check 'known by their names' grep -q ' service 1 /census.slice/census-units.slice/census-3.service census-3$' \
        <<<"$(census list)"

# ---- plain ones ---------------------------------------------------------------------------------

mkdir -p "$ours"
mkdir "$ours"/plain-{0..199}
within 20 '200 cgroups appear' heard + '/plain-[0-9]*' 200
python3 -c 'import os, sys
for path in sys.argv[1:]:
    os.rmdir(path)
    os.mkdir(path)' "$ours"/plain-{0..199}
survivors()
{
        found "$ours" | sed 's|/|/census.slice/|' | sort >"$VM_DIR/found"
        census list | awk '$4 ~ /^\/census.slice\// { print $1, $4 }' | sort >"$VM_DIR/listed"
        awk '$3 ~ /^\/census.slice\// { if ($1 == "+") there[$2] = $3; if ($1 == "-") delete there[$2] }
                END { for (id in there) print id, there[id] }' "$VM_DIR/news" | sort >"$VM_DIR/told"
        diff "$VM_DIR/found" "$VM_DIR/listed" && diff "$VM_DIR/found" "$VM_DIR/told"
}
within 20 'made anew under the same names, they are known as they are' survivors

check 'nobody is in them' grep -q ' plain 0 /census.slice/plain-7 plain-7$' <<<"$(census list)"
sleep 1000 &
guest=$!
echo "$guest" >"$ours/plain-7/cgroup.procs"
within 20 'somebody moves in, and it hears of it' heard '~' /census.slice/plain-7 1
kill "$guest"
wait "$guest" || true
within 20 'and out, which it sees at a scan' heard '~' /census.slice/plain-7 2

# ---- nested ones --------------------------------------------------------------------------------

systemd-run --quiet --unit=census-delegated --slice=census-units.slice -p Delegate=yes sleep 1000
inner=$top/census.slice/census-units.slice/census-delegated.service
mkdir -p "$inner/system.slice/a.service" "$inner/docker"
systemd-run --quiet --unit=census-deep --slice=census-a-b-c.slice sleep 1000
within 20 'a delegated unit is known' heard + '/census-delegated.service' 1
within 20 'so is a unit four slices deep' heard + '/census-a-b-c.slice/census-deep.service' 1
check 'what is inside of a unit is its own' not grep -q 'census-delegated.service/' "$VM_DIR/news"
within 20 'and all is as it is' survivors

# ---- limits along the path ----------------------------------------------------------------------

systemctl set-property --runtime census-units.slice MemoryMax=512M MemoryLow=64M
systemctl set-property --runtime census.slice MemoryHigh=700M MemoryLow=32M
systemctl set-property --runtime census-3.service MemoryMax=600M MemoryLow=100M
id=$(stat -c %i "$top/census.slice/census-units.slice/census-3.service")
census limits "$id" >"$VM_DIR/limits"
figure()
{
        sed -n "s/^$1 //p" "$VM_DIR/limits"
}
equal 'its own max' "$(figure own_max)" $((600 << 20))
equal 'the max that counts is the slice'\''s' "$(figure max)" $((512 << 20))
equal 'the high that counts is the upper slice'\''s' "$(figure high)" $((700 << 20))
equal 'its low' "$(figure own_low)" $((100 << 20))
check 'and what counts of it is no more than 64 MiB' test "$(figure low)" -le $((64 << 20))

# ---- thousands ----------------------------------------------------------------------------------

before=$SECONDS
for ((turn = 0; turn < 5; turn++)); do
        (cd "$ours" && seq -f 'many-%g' 1000 | xargs mkdir && sleep 0.2 && seq -f 'many-%g' 2 1000 | xargs rmdir &&
                seq -f 'many-%g' 2 2 1000 | xargs mkdir && sleep 0.1 && rmdir many-*)
done
note "5000 came and went in $((SECONDS - before)) s"
within 60 'after thousands the survivors are right' survivors

# A watch that the kernel keeps for a cgroup that is gone would keep its inode, too.
watches()
{
        test "$(cat "/proc/$follower/fdinfo"/* | grep -c '^inotify wd')" -le "$(census list | grep -c '^[0-9]')"
}
within 20 'it watches no more than there is' watches

# ---- without watches ----------------------------------------------------------------------------

watches=$(sysctl -n fs.inotify.max_user_watches)
sysctl -qw fs.inotify.max_user_watches=1
check 'at the limit of watches it says so, and knows all the same' agree
equal 'once' "$(census list | sed -n 's/^notes //p')" 10
sysctl -qw fs.inotify.max_user_watches="$watches"

# ---- the end ------------------------------------------------------------------------------------

stop_units
systemctl stop census-delegated census-deep
rmdir "$ours"/plain-* 2>/dev/null || true
gone()
{
        test "$(census list | grep -c 'service .* /census.slice')" = 0
}
within 30 'the units are gone' gone
back()
{
        test "$(beyond)" = "$fds"
}
within 30 'and its open files are as many as the cgroups, as before' back
kill "$follower"
wait "$follower" || true
check 'it ends with a list' grep -q '^heap ' "$VM_DIR/news"
check 'and has lost no news, but for want of watches' grep -qE '^notes (0|10)$' "$VM_DIR/news"
note "$(grep -E '^(fds|heap|notes)' "$VM_DIR/news" | tr '\n' ' ')"
