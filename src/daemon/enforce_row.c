/* SPDX-License-Identifier: Apache-2.0 */

/* A row of orders on its way: first what was there is noted, then it goes to the writing threads, or to systemd and what is
 * behind that to the threads, and in the end its outcomes wait for the next look at the workload, which is made at once.
 *
 * Whatever fails on the way is an outcome as well, so that the engine, which has the orders on its books, hears of each.
 */

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "enforce_internal.h"
#include "plimsoll/base/text.h"
#include "plimsoll/kernel/cgroup.h"

/* ---- where ---- */

static const char inner_name[] = "container";

/* crun keeps a container's limits in a cgroup of its own inside of the scope, which is systemd's. */
bool pl_enforce_may_have_inner(const struct pl_enforcer *enforcer, uint32_t index)
{
        const struct pl_standing *standing =
                &pl_census_at(enforcer->options.census, index)->standing;

        return standing->kind == PL_WORKLOAD_CONTAINER &&
               (standing->runtime == PL_RUNTIME_PODMAN || standing->runtime == PL_RUNTIME_CRIO);
}

uint64_t pl_enforce_inner_id(const struct pl_enforcer *enforcer, uint32_t index)
{
        _cleanup_close_ int inner_fd = -1;
        bool is_opened = false;
        uint64_t id = 0;
        int fd = -1;

        if (!pl_enforce_may_have_inner(enforcer, index) ||
            pl_census_directory(enforcer->options.census, index, &fd, &is_opened) != 0)
                return 0;
        if (pl_file_open_directory(fd, inner_name, &inner_fd) != 0 ||
            pl_cgroup_id(inner_fd, &id) != 0)
                id = 0;
        if (is_opened)
                pl_cleanup_close(&fd);
        return id;
}

/* The scope is there before the container's cgroup is, and so may be the process that will be in it. Once it is set up, whoever
 * has processes in the scope itself never makes one. */
static int decide(struct pl_enforcer *enforcer, struct pl_enforced *enforced, int fd)
{
        size_t count = 0, foreign;
        pid_t pid;
        int r = faccessat(fd, inner_name, F_OK, 0) == 0 ? 1 : 0;

        if (r == 1) {
                enforced->place = PL_WHERE_INNER;
                return 0;
        }
        r = pl_cgroup_read_procs(fd, &enforcer->buffer, &pid, 1, &count, &foreign);
        if (r != 0 && r != PL_CGROUP_E_MORE)
                return r;
        if (count + foreign == 0 || enforced->ready_usec != 0)
                return PL_FILE_E_AGAIN;
        enforced->place = PL_WHERE_OWN;
        return 0;
}

static int open_inner(struct pl_enforce_place *place)
{
        int inner_fd = -1;
        int r = pl_file_open_directory(place->fd, inner_name, &inner_fd);

        if (r != 0)
                return r;
        pl_enforce_shut(place);
        place->fd = inner_fd;
        place->is_opened = place->is_inner = true;
        return pl_cgroup_id(inner_fd, &place->id);
}

int pl_enforce_open(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                    struct pl_enforce_place *ret_place)
{
        struct pl_enforce_place place = { .fd = -1, .id = enforced->id };
        int r = pl_census_directory(enforcer->options.census, enforced->index, &place.fd,
                                    &place.is_opened);

        if (r != 0)
                return r;
        if (enforced->place == PL_WHERE_OPEN &&
            pl_enforce_may_have_inner(enforcer, enforced->index))
                r = decide(enforcer, enforced, place.fd);
        if (r == 0 && enforced->place == PL_WHERE_INNER)
                r = open_inner(&place);
        if (r != 0)
                pl_enforce_shut(&place);
        else
                *ret_place = place;
        return r;
}

void pl_enforce_shut(struct pl_enforce_place *place)
{
        if (place->is_opened)
                pl_cleanup_close(&place->fd);
        place->fd = -1;
        place->is_opened = false;
}

/* ---- rows ---- */

bool pl_enforce_has_room(const struct pl_enforcer *enforcer)
{
        return enforcer->writers && enforcer->rows.count < enforcer->rows.capacity &&
               pl_writers_count(enforcer->writers) < PL_WRITE_ROWS_MAX;
}

static void give_row_back(struct pl_enforcer *enforcer, uint32_t number)
{
        struct pl_enforce_row *row = pl_enforce_row_at(enforcer, number);

        pl_cleanup_close(&row->cgroup_fd);
        pl_pool_give_back(&enforcer->rows, number);
}

/* Its outcomes are all there: the workload is looked at next. */
static void come_back(struct pl_enforcer *enforcer, uint32_t number)
{
        struct pl_enforce_row *row = pl_enforce_row_at(enforcer, number);

        pl_assert(row->outcome_count == row->order_count);

        row->stage = PL_OUT_BACK;
        pl_cleanup_close(&row->cgroup_fd);
        if (row->enforced == PL_POOL_NONE)
                give_row_back(enforcer, number);
        else
                pl_enforce_wake(enforcer, pl_enforced_at(enforcer, row->enforced), 0);
}

/* The next of its orders has come to this, and none behind it is tried. */
static void answer(struct pl_enforcer *enforcer, uint32_t number, enum pl_write_result result,
                   int error)
{
        struct pl_enforce_row *row = pl_enforce_row_at(enforcer, number);

        pl_assert(row->outcome_count < row->order_count);

        while (row->outcome_count < row->order_count) {
                const struct pl_limit_order *order = &row->orders[row->outcome_count];

                row->outcomes[row->outcome_count++] = (struct pl_limit_outcome){
                        .limit = order->limit,
                        .number = order->number,
                        .result = (uint32_t) result,
                        .error = error,
                };
                if (result != PL_WRITTEN)
                        error = 0;
                result = PL_WRITE_E_SKIPPED;
        }
        come_back(enforcer, number);
}

/* The threads take what systemd was not asked for. */
static void write_row(struct pl_enforcer *enforcer, uint32_t number)
{
        struct pl_enforce_row *row = pl_enforce_row_at(enforcer, number);
        struct pl_write_row given = { .tag = number, .cgroup_fd = row->cgroup_fd };

        for (uint32_t i = row->outcome_count; i < row->order_count; i++)
                given.orders[given.order_count++] = row->orders[i];
        pl_assert(given.order_count > 0);
        if (pl_writers_put(enforcer->writers, &given) != 0) {
                answer(enforcer, number, PL_WRITE_E_AGAIN, EBUSY);
                return;
        }
        row->cgroup_fd = -1;
        row->stage = PL_OUT_WRITING;
}

static void ask_systemd(struct pl_enforcer *enforcer, uint32_t number, uint32_t index)
{
        struct pl_enforce_row *row = pl_enforce_row_at(enforcer, number);
        const struct pl_census_entry *entry = pl_census_at(enforcer->options.census, index);
        char buffer[PL_CGROUP_PATH_MAX];
        struct pl_bus_unit unit = { .name = entry->name, .path = buffer };
        struct pl_text path;
        int r;

        pl_text_init(&path, buffer, sizeof buffer);
        pl_census_path(enforcer->options.census, index, &path);
        row->stage = PL_OUT_ON_BUS;
        r = enforcer->bus && !path.cut
                    ? pl_bus_set(enforcer->bus, pl_enforce_tag(PL_TAG_ROW, number, 0), &unit,
                                 &row->properties)
                    : PL_BUS_E_DOWN;
        if (r != 0)
                answer(enforcer, number, PL_WRITE_E_AGAIN, r < 0 ? -r : EBUSY);
}

/* ---- what was there ---- */

static void put_name(struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                     struct pl_text *path, struct pl_original_name *name)
{
        pl_census_path(enforcer->options.census, enforced->index, path);
        name->id = enforced->target_id;
        name->path = pl_text_span(path);
        if (enforced->backend == PL_BACKEND_UNIT)
                name->unit = pl_span_of(
                        pl_census_at(enforcer->options.census, enforced->index)->name);
}

/* 0, or why nothing may be written. */
static int note(struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                const struct pl_enforce_issue *issue)
{
        const struct pl_plan *plan = issue->plan;
        struct pl_limits before = {}, set = {};
        struct pl_original_name name = {};
        char buffer[PL_CGROUP_PATH_MAX];
        struct pl_text path;
        int r;

        pl_text_init(&path, buffer, sizeof buffer);
        put_name(enforcer, enforced, &path, &name);
        for (uint32_t i = 0; i < plan->order_count; i++) {
                const struct pl_limit_order *order = &plan->orders[i];

                if (order->limit == PL_LIMIT_UNIT)
                        continue;
                pl_limits_put(&before, order->limit, issue->actual->values[order->limit]);
                pl_limits_put(&set, order->limit, order->value_bytes);
        }
        /* A call to systemd carries what was written before, and noted then; unless it was right already. */
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(&plan->properties, i) && pl_limits_has(issue->actual, i)) {
                        pl_limits_put(&before, i, issue->actual->values[i]);
                        pl_limits_put(&set, i, plan->properties.values[i]);
                }
        r = pl_originals_note_limits(&enforcer->originals, &name, &before);
        if (r == 0 || r == PL_ORIGINALS_E_EXISTS)
                r = pl_originals_set_limits(&enforcer->originals, name.id, &set, issue->actual);
        if (r == 0 && plan->orders[0].limit == PL_LIMIT_UNIT)
                r = pl_enforce_note_foreign(enforcer, enforced, plan->properties.set);
        return r;
}

void pl_enforce_issue(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                      const struct pl_enforce_issue *issue)
{
        const struct pl_plan *plan = issue->plan;
        struct pl_enforce_row *row;
        uint32_t number;
        int r;

        pl_assert(plan->order_count > 0 && enforced->row == PL_POOL_NONE);
        pl_assert(pl_enforce_has_room(enforcer));

        r = pl_pool_take(&enforcer->rows, &number);
        pl_assert(r == 0);
        row = pl_enforce_row_at(enforcer, number);
        *row = (struct pl_enforce_row){
                .enforced = pl_enforced_number(enforcer, enforced),
                .target_id = enforced->target_id,
                .order_count = plan->order_count,
                .properties = plan->properties,
                .cgroup_fd = fcntl(issue->place->fd, F_DUPFD_CLOEXEC, 3),
        };
        for (uint32_t i = 0; i < plan->order_count; i++)
                row->orders[i] = plan->orders[i];
        enforced->row = number;
        enforced->last_why = (uint8_t) plan->orders[0].why;
        if (row->cgroup_fd < 0) {
                answer(enforcer, number, PL_WRITE_E_AGAIN, errno);
                return;
        }
        r = note(enforcer, enforced, issue);
        if (r != 0) {
                pl_logbook_say_once(enforcer->options.logbook, issue->now_usec,
                                    &(struct pl_logbook_note){ PL_NOTE_ORIGINALS_LOST,
                                                               r < 0 ? (uint64_t) -r : 0, NULL });
                answer(enforcer, number, PL_WRITE_E_AGAIN, r < 0 ? -r : ENOSPC);
                return;
        }
        if (plan->orders[0].limit == PL_LIMIT_UNIT)
                ask_systemd(enforcer, number, enforced->index);
        else
                write_row(enforcer, number);
}

/* ---- what comes back ---- */

uint32_t pl_enforce_take_outcomes(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                                  struct pl_limit_outcome outcomes[PL_LIMIT_ORDERS_MAX])
{
        struct pl_enforce_row *row;
        uint32_t count;

        if (enforced->row == PL_POOL_NONE)
                return 0;
        row = pl_enforce_row_at(enforcer, enforced->row);
        if (row->stage != PL_OUT_BACK)
                return 0;
        count = row->outcome_count;
        for (uint32_t i = 0; i < count; i++)
                outcomes[i] = row->outcomes[i];
        give_row_back(enforcer, enforced->row);
        enforced->row = PL_POOL_NONE;
        return count;
}

void pl_enforce_disown(struct pl_enforcer *enforcer, struct pl_enforced *enforced)
{
        struct pl_enforce_row *row;

        if (enforced->row == PL_POOL_NONE)
                return;
        row = pl_enforce_row_at(enforcer, enforced->row);
        row->enforced = PL_POOL_NONE;
        if (row->stage == PL_OUT_BACK)
                give_row_back(enforcer, enforced->row);
        enforced->row = PL_POOL_NONE;
}

int pl_enforce_fd(const struct pl_enforcer *enforcer)
{
        return enforcer->writers ? pl_writers_fd(enforcer->writers) : -1;
}

void pl_enforce_take_reports(struct pl_enforcer *enforcer, uint64_t now_usec)
{
        struct pl_write_report report;

        (void) now_usec;
        while (enforcer->writers && pl_writers_take(enforcer->writers, &report)) {
                struct pl_enforce_row *row = pl_enforce_row_at(enforcer, (uint32_t) report.tag);

                pl_assert(row->stage == PL_OUT_WRITING);
                pl_assert(row->outcome_count + report.outcome_count == row->order_count);
                for (uint32_t i = 0; i < report.outcome_count; i++)
                        row->outcomes[row->outcome_count++] = report.outcomes[i];
                come_back(enforcer, (uint32_t) report.tag);
        }
}

/* What systemd keeps on our word now; also of one that has gone meanwhile. */
static void keep(struct pl_enforcer *enforcer, const struct pl_enforce_row *row,
                 const struct pl_original_cgroup *cgroup)
{
        struct pl_limits kept = cgroup->kept;

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(&row->properties, i))
                        pl_limits_put(&kept, i, row->properties.values[i]);
        (void) pl_originals_keep_limits(&enforcer->originals, row->target_id, &kept);
}

/* That it is not this unit's cgroup at all means that nothing was set. */
static void note_answer(struct pl_enforcer *enforcer, const struct pl_enforce_row *row,
                        enum pl_write_result result)
{
        const struct pl_original_cgroup *cgroup = pl_enforce_original(enforcer, row->target_id);
        const struct pl_limits none = {};

        if (cgroup && result == PL_WRITTEN)
                keep(enforcer, row, cgroup);
        else if (cgroup && result == PL_WRITE_E_ABSENT && cgroup->kept.set == 0)
                (void) pl_originals_keep_limits(&enforcer->originals, row->target_id, &none);
}

void pl_enforce_row_set(struct pl_enforcer *enforcer, uint32_t number, enum pl_write_result result,
                        int error)
{
        struct pl_enforce_row *row;

        if (!pl_pool_is_taken(&enforcer->rows, number))
                return;
        row = pl_enforce_row_at(enforcer, number);
        if (row->stage != PL_OUT_ON_BUS)
                return;
        note_answer(enforcer, row, result);
        if (result != PL_WRITTEN || row->order_count == 1) {
                answer(enforcer, number, result, error);
                return;
        }
        row->outcomes[row->outcome_count++] = (struct pl_limit_outcome){
                .limit = PL_LIMIT_UNIT,
                .number = row->orders[0].number,
                .result = PL_WRITTEN,
        };
        write_row(enforcer, number);
}

/* Nothing that was asked will be answered: to be asked again when the bus is back. */
void pl_enforce_rows_off_bus(struct pl_enforcer *enforcer)
{
        for (uint32_t i = pl_pool_next(&enforcer->rows, 0); i != PL_POOL_NONE;
             i = pl_pool_next(&enforcer->rows, i + 1))
                if (pl_enforce_row_at(enforcer, i)->stage == PL_OUT_ON_BUS)
                        answer(enforcer, i, PL_WRITE_E_AGAIN, ECONNRESET);
}
