/* SPDX-License-Identifier: Apache-2.0 */

/* The first line is a pattern, the rest is a text, both of anybody's bytes. A pattern that is refused says where; one
 * that passes covers itself, is covered by what matches everything, begins with its literal bytes in every text it
 * matches, and takes no more steps than glob.h promises. A text that is a literal pattern is covered exactly
 * when it is matched.
 */

#include <stdint.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/span.h"
#include "plimsoll/policy/glob.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static bool begins_with(struct pl_span text, struct pl_span prefix)
{
        return text.length >= prefix.length &&
               pl_span_equals_span(pl_span(text.data, prefix.length), prefix);
}

static void check_covering(struct pl_span pattern, enum pl_glob_kind kind, struct pl_span text)
{
        struct pl_span all = pl_span_of(kind == PL_GLOB_PATH ? "**" : "*");
        bool whole, covers;

        pl_assert(pl_glob_covers(pattern, pattern, kind));
        pl_assert(pl_glob_covers(all, pattern, kind));
        if (pl_glob_check(text, kind, NULL) != 0)
                return;

        covers = pl_glob_covers(pattern, text, kind);
        (void) pl_glob_literal(text, kind, &whole);
        if (whole)
                pl_assert(covers == pl_glob_matches(pattern, kind, text));
}

static void check_matching(struct pl_span pattern, enum pl_glob_kind kind, struct pl_span text)
{
        bool whole;
        struct pl_span literal = pl_glob_literal(pattern, kind, &whole);
        size_t steps = SIZE_MAX;
        bool matches = pl_glob_matches_counted(pattern, kind, text, &steps);

        pl_assert(steps <= 2 * pattern.length * (text.length + 1));
        pl_assert(begins_with(pattern, literal));
        pl_assert(whole == (literal.length == pattern.length));
        if (matches)
                pl_assert(begins_with(text, literal));
        if (whole) {
                pl_assert(pl_glob_matches(pattern, kind, pattern));
                pl_assert(matches == pl_span_equals_span(pattern, text));
        }
}

static void check_kind(struct pl_span pattern, enum pl_glob_kind kind, struct pl_span text)
{
        size_t offset = SIZE_MAX;

        if (pl_glob_check(pattern, kind, &offset) != 0) {
                pl_assert(offset <= pattern.length);
                return;
        }
        pl_assert(offset == SIZE_MAX);
        check_matching(pattern, kind, text);
        check_covering(pattern, kind, text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        struct pl_span text = pl_span((const char *) data, size);
        struct pl_span pattern = pl_span_until(&text, '\n');

        check_kind(pattern, PL_GLOB_NAME, text);
        check_kind(pattern, PL_GLOB_PATH, text);
        return 0;
}
