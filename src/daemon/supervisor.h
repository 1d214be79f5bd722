/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* supervisor - the daemon at work: what wakes it, and what is done then. Owns everything that main() does not; large, not for
 * the stack. Runs sd-event's loop in one thread; no turn of it does more than a bounded piece of work.
 */

#include <systemd/sd-event.h>

#include "board.h"
#include "options.h"
#include "plimsoll/base/clock.h"
#include "policies.h"

enum {
        /* How often a host is looked at: what is available over what could be filled fastest, within these bounds. A core
         * touches new pages at some 2 GiB/s; that several do so at once is what the factor allows for. */
        PL_SUPERVISOR_FILL_GIB_PER_SEC = 6,
        PL_SUPERVISOR_TICK_MSEC_MIN = 100,
        PL_SUPERVISOR_TICK_MSEC_MAX = 1000,
        /* News of policy files come in crowds: one editor's save is five of them, a package's upgrade fifty. */
        PL_SUPERVISOR_SETTLE_MSEC = 200,
};

/* The period of scans where no host document says another: the vocabulary's default. */
#define PL_SUPERVISOR_SCAN_USEC (5 * PL_USEC_PER_SEC)

struct pl_supervisor {
        const struct pl_daemon_options *options; /* borrowed */
        struct pl_roots roots;                   /* borrowed */
        struct pl_mate *mate;                    /* borrowed; NULL: none */
        bool recursive_protection;
        bool has_pressure;

        struct pl_logbook logbook;
        struct pl_steps steps;
        struct pl_board board;
        struct pl_policies policies;
        struct pl_host_facts host;
        uint64_t policy_count; /* that came into force */
        bool is_unkept;        /* the one in force is not beside the journal */
        enum pl_daemon_exit exit_code;
        int end_signal; /* that asked for the end, or 0 */

        sd_event *event;
        sd_event_source *tick, *scan, *work, *settle;
        uint64_t scan_usec;    /* the period */
        int64_t slept_usec;    /* how long the host has slept since it was started */
        int64_t wall_usec;     /* the wall clock less the time since boot */
        uint64_t slow_at_usec; /* when what changes slowly was looked at last */
        bool is_ready;
};

/* How long to wait before the host is looked at again. Pure. */
uint64_t pl_supervisor_interval_usec(uint64_t available_bytes);

/* Opens what it needs and takes the policy. PL_DAEMON_FINE, or what is wrong was said on standard error. */
enum pl_daemon_exit pl_supervisor_open(struct pl_supervisor *supervisor);
void pl_supervisor_close(struct pl_supervisor *supervisor);

/* Until it is told to end. */
enum pl_daemon_exit pl_supervisor_run(struct pl_supervisor *supervisor);

/* One look at everybody. */
enum pl_daemon_exit pl_supervisor_run_once(struct pl_supervisor *supervisor);
