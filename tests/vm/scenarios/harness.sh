# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# The harness notices failure: scenarios that must not pass are run inside this one, and each must
# give the verdict written beside it. Then its cgroups and memory eaters do what they say.
# timeout: 180

inner=$(mktemp -d)

# verdict "what" WANT, with the scenario on standard input
verdict()
{
        cat >"$inner/scenario.sh"
        equal "$1" "$("$VM_GUEST/scenario" "$inner/scenario.sh" 2>&1 | tail -n 1)" "$2"
}

verdict 'a true claim passes' 'passed: 1 checks' <<'END'
equal 'one' 1 1
END
verdict 'a false claim fails' 'failed: 1 of 2 checks' <<'END'
equal 'one' 1 1
equal 'two' 1 2
END
verdict 'no claim at all fails' 'failed: it ran no check' <<'END'
note 'nothing to see here'
END
verdict 'a failing command under check fails' 'failed: 1 of 1 checks' <<'END'
check 'false' false
END
verdict 'a succeeding command under not fails' 'failed: 1 of 1 checks' <<'END'
check 'not true' not true
END
verdict 'a figure out of tolerance fails' 'failed: 2 of 4 checks' <<'END'
near 'at the edge' 110 100 10
near 'below the edge' 90 100 10
near 'beyond the edge' 111 100 10
near 'not a figure' '' 100 10
END
verdict 'a deadline missed fails' 'failed: 1 of 1 checks' <<'END'
within 1 'never' false
END
verdict 'a claim in a subshell counts' 'failed: 1 of 1 checks' <<'END'
echo x | while read -r line; do equal 'letter' "$line" y; done
END
verdict 'a stray failing command fails' \
        'failed: stopped after 1 checks at line 2, status 1: false' <<'END'
equal 'one' 1 1
false
equal 'never reached' 1 1
END
verdict 'leaving early fails' 'failed: stopped after 1 checks at exit status 0' <<'END'
equal 'one' 1 1
exit 0
END
verdict 'hanging fails' 'failed: timed out after 2 s' <<'END'
# timeout: 2
equal 'one' 1 1
sleep 100
END
verdict 'being killed fails' 'failed: died with status 137' <<'END'
equal 'one' 1 1
kill -KILL $PPID $$
END
verdict 'a kernel of the future is a skip, in words' \
        "skipped: needs kernel 99.1, this is $(uname -r | cut -d . -f 1,2)" <<'END'
# needs-kernel: 99.1
equal 'one' 1 1
END

# A process that a scenario leaves behind goes away with its cgroup.
verdict 'a scenario may leave a process behind' 'passed: 1 checks' <<'END'
cgroup=$(cgroup_make left/behind)
cgroup_start "$cgroup" sleep 1000
within 10 'it is in its cgroup' grep -qx $! "$cgroup/cgroup.procs"
END
check 'its cgroup is gone' test ! -e "$VM_CGROUP/left"

mib=$((1 << 20))
roomy=$(cgroup_make roomy)
eat "$roomy" 64
eater=$!
near 'the eater holds what was asked for' "$(cat "$roomy/memory.current")" $((64 * mib)) 25
equal 'and is in its cgroup' "$(cat "$roomy/cgroup.procs")" "$eater"
kill "$eater"

tight=$(cgroup_make tight)
echo $((32 * mib)) >"$tight/memory.max"
echo 0 >"$tight/memory.swap.max"
check 'an eater beyond its limit is killed' not eat "$tight" 64
equal 'by the kernel, for want of memory' "$(cgroup_event "$tight" memory.events oom_kill)" 1

churned=$(cgroup_make churned)
churn "$churned" 16
near 'a churning eater holds its memory' "$(cat "$churned/memory.current")" $((16 * mib)) 60
rm -rf "$inner"
