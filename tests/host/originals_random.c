/* SPDX-License-Identifier: Apache-2.0 */

/* Tens of thousands of calls at random, closed and opened again at random, beside somebody who keeps the same in plain arrays. */

#include "host/noted.h"

#include "host/originals_internal.h"

enum { OPERATIONS = 60000, COMPARE_EVERY = 50, REOPEN_EVERY = 300, PIDS = 16, STARTS = 3 };

static struct {
        struct pl_original_cgroup cgroups[NOTED_IDS + 1];
        struct pl_original_value values[PIDS + 1];
} model;

static struct test_random chance;

static uint64_t below(uint64_t bound)
{
        return test_random_below(&chance, bound);
}

/* Few values, so that they are the same now and then. */
static struct pl_limits some_limits(void)
{
        struct pl_limits limits = {};

        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (below(3) == 0)
                        pl_limits_put(&limits, i, below(4));
        return limits;
}

static uint32_t known_limits(const struct pl_original_cgroup *cgroup)
{
        return cgroup->before.set | cgroup->kept.set;
}

static bool is_empty(const struct pl_original_cgroup *cgroup)
{
        return known_limits(cgroup) == 0;
}

/* What there is nothing more to be said of. */
static void clear(struct pl_original_cgroup *cgroup)
{
        cgroup->foreign &= known_limits(cgroup);
        if (is_empty(cgroup))
                memset(cgroup, 0, sizeof *cgroup);
}

static void try_note(uint64_t id)
{
        struct pl_original_cgroup *cgroup = &model.cgroups[id];
        const bool with_unit = below(4) == 0;
        const struct pl_original_name name = { .id = id,
                                               .path = pl_span_of("/a/b.service"),
                                               .unit = pl_span_of(with_unit ? "b.service" : "") };
        struct pl_limits before = some_limits();
        bool news = with_unit && cgroup->unit[0] == '\0';

        if (before.set == 0)
                before = limits_one(PL_LIMIT_MAX, 1);
        if (is_empty(cgroup))
                (void) strcpy(cgroup->path, "/a/b.service");
        if (with_unit)
                (void) strcpy(cgroup->unit, "b.service");
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(&before, i) && !pl_limits_has(&cgroup->before, i)) {
                        pl_limits_put(&cgroup->before, i, before.values[i]);
                        news = true;
                }
        assert_int_equal(pl_originals_note_limits(&noted, &name, &before),
                         news ? 0 : PL_ORIGINALS_E_EXISTS);
}

static void try_set(uint64_t id)
{
        struct pl_original_cgroup *cgroup = &model.cgroups[id];
        const struct pl_limits wanted = some_limits(), actual = some_limits();
        const bool known = !is_empty(cgroup) && (wanted.set & ~cgroup->before.set) == 0;

        assert_int_equal(pl_originals_set_limits(&noted, id, &wanted, &actual),
                         known ? 0 : PL_ORIGINALS_E_ABSENT);
        for (enum pl_limit i = 0; known && i < PL_LIMIT_COUNT; i++) {
                if (!pl_limits_has(&wanted, i))
                        continue;
                if (pl_limits_has(&cgroup->set, i) && pl_limits_has(&actual, i) &&
                    cgroup->set.values[i] == actual.values[i] &&
                    cgroup->set.values[i] != wanted.values[i])
                        pl_limits_put(&cgroup->prior, i, actual.values[i]);
                pl_limits_put(&cgroup->set, i, wanted.values[i]);
        }
}

static void try_keep(uint64_t id)
{
        struct pl_original_cgroup *cgroup = &model.cgroups[id];
        const struct pl_limits kept = some_limits();
        const bool known = !is_empty(cgroup);

        assert_int_equal(pl_originals_keep_limits(&noted, id, &kept),
                         known ? 0 : PL_ORIGINALS_E_ABSENT);
        if (known)
                cgroup->kept = kept;
        if (known && kept.set == 0)
                cgroup->foreign = cgroup->asked = 0;
        clear(cgroup);
}

static void try_foreign(uint64_t id)
{
        struct pl_original_cgroup *cgroup = &model.cgroups[id];
        const uint32_t bits = some_limits().set;
        const bool known = !is_empty(cgroup) && (bits & ~known_limits(cgroup)) == 0;

        assert_int_equal(pl_originals_note_foreign(&noted, id, bits),
                         known ? 0 : PL_ORIGINALS_E_ABSENT);
        if (known) {
                cgroup->foreign |= bits;
                cgroup->asked = 1;
        }
}

static void try_drop_limits(uint64_t id)
{
        struct pl_original_cgroup *cgroup = &model.cgroups[id];
        const uint32_t bits = some_limits().set;

        assert_int_equal(pl_originals_drop_limits(&noted, id, bits),
                         cgroup->before.set & bits ? 0 : PL_ORIGINALS_E_ABSENT);
        cgroup->before.set &= ~bits;
        cgroup->set.set &= ~bits;
        cgroup->prior.set &= ~bits;
        clear(cgroup);
}

static void try_drop(uint64_t id)
{
        assert_int_equal(pl_originals_drop_cgroup(&noted, id),
                         is_empty(&model.cgroups[id]) ? PL_ORIGINALS_E_ABSENT : 0);
        memset(&model.cgroups[id], 0, sizeof model.cgroups[id]);
}

static void try_value(void)
{
        const struct pl_original_value value = process(1 + (uint32_t) below(PIDS),
                                                       1 + below(STARTS), (int64_t) below(9) - 4);
        struct pl_original_value *known = &model.values[value.number];
        const bool same = known->kind != 0 && known->start_ticks == value.start_ticks;
        const int64_t wanted = (int64_t) below(3), actual = (int64_t) below(3);

        switch (below(3)) {
        case 0:
                assert_int_equal(pl_originals_note_value(&noted, &value),
                                 same ? PL_ORIGINALS_E_EXISTS : 0);
                if (!same)
                        *known = value;
                return;
        case 1:
                assert_int_equal(pl_originals_drop_value(&noted, &value),
                                 same ? 0 : PL_ORIGINALS_E_ABSENT);
                if (same)
                        known->kind = 0;
                return;
        default:
                assert_int_equal(pl_originals_set_value(&noted, &value, wanted, actual),
                                 same ? 0 : PL_ORIGINALS_E_ABSENT);
                if (!same)
                        return;
                if (known->have && known->set == actual && known->set != wanted) {
                        known->prior = actual;
                        known->have |= PL_ORIGINAL_HAS_PRIOR;
                }
                known->set = wanted;
                known->have |= PL_ORIGINAL_HAS_SET;
        }
}

/* What the model says, in the words of noted_words(). */
static const char *model_words(void)
{
        static char buffer[64 * 1024];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        for (uint64_t id = 1; id <= NOTED_IDS; id++) {
                const struct pl_original_cgroup *cgroup = &model.cgroups[id];

                if (is_empty(cgroup))
                        continue;
                pl_text_addf(&text, "%llu %s %s", (unsigned long long) id, cgroup->path,
                             cgroup->unit);
                noted_add_limits(&text, 'b', &cgroup->before);
                noted_add_limits(&text, 's', &cgroup->set);
                noted_add_limits(&text, 'p', &cgroup->prior);
                noted_add_limits(&text, 'k', &cgroup->kept);
                noted_add_foreign(&text, cgroup);
                pl_text_add(&text, "\n");
        }
        for (uint32_t pid = 1; pid <= PIDS; pid++)
                if (model.values[pid].kind != 0)
                        noted_add_value(&text, &model.values[pid]);
        assert_false(text.cut);
        return buffer;
}

static void one_call(void)
{
        const uint64_t id = 1 + below(NOTED_IDS);

        switch (below(9)) {
        case 0:
        case 1:
                try_note(id);
                return;
        case 2:
                try_set(id);
                return;
        case 3:
                try_keep(id);
                return;
        case 4:
                try_drop_limits(id);
                return;
        case 5:
                if (below(4) == 0)
                        try_drop(id);
                return;
        case 6:
                try_foreign(id);
                return;
        default:
                try_value();
        }
}

/* The log is written anew now and then, and never grows beyond what it may. */
static void as_in_plain_arrays(void **state)
{
        const uint64_t seed = 20;
        uint64_t rewritten = 0;

        (void) state;
        chance = (struct test_random){ seed };
        noted_open();
        for (int i = 0; i < OPERATIONS; i++) {
                const uint64_t end = noted.end_bytes;

                one_call();
                rewritten += noted.end_bytes < end;
                assert_true(noted.end_bytes <= PL_ORIGINALS_REWRITE_BYTES);
                if (below(REOPEN_EVERY) == 0) {
                        noted_reopen();
                        assert_int_equal(noted_opened.spoilt_count + noted_opened.cut_bytes, 0);
                }
                if (i % COMPARE_EVERY == 0 && strcmp(noted_words(), model_words()) != 0)
                        fail_msg("seed %llu, call %d:\n%s\nin place of\n%s",
                                 (unsigned long long) seed, i, noted_words(), model_words());
        }
        print_message("%d calls, written anew %llu times\n", OPERATIONS,
                      (unsigned long long) rewritten);
        assert_true(rewritten > 20);
        pl_originals_close(&noted);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                NOTED_TEST(as_in_plain_arrays),
        };

        return cmocka_run_group_tests(tests, noted_set_up, noted_tear_down);
}
