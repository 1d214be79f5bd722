# SPDX-License-Identifier: Apache-2.0
# shellcheck shell=bash
# What `vm` and `image` share: words for the person who waits.

# All words go to standard error: standard output belongs to results.
say()
{
        printf '%s\n' "$*" >&2
}

die()
{
        say "${0##*/}: $*"
        exit 1
}

# On a terminal the line is rewritten every second; elsewhere it is not shown.
progress()
{
        if [[ -t 2 ]]; then
                printf '\r\033[K%s' "$*" >&2
        fi
}

progress_done()
{
        progress ''
}

# Run a command that takes a while. Its output goes to LOG and is shown only if it fails.
#   patiently "building this" LOG COMMAND…
patiently()
{
        local what=$1 log=$2 start=$SECONDS pid
        shift 2
        if [[ ! -t 2 ]]; then
                say "$what …"
        fi
        "$@" >"$log" 2>&1 &
        pid=$!
        while kill -0 "$pid" 2>/dev/null; do
                progress "$what … $((SECONDS - start)) s"
                sleep 0.5
        done
        progress_done
        if ! wait "$pid"; then
                say "$what: failed after $((SECONDS - start)) s. The end of its output:"
                tail -n 20 "$log" >&2
                return 1
        fi
        say "$what: done in $((SECONDS - start)) s"
}
