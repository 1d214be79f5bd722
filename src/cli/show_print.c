/* SPDX-License-Identifier: Apache-2.0 */

/* Groups in the order of the questions: who is it, how much does it use and of what, what may it use, what is it promised,
 * what is wanted of it all, and did it suffer. A figure has its meaning beside it, for half of them are read wrongly without.
 */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/model/workload.h"
#include "show.h"

enum {
        TITLE_COLUMNS = 17, /* "memory.swap.max" and a gap */
        INDENT = 2,
};

struct view {
        struct pl_cli *cli;
        const struct pl_live *live;
        const struct pl_journal_row *row;
        const struct pl_show *show;
};

void pl_show_print_line(struct pl_cli *cli, const char *title, const char *words)
{
        const struct pl_live_line line = { PL_CLI_MARK_OK, title, TITLE_COLUMNS };

        pl_live_print_line(cli, &line, words);
}

static void print_line(const struct view *view, const char *title, const char *words)
{
        pl_show_print_line(view->cli, title, words);
}

static void print_group(const struct view *view, const char *title)
{
        pl_text_addf(view->cli->out, "\n%s\n", title);
}

/* ---- who it is ---- */

/* A path has no blanks to be broken at, and is better read whole than cut. */
static void print_text(const struct view *view, const char *title, struct pl_span words)
{
        pl_cli_add_blanks(view->cli->out, INDENT);
        pl_text_add(view->cli->out, title);
        pl_cli_add_blanks(view->cli->out, TITLE_COLUMNS - strlen(title));
        pl_cli_add_plain(view->cli->out, view->cli->style,
                         pl_span_empty(words) ? pl_span_of(pl_live_dash(view->cli->style)) : words);
        pl_text_add(view->cli->out, "\n");
}

static void print_unit(const struct view *view)
{
        const struct pl_journal_row *row = view->row;
        struct pl_span unit = pl_live_unit(row);
        /* The name of a unit says of what type it is, behind a dot; the id of a container has none. */
        bool has_unit = memchr(unit.data, '.', unit.length) ||
                        (row->kind != PL_WORKLOAD_CONTAINER && row->kind != PL_WORKLOAD_SANDBOX);

        print_text(view, has_unit ? "unit" : "container", unit);
}

/* "api/web: container of docker, protected" */
static void print_heading(const struct view *view)
{
        const char *kind = pl_live_kind_word(view->row), *runtime = pl_live_runtime_word(view->row);
        struct pl_text *out = view->cli->out;
        static const struct {
                uint32_t flag;
                const char *words;
        } known[] = {
                { PL_CGROUP_PROTECTED, ", protected" },
                { PL_CGROUP_POD, ", in a pod" },
                { PL_CGROUP_OBSERVED, ", only observed" },
                { PL_CGROUP_FROZEN, ", frozen by somebody else" },
                { PL_CGROUP_PAUSED, ", paused by an order" },
                { PL_CGROUP_RESTORED, ", restored by an order" },
        };

        pl_live_add_name(out, view->cli->style, view->row);
        pl_text_addf(out, ": %s%s", kind ? kind : "workload",
                     view->row->kind == PL_WORKLOAD_PLAIN ? " cgroup" : "");
        if (runtime)
                pl_text_addf(out, " of %s", runtime);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(known); i++)
                if (view->row->flags & known[i].flag)
                        pl_text_add(out, known[i].words);
        if (!(view->row->flags & PL_CGROUP_POPULATED))
                pl_text_add(out, ", without a process");
        pl_text_add(out, "\n");
}

static void print_who(const struct view *view)
{
        const struct pl_journal_row *row = view->row;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);
        int32_t score_adj;

        print_heading(view);
        print_unit(view);
        print_text(view, "path", pl_span_of(row->path));
        pl_text_addf(text, "id %llu, first seen ", (unsigned long long) row->id);
        pl_live_add_ago(text, view->live, row->since_usec);
        print_line(view, "cgroup", sentence.buffer);
        text = pl_live_begin(&sentence);
        if (pl_live_has_profile(row))
                pl_text_addf(text, "%s, order %d", row->profile_name, row->order);
        else
                pl_text_add(text, "none");
        print_line(view, "profile", sentence.buffer);
        text = pl_live_begin(&sentence);
        if (pl_live_score_adj(row, &score_adj))
                pl_text_addf(text, "%d (its first process's)", score_adj);
        else
                pl_text_add(text, pl_live_dash(view->cli->style));
        print_line(view, "oom_score_adj", sentence.buffer);
}

/* ---- what it uses ---- */

static void print_use(const struct view *view)
{
        const struct pl_journal_row *row = view->row;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);
        uint32_t permyriad;
        uint64_t max;

        pl_live_add_bytes(text, view->cli->style, PL_LIVE_HAS(row, current_bytes),
                          row->sample.current_bytes);
        if (pl_live_use(row, &permyriad) && pl_live_limit(&row->effective, PL_LIMIT_MAX, &max)) {
                pl_text_add(text, " of ");
                pl_bytes_format_short(text, max);
                pl_text_addf(text, " (%u %%)", permyriad / 100);
        }
        print_line(view, "in use", sentence.buffer);
}

/* A line of an amount, and of more about it that goes without it. */
static void print_figure(const struct view *view, const char *title, bool is_known, uint64_t bytes,
                         const char *meaning)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_live_add_bytes(text, view->cli->style, is_known, bytes);
        pl_text_add(text, is_known ? meaning : "");
        print_line(view, title, sentence.buffer);
}

#define FIGURE(view, title, figure, meaning)                                                       \
        print_figure((view), (title), PL_LIVE_HAS((view)->row, figure),                            \
                     (view)->row->sample.figure, (meaning))

static void print_file(const struct view *view)
{
        const struct pl_cgroup_sample *sample = &view->row->sample;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_text_add(text, " of page cache and shared memory");
        if (PL_LIVE_HAS(view->row, active_file_bytes) &&
            PL_LIVE_HAS(view->row, inactive_file_bytes)) {
                pl_text_add(text, "; active ");
                pl_bytes_format_short(text, sample->active_file_bytes);
                pl_text_add(text, ", inactive ");
                pl_bytes_format_short(text, sample->inactive_file_bytes);
        }
        FIGURE(view, "file", file_bytes, sentence.buffer);
}

static void print_kernel(const struct view *view)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_text_add(text, " held by the kernel for it");
        if (PL_LIVE_HAS(view->row, slab_unreclaimable_bytes)) {
                pl_text_add(text, "; slab that cannot be reclaimed ");
                pl_bytes_format_short(text, view->row->sample.slab_unreclaimable_bytes);
        }
        FIGURE(view, "kernel", kernel_bytes, sentence.buffer);
}

static void print_read(const struct view *view)
{
        const struct pl_cgroup_sample *sample = &view->row->sample;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (sample->at_usec == 0)
                return;
        pl_text_add(text, "in use and swap ");
        pl_live_add_ago(text, view->live, sample->at_usec);
        if (sample->stat_at_usec > 0) {
                pl_text_add(text, ", the rest ");
                pl_live_add_ago(text, view->live, sample->stat_at_usec);
        }
        print_line(view, "read", sentence.buffer);
}

static void print_memory(const struct view *view)
{
        uint64_t droppable = 0;
        bool has_droppable = pl_live_droppable(view->row, &droppable);
        bool swaps = pl_live_can_swap(view->live, view->row);
        const char *anonymous = swaps ? "; only swap can take it"
                                      : "; it may not swap: nothing takes it but its end";

        print_group(view, "Memory");
        print_use(view);
        FIGURE(view, "anonymous", anon_bytes, anonymous);
        print_file(view);
        FIGURE(view, "shared", shmem_bytes,
               swaps ? " of that is shared memory; only swap can take it"
                     : " of that is shared memory; it may not swap: only who removes it frees it");
        print_kernel(view);
        FIGURE(view, "unevictable", unevictable_bytes,
               view->row->sample.unevictable_bytes > 0
                       ? " locked in memory: nothing takes it but its end"
                       : " locked in memory");
        print_figure(view, "droppable", has_droppable, droppable,
                     " at most, without swap: page cache that is not shared memory");
        FIGURE(view, "swap", swap_bytes, "");
        print_read(view);
}

/* ---- what it may use ---- */

static void print_ceiling(const struct view *view, enum pl_limit limit)
{
        struct pl_live_sentence sentence;

        pl_show_add_ceiling(pl_live_begin(&sentence), view->cli->style, view->show, limit);
        print_line(view, pl_limit_file(limit), sentence.buffer);
}

/* What only some kernels and profiles have. */
static void print_others(const struct view *view)
{
        static const enum pl_limit others[] = { PL_LIMIT_SWAP_HIGH, PL_LIMIT_ZSWAP_MAX,
                                                PL_LIMIT_ZSWAP_WRITEBACK, PL_LIMIT_OOM_GROUP };
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);
        uint64_t value;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(others); i++) {
                if (!pl_live_limit(&view->row->limits, others[i], &value))
                        continue;
                pl_text_addf(text, "%s%s ", text->length > 0 ? ", " : "", pl_limit_file(others[i]));
                if (pl_limit_is_switch(others[i]))
                        pl_text_add(text, value != 0 ? "on" : "off");
                else
                        pl_bytes_format_short(text, value);
        }
        if (text->length > 0)
                print_line(view, "also set", sentence.buffer);
}

static void print_limits(const struct view *view)
{
        static const enum pl_limit ceilings[] = { PL_LIMIT_MAX, PL_LIMIT_HIGH, PL_LIMIT_SWAP_MAX };

        print_group(view, "Limits");
        for (size_t i = 0; i < PL_ARRAY_LENGTH(ceilings); i++)
                print_ceiling(view, ceilings[i]);
        print_others(view);
}

/* ---- what it is promised ---- */

static void print_promise(const struct view *view, enum pl_limit limit)
{
        struct pl_live_sentence sentence;

        pl_show_add_promise(pl_live_begin(&sentence), view->cli->style, view->show, limit);
        print_line(view, pl_limit_file(limit), sentence.buffer);
}

/* ---- did it suffer ---- */

static void print_stall(const struct view *view)
{
        const struct pl_live_stall *stall = view->show->stall;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (stall->over_usec == 0) {
                print_line(view, "stall", "not known yet");
                return;
        }
        pl_text_add(text, "some ");
        pl_live_add_percent(text, stall->some_permyriad);
        pl_text_add(text, ", full ");
        pl_live_add_percent(text, stall->full_permyriad);
        pl_text_add(text, " of the last ");
        pl_duration_format_short(text, stall->over_usec);
        print_line(view, "stall", sentence.buffer);
}

static void print_stalls(const struct view *view)
{
        const struct pl_cgroup_sample *sample = &view->row->sample;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!PL_LIVE_HAS(view->row, some_usec) || !PL_LIVE_HAS(view->row, full_usec)) {
                print_line(view, "stall", "not measured");
                return;
        }
        print_stall(view);
        pl_text_add(text, "some ");
        pl_duration_format_short(text, sample->some_usec);
        pl_text_add(text, ", full ");
        pl_duration_format_short(text, sample->full_usec);
        pl_text_add(text, " in all");
        print_line(view, "", sentence.buffer);
}

/* "3 times at its memory.max" */
static void print_count(const struct view *view, const char *title, bool is_known, uint64_t count,
                        const char *one, const char *many)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (is_known)
                pl_text_addf(text, "%llu %s", (unsigned long long) count, count == 1 ? one : many);
        else
                pl_text_add(text, pl_live_dash(view->cli->style));
        print_line(view, title, sentence.buffer);
}

#define COUNT(view, title, figure, one, many)                                                      \
        print_count((view), (title), PL_LIVE_HAS((view)->row, figure), (view)->row->sample.figure, \
                    (one), (many))

static void print_suffering(const struct view *view)
{
        print_group(view, "Shortage, counted since it was made");
        print_stalls(view);
        COUNT(view, "high", local_high, "time above its memory.high",
              "times above its memory.high");
        COUNT(view, "max", local_max, "time at its memory.max", "times at its memory.max");
        COUNT(view, "out of memory", local_oom, "time with nothing left to reclaim",
              "times with nothing left to reclaim");
        COUNT(view, "killed", oom_kill, "process, by the kernel's OOM killer",
              "processes, by the kernel's OOM killer");
        COUNT(view, "refaults", refault_file, "page of a file read again soon after it was dropped",
              "pages of files read again soon after they were dropped");
        COUNT(view, "", refault_anon, "page taken back from swap soon after",
              "pages taken back from swap soon after");
        COUNT(view, "major faults", pgmajfault, "wait for a page from disk",
              "waits for pages from disk");
}

void pl_show_print(struct pl_cli *cli, const struct pl_show *show)
{
        const struct view view = { cli, show->board->live, show->row, show };

        pl_assert(cli && view.live);
        pl_assert(show->row && show->stall);

        print_who(&view);
        print_memory(&view);
        print_limits(&view);
        print_group(&view, "Promises");
        print_promise(&view, PL_LIMIT_MIN);
        print_promise(&view, PL_LIMIT_LOW);
        pl_show_print_wanted(cli, show);
        print_suffering(&view);
}
