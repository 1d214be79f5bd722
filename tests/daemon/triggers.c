/* SPDX-License-Identifier: Apache-2.0 */

/* Who is waited for, with what words to the kernel, and what is made of its waking us. The kernel is played: it gives an fd that
 * can be waited for, or an outcome.
 */

#include "daemon/triggers_internal.h"

#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/stat.h>

#include "rig.h"

#define SEC PL_USEC_PER_SEC

static sd_event *event;
static struct pl_triggers triggers;
static unsigned looks;
static uint64_t look_wait;

static const struct pl_pressure usual = { .stall_usec = 70000,
                                          .window_usec = SEC,
                                          .workloads = PL_TRIGGERS_LOCAL_MAX };

static void on_stall(void *userdata, uint64_t wait_usec)
{
        assert_true(userdata == &triggers);
        looks++;
        look_wait = wait_usec;
}

/* ---- the kernel ---- */

static int host_outcome, local_outcome;
static uint64_t hiding; /* the id of one that has no such file; 0: nobody */
static bool threads_for_all;
static char host_bytes[128], local_words[64];
static struct pl_text host_words; /* all since they were cleared, or as many as fit */

static int answer(int outcome, int *ret_fd)
{
        if (outcome != 0)
                return outcome;
        *ret_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
        assert_true(*ret_fd >= 0);
        return 0;
}

int __wrap_pl_psi_trigger_open(int dir_fd, const char *name, struct pl_psi_trigger trigger,
                               int *ret_fd);
int __wrap_pl_psi_trigger_open(int dir_fd, const char *name, struct pl_psi_trigger trigger,
                               int *ret_fd)
{
        const bool is_host = strcmp(name, "pressure/memory") == 0;
        struct stat status;
        struct pl_text text;
        char words[64];

        pl_text_init(&text, words, sizeof words);
        pl_text_addf(&text, "%s %llu %llu\n", trigger.full ? "full" : "some",
                     (unsigned long long) trigger.stall_usec,
                     (unsigned long long) trigger.window_usec);
        assert_int_equal(fstat(dir_fd, &status), 0);
        if (is_host && trigger.unprivileged)
                return answer(threads_for_all ? 0 : PL_FILE_E_REFUSED, ret_fd);
        if (is_host) {
                assert_true(dir_fd == proc.fd);
                pl_text_add(&host_words, words);
                return answer(host_outcome, ret_fd);
        }
        assert_string_equal(name, "memory.pressure");
        assert_true(trigger.unprivileged);
        strcpy(local_words, words);
        return answer(status.st_ino == hiding ? (int) PL_FILE_E_ABSENT : local_outcome, ret_fd);
}

static void begin(void)
{
        const struct pl_triggers_options options = {
                .roots = { tree.fd, proc.fd, -1, -1 },
                .census = &board.census,
                .logbook = &logbook,
                .on_stall = on_stall,
                .userdata = &triggers,
        };

        looks = 0;
        host_outcome = local_outcome = 0;
        hiding = 0;
        threads_for_all = false;
        pl_text_init(&host_words, host_bytes, sizeof host_bytes);
        local_words[0] = '\0';
        rig_start(&(struct rig_options){});
        pl_triggers_init(&triggers, &options, event);
        board.options.triggers = &triggers;
        pl_triggers_set(&triggers, &usual);
}

/* With a memory.max that it can meet, as the tree's all have. */
static void make(const char *path, unsigned bytes)
{
        char text[32];

        rig_make(path);
        (void) snprintf(text, sizeof text, "%u\n", bytes);
        cgroup_put(&tree, path, "memory.current", text);
}

static uint64_t id_of(const char *path)
{
        return cgroup_id(&tree, path);
}

/* NULL: nobody waits for it. */
static struct pl_trigger *trigger_of(uint64_t id)
{
        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX; i++)
                if (triggers.local[i].id == id)
                        return &triggers.local[i];
        return NULL;
}

static bool is_awaited(uint64_t id)
{
        const struct pl_trigger *trigger = trigger_of(id);

        return trigger && trigger->source;
}

static unsigned awaited(void)
{
        unsigned count = 0;

        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX; i++)
                count += triggers.local[i].source != NULL;
        return count;
}

static void look_and_settle(void)
{
        rig_look();
        pl_triggers_settle(&triggers, now);
}

static void set_policy(void)
{
        rig_set_policy(
                rig_policy("// origin: a.json\n{ \"profile\": \"p\", \"match\": [ { \"unit\": "
                           "\"w*\", " RIG_OWNER " } ] }\n"));
}

/* ---- for cmocka ---- */

static int set_up(void **state)
{
        assert_true(sd_event_new(&event) >= 0);
        return rig_set_up(state);
}

static int tear_down(void **state)
{
        pl_triggers_done(&triggers);
        pl_triggers_done(&triggers);
        event = sd_event_unref(event);
        return rig_tear_down(state);
}

static int again(void **state)
{
        return tear_down(state) == 0 ? set_up(state) : -1;
}

/* ---- the host ---- */

static void the_host_is_waited_for_as_the_policy_says(void **state)
{
        static const struct {
                const char *name;
                uint64_t stall_usec, window_usec;
                const char *words;
        } rows[] = {
                { "usual", 70000, SEC, "some 70000 1000000\nfull 35000 500000\n" },
                { "slow", SEC, 10 * SEC, "some 1000000 10000000\nfull 500000 5000000\n" },
                /* No kernel before 6.5 takes less. */
                { "short", 100000, SEC / 2, "some 100000 500000\nfull 100000 500000\n" },
                { "least", 1000, 10 * SEC, "some 1000 10000000\nfull 500 5000000\n" },
        };

        (void) state;
        begin();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                const struct pl_pressure wanted = { .stall_usec = rows[i].stall_usec,
                                                    .window_usec = rows[i].window_usec };

                pl_text_clear(&host_words);
                for (int k = 0; k < 2; k++) {
                        pl_triggers_set(&triggers, &wanted);
                        pl_triggers_settle(&triggers, ++now);
                }
                assert_row(rows[i].name, strcmp(host_words.data, rows[i].words) == 0);
                assert_row(rows[i].name, triggers.host[0].source && triggers.host[1].source);
        }
}

static void without_a_loop_or_a_policy_nothing_is_opened(void **state)
{
        (void) state;
        make("w.service", 1);
        begin();
        set_policy();
        triggers.event = NULL;
        look_and_settle();
        assert_int_equal(awaited(), 0);
        assert_null(triggers.host[0].source);
        triggers.event = event;
        triggers.window_usec = 0;
        look_and_settle();
        assert_int_equal(awaited(), 0);
        assert_null(triggers.host[0].source);
        triggers.window_usec = SEC;
        look_and_settle();
        assert_int_equal(awaited(), 1);
        assert_non_null(triggers.host[0].source);
}

static void what_the_kernel_refuses_is_said_once(void **state)
{
        static const struct {
                const char *name;
                int outcome;
                uint64_t error;
                bool is_final;
        } rows[] = {
                { "absent", PL_FILE_E_ABSENT, ENOENT, true },
                { "off", PL_FILE_E_OFF, EOPNOTSUPP, true },
                { "denied", PL_FILE_E_DENIED, EACCES, true },
                { "busy", PL_FILE_E_AGAIN, EAGAIN, false },
                { "no memory", -ENOMEM, ENOMEM, false },
        };
        uint64_t value = 0;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                assert_int_equal(again(state), 0);
                make("w.service", 1);
                begin();
                set_policy();
                host_outcome = local_outcome = rows[i].outcome;
                for (int k = 0; k < 3; k++)
                        look_and_settle();
                assert_row(rows[i].name, rig_notes(PL_NOTE_NO_TRIGGERS, &value) == 1);
                assert_row(rows[i].name, value == rows[i].error);
                /* A file that is not there is its owner's affair. */
                assert_row(rows[i].name, rig_notes(PL_NOTE_NO_LOCAL_TRIGGERS, &value) ==
                                                 (rows[i].outcome != PL_FILE_E_ABSENT));
                assert_row(rows[i].name, value == rows[i].error);
                host_outcome = local_outcome = 0;
                look_and_settle();
                assert_row(rows[i].name, !triggers.host[1].source == rows[i].is_final);
                if (rows[i].outcome != PL_FILE_E_ABSENT)
                        assert_row(rows[i].name, awaited() == !rows[i].is_final);
        }
}

/* ---- who is waited for ---- */

static void those_with_a_limit_to_meet_are(void **state)
{
        (void) state;
        make("w.service", 10);
        make("w-free.service", 10);
        make("w-empty.service", 10);
        make("other.service", 10);
        make("a.slice", 10);
        make("a.slice/w-in.service", 10);
        cgroup_put(&tree, "w-free.service", "memory.max", "max\n");
        cgroup_put(&tree, "w-empty.service", "cgroup.events", "populated 0\nfrozen 0\n");
        begin();
        set_policy();
        look_and_settle();
        assert_true(is_awaited(id_of("w.service")));
        assert_true(is_awaited(id_of("a.slice/w-in.service")));
        assert_true(is_awaited(id_of("a.slice")));
        assert_int_equal(awaited(), 3);
        /* In a window that costs no thread, and by that all of its tasks stood still. */
        assert_string_equal(local_words, "full 140000 2000000\n");

        /* And who has none any more is not. */
        cgroup_put(&tree, "w.service", "memory.max", "17179869184\n");
        look_and_settle();
        assert_int_equal(awaited(), 2);
        assert_null(trigger_of(id_of("w.service")));
}

static void the_largest_come_first(void **state)
{
        (void) state;
        make("w1.service", 300);
        make("w2.service", 100);
        make("w3.service", 200);
        begin();
        set_policy();
        triggers.local_max = 2;
        look_and_settle();
        assert_true(is_awaited(id_of("w1.service")) && is_awaited(id_of("w3.service")));
        cgroup_put(&tree, "w2.service", "memory.current", "400\n");
        look_and_settle();
        assert_true(is_awaited(id_of("w1.service")) && is_awaited(id_of("w2.service")));
        assert_int_equal(awaited(), 2);
        triggers.local_max = 0;
        look_and_settle();
        assert_int_equal(awaited(), 0);
}

static void there_are_no_more_than_may_be(void **state)
{
        (void) state;
        for (unsigned i = 0; i < PL_TRIGGERS_LOCAL_MAX + 2; i++)
                make(rig_name("w%u.service", i), 100 + i);
        begin();
        set_policy();
        look_and_settle();
        assert_int_equal(awaited(), PL_TRIGGERS_LOCAL_MAX);
        assert_null(trigger_of(id_of("w0.service")));
        assert_null(trigger_of(id_of("w1.service")));
        /* Each would cost a thread. */
        threads_for_all = true;
        triggers.is_probed = false;
        look_and_settle();
        assert_int_equal(awaited(), PL_TRIGGERS_LOCAL_WITH_THREADS);
        assert_true(is_awaited(id_of(rig_name("w%u.service", PL_TRIGGERS_LOCAL_MAX + 1))));
}

static void who_hides_it_is_nobodys_concern(void **state)
{
        uint64_t value, id;

        (void) state;
        make("w.service", 1);
        begin();
        set_policy();
        look_and_settle();
        id = id_of("w.service");
        assert_true(is_awaited(id));
        hiding = id;
        pl_trigger_take_news(trigger_of(id), EPOLLERR | EPOLLPRI, ++now);
        assert_null(trigger_of(id));
        assert_int_equal(looks, 0);
        for (int i = 0; i < 2; i++)
                look_and_settle();
        assert_null(trigger_of(id));
        assert_int_equal(rig_notes(PL_NOTE_NO_LOCAL_TRIGGERS, &value), 0);
        hiding = 0;
        look_and_settle();
        assert_true(is_awaited(id));
}

/* ---- what fires ---- */

static void who_stands_still_is_looked_at_for_a_while(void **state)
{
        uint64_t ids[PL_SAMPLE_HOT_MAX] = {}, id;

        (void) state;
        make("w0.service", 1);
        make("w1.service", 1);
        begin();
        set_policy();
        look_and_settle();
        id = id_of("w1.service");
        assert_int_equal(pl_triggers_add_stalled(&triggers, now, ids, 0), 0);
        pl_trigger_take_news(trigger_of(id), EPOLLPRI, now);
        assert_int_equal(looks, 1);
        assert_int_equal(look_wait, 0);
        assert_int_equal(triggers.local_count, 1);
        assert_int_equal(pl_triggers_add_stalled(&triggers, now, ids, 0), 1);
        assert_true(ids[0] == id);
        assert_int_equal(pl_triggers_add_stalled(&triggers, now, ids, 1), 1);
        ids[0] = 7;
        assert_int_equal(pl_triggers_add_stalled(&triggers, now, ids, 1), 2);
        assert_true(ids[0] == 7 && ids[1] == id);
        assert_int_equal(pl_triggers_add_stalled(&triggers, now, ids, PL_SAMPLE_HOT_MAX),
                         PL_SAMPLE_HOT_MAX);
        assert_int_equal(pl_triggers_add_stalled(&triggers, now + 4 * SEC - 1, ids, 0), 1);
        assert_int_equal(pl_triggers_add_stalled(&triggers, now + 4 * SEC, ids, 0), 0);
        /* The host has no id. */
        pl_trigger_take_news(&triggers.host[0], EPOLLPRI, now + 5 * SEC);
        assert_int_equal(triggers.host_count, 1);
        assert_int_equal(pl_triggers_add_stalled(&triggers, now + 5 * SEC, ids, 0), 0);
        assert_int_equal(looks, 2);
        pl_trigger_take_news(&triggers.host[0], 0, now + 7 * SEC);
        assert_int_equal(looks, 2);
}

static void all_of_them_wake_us_no_more_often(void **state)
{
        const uint64_t begun = 100 * SEC, spacing = PL_TRIGGERS_SPACING_USEC;

        (void) state;
        begin();
        pl_triggers_settle(&triggers, ++now);
        pl_trigger_take_news(&triggers.host[0], EPOLLPRI, begun);
        assert_true(looks == 1 && look_wait == 0);
        pl_trigger_take_news(&triggers.host[1], EPOLLPRI, begun + 1);
        assert_true(looks == 2 && look_wait == spacing - 1);
        /* One is on its way. */
        for (uint64_t i = 2; i < spacing; i += spacing / 10)
                pl_trigger_take_news(&triggers.host[0], EPOLLPRI, begun + i);
        assert_int_equal(looks, 2);
        pl_trigger_take_news(&triggers.host[0], EPOLLPRI, begun + spacing);
        assert_true(looks == 3 && look_wait == spacing);
        pl_trigger_take_news(&triggers.host[1], EPOLLPRI, begun + 3 * spacing);
        assert_true(looks == 4 && look_wait == 0);
}

/* Fires every window from a time on, until it rests; returns when that was. */
static uint64_t until_rest(struct pl_trigger_pace *pace, uint64_t window, uint64_t from)
{
        for (unsigned i = 0; i < 1000; i++, from += window)
                if (pl_trigger_pace_fire(pace, window, from))
                        return from;
        fail_msg("it never rests");
        return 0;
}

static void who_goes_on_and_on_rests_longer_and_longer(void **state)
{
        static const uint64_t rests[] = { 10, 20, 40, 80, 160, 300, 300 };
        struct pl_trigger_pace pace = {};
        uint64_t at = 100 * SEC;

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rests); i++) {
                uint64_t from = at;

                at = until_rest(&pace, SEC, from);
                assert_true(at - from == PL_TRIGGERS_STEADY_USEC);
                assert_true(pace.until_usec - at == rests[i] * SEC);
                at = pace.until_usec + 30 * SEC;
        }
        /* Quiet for a while, and it is another matter. */
        at = until_rest(&pace, SEC, pace.until_usec + PL_TRIGGERS_BREAK_USEC + 1);
        assert_true(pace.until_usec - at == 10 * SEC);
}

static void who_fires_now_and_then_never_rests(void **state)
{
        static const struct {
                const char *name;
                uint64_t window, pause;
        } rows[] = {
                { "just a break", SEC, 3 * SEC + 1 },
                { "a minute", SEC, 60 * SEC },
                { "of slow windows", 2 * SEC, 6 * SEC + 1 },
        };

        (void) state;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++) {
                struct pl_trigger_pace pace = {};
                uint64_t at = 1;

                for (unsigned k = 0; k < 1000; k++, at += rows[i].pause)
                        assert_row(rows[i].name, !pl_trigger_pace_fire(&pace, rows[i].window, at));
        }
}

static void one_that_rests_is_shut_and_comes_back(void **state)
{
        struct pl_trigger *trigger;
        uint64_t id, until;

        (void) state;
        make("w.service", 1);
        begin();
        set_policy();
        look_and_settle();
        id = id_of("w.service");
        trigger = trigger_of(id);
        while (trigger->source)
                pl_trigger_take_news(trigger, EPOLLPRI, now += 2 * SEC);
        until = trigger->pace.until_usec;
        assert_true(until == now + PL_TRIGGERS_REST_LEAST_USEC);
        look_and_settle();
        assert_true(trigger_of(id) == trigger && !trigger->source);
        now = until - 2;
        pl_triggers_settle(&triggers, until - 1);
        assert_null(trigger->source);
        pl_triggers_settle(&triggers, until);
        assert_non_null(trigger->source);
        /* Other thresholds are another matter. */
        pl_triggers_set(&triggers, &(struct pl_pressure){
                                           .stall_usec = 1, .window_usec = SEC, .workloads = 1 });
        assert_null(trigger_of(id));
}

#define TRIGGERS_TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TRIGGERS_TEST(the_host_is_waited_for_as_the_policy_says),
                TRIGGERS_TEST(without_a_loop_or_a_policy_nothing_is_opened),
                TRIGGERS_TEST(what_the_kernel_refuses_is_said_once),
                TRIGGERS_TEST(those_with_a_limit_to_meet_are),
                TRIGGERS_TEST(the_largest_come_first),
                TRIGGERS_TEST(there_are_no_more_than_may_be),
                TRIGGERS_TEST(who_hides_it_is_nobodys_concern),
                TRIGGERS_TEST(who_stands_still_is_looked_at_for_a_while),
                TRIGGERS_TEST(all_of_them_wake_us_no_more_often),
                cmocka_unit_test(who_goes_on_and_on_rests_longer_and_longer),
                cmocka_unit_test(who_fires_now_and_then_never_rests),
                TRIGGERS_TEST(one_that_rests_is_shut_and_comes_back),
        };

        return cmocka_run_group_tests(tests, NULL, NULL);
}
