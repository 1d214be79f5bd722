# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
#
# What the scripts beside it share: words for the person who waits, packages, and builds. Sourced, not run.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# A container's build may have no HOME; the VM's cache lies below it.
export HOME=${HOME:-/root}

# The same words, widths and sorting whatever the machine speaks.
export LC_ALL=C.UTF-8

# How often a line is printed where the terminal cannot rewrite one.
heartbeat_seconds=30
# What is shown of a log when a step fails.
log_tail_lines=60

step_pid=

say()
{
        printf '%s\n' "$*"
}

die()
{
        printf '%s: %s\n' "${0##*/}" "$*" >&2
        exit 1
}

# A mistake on the command line: say it, and where to look.
usage_error()
{
        printf '%s: %s\n→ %s --help\n' "${0##*/}" "$*" "$0" >&2
        exit 2
}

# Rewrites one line of a terminal; elsewhere nothing.
progress()
{
        local line="$*"
        if [[ -t 1 ]]; then
                printf '\r\033[K%s' "${line:0:79}"
        fi
}

# The last thing a log says, on one line of sensible length.
last_line()
{
        tail -c 2000 "$1" 2>/dev/null | tr '\r\t' '\n ' | grep -v '^ *$' | tail -n 1 | cut -c 1-60 || true
}

# The children of a step run in a process group of their own, so that none outlives an interrupted script.
stop_step()
{
        if [[ -n "$step_pid" ]]; then
                kill -TERM -- "-$step_pid" 2>/dev/null || true
                step_pid=
        fi
}

# Run a command or a function that takes a while, its output kept in a log; meanwhile say what it is busy with.
#   step "building release" LOG COMMAND…
step()
{
        local what=$1 log=$2 start=$SECONDS told=$SECONDS status=0
        shift 2
        mkdir -p "${log%/*}"
        : >"$log"
        [[ -t 1 ]] || say "[$SECONDS s] $what …"
        set -m
        "$@" </dev/null >>"$log" 2>&1 & # appended, for others may add lines to it
        step_pid=$!
        set +m
        while kill -0 "$step_pid" 2>/dev/null; do
                progress "[$SECONDS s] $what, $((SECONDS - start)) s: $(last_line "$log")"
                if [[ ! -t 1 ]] && ((SECONDS - told >= heartbeat_seconds)); then
                        say "[$SECONDS s] $what, $((SECONDS - start)) s so far: $(last_line "$log")"
                        told=$SECONDS
                fi
                sleep 0.3
        done
        wait "$step_pid" || status=$?
        step_pid=
        progress ''
        if ((status == 0)); then
                say "[$SECONDS s] $what: done in $((SECONDS - start)) s"
        else
                say "[$SECONDS s] $what: FAILED after $((SECONDS - start)) s"
        fi
        return "$status"
}

# What a failed step said last.
show_log()
{
        say "The end of $1:"
        tail -n "$log_tail_lines" "$1" | sed 's/^/  | /'
}

# The packages of these groups, one a line.
packages_of()
{
        awk -v wanted=" $* " '
                /^#/ || /^$/ { next }
                /^\[/ { on = index(wanted, " " substr($0, 2, length($0) - 2) " "); next }
                on { print $1 }' "$top/scripts/packages"
}

# Those of them that this machine lacks.
missing_packages()
{
        local wanted
        wanted=$(packages_of "$@" | sort -u)
        # shellcheck disable=SC2086 # one word a package
        comm -23 <(printf '%s\n' "$wanted") \
                <(dpkg-query -W -f '${db:Status-Abbrev} ${Package}\n' $wanted 2>/dev/null |
                        sed -n 's/^.i *//p' | sort -u)
}

apt_install()
{
        export DEBIAN_FRONTEND=noninteractive
        apt-get install -y -q --no-install-recommends -o DPkg::Lock::Timeout=300 "$@"
}

# The lists may be missing, as in a fresh container, or too old to download from.
apt_install_fresh()
{
        apt_install "$@" || { apt-get update -q && apt_install "$@"; }
}

# Install what these groups name and the machine lacks. With all of it there this touches neither apt nor the network.
need_packages()
{
        local missing
        if ! command -v dpkg-query apt-get >/dev/null; then
                say "This machine has no apt: make sure that it has the like of scripts/packages, groups $*."
                return 0
        fi
        mapfile -t missing < <(missing_packages "$@")
        if ((${#missing[@]} == 0)); then
                return 0
        fi
        if ((EUID != 0)); then
                die "this machine lacks packages, and only root can install them
→ apt-get install ${missing[*]}"
        fi
        if ! step "installing ${#missing[@]} packages" "$top/build/logs/packages.log" \
                apt_install_fresh "${missing[@]}"; then
                show_log "$top/build/logs/packages.log"
                die "could not install: ${missing[*]}"
        fi
}

# Configure and build a preset into build/<preset>.
build_preset()
{
        cd "$top" && cmake --preset "$1" && cmake --build --preset "$1" -- -k 0
}

# The same as a step; its log is shown if it fails.
build_step()
{
        local log="$top/build/logs/build-$1.log"
        if ! step "building $1" "$log" build_preset "$1"; then
                show_log "$log"
                return 1
        fi
}
