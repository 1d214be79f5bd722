/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* supervisor - the daemon at work: what wakes it, and what is done then. Owns everything that main() does not; large, not for
 * the stack. Runs sd-event's loop in one thread; no turn of it does more than a bounded piece of work.
 */

#include <systemd/sd-event.h>

#include "board.h"
#include "drill.h"
#include "measures.h"
#include "options.h"
#include "plimsoll/base/clock.h"
#include "policies.h"
#include "selftest.h"
#include "triggers.h"

enum {
        /* How often a host is looked at: what is available over what could be filled fastest, within these bounds. A core
         * touches new pages at some 2 GiB/s; that several do so at once is what the factor allows for. */
        PL_SUPERVISOR_FILL_GIB_PER_SEC = 6,
        PL_SUPERVISOR_TICK_MSEC_MIN = 100,
        PL_SUPERVISOR_TICK_MSEC_MAX = 1000,
        /* News of policy files come in crowds: one editor's save is five of them, a package's upgrade fifty. */
        PL_SUPERVISOR_SETTLE_MSEC = 200,
        /* Orders that are told one by one: more than people give. */
        PL_SUPERVISOR_ORDERS_MAX = 64,
};

/* The period of scans where no host document says another: the vocabulary's default. */
#define PL_SUPERVISOR_SCAN_USEC (5 * PL_USEC_PER_SEC)

struct pl_supervisor {
        const struct pl_daemon_options *options; /* borrowed */
        struct pl_roots roots;                   /* borrowed */
        struct pl_mate *mate;                    /* borrowed; NULL: none */
        struct pl_mate_brief briefed;            /* what it was told last */
        bool recursive_protection;
        bool has_pressure;
        bool can_reclaim_with_swappiness;

        struct pl_logbook logbook;
        struct pl_steps steps;
        struct pl_board board;
        struct pl_enforcer enforcer;
        struct pl_measures measures;
        struct pl_triggers triggers;
        struct pl_selftest selftest;
        struct pl_drill drill;
        struct pl_bus *bus;     /* owned; NULL: none is asked */
        struct pl_namer *namer; /* owned; NULL: containers are known by their paths alone */
        struct pl_policies policies;
        struct pl_host_facts host;
        uint32_t order_count;
        uint64_t orders[PL_SUPERVISOR_ORDERS_MAX]; /* those that were told: a hash of each */
        uint64_t policy_count;                     /* that came into force */
        bool is_unkept;                            /* the one in force is not beside the journal */
        enum pl_daemon_exit exit_code;
        int end_signal;  /* that asked for the end, or 0 */
        bool is_leaving; /* it ends, and waits for who is started before that */

        sd_event *event;
        sd_event_source *tick, *scan, *work, *settle, *expiry, *measure, *names;
        uint64_t scan_usec;    /* the period */
        int64_t slept_usec;    /* how long the host has slept since it was started */
        int64_t wall_usec;     /* the wall clock less the time since boot */
        uint64_t slow_at_usec; /* when what changes slowly was looked at last */
        bool is_ready;
        bool wants_look;        /* another one, when the one under way is over */
        bool is_troubled;       /* the host was not calm when it was judged last */
        bool has_set_host;      /* settings of the host were made: */
        struct pl_vm vm;        /* these */
        uint64_t vm_retry_usec; /* what has failed is tried again then; 0: nothing has */
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
