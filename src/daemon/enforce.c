/* SPDX-License-Identifier: Apache-2.0 */

/* Who is looked after, and who of them is due before the next look at everybody: a list through those that are, for few of
 * thousands are at any time. The parts beside this file read, ask the engine, carry out and tell.
 */

#include "enforce.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "enforce_internal.h"
#include "plimsoll/base/text.h"
#include "plimsoll/kernel/memcg.h"
#include "plimsoll/kernel/vmstat.h"

/* How long a row that is out is waited for when the daemon ends: twice what a write may take. */
#define CLOSE_USEC (2 * PL_WRITE_PATIENCE_USEC)

/* Nobody is due, or it is the last of them. */
#define NOBODY PL_POOL_NONE

uint32_t pl_enforced_number(const struct pl_enforcer *enforcer, const struct pl_enforced *enforced)
{
        size_t at = (size_t) ((const unsigned char *) enforced - enforcer->enforced.objects);

        pl_assert(at % sizeof *enforced == 0);

        return (uint32_t) (at / sizeof *enforced);
}

/* ---- opening ---- */

static void open_originals(struct pl_enforcer *enforcer, uint64_t now_usec)
{
        struct pl_logbook *logbook = enforcer->options.logbook;
        struct pl_originals_opened opened;
        int r;

        if (enforcer->options.is_dry)
                return;
        r = pl_originals_open(&enforcer->originals, logbook->dir_fd, logbook->boot_id, &opened);
        enforcer->has_originals = r == 0;
        if (r != 0)
                pl_logbook_say_once(logbook, now_usec,
                                    &(struct pl_logbook_note){ PL_NOTE_ORIGINALS_LOST,
                                                               r < 0 ? (uint64_t) -r : 0, NULL });
        else if (opened.aside != 0 && opened.aside != PL_ORIGINALS_E_OTHER_BOOT)
                pl_logbook_say(logbook, now_usec,
                               &(struct pl_logbook_note){ PL_NOTE_ORIGINALS_ASIDE,
                                                          (uint64_t) opened.aside, NULL });
}

int32_t pl_enforce_read_swappiness(struct pl_enforcer *enforcer)
{
        uint64_t value;

        if (pl_file_read(enforcer->options.roots.proc_fd, "sys/vm/swappiness", &enforcer->buffer) !=
                    0 ||
            pl_file_parse_u64(pl_file_span(&enforcer->buffer), &value) != 0 || value > 200)
                return -1;
        return (int32_t) value;
}

int pl_enforcer_open(struct pl_enforcer *enforcer, const struct pl_enforce_options *options,
                     uint64_t now_usec)
{
        int r;

        pl_assert(enforcer && options->census && options->logbook);

        memset(enforcer, 0, offsetof(struct pl_enforcer, departed));
        enforcer->sums.count = enforcer->gathered.count = 0;
        enforcer->options = *options;
        enforcer->page_bytes = (uint64_t) sysconf(_SC_PAGESIZE);
        enforcer->swap_free_bytes = PL_SIZE_MAX;
        enforcer->first_due = NOBODY;
        enforcer->sweeping = PL_POOL_NONE;
        enforcer->root_fd = enforcer->originals.fd = -1;
        r = pl_pool_init(&enforcer->enforced, PL_ENFORCED_MAX, sizeof(struct pl_enforced));
        if (r == 0)
                r = pl_pool_init(&enforcer->rows, PL_WRITE_ROWS_MAX, sizeof(struct pl_enforce_row));
        if (r == 0 && !options->is_dry)
                r = pl_writers_new(&enforcer->writers);
        if (r < 0) {
                pl_enforcer_close(enforcer);
                return r;
        }
        open_originals(enforcer, now_usec);
        r = pl_enforce_find_scored(enforcer);
        if (r < 0) {
                pl_enforcer_close(enforcer);
                return r;
        }
        pl_adjuster_init(&enforcer->adjuster, &options->roots, &enforcer->originals);
        enforcer->vm_swappiness = pl_enforce_read_swappiness(enforcer);
        return 0;
}

void pl_enforce_set_bus(struct pl_enforcer *enforcer, struct pl_bus *bus)
{
        /* Whatever was asked of the one before is not answered any more. */
        if (!bus)
                pl_enforce_causes_off_bus(enforcer);
        enforcer->bus = bus;
        if (bus && enforcer->root_fd < 0)
                enforcer->root_fd = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
}

int pl_enforce_set_policy(struct pl_enforcer *enforcer, const struct pl_policy *policy,
                          const struct pl_host_facts *host)
{
        pl_assert(enforcer && host);

        enforcer->vm_swappiness = pl_enforce_read_swappiness(enforcer);
        enforcer->had_policy |= policy != NULL;
        return pl_enforce_resolve(enforcer, policy, host);
}

/* ---- who is due ---- */

static void take_off(struct pl_enforcer *enforcer, struct pl_enforced *enforced)
{
        if (enforced->wake_usec == UINT64_MAX)
                return;
        if (enforced->previous_due == NOBODY)
                enforcer->first_due = enforced->next_due;
        else
                pl_enforced_at(enforcer, enforced->previous_due)->next_due = enforced->next_due;
        if (enforced->next_due != NOBODY)
                pl_enforced_at(enforcer, enforced->next_due)->previous_due = enforced->previous_due;
        enforced->wake_usec = UINT64_MAX;
}

void pl_enforce_wake(struct pl_enforcer *enforcer, struct pl_enforced *enforced, uint64_t wake_usec)
{
        uint32_t number = pl_enforced_number(enforcer, enforced);

        take_off(enforcer, enforced);
        if (wake_usec == UINT64_MAX)
                return;
        enforced->wake_usec = wake_usec;
        enforced->previous_due = NOBODY;
        enforced->next_due = enforcer->first_due;
        if (enforcer->first_due != NOBODY)
                pl_enforced_at(enforcer, enforcer->first_due)->previous_due = number;
        enforcer->first_due = number;
}

bool pl_enforce_next_due(struct pl_enforcer *enforcer, uint64_t now_usec, uint32_t *ret_index)
{
        for (uint32_t i = enforcer->first_due; i != NOBODY;) {
                struct pl_enforced *enforced = pl_enforced_at(enforcer, i);

                i = enforced->next_due;
                if (enforced->wake_usec > now_usec)
                        continue;
                take_off(enforcer, enforced);
                *ret_index = enforced->index;
                return true;
        }
        return false;
}

uint64_t pl_enforce_due_usec(const struct pl_enforcer *enforcer)
{
        uint64_t due_usec = UINT64_MAX;

        for (uint32_t i = enforcer->first_due; i != NOBODY;) {
                const struct pl_enforced *enforced = pl_pool_at(&enforcer->enforced, i);

                due_usec = PL_MIN(due_usec, enforced->wake_usec);
                i = enforced->next_due;
        }
        return due_usec;
}

/* ---- who is looked after ---- */

struct pl_enforced *pl_enforce_begin(struct pl_enforcer *enforcer,
                                     const struct pl_enforce_view *view, uint64_t id)
{
        struct pl_enforced *enforced;

        if (pl_pool_take(&enforcer->enforced, view->enforced) != 0) {
                *view->enforced = PL_POOL_NONE;
                return NULL;
        }
        enforced = pl_enforced_at(enforcer, *view->enforced);
        enforced->id = enforced->target_id = id;
        enforced->index = view->index;
        enforced->row = PL_POOL_NONE;
        enforced->wake_usec = UINT64_MAX;
        enforced->good_usec = view->now_usec;
        enforced->is_early = !enforcer->has_looked;
        /* What the log says of its processes is read before the log is tidied. */
        if (pl_enforce_was_scored(enforcer, id))
                (void) pl_adjust_recall(&enforcer->adjuster, id, &enforced->adjusted);
        return enforced;
}

/* Nobody wants anything of it, and nothing of ours is left there. */
void pl_enforce_end(struct pl_enforcer *enforcer, uint32_t *number)
{
        struct pl_enforced *enforced = pl_enforced_at(enforcer, *number);

        pl_enforce_disown(enforcer, enforced);
        if (enforcer->sweeping == *number) {
                pl_adjust_drop(&enforcer->adjuster);
                enforcer->sweeping = PL_POOL_NONE;
        }
        take_off(enforcer, enforced);
        pl_enforce_drop_overlays(enforcer, enforced->id);
        pl_enforce_end_undo(enforcer, enforced);
        pl_pool_give_back(&enforcer->enforced, *number);
        *number = PL_POOL_NONE;
}

void pl_enforce_forget(struct pl_enforcer *enforcer, uint32_t *number)
{
        struct pl_enforced *enforced;

        pl_assert(enforcer && number);

        if (*number == PL_POOL_NONE)
                return;
        enforced = pl_enforced_at(enforcer, *number);
        pl_enforce_disown(enforcer, enforced);
        pl_enforce_depart(enforcer, enforced->target_id);
        pl_enforce_end(enforcer, number);
}

bool pl_enforce_knows(const struct pl_enforcer *enforcer, uint64_t id)
{
        uint32_t index;

        if (pl_census_find(enforcer->options.census, id, &index) == 0)
                return true;
        for (uint32_t i = pl_pool_next(&enforcer->enforced, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->enforced, i + 1)) {
                const struct pl_enforced *enforced = pl_pool_at(&enforcer->enforced, i);

                if (enforced->target_id == id)
                        return true;
        }
        return false;
}

void pl_enforce_note_cause(struct pl_enforcer *enforcer, uint64_t id, enum pl_drift_cause cause)
{
        for (uint32_t i = pl_pool_next(&enforcer->enforced, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->enforced, i + 1)) {
                struct pl_enforced *enforced = pl_enforced_at(enforcer, i);

                if (enforced->id == id)
                        enforced->last_cause = (uint8_t) cause;
        }
}

/* ---- what comes in ---- */

void pl_enforce_on_bus(struct pl_enforcer *enforcer, bool is_up, const char *why)
{
        uint64_t now_usec = pl_clock_now_usec();

        if (is_up) {
                if (enforcer->options.logbook->said & UINT64_C(1) << PL_NOTE_NO_BUS)
                        pl_logbook_say_once(enforcer->options.logbook, now_usec,
                                            &(struct pl_logbook_note){ .code = PL_NOTE_BUS_BACK });
                return;
        }
        pl_logbook_say_once(enforcer->options.logbook, now_usec,
                            &(struct pl_logbook_note){ PL_NOTE_NO_BUS, 0, why });
        pl_enforce_rows_off_bus(enforcer);
        pl_enforce_causes_off_bus(enforcer);
        pl_enforce_undo_off_bus(enforcer);
}

void pl_enforce_on_set(struct pl_enforcer *enforcer, uint64_t tag, enum pl_write_result result,
                       int error)
{
        if (pl_enforce_is_tag(tag, PL_TAG_ROW))
                pl_enforce_row_set(enforcer, (uint32_t) tag, result, error);
        else if (pl_enforce_is_tag(tag, PL_TAG_FOREIGN))
                pl_enforce_foreign_set(enforcer, tag, result);
}

bool pl_enforce_acts(const struct pl_enforcer *enforcer)
{
        const struct pl_policy *policy = enforcer->policy;

        return enforcer->has_originals && !enforcer->options.is_dry &&
               !(policy && policy->host && policy->host->host.mode == PL_MODE_OBSERVE);
}

/* ---- the end ---- */

bool pl_enforce_is_settled(const struct pl_enforcer *enforcer, uint64_t now_usec)
{
        uint64_t due_usec = pl_enforce_due_usec(enforcer);

        return enforcer->rows.count == 0 && enforcer->sweeping == PL_POOL_NONE &&
               !enforcer->is_tidying &&
               (due_usec == UINT64_MAX || due_usec > now_usec + 2 * PL_PLAN_PUSH_LOOK_USEC);
}

void pl_enforce_tick(struct pl_enforcer *enforcer, uint64_t now_usec)
{
        pl_enforce_end_overlays(enforcer, now_usec);
        for (uint32_t i = pl_pool_next(&enforcer->rows, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->rows, i + 1)) {
                struct pl_enforce_row *row = pl_enforce_row_at(enforcer, i);
                struct pl_journal_row named;

                if (row->is_late || row->stage != PL_OUT_WRITING || row->enforced == PL_POOL_NONE ||
                    now_usec < row->orders[0].verify_usec)
                        continue;
                row->is_late = true;
                pl_enforce_name(enforcer, pl_enforced_at(enforcer, row->enforced), &named);
                pl_enforce_say(enforcer, &named, now_usec,
                               &(struct pl_enforce_note){ PL_NOTE_LIMIT_LATE, false,
                                                          row->orders[0].limit, NULL });
                pl_enforce_wake(enforcer, pl_enforced_at(enforcer, row->enforced), now_usec);
        }
}

/* What a limit is without us: what was wanted of it, or what was there before. */
static uint64_t lasting(const struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                        enum pl_limit limit, uint64_t wanted_bytes)
{
        const struct pl_original_cgroup *cgroup = pl_enforce_original(enforcer,
                                                                      enforced->target_id);

        if (wanted_bytes != 0)
                return wanted_bytes;
        return cgroup && pl_limits_has(&cgroup->before, limit) ? cgroup->before.values[limit]
                                                               : PL_SIZE_MAX;
}

/* Loosening does not block, and nobody dies of it. What would be tighter than what is there is for the plan, which knows what is
 * in use, or for the next start. */
static void loosen(struct pl_enforcer *enforcer, const struct pl_enforced *enforced, int fd,
                   enum pl_limit limit)
{
        uint64_t wanted_bytes = limit == PL_LIMIT_MAX ? enforced->max_bytes : enforced->high_bytes;
        uint64_t value = lasting(enforcer, enforced, limit, wanted_bytes);
        uint64_t actual;

        if (pl_memcg_read_limit(fd, limit, &enforcer->buffer, &actual) == 0 && value > actual)
                (void) pl_memcg_write_limit(fd, limit, value);
}

void pl_enforce_loosen(struct pl_enforcer *enforcer, struct pl_enforced *enforced, int fd)
{
        if (enforced->loosened >> PL_LIMIT_MAX & 1)
                loosen(enforcer, enforced, fd, PL_LIMIT_MAX);
        if (enforced->loosened >> PL_LIMIT_HIGH & 1)
                loosen(enforcer, enforced, fd, PL_LIMIT_HIGH);
        enforced->loosened = 0;
}

/* A push of ours is no limit of anybody's, nor is an overlay: they end with us. */
static void take_back(struct pl_enforcer *enforcer, struct pl_enforced *enforced)
{
        struct pl_enforce_place place;

        if (enforced->state.is_pushing ||
            pl_enforce_has_overlay(enforcer, enforced->id, PL_LIMIT_HIGH))
                enforced->loosened |= UINT32_C(1) << PL_LIMIT_HIGH;
        if (pl_enforce_has_overlay(enforcer, enforced->id, PL_LIMIT_MAX))
                enforced->loosened |= UINT32_C(1) << PL_LIMIT_MAX;
        if (enforced->loosened == 0 || pl_enforce_open(enforcer, enforced, &place) != 0)
                return;
        pl_enforce_loosen(enforcer, enforced, place.fd);
        pl_enforce_shut(&place);
}

void pl_enforcer_close(struct pl_enforcer *enforcer)
{
        pl_assert(enforcer);

        pl_writers_free(enforcer->writers, CLOSE_USEC);
        enforcer->writers = NULL;
        for (uint32_t i = pl_pool_next(&enforcer->enforced, 0);
             enforcer->has_originals && i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->enforced, i + 1))
                take_back(enforcer, pl_enforced_at(enforcer, i));
        for (uint32_t i = pl_pool_next(&enforcer->rows, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->rows, i + 1))
                pl_cleanup_close(&pl_enforce_row_at(enforcer, i)->cgroup_fd);
        pl_adjuster_done(&enforcer->adjuster);
        pl_originals_close(&enforcer->originals);
        pl_enforce_unresolve(enforcer);
        pl_cleanup_close(&enforcer->root_fd);
        pl_table_done(&enforcer->scored);
        pl_pool_done(&enforcer->rows);
        pl_pool_done(&enforcer->enforced);
}
