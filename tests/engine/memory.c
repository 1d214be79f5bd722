/* SPDX-License-Identifier: Apache-2.0 */

/* The engine allocates at init and at no other time, and without memory it is not there. */

#include <errno.h>

#include "plimsoll/base/size.h"
#include "test.h"
#include "trace.h"

static uint32_t calls, fails_at; /* from 1; 0: none */

void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);

void *__wrap_calloc(size_t count, size_t size)
{
        return ++calls == fails_at ? NULL : __real_calloc(count, size);
}

static void each_allocation_may_fail(void **state)
{
        struct pl_engine engine;

        (void) state;
        calls = 0;
        fails_at = 0;
        assert_int_equal(pl_engine_init(&engine, 10, 1), 0);
        pl_engine_done(&engine);
        assert_in_range(calls, 1, 100);
        for (uint32_t last = calls, i = 1; i <= last; i++) {
                calls = 0;
                fails_at = i;
                assert_int_equal(pl_engine_init(&engine, 10, 1), -ENOMEM);
                assert_int_equal(engine.cgroups.capacity, 0);
                pl_engine_done(&engine);
        }
        fails_at = 0;
}

static void a_step_allocates_nothing(void **state)
{
        static struct pl_judgement judgement;
        struct pl_update updates[] = {
                { .kind = PL_UPDATE_SETTINGS, .id = 1, .settings = trace_shipped },
                { .kind = PL_UPDATE_FACTS, .id = 1, .facts = trace_ordinary },
                { .kind = PL_UPDATE_SAMPLE,
                  .id = 1,
                  .sample = { .at_usec = 1, .have = 1, .current_bytes = PL_GIB } },
        };
        struct pl_snapshot snapshot = {
                .step = 1,
                .now_usec = 10,
                .host = { .at_usec = 10, .have = UINT64_MAX },
                .update_count = PL_ARRAY_LENGTH(updates),
                .updates = updates,
        };
        struct pl_engine engine;

        (void) state;
        updates[1].facts.id = 1;
        assert_int_equal(pl_engine_init(&engine, 10, 1), 0);
        calls = 0;
        assert_int_equal(pl_engine_step(&engine, &snapshot, &judgement), 0);
        assert_int_equal(judgement.decision_count, 1);
        assert_int_equal(calls, 0);
        pl_engine_done(&engine);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(each_allocation_may_fail),
                cmocka_unit_test(a_step_allocates_nothing),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
