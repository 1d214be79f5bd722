/* SPDX-License-Identifier: Apache-2.0 */

/* Single lines of the OOM killer, as kernels print them and as hostile names and paths would have them read. */

#include "plimsoll/base/size.h"
#include "plimsoll/kernel/kmsg.h"
#include "test.h"

static struct pl_kmsg_record record;

static int parse(struct pl_span text, struct pl_kmsg_oom *ret_oom)
{
        record = (struct pl_kmsg_record){ .have = PL_KMSG_HAS_PRIORITY, .level = 6 };
        assert_true(text.length <= sizeof record.text);
        memcpy(record.text, text.data, text.length);
        record.length = text.length;
        return pl_kmsg_parse_oom(&record, ret_oom);
}

static const struct {
        const char *text;
        const char *comm;
        uint64_t gfp_mask;
        int32_t order, score_adj;
} invoked[] = {
        { "t invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0", "t", 0xcc0,
          0, 0 },
        { "we)ird, pid=1 ( invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
          "oom_score_adj=300",
          "we)ird, pid=1 (", 0xcc0, 0, 300 },
        { "kworker/0:1 invoked oom-killer: "
          "gfp_mask=0x140dca(GFP_HIGHUSER_MOVABLE|__GFP_COMP|__GFP_ZERO), "
          "order=-1, oom_score_adj=-1000",
          "kworker/0:1", 0x140dca, -1, -1000 },
        { "java invoked oom-killer: gfp_mask=0x24201ca(GFP_KERNEL), nodemask=0-1, order=3, "
          "oom_score_adj=1",
          "java", 0x24201ca, 3, 1 },
        { " invoked oom-killer: gfp_mask=0x0(), order=0, oom_score_adj=0", "", 0, 0, 0 },
        /* Names that begin like another form. */
        { "[    1] x invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
          "[    1] x", 0xcc0, 0, 0 },
        { "Tasks in / invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, oom_score_adj=0",
          "Tasks in /", 0xcc0, 0, 0 },
        { "memory: usage 1 invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
          "oom_score_adj=0",
          "memory: usage 1", 0xcc0, 0, 0 },
        { "Out of memory:  invoked oom-killer: gfp_mask=0xcc0(GFP_KERNEL), order=0, "
          "oom_score_adj=0",
          "Out of memory: ", 0xcc0, 0, 0 },
};

static void test_invoked(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(invoked); i++) {
                struct pl_kmsg_oom oom;

                assert_row(invoked[i].text, parse(pl_span_of(invoked[i].text), &oom) == 0);
                assert_row(invoked[i].text, oom.kind == PL_KMSG_OOM_INVOKED);
                assert_row(invoked[i].text, pl_span_equals(oom.invoked.comm, invoked[i].comm));
                assert_row(invoked[i].text, oom.invoked.gfp_mask == invoked[i].gfp_mask);
                assert_row(invoked[i].text, oom.invoked.order == invoked[i].order);
                assert_row(invoked[i].text, oom.invoked.score_adj == invoked[i].score_adj);
        }
}

static const struct {
        const char *text;
        enum pl_kmsg_oom_counter counter;
        uint64_t usage_kib, limit_bytes, failures;
} usages[] = {
        { "memory: usage 102708kB, limit 40960kB, failcnt 0", PL_KMSG_OOM_MEMORY, 102708,
          40960 * 1024, 0 },
        { "swap: usage 9996kB, limit 10240kB, failcnt 34", PL_KMSG_OOM_SWAP, 9996, 10240 * 1024,
          34 },
        { "swap: usage 0kB, limit 9007199254740988kB, failcnt 1495", PL_KMSG_OOM_SWAP, 0,
          PL_SIZE_MAX, 1495 },
        { "swap: usage 0kB, limit 9007199254740928kB, failcnt 0", PL_KMSG_OOM_SWAP, 0, PL_SIZE_MAX,
          0 },
        { "memory+swap: usage 5kB, limit 6kB, failcnt 7", PL_KMSG_OOM_MEMORY_AND_SWAP, 5, 6 * 1024,
          7 },
        { "kmem: usage 5kB, limit 6kB, failcnt 7", PL_KMSG_OOM_KERNEL_MEMORY, 5, 6 * 1024, 7 },
};

static void test_usages(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(usages); i++) {
                struct pl_kmsg_oom oom;

                assert_row(usages[i].text, parse(pl_span_of(usages[i].text), &oom) == 0);
                assert_row(usages[i].text, oom.kind == PL_KMSG_OOM_USAGE);
                assert_row(usages[i].text, oom.usage.counter == usages[i].counter);
                assert_row(usages[i].text, oom.usage.usage_bytes == usages[i].usage_kib * 1024);
                assert_row(usages[i].text, oom.usage.limit_bytes == usages[i].limit_bytes);
                assert_row(usages[i].text, oom.usage.failure_count == usages[i].failures);
        }
}

#define GROUP_END " are going to be killed due to memory.oom.group set"

static const struct {
        const char *text;
        enum pl_kmsg_oom_kind kind;
        const char *path; /* NULL where the form has none */
} paths[] = {
        { "Memory cgroup stats for /kubepods.slice:", PL_KMSG_OOM_STATS, "/kubepods.slice" },
        { "Memory cgroup stats for /:", PL_KMSG_OOM_STATS, "/" },
        { "Memory cgroup stats for /a:b::", PL_KMSG_OOM_STATS, "/a:b:" },
        { "Memory cgroup stats for /t invoked oom-killer: gfp_mask=0x0(), order=0, "
          "oom_score_adj=0:",
          PL_KMSG_OOM_STATS, "/t invoked oom-killer: gfp_mask=0x0(), order=0, oom_score_adj=0" },
        { "Tasks in /kubepods.slice" GROUP_END, PL_KMSG_OOM_GROUP, "/kubepods.slice" },
        { "Tasks in /a" GROUP_END GROUP_END, PL_KMSG_OOM_GROUP, "/a" GROUP_END },
        { "Tasks in /: Killed process 1 (init) total-vm:1kB, anon-rss:1kB, file-rss:1kB" GROUP_END,
          PL_KMSG_OOM_GROUP,
          "/: Killed process 1 (init) total-vm:1kB, anon-rss:1kB, file-rss:1kB" },
        { "Tasks state (memory values in pages):", PL_KMSG_OOM_TASKS, NULL },
        { "Out of memory and no killable processes...", PL_KMSG_OOM_NOBODY, NULL },
};

static void test_paths(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(paths); i++) {
                struct pl_kmsg_oom oom;

                assert_row(paths[i].text, parse(pl_span_of(paths[i].text), &oom) == 0);
                assert_row(paths[i].text, oom.kind == paths[i].kind);
                assert_row(paths[i].text,
                           !paths[i].path || pl_span_equals(oom.path, paths[i].path));
        }
}

#define FIGURES     "total-vm:20kB, anon-rss:10kB, file-rss:4kB, shmem-rss:2kB"
#define NEW_FIGURES FIGURES ", UID:1000 pgtables:236kB oom_score_adj:-500"

enum {
        OLD_HAVE = PL_KMSG_VICTIM_TOTAL_VM | PL_KMSG_VICTIM_ANON | PL_KMSG_VICTIM_FILE |
                   PL_KMSG_VICTIM_SHMEM,
        ALL_HAVE = OLD_HAVE | PL_KMSG_VICTIM_UID | PL_KMSG_VICTIM_PGTABLES |
                   PL_KMSG_VICTIM_SCORE_ADJ,
        REAPED_HAVE = PL_KMSG_VICTIM_ANON | PL_KMSG_VICTIM_FILE | PL_KMSG_VICTIM_SHMEM,
};

static const struct {
        const char *text;
        enum pl_kmsg_oom_kind kind;
        enum pl_kmsg_oom_cause cause;
        const char *comm;
        uint32_t have;
} victims[] = {
        { "Memory cgroup out of memory: Killed process 108 (hog) " NEW_FIGURES, PL_KMSG_OOM_KILLED,
          PL_KMSG_CAUSE_MEMCG, "hog", ALL_HAVE },
        { "Out of memory: Killed process 108 (hog) " NEW_FIGURES, PL_KMSG_OOM_KILLED,
          PL_KMSG_CAUSE_GLOBAL, "hog", ALL_HAVE },
        { "Out of memory (oom_kill_allocating_task): Killed process 108 (hog) " NEW_FIGURES,
          PL_KMSG_OOM_KILLED, PL_KMSG_CAUSE_ALLOCATING_TASK, "hog", ALL_HAVE },
        { "Killed process 108 (hog) " FIGURES, PL_KMSG_OOM_KILLED, PL_KMSG_CAUSE_UNKNOWN, "hog",
          OLD_HAVE },
        { "Killed process 108 (hog) total-vm:20kB, anon-rss:10kB, file-rss:4kB", PL_KMSG_OOM_KILLED,
          PL_KMSG_CAUSE_UNKNOWN, "hog", OLD_HAVE & ~PL_KMSG_VICTIM_SHMEM },
        { "Out of memory: Killed process 108 (we)ird, pid=1 () " NEW_FIGURES, PL_KMSG_OOM_KILLED,
          PL_KMSG_CAUSE_GLOBAL, "we)ird, pid=1 (", ALL_HAVE },
        { "Out of memory: Killed process 108 () " NEW_FIGURES, PL_KMSG_OOM_KILLED,
          PL_KMSG_CAUSE_GLOBAL, "", ALL_HAVE },
        { "Out of memory: Killed process 108 (x) total-vm:1k) " NEW_FIGURES, PL_KMSG_OOM_KILLED,
          PL_KMSG_CAUSE_GLOBAL, "x) total-vm:1k", ALL_HAVE },
        { "Out of memory: Killed process 108 (1 (init)\n) " NEW_FIGURES, PL_KMSG_OOM_KILLED,
          PL_KMSG_CAUSE_GLOBAL, "1 (init)\n", ALL_HAVE },
        { "Out of memory: Killed process 108 (hog) " NEW_FIGURES " future:7kB", PL_KMSG_OOM_KILLED,
          PL_KMSG_CAUSE_GLOBAL, "hog", ALL_HAVE },
        { "oom_reaper: reaped process 108 (hog), now anon-rss:10kB, file-rss:4kB, shmem-rss:2kB",
          PL_KMSG_OOM_REAPED, PL_KMSG_CAUSE_UNKNOWN, "hog", REAPED_HAVE },
        { "oom_reaper: reaped process 108 (), now a), now anon-rss:10kB, file-rss:4kB, "
          "shmem-rss:2kB",
          PL_KMSG_OOM_REAPED, PL_KMSG_CAUSE_UNKNOWN, "), now a", REAPED_HAVE },
        { "oom_reaper: unable to reap pid:108 (hog)", PL_KMSG_OOM_NOT_REAPED, PL_KMSG_CAUSE_UNKNOWN,
          "hog", 0 },
        { "oom_reaper: unable to reap pid:108 ()()", PL_KMSG_OOM_NOT_REAPED, PL_KMSG_CAUSE_UNKNOWN,
          ")(", 0 },
        { "Out of memory: OOM victim 108 (hog) is already exiting. Skip killing the task",
          PL_KMSG_OOM_EXITING, PL_KMSG_CAUSE_GLOBAL, "hog", 0 },
        { "Memory cgroup out of memory: OOM victim 108 () is al) is already exiting. Skip killing "
          "the task",
          PL_KMSG_OOM_EXITING, PL_KMSG_CAUSE_MEMCG, ") is al", 0 },
};

static void test_victims(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(victims); i++) {
                const struct pl_kmsg_oom_victim *victim;
                const char *text = victims[i].text;
                struct pl_kmsg_oom oom;

                assert_row(text, parse(pl_span_of(text), &oom) == 0);
                assert_row(text, oom.kind == victims[i].kind);
                victim = &oom.victim;
                assert_row(text, victim->cause == victims[i].cause);
                assert_row(text, victim->pid == 108);
                assert_row(text, pl_span_equals(victim->comm, victims[i].comm));
                assert_row(text, victim->have == victims[i].have);
                if (victim->have & PL_KMSG_VICTIM_ANON)
                        assert_row(text, victim->anon_bytes == 10240 && victim->file_bytes == 4096);
                if (victim->have & PL_KMSG_VICTIM_SHMEM)
                        assert_row(text, victim->shmem_bytes == 2048);
                if (victim->have == ALL_HAVE)
                        assert_row(text, victim->total_vm_bytes == 20480 && victim->uid == 1000 &&
                                                 victim->pgtables_bytes == 236 * 1024 &&
                                                 victim->score_adj == -500);
        }
}

static void test_pinned(void **state)
{
        struct pl_kmsg_oom oom;

        (void) state;
        assert_int_equal(
                parse(pl_span_of("oom killer 12 (a) has mm) has mm pinned by 34 (b) (c))"), &oom),
                0);
        assert_int_equal(oom.kind, PL_KMSG_OOM_PINNED);
        assert_int_equal(oom.pinned.pid, 12);
        assert_true(pl_span_equals(oom.pinned.comm, "a) has mm"));
        assert_int_equal(oom.pinned.holder_pid, 34);
        assert_true(pl_span_equals(oom.pinned.holder_comm, "b) (c)"));
}

#define LOCAL                                                                                      \
        "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0,oom_memcg="
#define GLOBAL                                                                                     \
        "oom-kill:constraint=CONSTRAINT_NONE,nodemask=(null),cpuset=c,mems_allowed=0-1,global_"    \
        "oom,task_memcg="

enum {
        BEGIN = PL_KMSG_CHOSEN_CONSTRAINT | PL_KMSG_CHOSEN_CPUSET,
        GLOBAL_HAVE = BEGIN | PL_KMSG_CHOSEN_TASK_MEMCG | PL_KMSG_CHOSEN_TASK,
        LOCAL_HAVE = GLOBAL_HAVE | PL_KMSG_CHOSEN_OOM_MEMCG,
};

static const struct {
        const char *text;
        uint32_t have;
        bool is_ambiguous;
        const char *oom_memcg, *task_memcg, *comm;
} chosen[] = {
        { LOCAL "/p,task_memcg=/p/q,task=hog,pid=5,uid=7", LOCAL_HAVE, false, "/p", "/p/q", "hog" },
        { LOCAL "/,task_memcg=/q,task=hog,pid=5,uid=7", LOCAL_HAVE, false, "/", "/q", "hog" },
        { LOCAL "/p,task_memcg=/p,task=we)ird, pid=1 (,pid=5,uid=7", LOCAL_HAVE, false, "/p", "/p",
          "we)ird, pid=1 (" },
        { LOCAL "/p,task_memcg=/p,task=a,pid=1,uid=0,pid=5,uid=7", LOCAL_HAVE, false, "/p", "/p",
          "a,pid=1,uid=0" },
        { GLOBAL "/q,task=hog,pid=5,uid=7", GLOBAL_HAVE, false, NULL, "/q", "hog" },
        { GLOBAL "/,task=,pid=5,uid=7", GLOBAL_HAVE, false, NULL, "/", "" },
        /* Paths with commas, and with the words of the form. */
        { LOCAL "/a,b,task_memcg=/a,b/c,d,task=hog,pid=5,uid=7", LOCAL_HAVE, false, "/a,b",
          "/a,b/c,d", "hog" },
        { LOCAL "/p,task_memcg=/x,task_memcg=/p,task_memcg=/x/y,task=hog,pid=5,uid=7", LOCAL_HAVE,
          false, "/p,task_memcg=/x", "/p,task_memcg=/x/y", "hog" },
        { LOCAL "/p,task_memcg=/p/z,task=init,pid=1,uid=0/y,task=hog,pid=5,uid=7", LOCAL_HAVE,
          false, "/p", "/p/z,task=init,pid=1,uid=0/y", "hog" },
        { GLOBAL "/q,oom_memcg=/r,task_memcg=/r,task=hog,pid=5,uid=7", GLOBAL_HAVE, false, NULL,
          "/q,oom_memcg=/r,task_memcg=/r", "hog" },
        { "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=x,mems_allowed=1,oom_memcg="
          "y,"
          "global_oom,task_memcg=,mems_allowed=0,oom_memcg=/p,task_memcg=/p,task=hog,pid=5,uid=7",
          LOCAL_HAVE, false, "/p", "/p", "hog" },
        /* A name that contains ",task=" is read right, and the line is marked. */
        { LOCAL "/p,task_memcg=/p,task=x,task=init,pid=5,uid=7", LOCAL_HAVE, true, "/p", "/p",
          "x,task=init" },
        /* Nothing lies below what is said to be short: the task has moved, or somebody plays tricks. */
        { LOCAL "/p,task_memcg=/q,task=hog,pid=5,uid=7", LOCAL_HAVE, false, "/p", "/q", "hog" },
        { LOCAL "/p,task_memcg=/q,task_memcg=/r,task=hog,pid=5,uid=7", LOCAL_HAVE, true, "/p",
          "/q,task_memcg=/r", "hog" },
        /* Cut and split. */
        { "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=/,mems_allowed=0", BEGIN,
          false, NULL, NULL, NULL },
        { "oom-kill:constraint=CONSTRAINT_MEMCG,nodemask=(null),cpuset=", PL_KMSG_CHOSEN_CONSTRAINT,
          false, NULL, NULL, NULL },
        { LOCAL "/p", BEGIN, false, NULL, NULL, NULL },
        { LOCAL "/p,task_memcg=/p/q", BEGIN | PL_KMSG_CHOSEN_OOM_MEMCG, false, "/p", NULL, NULL },
        { LOCAL "/p,task_memcg=/p/q,task=hog,pid=5", BEGIN | PL_KMSG_CHOSEN_OOM_MEMCG, false, "/p",
          NULL, NULL },
        { GLOBAL "/q", BEGIN, false, NULL, NULL, NULL },
        { ",oom_memcg=/p,task_memcg=/p,task=hog,pid=5,uid=7", LOCAL_HAVE & ~BEGIN, false, "/p",
          "/p", "hog" },
        { ",global_oom,task_memcg=/q,task=hog,pid=5,uid=7", GLOBAL_HAVE & ~BEGIN, false, NULL, "/q",
          "hog" },
};

static bool is_or_none(struct pl_span span, const char *expected)
{
        return expected ? pl_span_equals(span, expected) : pl_span_empty(span);
}

static void test_chosen(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(chosen); i++) {
                const char *text = chosen[i].text;
                struct pl_kmsg_oom oom;

                assert_row(text, parse(pl_span_of(text), &oom) == 0);
                assert_row(text, oom.kind == PL_KMSG_OOM_CHOSEN);
                assert_row(text, oom.chosen.have == chosen[i].have);
                assert_row(text, oom.chosen.is_ambiguous == chosen[i].is_ambiguous);
                assert_row(text, is_or_none(oom.chosen.oom_memcg, chosen[i].oom_memcg));
                assert_row(text, is_or_none(oom.chosen.task_memcg, chosen[i].task_memcg));
                assert_row(text, is_or_none(oom.chosen.comm, chosen[i].comm));
                if (oom.chosen.have & PL_KMSG_CHOSEN_TASK)
                        assert_row(text, oom.chosen.pid == 5 && oom.chosen.uid == 7);
                assert_row(text, oom.chosen.is_global ==
                                         (strstr(text, ",global_oom,task_memcg=/") != NULL));
        }
}

static void test_constraints(void **state)
{
        static const struct {
                const char *name;
                enum pl_kmsg_oom_constraint constraint;
        } rows[] = {
                { "CONSTRAINT_NONE", PL_KMSG_CONSTRAINT_NONE },
                { "CONSTRAINT_CPUSET", PL_KMSG_CONSTRAINT_CPUSET },
                { "CONSTRAINT_MEMORY_POLICY", PL_KMSG_CONSTRAINT_MEMORY_POLICY },
                { "CONSTRAINT_MEMCG", PL_KMSG_CONSTRAINT_MEMCG },
                { "CONSTRAINT_MOON", PL_KMSG_CONSTRAINT_UNKNOWN },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_kmsg_oom oom;
                char text[256];

                (void) snprintf(text, sizeof text,
                                "oom-kill:constraint=%s,nodemask=0,cpuset=a,b,mems_allowed=0,"
                                "global_oom,task_memcg=/q,task=x,pid=1,uid=-1",
                                rows[i].name);
                assert_row(rows[i].name, parse(pl_span_of(text), &oom) == 0);
                assert_row(rows[i].name, oom.chosen.constraint == rows[i].constraint);
                assert_row(rows[i].name, pl_span_equals(oom.chosen.cpuset, "a,b"));
                assert_row(rows[i].name, oom.chosen.uid == -1);
        }
}

#define OLD_HEADER                                                                                 \
        "[  pid  ]   uid  tgid total_vm      rss pgtables_bytes swapents oom_score_adj name"
#define NEW_HEADER                                                                                 \
        "[  pid  ]   uid  tgid total_vm      rss rss_anon rss_file rss_shmem pgtables_bytes "      \
        "swapents oom_score_adj name"

static void parse_header(const char *header, struct pl_kmsg_oom_columns *ret_columns)
{
        struct pl_kmsg_oom oom;

        assert_int_equal(parse(pl_span_of(header), &oom), 0);
        assert_int_equal(oom.kind, PL_KMSG_OOM_HEADER);
        *ret_columns = oom.columns;
}

static void test_rows(void **state)
{
        struct pl_kmsg_oom_columns columns;
        struct pl_kmsg_oom_row row;
        struct pl_kmsg_oom oom;

        (void) state;
        parse_header(NEW_HEADER, &columns);
        assert_int_equal(
                parse(pl_span_of(
                              "[    192]  1001   193    25882    14929    14742        1       186"
                              "   155648       12           500 we)ird, pid=1 ("),
                      &oom),
                0);
        assert_int_equal(oom.kind, PL_KMSG_OOM_ROW);
        assert_int_equal(pl_kmsg_parse_oom_row(&record, &columns, &row), 0);
        assert_int_equal(row.have, 0x1FFE); /* every column */
        assert_int_equal(row.pid, 192);
        assert_int_equal(row.uid, 1001);
        assert_int_equal(row.tgid, 193);
        assert_int_equal(row.total_vm_pages, 25882);
        assert_int_equal(row.rss_pages, 14929);
        assert_int_equal(row.rss_anon_pages, 14742);
        assert_int_equal(row.rss_file_pages, 1);
        assert_int_equal(row.rss_shmem_pages, 186);
        assert_int_equal(row.pgtables_bytes, 155648);
        assert_int_equal(row.swap_pages, 12);
        assert_int_equal(row.score_adj, 500);
        assert_true(pl_span_equals(row.comm, "we)ird, pid=1 ("));
}

static const struct {
        const char *name, *header, *row;
        int error;
        uint32_t have;
        const char *comm;
} tables[] = {
        { "a kernel of old", OLD_HEADER, "[ 108] 0 108 25880 25794 241664 0 0 hog", 0, 0x1E3E,
          "hog" },
        { "before pgtables_bytes",
          "[ pid ]   uid  tgid total_vm      rss nr_ptes nr_pmds swapents oom_score_adj name",
          "[ 108] 0 108 25880 25794 1 2 0 0 hog", 0, 0x1C3E, "hog" },
        { "columns in another order", "[ pid ] rss uid name", "[ 108] 25794 0 hog", 0, 0x1026,
          "hog" },
        { "an unknown column that is no number", "[ pid ] rss mood name", "[ 108] 25794 bad hog", 0,
          0x1022, "hog" },
        { "blanks around a name", OLD_HEADER, "[ 108] 0 108 1 1 1 0 0  a b ", 0, 0x1E3E, " a b " },
        { "no name", OLD_HEADER, "[ 108] 0 108 1 1 1 0 0 ", 0, 0x1E3E, "" },
        { "a user that cannot be shown", OLD_HEADER, "[ 108] -1 108 1 1 1 0 0 hog", 0, 0x1E3E,
          "hog" },
        { "cut in the numbers", OLD_HEADER, "[ 108] 0 108 25880 25794", PL_FILE_E_MALFORMED, 0,
          NULL },
        { "cut before the name", OLD_HEADER, "[ 108] 0 108 1 1 1 0 0", PL_FILE_E_MALFORMED, 0,
          NULL },
        { "a word for a number", OLD_HEADER, "[ 108] 0 108 x 1 1 0 0 hog", PL_FILE_E_MALFORMED, 0,
          NULL },
        { "a row of another header", NEW_HEADER, "[ 108] 0 108 1 1 1 0 0 hog", PL_FILE_E_MALFORMED,
          0, NULL },
};

static void test_tables(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(tables); i++) {
                struct pl_kmsg_oom_columns columns;
                struct pl_kmsg_oom_row row;
                struct pl_kmsg_oom oom;
                int r;

                parse_header(tables[i].header, &columns);
                assert_row(tables[i].name, parse(pl_span_of(tables[i].row), &oom) == 0);
                assert_row(tables[i].name, oom.kind == PL_KMSG_OOM_ROW);
                r = pl_kmsg_parse_oom_row(&record, &columns, &row);
                assert_row(tables[i].name, r == tables[i].error);
                if (r != 0)
                        continue;
                assert_row(tables[i].name, row.have == tables[i].have);
                assert_row(tables[i].name, row.pid == 108);
                assert_row(tables[i].name, pl_span_equals(row.comm, tables[i].comm));
        }
}

static const struct {
        const char *text;
        int error;
} refused[] = {
        { "", PL_KMSG_E_OTHER },
        { "Call Trace:", PL_KMSG_E_OTHER },
        { "[drm] hello", PL_KMSG_E_OTHER },
        { "[", PL_KMSG_E_OTHER },
        { "[]", PL_KMSG_E_OTHER },
        { "Tasks in the queue", PL_KMSG_E_OTHER },
        { "memory: something else", PL_KMSG_E_OTHER },
        { ",task_memcg=/p", PL_KMSG_E_OTHER },
        { "hog invoked oom-killer: gfp_mask=0xcc", PL_FILE_E_MALFORMED },
        { "hog invoked oom-killer: gfp_mask=, order=0, oom_score_adj=0", PL_FILE_E_MALFORMED },
        { "hog invoked oom-killer: gfp_mask=0xcg0(), order=0, oom_score_adj=0",
          PL_FILE_E_MALFORMED },
        { "hog invoked oom-killer: gfp_mask=0x11112222333344445(), order=0, oom_score_adj=0",
          PL_FILE_E_MALFORMED },
        { "hog invoked oom-killer: gfp_mask=0xcc0(), order=x, oom_score_adj=0",
          PL_FILE_E_MALFORMED },
        { "hog invoked oom-killer: gfp_mask=0xcc0(), order=0, oom_score_adj=0 ",
          PL_FILE_E_MALFORMED },
        { "memory: usage 1kB, limit 2kB", PL_FILE_E_MALFORMED },
        { "memory: usage 1, limit 2kB, failcnt 3", PL_FILE_E_MALFORMED },
        { "memory: usage -1kB, limit 2kB, failcnt 3", PL_FILE_E_MALFORMED },
        { "memory: usage 9223372036854775807kB, limit 2kB, failcnt 3", PL_FILE_E_MALFORMED },
        { "memory: usage kB, limit 2kB, failcnt 3", PL_FILE_E_MALFORMED },
        { "Memory cgroup stats for /a", PL_FILE_E_MALFORMED },
        { "Tasks in /a are going to be", PL_FILE_E_MALFORMED },
        { "Tasks in /a killed as a result of limit of /b", PL_FILE_E_MALFORMED },
        { "[ pid ]", PL_FILE_E_MALFORMED },
        { "[ pid ] rss", PL_FILE_E_MALFORMED },
        { "[ pid ] rss rss name", PL_FILE_E_MALFORMED },
        { "[ pid ] name rss", PL_FILE_E_MALFORMED },
        { "[ pid ] a b c d e f g h i j k l m n o name", PL_FILE_E_MALFORMED },
        { "oom-kill:constraint=CONSTRAINT_ME", PL_FILE_E_MALFORMED },
        { "Out of memory: Kill process 5 (hog) score 900 or sacrifice child", PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process 5", PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process x (hog) " FIGURES, PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process 0 (hog) " FIGURES, PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process -5 (hog) " FIGURES, PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process 4294967297 (hog) " FIGURES, PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process 5 hog) " FIGURES, PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process 5 (hog) total-vm:1kB, anon-rss:2kB", PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process 5 (hog) " FIGURES ", anon-rss:1kB", PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process 5 (hog) " FIGURES ", UID:", PL_FILE_E_MALFORMED },
        { "Out of memory: Killed process 5 (hog) " FIGURES ", pgtables:12", PL_FILE_E_MALFORMED },
        { "oom_reaper: reaped process 5 (hog), now anon-rss:1kB", PL_FILE_E_MALFORMED },
        { "oom_reaper: reaped process 5 (hog)", PL_FILE_E_MALFORMED },
        { "oom_reaper: unable to reap pid:5 (hog", PL_FILE_E_MALFORMED },
        { "oom_reaper: something new", PL_KMSG_E_OTHER },
        { "oom killer 12 (a) has mm", PL_FILE_E_MALFORMED },
        { "oom killer 12 (a) has mm pinned by 34 (b", PL_FILE_E_MALFORMED },
        { "oom killer 12 (a) has mm pinned by (b)", PL_FILE_E_MALFORMED },
};

static void test_refused(void **state)
{
        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(refused); i++) {
                struct pl_kmsg_oom oom, before;

                memset(&oom, 0xA5, sizeof oom);
                memcpy(&before, &oom, sizeof before);
                assert_row(refused[i].text,
                           parse(pl_span_of(refused[i].text), &oom) == refused[i].error);
                assert_row(refused[i].text, memcmp(&oom, &before, sizeof before) == 0);
        }
}

/* Who may write to /dev/kmsg can write what the kernel would, but not as the kernel. */
static void test_user_space_is_not_believed(void **state)
{
        static const char line[] = "3,1,2,-;Out of memory: Killed process 1 (init) " NEW_FIGURES;
        struct pl_kmsg_oom oom;

        (void) state;
        assert_int_equal(pl_kmsg_parse_line(pl_span_of(line), &record), 0);
        assert_int_equal(pl_kmsg_parse_oom(&record, &oom), 0);
        record.facility = 1;
        assert_int_equal(pl_kmsg_parse_oom(&record, &oom), PL_KMSG_E_OTHER);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(test_invoked),
                cmocka_unit_test(test_usages),
                cmocka_unit_test(test_paths),
                cmocka_unit_test(test_victims),
                cmocka_unit_test(test_pinned),
                cmocka_unit_test(test_chosen),
                cmocka_unit_test(test_constraints),
                cmocka_unit_test(test_rows),
                cmocka_unit_test(test_tables),
                cmocka_unit_test(test_refused),
                cmocka_unit_test(test_user_space_is_not_believed),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
