/* SPDX-License-Identifier: Apache-2.0 */

/* Whatever happens to a workload: no write puts its limits out of order or max below the use; when it stops happening, every
 * limit is in force or says truthfully why not. Twenty thousand lives, each from its seed, which is printed with what fails;
 * PLIMSOLL_SEED takes one of them again.
 */

#include "engine/world.h"

#include <stdlib.h>

enum { LIVES = 20000, TURMOIL = 60, CALM_MAX = 4000 };

static struct world world;

static uint64_t below(uint64_t bound)
{
        return test_random_below(&world.random, bound);
}

static bool chance(unsigned percent)
{
        return world_chance(&world, percent);
}

/* ---- the daemon ---- */

/* Where the row leads: by who says so last; what another hand holds stays. */
static void take_aim(void)
{
        bool may = world.high_without_swap ||
                   (world.has_swap && !(pl_limits_has(&world.wanted, PL_LIMIT_SWAP_MAX) &&
                                        world.wanted.values[PL_LIMIT_SWAP_MAX] == 0));

        world.aim = world.files;
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++) {
                bool is_applied = world.mode != PL_PLAN_RESTORE;
                bool withheld = i == PL_LIMIT_HIGH && !may && world.wanted.values[i] != PL_SIZE_MAX;

                if (is_applied && pl_limits_has(&world.overlay, i))
                        world.aim.values[i] = world.overlay.values[i];
                else if (is_applied && pl_limits_has(&world.wanted, i) && !withheld)
                        world.aim.values[i] = world.wanted.values[i];
                else if (pl_limits_has(&world.originals, i))
                        world.aim.values[i] = world.originals.values[i];
        }
}

static void check_order(const struct pl_limit_order *order)
{
        uint64_t use = world_use(&world);

        assert_true(world.mode == PL_PLAN_APPLY || world.mode == PL_PLAN_RESTORE);
        if (order->limit == PL_LIMIT_UNIT) {
                assert_true(world.is_unit && world.mode == PL_PLAN_APPLY);
                return;
        }
        assert_true(order->why == PL_WHY_AGAIN ||
                    order->value_bytes != world.files.values[order->limit]);
        if (order->limit != PL_LIMIT_MAX)
                assert_true(order->use_below_bytes == PL_SIZE_MAX);
        else if (order->value_bytes < world.files.values[PL_LIMIT_MAX])
                assert_true(order->value_bytes >= use + pl_plan_margin(use));
        if (order->why == PL_WHY_PUSH)
                assert_true(order->limit == PL_LIMIT_HIGH &&
                            (world.has_swap || world.high_without_swap ||
                             world_reclaimable(&world) < world_use(&world)));
}

static void plan(void)
{
        struct pl_plan_input input = {
                .now_usec = world.now_usec,
                .page_bytes = WORLD_PAGE,
                .mode = world.mode,
                .drift = world.drift,
                .wanted = &world.wanted,
                .overlay = &world.overlay,
                .actual = &world.files,
                .originals = &world.originals,
                .current_bytes = world_use(&world),
                .swap_bytes = world.swap,
                .reclaimable_bytes = world_reclaimable(&world),
                .has_swap = world.has_swap,
                .high_without_swap = world.high_without_swap,
                .is_unit = world.is_unit,
                .properties = 0xFU | 1U << PL_LIMIT_SWAP_MAX, /* min to max */
                .kept = &world.kept,
                .outcome_count = world.outcome_count,
                .outcomes = world.outcomes,
        };
        struct pl_plan_state twin = world.state;
        struct pl_plan again;

        take_aim();
        pl_plan_limits(&world.state, &input, &world.plan);
        pl_plan_limits(&twin, &input, &again);
        assert_memory_equal(&twin, &world.state, sizeof twin);
        assert_memory_equal(&again, &world.plan, sizeof again);
        assert_true(world.plan.wake_usec > world.now_usec);
        assert_true(world.out_count == 0 || world.plan.order_count == 0);
        world.outcome_count = 0;
        for (uint32_t i = 0; i < world.plan.order_count; i++)
                check_order(&world.plan.orders[i]);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (world.plan.limits[i].news & PL_NEWS_RETURNED)
                        world.originals.set &= ~(1U << i);
}

/* Carries out the row. Sometimes the last that was carried out hangs, and is back in a while. */
static void write_row(void)
{
        uint32_t failed = 0;

        for (uint32_t i = 0; i < world.plan.order_count; i++) {
                const struct pl_limit_order *order = &world.plan.orders[i];
                uint32_t result = failed ? PL_WRITE_E_SKIPPED : world_carry_out(&world, order);

                /* That it is gone ends all; a few lives go so far. */
                if (result == PL_WRITE_E_GONE && !chance(1))
                        result = PL_WRITE_E_DENIED;
                failed = failed || result != PL_WRITTEN;
                world.outcomes[i] = (struct pl_limit_outcome){ order->limit, order->number, result,
                                                               0 };
        }
        if (world.plan.order_count > 0 && world.faults > 0 && chance(10))
                world.out_count = world.plan.order_count;
        else
                world.outcome_count = world.plan.order_count;
}

static void look(void)
{
        if (world.out_count > 0 && chance(30))
                world.outcome_count = PL_TAKE(world.out_count, 0);
        plan();
        write_row();
}

/* ---- what may happen ---- */

static void another_hand(void)
{
        unsigned limit = (unsigned) below(PL_LIMIT_COUNT);

        if (!pl_limits_has(&world.files, limit))
                return;
        world.touched |= 1U << limit;
        world.files.values[limit] = pl_limit_is_switch(limit)    ? below(2)
                                    : chance(30)                 ? PL_SIZE_MAX
                                    : limit == PL_LIMIT_SWAP_MAX ? below(512) * PL_MIB
                                                                 : (1 + below(2048)) * PL_MIB;
        world_live(&world, 0, 0);
}

static void throttle(void)
{
        uint64_t high = PL_MIB;

        for (unsigned i = 0; i < PL_LIMIT_HIGH; i++)
                if (pl_limits_has(&world.wanted, i))
                        high = PL_MAX(high, world.wanted.values[i]);
        if (PL_TAKE(world.overlay.set, 0) == 0)
                pl_limits_put(&world.overlay, PL_LIMIT_HIGH, high);
}

/* The daemon is killed, and another begins: what was out is done by now, and nobody tells. */
static void new_daemon(void)
{
        memset(&world.state, 0, sizeof world.state);
        world.out_count = world.outcome_count = 0;
}

static void happen(bool by_others)
{
        switch (below(24)) {
        case 0:
                world_draw_profile(&world);
                break;
        case 1:
                throttle();
                break;
        case 2:
                world.mode = (enum pl_plan_mode) below(4);
                break;
        case 3:
                new_daemon();
                break;
        case 4:
                world.has_swap = !world.has_swap;
                break;
        case 5:
        case 6:
                if (by_others)
                        another_hand();
                break;
        case 7:
                world.anon -= PL_MIN(world.anon, below(1024) * PL_MIB);
                break;
        default:
                world_live(&world, below(2) * below(256) * PL_MIB, below(256) * PL_MIB);
        }
        world_live(&world, 0, 0);
}

/* ---- what it comes to ---- */

/* Whether nothing but time can make the use fall: high is not ours to push with, or presses, or a promise forbids it. */
static bool only_time_helps(uint64_t max)
{
        uint64_t end = max - pl_plan_margin(max);

        if (world.mode == PL_PLAN_RESTORE || !pl_limits_has(&world.wanted, PL_LIMIT_MAX) ||
            pl_limits_has(&world.wanted, PL_LIMIT_HIGH) ||
            !pl_limits_has(&world.files, PL_LIMIT_HIGH) ||
            world.plan.limits[PL_LIMIT_HIGH].state == PL_LIMIT_LEFT)
                return true;
        for (unsigned i = 0; i < PL_LIMIT_HIGH; i++)
                if (world.files.values[i] > end - WORLD_PAGE)
                        return true;
        return world.files.values[PL_LIMIT_HIGH] <= world_use(&world);
}

/* Whether what is said of a max that waits is so. */
static bool is_waiting_truly(const struct pl_limit_standing *standing)
{
        uint64_t use = world_use(&world), rest = use - world_reclaimable(&world);

        if (use + pl_plan_margin(use) <= standing->target_bytes)
                return false;
        switch (standing->cause) {
        case PL_CAUSE_WOULD_OOM:
                return rest + pl_plan_margin(rest) > standing->target_bytes;
        case PL_CAUSE_NO_SWAP:
                return !world.high_without_swap;
        case PL_CAUSE_USE:
                return only_time_helps(standing->target_bytes);
        default:
                return false;
        }
}

/* Whether what is said of a limit is so, and will be for as long as nothing else happens. */
static bool is_true(unsigned limit)
{
        const struct pl_limit_standing *standing = &world.plan.limits[limit];

        switch (standing->state) {
        case PL_LIMIT_UNSET:
        case PL_LIMIT_IN_FORCE:
                return true;
        case PL_LIMIT_ABSENT:
                return !pl_limits_has(&world.files, limit);
        case PL_LIMIT_LEFT:
                return world.drift != PL_DRIFT_REPAIR && world.touched >> limit & 1;
        case PL_LIMIT_LOWERING:
        case PL_LIMIT_WAITING:
                if (limit == PL_LIMIT_HIGH)
                        return standing->cause == PL_CAUSE_NO_SWAP && !world.high_without_swap;
                return limit == PL_LIMIT_MAX && is_waiting_truly(standing);
        default:
                return false;
        }
}

static bool all_true(void)
{
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (!is_true(i))
                        return false;
        return world.plan.order_count == 0;
}

static void calm_down(void)
{
        world.faults = 0;
        world.overlay.set = 0;
        world.mode = chance(70) ? PL_PLAN_APPLY : PL_PLAN_RESTORE;
        world.outcome_count += PL_TAKE(world.out_count, 0);
        for (unsigned i = 0; i < CALM_MAX; i++) {
                look();
                if (world.state.is_gone || all_true())
                        return;
                world.now_usec = PL_MIN(world.plan.wake_usec, world.now_usec + 5 * PL_USEC_PER_SEC);
                world_live(&world, 0, 0);
        }
        fail_msg("does not come to rest");
}

static void check_rest(void)
{
        struct pl_limits before = world.files;

        if (world.state.is_gone)
                return;
        /* At rest, and it stays so: whoever remembers nothing finds nothing to do either. */
        world.is_unit = false;
        for (unsigned i = 0; i < 3; i++) {
                world.now_usec += PL_USEC_PER_MINUTE;
                plan();
                assert_int_equal(world.plan.order_count, 0);
        }
        assert_memory_equal(&before, &world.files, sizeof before);
        if (world.mode != PL_PLAN_RESTORE || !world.plan.ended)
                return;
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                assert_true(!pl_limits_has(&world.originals, i) || !pl_limits_has(&world.files, i));
}

static void live(uint64_t seed)
{
        bool by_others;

        world_draw(&world, seed);
        by_others = chance(60);
        for (unsigned i = 0; i < TURMOIL; i++) {
                happen(by_others);
                look();
                world.now_usec += (1 + below(chance(5) ? 600 : 5)) * PL_USEC_PER_SEC;
        }
        calm_down();
        check_rest();
}

static uint64_t seed_now;

static void whatever_happens(void **state)
{
        const char *seed = getenv("PLIMSOLL_SEED");

        (void) state;
        if (seed) {
                live(seed_now = strtoull(seed, NULL, 10));
                return;
        }
        for (uint64_t i = 1; i <= LIVES; i++)
                live(seed_now = i);
        seed_now = 0;
}

static int say_seed(void **state)
{
        (void) state;
        if (seed_now == 0)
                return 0;
        print_message("again with PLIMSOLL_SEED=%llu\n", (unsigned long long) seed_now);
        print_message("mode %d, drift %d, use %llu, reclaimable %llu, swap %d\n", world.mode,
                      world.drift, (unsigned long long) world_use(&world),
                      (unsigned long long) world_reclaimable(&world), world.has_swap);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                print_message("%s: is %llu, should be %llu: state %u, cause %u\n", pl_limit_file(i),
                              (unsigned long long) world.files.values[i],
                              (unsigned long long) world.plan.limits[i].target_bytes,
                              world.plan.limits[i].state, world.plan.limits[i].cause);
        return 0;
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test_teardown(whatever_happens, say_seed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
