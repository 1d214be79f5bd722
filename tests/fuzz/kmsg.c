/* SPDX-License-Identifier: Apache-2.0 */

/* The kernel's log, in which anybody who can name a process or a cgroup has a say. The input is taken as a record, as saved
 * lines with one table header for all rows behind it, and as the bare text of one line. Spans lie within their record, pids
 * are pids, and what is refused leaves its result alone. */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/kmsg.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pl_kmsg_record record;
static struct pl_kmsg_oom_columns columns;

static void check_span(struct pl_span span)
{
        if (pl_span_empty(span))
                return;
        pl_assert(span.data >= record.text);
        pl_assert(span.data + span.length <= record.text + record.length);
}

static void check_chosen(const struct pl_kmsg_oom_chosen *chosen)
{
        pl_assert(chosen->have != 0);
        check_span(chosen->cpuset);
        check_span(chosen->oom_memcg);
        check_span(chosen->task_memcg);
        check_span(chosen->comm);
        pl_assert(!(chosen->have & PL_KMSG_CHOSEN_TASK) || chosen->pid > 0);
        pl_assert(!(chosen->have & PL_KMSG_CHOSEN_OOM_MEMCG) ||
                  pl_span_starts_with(chosen->oom_memcg, "/"));
        pl_assert(!(chosen->have & PL_KMSG_CHOSEN_TASK_MEMCG) ||
                  pl_span_starts_with(chosen->task_memcg, "/"));
}

static void check_row(void)
{
        struct pl_kmsg_oom_row row;
        int r;

        if (columns.count == 0)
                return;
        r = pl_kmsg_parse_oom_row(&record, &columns, &row);
        pl_assert(r == 0 || r == PL_FILE_E_MALFORMED);
        if (r == 0)
                check_span(row.comm);
}

static void check_event(const struct pl_kmsg_oom *oom)
{
        switch (oom->kind) {
        case PL_KMSG_OOM_INVOKED:
                check_span(oom->invoked.comm);
                break;
        case PL_KMSG_OOM_STATS:
        case PL_KMSG_OOM_GROUP:
                check_span(oom->path);
                break;
        case PL_KMSG_OOM_HEADER:
                columns = oom->columns;
                pl_assert(columns.count >= 2 && columns.count <= PL_KMSG_COLUMNS_MAX);
                break;
        case PL_KMSG_OOM_ROW:
                check_row();
                break;
        case PL_KMSG_OOM_CHOSEN:
                check_chosen(&oom->chosen);
                break;
        case PL_KMSG_OOM_KILLED:
        case PL_KMSG_OOM_REAPED:
        case PL_KMSG_OOM_NOT_REAPED:
        case PL_KMSG_OOM_EXITING:
                check_span(oom->victim.comm);
                pl_assert(oom->victim.pid > 0);
                pl_assert(oom->victim.anon_bytes >= 0 && oom->victim.total_vm_bytes >= 0);
                break;
        case PL_KMSG_OOM_PINNED:
                check_span(oom->pinned.comm);
                check_span(oom->pinned.holder_comm);
                pl_assert(oom->pinned.pid > 0 && oom->pinned.holder_pid > 0);
                break;
        case PL_KMSG_OOM_USAGE:
        case PL_KMSG_OOM_TASKS:
        case PL_KMSG_OOM_NOBODY:
                break;
        }
}

static void check_record(void)
{
        struct pl_kmsg_oom oom, untouched;
        int r;

        pl_assert(record.length <= sizeof record.text);
        memset(&oom, 0xA5, sizeof oom);
        memset(&untouched, 0xA5, sizeof untouched);
        r = pl_kmsg_parse_oom(&record, &oom);
        if (r == 0) {
                check_event(&oom);
                return;
        }
        pl_assert(r == PL_KMSG_E_OTHER || r == PL_FILE_E_MALFORMED);
        pl_assert(memcmp(&oom, &untouched, sizeof oom) == 0);
}

static void check_raw(struct pl_span input)
{
        int r = pl_kmsg_parse(input, &record);

        pl_assert(r == 0 || r == PL_FILE_E_MALFORMED || r == PL_FILE_E_TOO_BIG);
        if (r == 0)
                check_record();
}

static void check_lines(struct pl_span input)
{
        while (!pl_span_empty(input)) {
                int r = pl_kmsg_parse_line(pl_span_until(&input, '\n'), &record);

                pl_assert(r == 0 || r == PL_FILE_E_MALFORMED || r == PL_FILE_E_TOO_BIG);
                if (r == 0)
                        check_record();
        }
}

static void check_text(struct pl_span input)
{
        record.have = 0;
        record.length = PL_MIN(input.length, sizeof record.text);
        if (record.length > 0)
                memcpy(record.text, input.data, record.length);
        check_record();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_span input = pl_span((const char *) data, size);

        columns = (struct pl_kmsg_oom_columns){};
        check_raw(input);
        check_lines(input);
        check_text(input);
        return 0;
}
