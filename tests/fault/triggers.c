/* SPDX-License-Identifier: Apache-2.0 */

/* Triggers of the host and of a workload while calls fail: what could not be opened is opened at the next look or was said
 * to be refused, nothing is left open, and nothing fires of what is not. Pipes stand in for the files of pressure: they take
 * any words, and can be waited for.
 */

#include "fault/check.h"

#include <errno.h>
#include <stdio.h>
#include <sys/epoll.h>

#include "daemon/triggers_internal.h"
#include "fault/directory.h"

static const char *const made[] = { "pressure/memory", "w.service/memory.pressure",
                                    "w.service/cgroup.procs", "w.service/cgroup.events" };
static const char *const directories[] = { "pressure", "w.service" };

static struct pl_logbook logbook;
static char journal_path[] = "/tmp/plimsoll-fault-XXXXXX";
static sd_event *event;
static struct pl_census census;
static struct pl_triggers triggers;
static uint64_t id;
static unsigned looks;

static void on_stall(void *userdata, uint64_t wait_usec)
{
        (void) userdata, (void) wait_usec;
        looks++;
}

static void settle(uint64_t now_usec)
{
        pl_triggers_begin(&triggers);
        pl_triggers_offer(&triggers, id, 4096);
        pl_triggers_settle(&triggers, now_usec);
}

/* Each is open, or this kernel is said to refuse it. */
static bool is_whole(void)
{
        const bool host = triggers.host[0].source && triggers.host[1].source;
        const bool local = triggers.local[0].source;

        return (host || triggers.host_is_refused) && (local || triggers.local_is_refused) &&
               (!triggers.host_is_refused || logbook.said >> PL_NOTE_NO_TRIGGERS & 1) &&
               (!triggers.local_is_refused || logbook.said >> PL_NOTE_NO_LOCAL_TRIGGERS & 1);
}

static bool opens(void *userdata)
{
        static const struct pl_pressure pressure = { .stall_usec = 70000,
                                                     .window_usec = 1000000,
                                                     .workloads = 8 };
        const struct pl_triggers_options options = {
                .roots = { directory_fd, directory_fd, -1, -1 },
                .census = &census,
                .logbook = &logbook,
                .on_stall = on_stall,
        };
        bool good;

        (void) userdata;
        looks = 0;
        logbook.said = 0;
        logbook.allowance = PL_LOGBOOK_BURST;
        pl_triggers_init(&triggers, &options, event);
        pl_triggers_set(&triggers, &pressure);
        settle(1);
        pl_fault_disarm();
        settle(2);
        good = is_whole();
        if (triggers.local[0].source)
                pl_trigger_take_news(&triggers.local[0], EPOLLPRI, 3);
        good = good && looks == (triggers.local[0].source != NULL);
        pl_triggers_done(&triggers);
        return good;
}

static void triggers_survive(void **state)
{
        (void) state;
        survives_every_fault(opens, NULL);
}

static void make(void)
{
        const struct pl_roots roots = { directory_fd, -1, -1, -1 };
        const struct pl_census_options options = { .no_inotify = true, .fds_max = 1 };
        struct stat status;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++)
                pl_assert(mkdirat(directory_fd, directories[i], 0755) == 0);
        for (size_t i = 0; i < 2; i++)
                pl_assert(mkfifoat(directory_fd, made[i], 0600) == 0);
        directory_write(made[2], pl_span_of("42\n"));
        directory_write(made[3], pl_span_of("populated 1\nfrozen 0\n"));
        pl_assert(fstatat(directory_fd, "w.service", &status, 0) == 0);
        id = status.st_ino;
        pl_assert(pl_census_open(&census, &roots, &options) == 0);
        pl_census_begin(&census);
        while (pl_census_scan(&census, 64) != 0)
                ;
}

static int set_up(void **state)
{
        const struct pl_logbook_options options = { .directory = journal_path,
                                                    .version = "1",
                                                    .file_bytes = PL_JOURNAL_BYTES_MIN };

        if (directory_set_up(state) != 0)
                return -1;
        pl_assert(mkdtemp(journal_path));
        pl_assert(pl_logbook_open(&logbook, &options) == 0);
        pl_assert(sd_event_new(&event) >= 0);
        make();
        return 0;
}

static int tear_down(void **state)
{
        char path[128];

        sd_event_unref(event);
        pl_census_close(&census);
        pl_logbook_close(&logbook);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(made); i++)
                (void) unlinkat(directory_fd, made[i], 0);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++)
                (void) unlinkat(directory_fd, directories[i], AT_REMOVEDIR);
        (void) snprintf(path, sizeof path, "%s/journal", journal_path);
        (void) unlink(path);
        (void) snprintf(path, sizeof path, "%s/journal.lock", journal_path);
        (void) unlink(path);
        return rmdir(journal_path) < 0 ? -1 : directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(triggers_survive),
        };

        return cmocka_run_group_tests(tests, set_up, tear_down);
}
