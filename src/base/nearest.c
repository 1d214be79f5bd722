/* SPDX-License-Identifier: Apache-2.0 */

/* Distance is counted in the slips of a keyboard: a letter too many, one too few, another one, or two neighbours the
 * wrong way round (optimal string alignment). */

#include "plimsoll/base/nearest.h"

#include <stdbool.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/span.h"

static size_t smallest(size_t a, size_t b, size_t c)
{
        size_t least = PL_MIN(a, b);

        return PL_MIN(least, c);
}

/* Both are shorter than PL_NEAREST_MAX. Three rows of the table are enough, for a swap reaches back two. */
static size_t distance(struct pl_span a, struct pl_span b)
{
        size_t rows[3][PL_NEAREST_MAX];

        pl_assert(a.length < PL_NEAREST_MAX);
        pl_assert(b.length < PL_NEAREST_MAX);

        for (size_t j = 0; j <= b.length; j++)
                rows[0][j] = j;
        for (size_t i = 1; i <= a.length; i++) {
                size_t *row = rows[i % 3], *above = rows[(i + 2) % 3], *second = rows[(i + 1) % 3];

                row[0] = i;
                for (size_t j = 1; j <= b.length; j++) {
                        bool same = a.data[i - 1] == b.data[j - 1];

                        row[j] = smallest(above[j] + 1, row[j - 1] + 1, above[j - 1] + !same);
                        if (i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] &&
                            a.data[i - 2] == b.data[j - 1])
                                row[j] = PL_MIN(row[j], second[j - 2] + 1);
                }
        }
        return rows[a.length % 3][b.length];
}

/* A third of the letters may be wrong, and one always; of a short word that is little enough not to guess wildly. */
static size_t distance_max(struct pl_span word)
{
        return PL_MAX(word.length / 3, (size_t) 1);
}

const char *pl_nearest(const char *word, const char *const *candidates, size_t count)
{
        struct pl_span written = pl_span_of(word);
        const char *nearest = NULL;
        size_t least;

        pl_assert(word);
        pl_assert(candidates || count == 0);

        if (written.length < 2 || written.length >= PL_NEAREST_MAX)
                return NULL;
        least = distance_max(written) + 1;
        for (size_t i = 0; i < count; i++) {
                struct pl_span candidate = pl_span_of(candidates[i]);
                size_t steps = distance(written, candidate);

                if (pl_span_starts_with(candidate, word))
                        steps = PL_MIN(steps, (size_t) 1);
                if (steps < least) {
                        least = steps;
                        nearest = candidates[i];
                }
        }
        return nearest;
}
