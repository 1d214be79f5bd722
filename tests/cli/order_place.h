/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* Directories of policies, one of them for orders, and the journal of a plimsolld that is said to be this very process; and
 * a child that does what plimsolld would: it waits for a file, and says what has become of the policy.
 */

#include <signal.h>
#include <sys/wait.h>

#include "cli/live_made.h"
#include "cli/order.h"
#include "plimsoll/policy/print.h"

#define PLACE_WEB                                                                                  \
        "{ \"profile\": \"api\", \"match\": [ { \"unit\": \"web.service\" } ], \"memory\": { "     \
        "\"max\": \"1GiB\" } }\n"

enum { PLACE_WEB_ID = 100, PLACE_DB_ID = 101, PLACE_USERS_ID = 102 };

struct place {
        struct made made;
        char journal[TEST_PATH_MAX + 32], low[TEST_PATH_MAX + 32], orders[TEST_PATH_MAX + 32];
        char low_path[TEST_PATH_MAX + 16], orders_path[TEST_PATH_MAX + 16];
};

static struct place place;

static inline struct pl_journal_row place_web(void)
{
        return made_row(PLACE_WEB_ID, PL_WORKLOAD_SERVICE, PL_RUNTIME_SYSTEMD, "api", "web",
                        "web.service", "/system.slice/web.service");
}

static inline struct pl_journal_row place_db(void)
{
        return made_row(PLACE_DB_ID, PL_WORKLOAD_CONTAINER, PL_RUNTIME_DOCKER, "database", "db",
                        MADE_ID("0a1b"), "/system.slice/docker-" MADE_ID("0a1b") ".scope");
}

static inline struct pl_journal_row place_users(void)
{
        return made_row(PLACE_USERS_ID, PL_WORKLOAD_SERVICE, PL_RUNTIME_SYSTEMD, NULL, "mine",
                        "mine.service",
                        "/user.slice/user-1000.slice/user@1000.service/app.slice/mine.service");
}

static inline void place_put_state(const struct pl_journal_state *state)
{
        pl_journal_put_state(&place.made.writer, state);
        pl_journal_put_heartbeat(&place.made.writer, pl_clock_now_usec());
}

static inline struct pl_journal_state place_state(void)
{
        struct pl_journal_state state = made_state();

        state.pid = (uint32_t) getpid();
        state.started_usec = pl_clock_now_usec();
        return state;
}

static inline void place_file(const char *directory, const char *name, const char *text)
{
        char path[2 * TEST_PATH_MAX];
        struct test_file file = { path, text };

        (void) snprintf(path, sizeof path, "%s/%s", directory, name);
        test_write_file(&file);
}

static inline bool place_has(const char *name)
{
        char path[2 * TEST_PATH_MAX];

        (void) snprintf(path, sizeof path, "%s/%s", place.orders_path, name);
        return access(path, F_OK) == 0;
}

static inline void place_remove(const char *name)
{
        char path[2 * TEST_PATH_MAX];

        (void) snprintf(path, sizeof path, "%s/%s", place.orders_path, name);
        (void) unlink(path);
}

/* What a file of the orders' directory holds. The text is the next call's. */
static inline const char *place_read(const char *name)
{
        static char text[4096];
        _cleanup_free_ char *data = NULL;
        char path[2 * TEST_PATH_MAX];
        size_t length;

        (void) snprintf(path, sizeof path, "%s/%s", place.orders_path, name);
        assert_int_equal(pl_fd_read_file(AT_FDCWD, path, sizeof text - 1, &data, &length), 0);
        memcpy(text, data, length + 1);
        return text;
}

static inline int place_set_up(void **state)
{
        const struct pl_journal_row rows[] = { place_web(), place_db(), place_users() };
        const struct pl_journal_state well = place_state();
        const struct pl_journal_host host = made_host();

        (void) state;
        (void) umask(022);
        made_open(&place.made, PL_JOURNAL_BYTES_MIN);
        place_put_state(&well);
        pl_journal_put_host(&place.made.writer, &host);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(rows); i++)
                made_put(&place.made, &rows[i]);
        (void) snprintf(place.low_path, sizeof place.low_path, "%s/low", place.made.stage.path);
        (void) snprintf(place.orders_path, sizeof place.orders_path, "%s/orders",
                        place.made.stage.path);
        (void) snprintf(place.journal, sizeof place.journal, "--journal=%s", place.made.path);
        (void) snprintf(place.low, sizeof place.low, "--policy-dir=%s", place.low_path);
        (void) snprintf(place.orders, sizeof place.orders, "--policy-dir=%s", place.orders_path);
        place_file(place.low_path, "web.json", PLACE_WEB);
        return 0;
}

static inline int place_tear_down(void **state)
{
        (void) state;
        made_close(&place.made);
        return 0;
}

/* Runs a verb over this place; up to eight words more. */
static inline struct test_answer place_run(const struct pl_cli_verb *verb, const char *const *words)
{
        const char *all[TEST_WORDS_MAX] = { place.journal, place.low, place.orders };

        for (size_t i = 0; words[i]; i++)
                all[3 + i] = words[i];
        return test_run(verb, made_unicode, all);
}

#define PLACE_RUN(verb, ...)                                                                       \
        place_run(&pl_cli_verb_##verb, (const char *const[]){ __VA_ARGS__, NULL })

/* ---- the child ---- */

enum place_word { PLACE_TAKES, PLACE_REFUSES };

struct place_child {
        const char *awaited;      /* the file */
        bool gone;                /* to go, and not to come */
        bool removes;             /* and then somebody else removes it */
        enum place_word word;     /* and then */
        const char *other, *text; /* a file that somebody else writes just before; NULL: none */
        void (*before)(void);     /* what else happens before it is said; NULL: nothing */
};

static inline void place_say(enum place_word word)
{
        static struct pl_order_call call;
        const struct pl_order_change *undone;
        struct pl_journal_state state = place_state();
        struct pl_journal_policy *policy = word == PLACE_TAKES ? &state.in_force : &state.refused;

        state.pid = (uint32_t) getppid();
        call.directories[0] = place.low_path;
        call.directories[1] = place.orders_path;
        if (!pl_order_digest_now(&call, policy->digest, &undone))
                _exit(1);
        policy->at_usec = pl_clock_now_usec();
        if (word == PLACE_REFUSES)
                (void) snprintf(policy->words, sizeof policy->words, "it is not liked");
        place_put_state(&state);
        _exit(0);
}

static inline pid_t place_fork(const struct place_child *child)
{
        pid_t pid = fork();

        assert_true(pid >= 0);
        if (pid > 0)
                return pid;
        /* Should the file never come, the verb gives up and this child is ended with the test. */
        while (place_has(child->awaited) == child->gone)
                (void) usleep(1000);
        if (child->removes)
                place_remove(child->awaited);
        if (child->other)
                place_file(place.orders_path, child->other, child->text);
        if (child->before)
                child->before();
        place_say(child->word);
        _exit(1);
}

static inline void place_reap(pid_t pid)
{
        int status;

        (void) kill(pid, SIGKILL);
        assert_int_equal(waitpid(pid, &status, 0), pid);
}
