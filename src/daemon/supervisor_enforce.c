/* SPDX-License-Identifier: Apache-2.0 */

/* What has to do with limits and comes from outside the looks: threads that report, systemd that answers or has read its
 * units anew, orders that end by themselves, and settings of the host, which a unit of their own makes, for they are closed to
 * the daemon.
 */

#include <errno.h>
#include <string.h>

#include "orders.h"
#include "plimsoll/base/assert.h"
#include "supervisor_internal.h"

static const char host_unit[] = "plimsoll-host.service";

enum {
        /* The upper half of a tag is enforce's; of the supervisor there is one. */
        TAG_HOST = 0,
};

/* The unit says in the log what was wrong; again only after somebody could have read it. */
#define HOST_RETRY_USEC (10 * PL_USEC_PER_MINUTE)

/* For once: longer than systemd needs to answer on an idle host, and than limits need to be set that need not wait. */
#define ONCE_BUS_USEC  (2 * PL_USEC_PER_SEC)
#define ONCE_USEC      (10 * PL_USEC_PER_SEC)
#define ONCE_TURN_USEC (50 * PL_USEC_PER_MSEC)

/* ---- settings of the host ---- */

/* By an order that names nobody, and so means everything. */
static bool is_host_restored(const struct pl_policy *policy)
{
        static const struct pl_workload_identity nobody;

        return pl_orders_of(policy, &nobody, 0, (int64_t) time(NULL)).is_restored;
}

static const struct pl_vm *wanted_vm(const struct pl_supervisor *s)
{
        const struct pl_policy *policy = s->policies.in_force;

        if (is_host_restored(policy) || !policy || !policy->host ||
            policy->host->host.mode == PL_MODE_OBSERVE || !PL_HAS(&policy->host->host, PL_HOST_VM))
                return NULL;
        return &policy->host->host.vm;
}

/* By what they come to: a share of another host is another policy. */
static bool same_size(const struct pl_size *a, const struct pl_size *b)
{
        const struct pl_size_base base = { .ram_bytes = PL_TIB,
                                           .swap_bytes = PL_TIB,
                                           .max_bytes = PL_SIZE_MAX };
        uint64_t a_bytes = 0, b_bytes = 0;

        return pl_size_resolve(a, &base, &a_bytes) == 0 &&
               pl_size_resolve(b, &base, &b_bytes) == 0 && a_bytes == b_bytes;
}

static bool is_same(const struct pl_vm *a, const struct pl_vm *b)
{
        return a->fields.set == b->fields.set && a->swappiness == b->swappiness &&
               a->watermark_scale_factor == b->watermark_scale_factor &&
               (!PL_HAS(a, PL_VM_MIN_FREE) || same_size(&a->min_free, &b->min_free));
}

void pl_supervisor_set_host(struct pl_supervisor *s)
{
        const struct pl_vm *vm = wanted_vm(s);
        bool is_due = vm ? !s->has_set_host || !is_same(vm, &s->vm) : s->has_set_host;

        if (s->vm_retry_usec != 0 && pl_clock_now_usec() >= s->vm_retry_usec)
                is_due = true;
        if (!is_due || !s->bus || !pl_bus_is_up(s->bus) || s->options->dry_run ||
            pl_bus_run(s->bus, TAG_HOST, vm ? PL_BUS_RESTART : PL_BUS_STOP, host_unit) != 0)
                return;
        s->vm_retry_usec = 0;
        s->has_set_host = vm != NULL;
        if (vm)
                s->vm = *vm;
}

/* ---- systemd ---- */

static void on_state(void *userdata, bool is_up, const char *why)
{
        struct pl_supervisor *s = userdata;

        pl_enforce_on_bus(&s->enforcer, is_up, why);
        pl_board_set_bus(&s->board, s->bus);
        if (!is_up) {
                pl_measures_on_bus_down(&s->measures);
                return;
        }
        pl_supervisor_set_host(s);
        pl_supervisor_look(s);
}

static void on_reloaded(void *userdata)
{
        struct pl_supervisor *s = userdata;

        pl_board_on_reloaded(&s->board);
        pl_supervisor_look(s);
}

static void on_set(void *userdata, uint64_t tag, enum pl_write_result result, int error)
{
        struct pl_supervisor *s = userdata;

        pl_enforce_on_set(&s->enforcer, tag, result, error);
        pl_supervisor_work(s);
}

static void on_cause(void *userdata, uint64_t tag, enum pl_drift_cause cause, const char *words)
{
        struct pl_supervisor *s = userdata;

        pl_enforce_on_cause(&s->enforcer, tag, cause, words);
}

static void on_job(void *userdata, uint64_t tag, bool is_done, const char *why)
{
        struct pl_supervisor *s = userdata;

        if (pl_measures_on_job(&s->measures, tag, is_done, why)) {
                pl_supervisor_await_measures(s);
                /* The last of those for whom the end has waited. */
                if (s->is_leaving && !pl_measures_leave(&s->measures))
                        (void) sd_event_exit(s->event, 0);
        } else if (pl_supervisor_on_drill_job(s, tag, is_done, why))
                return;
        else if (tag != TAG_HOST)
                pl_enforce_on_job(&s->enforcer, tag, is_done, why);
        else if (!is_done) {
                s->vm_retry_usec = pl_clock_now_usec() + HOST_RETRY_USEC;
                pl_logbook_say(&s->logbook, pl_clock_now_usec(),
                               &(struct pl_logbook_note){ PL_NOTE_SETTINGS, 0, why });
        }
        pl_supervisor_work(s);
}

static void on_service(void *userdata, uint64_t tag, const struct pl_bus_service *service)
{
        struct pl_supervisor *s = userdata;

        if (pl_board_on_service(&s->board, tag, service, pl_clock_now_usec()))
                return;
        (void) pl_measures_on_service(&s->measures, tag, service);
        pl_supervisor_await_measures(s);
}

int pl_supervisor_open_bus(struct pl_supervisor *s)
{
        const struct pl_bus_options options = {
                .event = s->event,
                .handlers = { .userdata = s,
                              .on_state = on_state,
                              .on_reloaded = on_reloaded,
                              .on_set = on_set,
                              .on_cause = on_cause,
                              .on_job = on_job,
                              .on_service = on_service },
        };
        int r;

        /* Another tree than the host's is none of systemd's. */
        if (s->options->cgroup_root || s->options->dry_run)
                return 0;
        r = pl_bus_new(&options, &s->bus);
        if (r < 0)
                return r;
        pl_enforce_set_bus(&s->enforcer, s->bus);
        pl_measures_set_bus(&s->measures, s->bus);
        return 0;
}

void pl_supervisor_close_bus(struct pl_supervisor *s)
{
        pl_enforce_set_bus(&s->enforcer, NULL);
        pl_measures_set_bus(&s->measures, NULL);
        pl_board_set_bus(&s->board, NULL);
        pl_bus_free(s->bus);
        s->bus = NULL;
}

/* ---- threads ---- */

static int on_reports(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) source, (void) fd, (void) events;
        pl_enforce_take_reports(&s->enforcer, pl_clock_now_usec());
        pl_supervisor_work(s);
        return 0;
}

int pl_supervisor_add_reports(struct pl_supervisor *s)
{
        int fd = pl_enforce_fd(&s->enforcer);

        return fd < 0 ? 0 : sd_event_add_io(s->event, NULL, fd, EPOLLIN, on_reports, s);
}

/* ---- orders that end ---- */

static int on_order_ended(sd_event_source *source, uint64_t usec, void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) source, (void) usec;
        /* Everybody is asked anew, by the same policy. */
        pl_board_set_policy(&s->board, s->policies.in_force, &s->host);
        pl_supervisor_await_order(s);
        pl_supervisor_look(s);
        return 0;
}

void pl_supervisor_await_order(struct pl_supervisor *s)
{
        int64_t end_sec = pl_orders_next_end_sec(s->policies.in_force, (int64_t) time(NULL));

        s->expiry = sd_event_source_disable_unref(s->expiry);
        if (s->event && end_sec != INT64_MAX && end_sec > 0)
                (void) sd_event_add_time(s->event, &s->expiry, CLOCK_REALTIME,
                                         (uint64_t) end_sec * PL_USEC_PER_SEC, PL_USEC_PER_MSEC,
                                         on_order_ended, s);
}

/* ---- once ---- */

static void turn(struct pl_supervisor *s)
{
        (void) sd_event_run(s->event, ONCE_TURN_USEC);
        pl_enforce_take_reports(&s->enforcer, pl_clock_now_usec());
        while (pl_board_work(&s->board, pl_clock_now_usec()))
                ;
}

void pl_supervisor_settle_once(struct pl_supervisor *s)
{
        uint64_t begun_usec = pl_clock_now_usec();

        while (!pl_enforce_is_settled(&s->enforcer, pl_clock_now_usec()) &&
               pl_clock_now_usec() - begun_usec < ONCE_USEC)
                turn(s);
}

void pl_supervisor_await_bus(struct pl_supervisor *s)
{
        uint64_t begun_usec = pl_clock_now_usec();

        while (s->bus && !pl_bus_is_up(s->bus) && pl_clock_now_usec() - begun_usec < ONCE_BUS_USEC)
                (void) sd_event_run(s->event, ONCE_TURN_USEC);
}
