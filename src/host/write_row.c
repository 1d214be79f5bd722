/* SPDX-License-Identifier: Apache-2.0 */

/* A memory.max below the use kills inside of the write, and one of less than a page is one of 0. The plan promises that neither
 * comes; it is held against its promise once more here, where nothing comes between any more. The use is read as late as
 * can be: what is left is the time from one system call to the next.
 */

#include <errno.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"
#include "plimsoll/kernel/memcg.h"
#include "write_internal.h"

/* No kernel has smaller pages, and what is less than one is 0 to it (page_counter_memparse(), mm/page_counter.c). */
enum { PAGE_BYTES_LEAST = 4096 };

static enum pl_write_result result_of(int outcome)
{
        static const enum pl_write_result results[] = {
                [0] = PL_WRITTEN,
                [PL_FILE_E_ABSENT] = PL_WRITE_E_ABSENT,
                [PL_FILE_E_GONE] = PL_WRITE_E_GONE,
                [PL_FILE_E_OFF] = PL_WRITE_E_FAILED,
                [PL_FILE_E_DENIED] = PL_WRITE_E_DENIED,
                [PL_FILE_E_MALFORMED] = PL_WRITE_E_FAILED,
                [PL_FILE_E_TOO_BIG] = PL_WRITE_E_FAILED,
                [PL_FILE_E_REFUSED] = PL_WRITE_E_REFUSED,
                [PL_FILE_E_AGAIN] = PL_WRITE_E_AGAIN,
        };

        pl_assert(outcome < (int) PL_ARRAY_LENGTH(results));

        return outcome < 0 ? PL_WRITE_E_FAILED : results[outcome];
}

/* The errno of the call that failed, which an outcome does not carry. Closing what was open has left it as it was. */
static int error_of(int outcome, int error)
{
        switch (outcome) {
        case PL_FILE_E_GONE: /* said by the kernel, or found out by its knowing no file any more */
                return ENODEV;
        case PL_FILE_E_MALFORMED:
        case PL_FILE_E_TOO_BIG:
                return EBADMSG;
        default:
                return outcome < 0 ? -outcome : error;
        }
}

static void must_be_harmless(const struct pl_limit_order *order)
{
        pl_assert(order->limit < PL_LIMIT_COUNT);
        if (order->limit == PL_LIMIT_MAX || order->limit == PL_LIMIT_HIGH)
                pl_assert(order->value_bytes >= PAGE_BYTES_LEAST);
        if (order->limit == PL_LIMIT_MAX && order->value_bytes != PL_SIZE_MAX)
                pl_assert(order->use_below_bytes <= order->value_bytes);
}

static int check_use(int cgroup_fd, const struct pl_limit_order *order,
                     struct pl_file_buffer *buffer, bool *ret_fits)
{
        uint64_t current_bytes;
        int r;

        *ret_fits = true;
        if (order->use_below_bytes == PL_SIZE_MAX)
                return 0;
        r = pl_memcg_read_figure(cgroup_fd, PL_MEMCG_CURRENT, buffer, &current_bytes);
        if (r == 0)
                *ret_fits = current_bytes <= order->use_below_bytes;
        return r;
}

static void carry_out(int cgroup_fd, const struct pl_limit_order *order,
                      struct pl_file_buffer *buffer, struct pl_limit_outcome *outcome)
{
        bool fits;
        int r;

        must_be_harmless(order);

        r = check_use(cgroup_fd, order, buffer, &fits);
        if (r == 0 && fits)
                r = pl_memcg_write_limit(cgroup_fd, order->limit, order->value_bytes);
        outcome->result = fits ? result_of(r) : PL_WRITE_E_USE;
        outcome->error = r == 0 ? 0 : error_of(r, errno);
}

static struct pl_limit_outcome *add_outcome(const struct pl_write_row *row,
                                            struct pl_write_report *report)
{
        const struct pl_limit_order *order = &row->orders[report->outcome_count];
        struct pl_limit_outcome *outcome = &report->outcomes[report->outcome_count];

        pl_assert(report->outcome_count < row->order_count);

        report->outcome_count++;
        *outcome = (struct pl_limit_outcome){ .limit = order->limit,
                                              .number = order->number,
                                              .result = PL_WRITE_E_SKIPPED };
        return outcome;
}

void pl_write_begin(const struct pl_write_row *row, struct pl_write_report *report)
{
        pl_assert(row->cgroup_fd >= 0);
        pl_assert(row->order_count > 0 && row->order_count <= PL_LIMIT_ORDERS_MAX);

        *report = (struct pl_write_report){ .tag = row->tag };
}

bool pl_write_step(const struct pl_write_row *row, struct pl_file_buffer *buffer,
                   struct pl_write_report *report)
{
        const struct pl_limit_order *order = &row->orders[report->outcome_count];
        struct pl_limit_outcome *outcome = add_outcome(row, report);

        carry_out(row->cgroup_fd, order, buffer, outcome);
        if (outcome->result != PL_WRITTEN)
                while (report->outcome_count < row->order_count)
                        (void) add_outcome(row, report);
        return report->outcome_count < row->order_count;
}

void pl_write_row(const struct pl_write_row *row, struct pl_file_buffer *buffer,
                  struct pl_write_report *ret_report)
{
        pl_write_begin(row, ret_report);
        while (pl_write_step(row, buffer, ret_report))
                ;
}
