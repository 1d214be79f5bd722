/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* told - a few lines of a trace, judged, and what is said of it looked through (trace.h). */

#include "test.h"
#include "trace.h"

enum { TOLD_MAX = 4 * 1024 * 1024, TOLD_TRACE_MAX = 64 * 1024 };

/* A host that is well, and one more second of one that is scarce: it reclaims, stalls, and loses nothing. */
#define WELL   "step 10s\nsettings\nhost total=16GiB available=8GiB full=0s kswapd=0\n"
#define SCARCE "step +1s\nhost available=600MiB kswapd=+5000 full=+300ms\n"

static char told_buffer[TOLD_MAX];
static char told_trace[TOLD_TRACE_MAX];

/* What is judged of it; until the next is. */
static inline const char *judged(const char *text)
{
        char words[256];
        struct pl_text told, mistake;

        pl_text_init(&told, told_buffer, sizeof told_buffer);
        pl_text_init(&mistake, words, sizeof words);
        if (trace_judge(pl_span_of(text), &told, &mistake) != 0)
                fail_msg("%s", words);
        assert_false(told.cut);
        return told_buffer;
}

static inline unsigned times_said(const char *told, const char *words)
{
        unsigned count = 0;

        for (told = strstr(told, words); told; told = strstr(told + 1, words))
                count++;
        return count;
}

static inline void assert_said_times(const char *told, unsigned times, const char *words)
{
        if (times_said(told, words) != times)
                fail_msg("\"%s\" is said %u times and not %u in\n%s", words,
                         times_said(told, words), times, told);
}

static inline void assert_said(const char *told, const char *words)
{
        if (!strstr(told, words))
                fail_msg("\"%s\" is not said in\n%s", words, told);
}

static inline void assert_not_said(const char *told, const char *words)
{
        assert_said_times(told, 0, words);
}

/* ---- traces with many in them ---- */

static inline struct pl_text trace_begin(const char *text)
{
        struct pl_text trace;

        pl_text_init(&trace, told_trace, sizeof told_trace);
        pl_text_add(&trace, text);
        return trace;
}

/* The line for each of a number of cgroups, with its number in place of the "%u". */
static inline void trace_each(struct pl_text *trace, unsigned from, unsigned to, const char *line)
{
        for (unsigned i = from; i <= to; i++) {
                struct pl_span rest = pl_span_of(line), head;

                while (!pl_span_empty(rest)) {
                        head = pl_span_until(&rest, '%');
                        pl_text_add_span(trace, head);
                        if (pl_span_starts_with(rest, "u")) {
                                pl_text_addf(trace, "%u", i);
                                rest = pl_span_from(rest, 1);
                        }
                }
        }
        assert_false(trace->cut);
}

static inline const char *judged_trace(const struct pl_text *trace)
{
        assert_false(trace->cut);
        return judged(trace->data);
}
