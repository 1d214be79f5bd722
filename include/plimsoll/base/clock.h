/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* clock - microseconds since boot, and durations as people write them.
 *
 * Time inside Plimsoll is CLOCK_BOOTTIME: it never jumps when somebody sets the clock, and it goes on while the host
 * sleeps, so that a reading from before a suspend looks as old as it is.
 */

#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/base/text.h"

#define PL_USEC_PER_MSEC   UINT64_C(1000)
#define PL_USEC_PER_SEC    UINT64_C(1000000)
#define PL_USEC_PER_MINUTE (60 * PL_USEC_PER_SEC)
#define PL_USEC_PER_HOUR   (60 * PL_USEC_PER_MINUTE)
#define PL_USEC_PER_DAY    (24 * PL_USEC_PER_HOUR)
#define PL_USEC_PER_WEEK   (7 * PL_USEC_PER_DAY)

enum {
        PL_CLOCK_E_SYNTAX = 1, /* not a duration */
        PL_CLOCK_E_UNIT, /* no unit, or one that is not known; units go from the larger to the smaller, once each */
        PL_CLOCK_E_RANGE, /* longer than 64 bits of microseconds, or finer than one microsecond */
};

uint64_t pl_clock_now_usec(void);

/* "10s", "1.5h", "2h30m", "500 ms": units us ms s m h d w, also min, sec, and day(s) and the like spelled out; no bare
 * number but "0". The offset of what is wrong goes to *ret_offset where that is wanted. Pure. */
int pl_duration_parse(struct pl_span text, uint64_t *ret_usec, size_t *ret_offset);

/* The exact value, in a form that pl_duration_parse() takes: "2h30m", "500ms", "0s". */
void pl_duration_format(struct pl_text *text, uint64_t usec);

/* The value for people, rounded down to its two largest units: "3 days 4 h", "2 h 5 min", "41 s", "0.4 s". */
void pl_duration_format_short(struct pl_text *text, uint64_t usec);
