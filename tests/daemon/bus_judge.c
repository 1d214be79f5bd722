/* SPDX-License-Identifier: Apache-2.0 */

/* Whose hand it was: the judgement over all that can be known together. */

#include "bus_files.h"

/* What systemd holds, against what is found. */
enum held {
        HELD_NONE,   /* no property, and systemd never writes it */
        HELD_GROUP,  /* no property, but it is written with the others */
        HELD_FOUND,  /* just that */
        HELD_SET,    /* what we had set */
        HELD_OTHER,  /* neither */
        HELD_NO_LOW, /* memory.low is not set, and not 0 */
        HELD_LOW,    /* memory.low is something else */
        HELD_COUNT,
};

/* YES and NO, or either: '.'. In the order of kept, reloaded, applies, later, same, newer, container. */
enum { FACTS = 7 };
static const struct {
        enum held held;
        const char *facts;
        enum pl_drift_cause cause;
        char words; /* which path: l, s, n, or - */
} table[] = {
        { HELD_NONE, ".......", PL_DRIFT_BY_UNKNOWN, '-' },

        { HELD_GROUP, ".....yn", PL_DRIFT_BY_SET_PROPERTY, 'n' },
        { HELD_GROUP, ".....yy", PL_DRIFT_BY_RUNTIME, 'n' },
        { HELD_GROUP, ".yy..n.", PL_DRIFT_BY_RELOAD, '-' },
        { HELD_GROUP, ".yn..n.", PL_DRIFT_BY_UNKNOWN, '-' },
        { HELD_GROUP, ".n...n.", PL_DRIFT_BY_UNKNOWN, '-' },

        { HELD_FOUND, "...y...", PL_DRIFT_BY_DROP_IN, 'l' },
        { HELD_FOUND, "...ny.n", PL_DRIFT_BY_SET_PROPERTY, 's' },
        { HELD_FOUND, "...ny.y", PL_DRIFT_BY_RUNTIME, 's' },
        { HELD_FOUND, "n..nnyn", PL_DRIFT_BY_SET_PROPERTY, 'n' },
        { HELD_FOUND, "n..nnyy", PL_DRIFT_BY_RUNTIME, 'n' },
        { HELD_FOUND, "nyynnn.", PL_DRIFT_BY_RELOAD, '-' },
        { HELD_FOUND, "nynnnn.", PL_DRIFT_BY_UNKNOWN, '-' },
        { HELD_FOUND, "nn.nnn.", PL_DRIFT_BY_UNKNOWN, '-' },
        { HELD_FOUND, "yy.nn..", PL_DRIFT_BY_RELOAD, '-' },
        { HELD_FOUND, "yn.nn..", PL_DRIFT_BY_UNKNOWN, '-' },

        { HELD_SET, ".......", PL_DRIFT_BY_HAND, '-' },
        { HELD_OTHER, ".......", PL_DRIFT_BY_HAND, '-' },
        { HELD_LOW, ".......", PL_DRIFT_BY_HAND, '-' },
        { HELD_NO_LOW, ".......", PL_DRIFT_BY_UNKNOWN, '-' },
};

static bool fits(const char *facts, unsigned bits)
{
        for (unsigned i = 0; i < FACTS; i++)
                if (facts[i] != '.' && (facts[i] == 'y') != ((bits >> i & 1) != 0))
                        return false;
        return true;
}

/* The one row that speaks of this; two would say that the table contradicts itself. */
static size_t row_of(enum held held, unsigned bits)
{
        size_t found = 0;
        unsigned count = 0;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(table); i++)
                if (table[i].held == held && fits(table[i].facts, bits)) {
                        found = i;
                        count++;
                }
        if (count != 1)
                fail_msg("%u rows are for %u, %#x", count, held, bits);
        return found;
}

static struct pl_bus_evidence made(enum held held, unsigned bits)
{
        static const enum pl_limit limits[HELD_COUNT] = {
                PL_LIMIT_SWAP_HIGH, PL_LIMIT_OOM_GROUP, PL_LIMIT_MAX, PL_LIMIT_MAX,
                PL_LIMIT_MAX,       PL_LIMIT_LOW,       PL_LIMIT_LOW,
        };
        static const uint64_t bytes[HELD_COUNT] = { 0,           0, FOUND_BYTES, SET_BYTES,
                                                    PL_SIZE_MAX, 0, PL_MIB };

        return (struct pl_bus_evidence){
                .question = { .limit = limits[held],
                              .found_bytes = FOUND_BYTES,
                              .set_bytes = SET_BYTES,
                              .was_kept = bits & 1,
                              .is_container = bits & 64 },
                .has_property = held > HELD_GROUP,
                .property_bytes = bytes[held],
                .was_reloaded = bits & 2,
                .reload_applies = bits & 4,
                .later = bits & 8 ? "l" : NULL,
                .same = bits & 16 ? "s" : NULL,
                .newer = bits & 32 ? "n" : NULL,
        };
}

static void each_combination_has_its_cause(void **state)
{
        size_t used[PL_ARRAY_LENGTH(table)] = {};

        (void) state;
        for (unsigned held = 0; held < HELD_COUNT; held++)
                for (unsigned bits = 0; bits < 1U << FACTS; bits++) {
                        const struct pl_bus_evidence evidence = made(held, bits);
                        const size_t row = row_of(held, bits);
                        const char *words = NULL;
                        enum pl_drift_cause cause = pl_bus_judge(&evidence, &words);
                        const char wanted[] = { table[row].words, '\0' };

                        used[row]++;
                        if (cause != table[row].cause)
                                fail_msg("held %u, facts %#x: %d, not %d", held, bits, (int) cause,
                                         (int) table[row].cause);
                        assert_string_equal(words, wanted[0] == '-' ? "" : wanted);
                }
        for (size_t i = 0; i < PL_ARRAY_LENGTH(table); i++)
                assert_true(used[i] > 0);
}

/* A promise of 0 that systemd keeps for us is none that a slice could give. */
static void a_promise_that_was_kept_is_not_inherited(void **state)
{
        struct pl_bus_evidence evidence = made(HELD_NO_LOW, 1);
        const char *words;

        (void) state;
        evidence.question.set_bytes = 0;
        assert_int_equal(pl_bus_judge(&evidence, &words), PL_DRIFT_BY_HAND);
        evidence.question.was_kept = false;
        assert_int_equal(pl_bus_judge(&evidence, &words), PL_DRIFT_BY_UNKNOWN);
        evidence.question.was_kept = true;
        evidence.question.limit = PL_LIMIT_MIN;
        assert_int_equal(pl_bus_judge(&evidence, &words), PL_DRIFT_BY_HAND);
        evidence.question.set_bytes = SET_BYTES;
        assert_int_equal(pl_bus_judge(&evidence, &words), PL_DRIFT_BY_UNKNOWN);
        evidence.question.limit = PL_LIMIT_SWAP_MAX;
        assert_int_equal(pl_bus_judge(&evidence, &words), PL_DRIFT_BY_HAND);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                FAKE_TEST(each_combination_has_its_cause),
                FAKE_TEST(a_promise_that_was_kept_is_not_inherited),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
