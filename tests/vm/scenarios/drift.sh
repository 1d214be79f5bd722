# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What somebody else changes is found, named and answered as the profile says: daemon-reload, set-property, a later drop-in, a
# hand. Repaired within two scans, or left and alarmed about, or left for good; and who never rests is stood back from.
# timeout: 240

units=/run/systemd/system
answers=(repair alarm yield)
max=$((200 << 20))

for answer in "${answers[@]}"; do
        printf '[Service]\nExecStart=/bin/sleep infinity\n' >"$units/drift-$answer@.service"
done
plimsoll_fresh
for answer in "${answers[@]}"; do
        policy "50-$answer" <<JSON
{ "profile": "$answer", "match": [ { "unit": "drift-$answer@*.service" } ], "drift": "$answer",
  "memory": { "max": "200MiB", "low": "20MiB", "swap_max": 0, "oom_group": true } }
JSON
done
systemctl daemon-reload
systemctl start drift-{repair,alarm,yield}@{reload,other,property,later,hand}.service drift-repair@fight.service

# values ANSWER WHAT -> what the files of that unit have
values()
{
        (cd "$(unit_dir "drift-$1@$2.service")" && cat memory.{max,low,swap.max,oom.group} | xargs)
}
file()
{
        cat "$(unit_dir "drift-$1@$2.service")/memory.max"
}
drifted()
{
        drifts "drift-$1@$2" | sort -u
}
# Whom systemd would give another limit than his own.
not_kept()
{
        systemctl show -p Id -p MemoryMax drift-{repair,alarm,yield}@{reload,other,property,later,hand}.service |
                awk -F= -v max="$max" '$1 == "Id" { id = $2 } $1 == "MemoryMax" && $2 != max { print id, $2 }'
}
within 30 'all have their limits' held 16
becomes 60 'and systemd keeps them of all but' '' not_kept
good="$max $((20 << 20)) 0 1"

# ---- systemd reads its units anew ---------------------------------------------------------------

# 252 writes everything as it has it then, 257 writes nothing: memory.oom.group, which is no property, is lost under 252.
systemctl daemon-reload
becomes 10 'after a daemon-reload all is as it was' "$good" values repair reload
plimsoll_scanned 1
note "drifts by it: $(drifted repair reload | xargs)"
if [[ "$VM_SUITE" == bookworm ]]; then
        equal 'who did it is said' "$(drifted repair reload)" 'memory.oom.group daemon-reload repair'
        equal 'with alarm it is left and told' "$(values alarm reload): $(drifted alarm reload)" \
                "${good%1}0: memory.oom.group daemon-reload alarm"
        equal 'with yield, too' "$(values yield reload): $(drifted yield reload)" \
                "${good%1}0: memory.oom.group daemon-reload yield"
else
        equal 'and nothing has drifted' "$(drifted repair reload)" ''
fi

# ---- somebody sets a property -------------------------------------------------------------------

systemctl set-property --runtime drift-repair@other.service CPUWeight=50
becomes 10 'after another property was set all is as it was' "$good" values repair other
for answer in "${answers[@]}"; do
        systemctl set-property --runtime "drift-$answer@property.service" MemoryMax=150M
done
becomes 10 'a limit that somebody sets is put right' "$good" values repair property
becomes 60 'by and by for systemd, too' "$max" systemctl show -P MemoryMax drift-repair@property.service

# ---- a drop-in that sorts behind ours -----------------------------------------------------------

for answer in "${answers[@]}"; do
        mkdir -p "$units/drift-$answer@later.service.d"
        printf '[Service]\nMemoryMax=77M\n' >"$units/drift-$answer@later.service.d/90-later.conf"
done
systemctl daemon-reload
if [[ "$VM_SUITE" == trixie ]]; then
        # 257 writes a unit's files when something makes it do so.
        for answer in "${answers[@]}"; do
                systemctl set-property --runtime "drift-$answer@later.service" CPUWeight=60
        done
fi
becomes 10 'a limit that a later drop-in sets is put right' "$good" values repair later

# ---- a hand -------------------------------------------------------------------------------------

for answer in "${answers[@]}"; do
        echo 100M >"$(unit_dir "drift-$answer@hand.service")/memory.max"
done
becomes 10 'a limit that is written by hand is put right' "$good" values repair hand

# ---- who it was, and what was left --------------------------------------------------------------

plimsoll_scanned 1
for answer in "${answers[@]}"; do
        property=$(drifted "$answer" property)
        later=$(drifted "$answer" later)
        hand=$(drifted "$answer" hand)
        note "$answer: $property, $later, $hand"
        check "set-property is named, answered by $answer" grep -qx "memory.max set-property $answer" <<<"$property"
        check "a later drop-in is named, answered by $answer" grep -qx "memory.max drop-in $answer" <<<"$later"
        check "a hand is named, answered by $answer" grep -qx "memory.max by-hand $answer" <<<"$hand"
done
check 'the drop-in by its name' grep -q '90-later.conf' <<<"$(plimsoll events)"
for answer in alarm yield; do
        equal "$answer leaves what set-property set" "$(file "$answer" property)" $((150 << 20))
        equal "$answer leaves what the drop-in says" "$(file "$answer" later)" $((77 << 20))
        equal "$answer leaves what the hand wrote" "$(file "$answer" hand)" $((100 << 20))
done
equal 'of what is left by alarm diff speaks' "$(exit_status plimsoll diff drift-alarm@hand)" 7
cat "$VM_DIR/words"
equal 'of what is left by yield it does not' "$(exit_status plimsoll diff drift-yield@hand)" 0

# ---- who never rests ----------------------------------------------------------------------------

policy host <<'JSON'
{ "host": "default", "scan": "1s" }
JSON
fought=$(unit_dir drift-repair@fight.service)/memory.max
(
        trap - EXIT ERR
        while true; do
                echo 123M >"$fought"
                sleep 0.1
        done
) &
other=$!
becomes 60 'who writes ten times a second is stood back from, and that is said' 1 noted limit-contended
becomes 10 'which is how it stands' contended standing drift-repair@fight "s['limits']['memory.max']['state']"
before=$(standing drift-repair@fight "s['drifts']")
plimsoll_scanned 5
after=$(standing drift-repair@fight "s['drifts']")
check "five scans later it was tried again once at most: $before, $after drifts" test $((after - before)) -le 1
equal 'and said no second time' "$(noted limit-contended)" 1
kill "$other"
wait "$other" 2>/dev/null || true
becomes 90 'when he rests it comes back' "$max" cat "$fought"

plimsoll events | tail -n 30
plimsoll_stop
systemctl stop 'drift-*.service'
rm -r "$units"/drift-*
systemctl daemon-reload
