/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/kernel/memcg.h"

#include "plimsoll/base/size.h"
#include "tree.h"

static struct pl_file_buffer buffer;

static int open_fixture(const char *kernel, const char *cgroup)
{
        char path[128];

        assert_true(snprintf(path, sizeof path, "cgroup/%s/%s", kernel, cgroup) <
                    (int) sizeof path);
        return test_fixture(path);
}

#define BIT(field) PL_MEMCG_STAT_BIT(field)

/* The checked-in trees are what real kernels printed of a workload that thrashed at a limit of 64 MiB. */
static const struct {
        const char *kernel;
        uint64_t current_bytes, swap_bytes, anon_bytes, refault_anon, max_events;
        uint64_t absent; /* figures, by bit */
        uint64_t limits_absent;
        uint64_t stat_absent; /* one or more keys that this kernel does not have */
} rows[] = {
        { "5.10", 67108864, 36659200, 59215872, 42108, 1159,
          1 << PL_MEMCG_PEAK | 1 << PL_MEMCG_SWAP_PEAK | 1 << PL_MEMCG_ZSWAP_CURRENT,
          1 << PL_LIMIT_ZSWAP_MAX | 1 << PL_LIMIT_ZSWAP_WRITEBACK,
          BIT(kernel_bytes) | BIT(pagetables_bytes) | BIT(pgscan_kswapd) | BIT(pswpin) },
        { "6.1", 67055616, 32047104, 65064960, 57067, 1439,
          1 << PL_MEMCG_SWAP_PEAK | 1 << PL_MEMCG_ZSWAP_CURRENT,
          1 << PL_LIMIT_ZSWAP_MAX | 1 << PL_LIMIT_ZSWAP_WRITEBACK,
          BIT(pgscan_khugepaged) | BIT(pgscan_proactive) | BIT(pswpin) | BIT(zswap_bytes) },
        { "6.12", 62521344, 33026048, 62631936, 60763, 583, 1 << PL_MEMCG_ZSWAP_CURRENT,
          1 << PL_LIMIT_ZSWAP_MAX | 1 << PL_LIMIT_ZSWAP_WRITEBACK,
          BIT(pgscan_proactive) | BIT(pswpin) | BIT(zswap_bytes) },
        { "7.2", 67010560, 66539520, 57974784, 35328, 661, 0, 0, 0 },
};

static void reads_what_five_years_of_kernels_print(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_close_ int api = open_fixture(rows[i].kernel, "web.slice/api");
                struct pl_memcg_swap_events swap_events;
                struct pl_memcg_events events, local;
                uint64_t bytes;

                assert_int_equal(pl_memcg_read_figure(api, PL_MEMCG_CURRENT, &buffer, &bytes), 0);
                assert_row(rows[i].kernel, bytes == rows[i].current_bytes);
                assert_int_equal(pl_memcg_read_figure(api, PL_MEMCG_SWAP_CURRENT, &buffer, &bytes),
                                 0);
                assert_row(rows[i].kernel, bytes == rows[i].swap_bytes);
                for (enum pl_memcg_figure figure = 0; figure < PL_MEMCG_FIGURE_COUNT; figure++)
                        assert_row(rows[i].kernel,
                                   pl_memcg_read_figure(api, figure, &buffer, &bytes) ==
                                           (rows[i].absent & 1U << figure ? PL_FILE_E_ABSENT : 0));
                assert_int_equal(pl_memcg_read_events(api, &buffer, &events), 0);
                assert_row(rows[i].kernel,
                           events.max == rows[i].max_events && events.oom_kill == 0);
                assert_int_equal(pl_memcg_read_events_local(api, &buffer, &local), 0);
                /* Read a moment later, while the workload thrashed on. */
                assert_row(rows[i].kernel, local.max >= events.max && local.max < 2 * events.max);
                assert_int_equal(pl_memcg_read_swap_events(api, &buffer, &swap_events), 0);
        }
}

static void reads_the_limits_there_are(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_close_ int api = open_fixture(rows[i].kernel, "web.slice/api");
                _cleanup_close_ int root = open_fixture(rows[i].kernel, ".");
                struct pl_limits limits;

                assert_int_equal(pl_memcg_read_limits(api, &buffer, &limits), 0);
                assert_row(rows[i].kernel,
                           limits.set == (((1U << PL_LIMIT_COUNT) - 1) & ~rows[i].limits_absent));
                assert_row(rows[i].kernel, limits.values[PL_LIMIT_MAX] == 64 * PL_MIB);
                assert_row(rows[i].kernel, limits.values[PL_LIMIT_LOW] == 16 * PL_MIB);
                assert_row(rows[i].kernel, limits.values[PL_LIMIT_HIGH] == PL_SIZE_MAX);
                assert_row(rows[i].kernel, limits.values[PL_LIMIT_OOM_GROUP] == 1);
                assert_int_equal(pl_memcg_read_limits(root, &buffer, &limits), 0);
                assert_row(rows[i].kernel, (limits.set & ~(1U << PL_LIMIT_ZSWAP_WRITEBACK)) == 0);
        }
}

/* A second opinion: the same key looked for as a person would, at the start of a line. */
static uint64_t look_up(const char *key)
{
        struct pl_span text = pl_file_span(&buffer);

        while (!pl_span_empty(text)) {
                struct pl_span line = pl_span_until(&text, '\n');
                uint64_t value;

                if (pl_span_equals(pl_span_until(&line, ' '), key)) {
                        assert_int_equal(pl_span_to_u64(line, &value), 0);
                        return value;
                }
        }
        fail_msg("no key %s", key);
        return 0;
}

static void reads_memory_stat(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_close_ int api = open_fixture(rows[i].kernel, "web.slice/api");
                struct pl_memcg_stat stat;

                assert_int_equal(pl_memcg_read_stat(api, &buffer, &stat), 0);
                assert_row(rows[i].kernel, (stat.have & rows[i].stat_absent) == 0);
                assert_row(rows[i].kernel, stat.anon_bytes == rows[i].anon_bytes);
                assert_row(rows[i].kernel, stat.workingset_refault_anon == rows[i].refault_anon);
                assert_row(rows[i].kernel, stat.anon_bytes == look_up("anon"));
                assert_row(rows[i].kernel, stat.file_bytes == look_up("file"));
                assert_row(rows[i].kernel, stat.inactive_file_bytes == look_up("inactive_file"));
                assert_row(rows[i].kernel, stat.pgmajfault == look_up("pgmajfault"));
                assert_row(rows[i].kernel, stat.pgsteal == look_up("pgsteal"));
                assert_row(rows[i].kernel,
                           stat.workingset_refault_file == look_up("workingset_refault_file"));
                if (stat.have & BIT(pgscan_direct))
                        assert_row(rows[i].kernel, stat.pgscan_direct == look_up("pgscan_direct"));
                if (stat.have & BIT(pswpin))
                        assert_row(rows[i].kernel, stat.pswpin == look_up("pswpin"));
                assert_true(look_up("pgfault") > 0);
        }
}

static void one_refault_counter_before_5_9(void **state)
{
        static const char text[] = "anon 1\nfile 2\nshmem 3\ninactive_anon 4\ninactive_file 5\n"
                                   "workingset_refault 42\npgfault 6\npgmajfault 7\n";
        struct pl_memcg_stat stat;

        (void) state;
        assert_int_equal(pl_memcg_parse_stat(pl_span_of(text), &stat), 0);
        assert_true(stat.workingset_refault_file == 42);
        assert_true(stat.have & BIT(workingset_refault_file));
        assert_false(stat.have & BIT(workingset_refault_anon));
}

/* Cut after any byte, the file is malformed or was cut behind a whole line that nothing depended on; never a smaller
 * number. */
static void a_cut_is_never_a_smaller_number(void **state)
{
        _cleanup_close_ int api = open_fixture("6.12", "web.slice/api");
        struct pl_memcg_stat whole, stat;

        (void) state;
        assert_int_equal(pl_memcg_read_stat(api, &buffer, &whole), 0);
        for (size_t cut = 0; cut < buffer.length; cut++) {
                if (pl_memcg_parse_stat(pl_span(buffer.data, cut), &stat) != 0)
                        continue;
                assert_int_equal(buffer.data[cut - 1], '\n');
                assert_true((stat.have & whole.have) == stat.have);
                for (size_t i = 0; i < offsetof(struct pl_memcg_stat, have) / 8; i++)
                        if (stat.have & UINT64_C(1) << i)
                                assert_true(((uint64_t *) &stat)[i] == ((uint64_t *) &whole)[i]);
        }
}

static void numa_figures(void **state)
{
        static const struct {
                const char *name, *text;
                int error;
        } texts[] = {
                { "two nodes", "anon N0=1 N1=2\nfile N0=3 N1=4\nnew_key N0=5 N1=6\n", 0 },
                { "a node without memory between", "anon N0=1 N2=2\nfile N0=3 N2=4\n", 0 },
                { "anon missing", "file N0=3\n", PL_FILE_E_MALFORMED },
                { "nodes differ between lines", "anon N0=1\nfile N0=1 N1=2\n",
                  PL_FILE_E_MALFORMED },
                { "a node twice", "anon N0=1 N0=1\nfile N0=1\n", PL_FILE_E_MALFORMED },
                { "a key twice", "anon N0=1\nanon N0=1\nfile N0=1\n", PL_FILE_E_MALFORMED },
                { "a node above the bound", "anon N64=1\nfile N64=1\n", PL_FILE_E_MALFORMED },
                { "no number", "anon N0=\nfile N0=1\n", PL_FILE_E_MALFORMED },
                { "no node", "anon\nfile\n", PL_FILE_E_MALFORMED },
                { "cut", "anon N0=1\nfile N0=1", PL_FILE_E_MALFORMED },
                { "empty", "", PL_FILE_E_MALFORMED },
        };
        struct pl_memcg_numa_stat numa;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(texts); i++)
                assert_row(texts[i].name, pl_memcg_parse_numa_stat(pl_span_of(texts[i].text),
                                                                   &numa) == texts[i].error);
        assert_int_equal(pl_memcg_parse_numa_stat(pl_span_of(texts[1].text), &numa), 0);
        assert_true(numa.node_mask == 5);
        assert_true(numa.nodes[2].file_bytes == 4);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_close_ int api = open_fixture(rows[i].kernel, "web.slice/api");
                struct pl_memcg_stat stat;

                assert_int_equal(pl_memcg_read_numa_stat(api, &buffer, &numa), 0);
                assert_row(rows[i].kernel, numa.node_mask == 1);
                assert_int_equal(pl_memcg_read_stat(api, &buffer, &stat), 0);
                assert_row(rows[i].kernel, numa.nodes[0].anon_bytes > 0);
        }
}

static void events_need_all_their_keys(void **state)
{
        struct pl_memcg_events events = { .low = 77 };
        struct pl_memcg_swap_events swap_events = { .max = 77 };

        (void) state;
        assert_int_equal(
                pl_memcg_parse_events(pl_span_of("low 0\nhigh 0\nmax 0\noom 0\n"), &events),
                PL_FILE_E_MALFORMED);
        assert_int_equal(pl_memcg_parse_events(pl_span_of(""), &events), PL_FILE_E_MALFORMED);
        assert_true(events.low == 77);
        assert_int_equal(
                pl_memcg_parse_events(pl_span_of("low 1\nhigh 2\nmax 3\noom 4\noom_kill "
                                                 "5\noom_group_kill 6\nsock_throttled 7\n"),
                                      &events),
                0);
        assert_true(events.oom_kill == 5 && events.oom_group_kill == 6);
        assert_int_equal(pl_memcg_parse_swap_events(pl_span_of("high 1\nmax 2\n"), &swap_events),
                         PL_FILE_E_MALFORMED);
        assert_int_equal(pl_memcg_parse_swap_events(pl_span_of("max 2\nfail 3\n"), &swap_events),
                         0);
        assert_true(swap_events.high == 0 && swap_events.fail == 3);
}

static void writes_limits_and_reclaims(void **state)
{
        struct test_tree tree;
        uint64_t value;
        char text[32];

        (void) state;
        test_tree_make(&tree);
        test_tree_put(&tree, "cgroup.procs", "");
        assert_int_equal(pl_memcg_write_limit(tree.fd, PL_LIMIT_MAX, 1), PL_FILE_E_ABSENT);
        for (enum pl_limit limit = 0; limit < PL_LIMIT_COUNT; limit++) {
                uint64_t wanted = pl_limit_is_switch(limit) ? 1 : 4096 * (limit + 1);

                test_tree_put(&tree, pl_limit_file(limit), "");
                assert_int_equal(pl_memcg_write_limit(tree.fd, limit, wanted), 0);
                assert_true(snprintf(text, sizeof text, "%llu\n", (unsigned long long) wanted) > 0);
                assert_string_equal(test_tree_get(&tree, pl_limit_file(limit)), text);
                assert_int_equal(pl_memcg_read_limit(tree.fd, limit, &buffer, &value), 0);
                assert_true(value == wanted);
        }
        test_tree_put(&tree, "memory.max", "");
        assert_int_equal(pl_memcg_write_limit(tree.fd, PL_LIMIT_MAX, PL_SIZE_MAX), 0);
        assert_string_equal(test_tree_get(&tree, "memory.max"), "max\n");
        test_tree_put(&tree, "memory.oom.group", "2\n");
        assert_int_equal(pl_memcg_read_limit(tree.fd, PL_LIMIT_OOM_GROUP, &buffer, &value),
                         PL_FILE_E_MALFORMED);

        test_tree_put(&tree, "memory.reclaim", "");
        assert_int_equal(
                pl_memcg_reclaim(tree.fd,
                                 (struct pl_memcg_reclaim){ 4096, PL_MEMCG_SWAPPINESS_DEFAULT }),
                0);
        assert_string_equal(test_tree_get(&tree, "memory.reclaim"), "4096\n");
        assert_int_equal(pl_memcg_reclaim(tree.fd, (struct pl_memcg_reclaim){ UINT64_MAX, 200 }),
                         0);
        assert_string_equal(test_tree_get(&tree, "memory.reclaim"),
                            "18446744073709551615 swappiness=200\n");
        test_tree_remove(&tree);
}

/* What is not measured is not 0: it is said. */
static void hot_figures_that_are_not_there(void **state)
{
        struct pl_memcg_hot_figures figures;
        struct pl_memcg_hot hot;
        struct test_tree tree;

        (void) state;
        test_tree_make(&tree);
        test_tree_put(&tree, "cgroup.procs", "");
        assert_int_equal(pl_memcg_hot_open(tree.fd, &hot), PL_FILE_E_ABSENT);
        test_tree_put(&tree, "memory.current", "4096\n");
        test_tree_put(&tree, "memory.events", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n");
        assert_int_equal(pl_memcg_hot_open(tree.fd, &hot), 0);
        assert_int_equal(pl_memcg_hot_read(&hot, &buffer, &figures), 0);
        assert_true(figures.current_bytes == 4096 && figures.events.max == 3);
        assert_false(figures.has_swap || figures.has_pressure);
        pl_memcg_hot_close(&hot);
        test_tree_remove(&tree);
}

static void hot_figures_in_one_go(void **state)
{
        int fds = test_open_fds();

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                _cleanup_close_ int api = open_fixture(rows[i].kernel, "web.slice/api");
                _cleanup_close_ int root = open_fixture(rows[i].kernel, ".");
                struct pl_memcg_hot hot;
                struct pl_memcg_hot_figures figures;

                assert_int_equal(pl_memcg_hot_open(api, &hot), 0);
                assert_int_equal(pl_memcg_hot_read(&hot, &buffer, &figures), 0);
                assert_row(rows[i].kernel, figures.current_bytes == rows[i].current_bytes);
                assert_row(rows[i].kernel, figures.swap_bytes == rows[i].swap_bytes);
                assert_row(rows[i].kernel, figures.has_swap && figures.has_pressure);
                assert_row(rows[i].kernel, figures.events.max == rows[i].max_events);
                assert_row(rows[i].kernel,
                           figures.some_usec >= figures.full_usec && figures.full_usec > 0);
                pl_memcg_hot_close(&hot);
                pl_memcg_hot_close(&hot);
                assert_int_equal(pl_memcg_hot_open(root, &hot), PL_FILE_E_ABSENT);
        }
        assert_int_equal(test_open_fds(), fds);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(reads_what_five_years_of_kernels_print),
                cmocka_unit_test(reads_the_limits_there_are),
                cmocka_unit_test(reads_memory_stat),
                cmocka_unit_test(one_refault_counter_before_5_9),
                cmocka_unit_test(a_cut_is_never_a_smaller_number),
                cmocka_unit_test(numa_figures),
                cmocka_unit_test(events_need_all_their_keys),
                cmocka_unit_test(writes_limits_and_reclaims),
                cmocka_unit_test(hot_figures_in_one_go),
                cmocka_unit_test(hot_figures_that_are_not_there),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
