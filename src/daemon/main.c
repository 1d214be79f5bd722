/* SPDX-License-Identifier: Apache-2.0 */

/* In this order: what it may do is given up first, then the mate is forked, while nothing is open yet and there is little
 * to copy; then the host is judged, and only then anything is made.
 */

#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "drill_load.h"
#include "host_settings.h"
#include "look.h"
#include "mate.h"
#include "options.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "privilege.h"
#include "say.h"
#include "supervisor.h"
#include "thaw.h"
#include "tidy.h"
#include "undo.h"

enum {
        WORDS_BYTES = 4096,
        /* The document of a policy file is 40 to 60 KiB while it is read, and what opendir(3) takes is just above this. */
        LARGE_BYTES = 32 * 1024,
        /* What the mate has to write out when we end is at most a ring; journald takes that in a second. */
        MATE_PATIENCE_USEC = 3000000,
};

/* A program that is started without its three first descriptors would get them for the next files it opens. */
static void keep_standard_descriptors(void)
{
        for (int fd = 0; fd <= 2; fd++)
                if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
                        (void) open("/dev/null", O_RDWR | O_CLOEXEC);
}

/* What is large, and mostly never used or soon not any more, comes from the kernel as pages that are not there, and goes back to
 * it. By itself the allocator takes it from its heap where there is room for it, or once something as large was freed, and writes
 * zeroes over all of it; and of a heap that is locked the kernel takes no hole back. So its end is not ahead of its use, either.
 */
static void keep_heap_small(void)
{
        (void) mallopt(M_MMAP_THRESHOLD, LARGE_BYTES);
        (void) mallopt(M_TOP_PAD, 0);
}

/* ---- running ---- */

static enum pl_daemon_exit supervise(const struct pl_daemon_options *options, struct pl_mate *mate)
{
        static struct pl_supervisor supervisor;
        static struct pl_look look;
        enum pl_daemon_exit exit_code = pl_look_open(options, &look);

        if (exit_code != PL_DAEMON_FINE)
                return exit_code;
        supervisor.options = options;
        supervisor.roots = look.roots;
        supervisor.mate = mate;
        supervisor.recursive_protection = look.features.mounts.recursive_protection;
        supervisor.has_pressure = look.features.psi == PL_PSI_STATE_ON;
        supervisor.can_reclaim_with_swappiness = look.features.memory_reclaim_swappiness ==
                                                 PL_FACT_YES;
        exit_code = pl_supervisor_open(&supervisor);
        if (exit_code == PL_DAEMON_FINE) {
                exit_code = options->once ? pl_supervisor_run_once(&supervisor)
                                          : pl_supervisor_run(&supervisor);
                pl_supervisor_close(&supervisor);
        }
        pl_look_close(&look);
        return exit_code;
}

/* They wait until the loop takes them: who is told to end while he starts ends in order. The mate was forked without. */
static void block_signals(void)
{
        sigset_t signals;

        (void) sigemptyset(&signals);
        (void) sigaddset(&signals, SIGTERM);
        (void) sigaddset(&signals, SIGINT);
        (void) sigaddset(&signals, SIGHUP);
        (void) sigprocmask(SIG_BLOCK, &signals, NULL);
}

static enum pl_daemon_exit run(const struct pl_daemon_options *options)
{
        const struct pl_mate_options mate_options = { .to_stderr = options->foreground,
                                                      .cgroup_root = options->cgroup_root };
        struct pl_mate mate = PL_MATE_NONE;
        enum pl_daemon_exit exit_code;
        int r;

        pl_privilege_lock_memory();
        if (options->once)
                return supervise(options, NULL);
        r = pl_mate_start(&mate_options, &mate);
        if (r < 0) {
                pl_say_error("the second process cannot be started: %s", strerrordesc_np(-r));
                return PL_DAEMON_FAILED;
        }
        block_signals();
        exit_code = supervise(options, &mate);
        pl_mate_stop(&mate, MATE_PATIENCE_USEC);
        return exit_code;
}

static enum pl_daemon_exit load(const struct pl_daemon_options *options)
{
        static struct pl_look look;
        enum pl_daemon_exit exit_code = pl_look_open(options, &look);

        if (exit_code != PL_DAEMON_FINE)
                return exit_code;
        exit_code = pl_drill_load(&look.roots);
        pl_look_close(&look);
        return exit_code;
}

/* One of them, or the daemon. */
static enum pl_daemon_exit answer(const struct pl_daemon_options *options)
{
        if (options->check)
                return pl_check(options);
        if (options->restore)
                return pl_undo(options);
        if (options->thaw)
                return pl_thaw(options);
        if (options->tidy)
                return pl_tidy(options);
        if (options->host_settings != PL_DAEMON_HOST_SETTINGS_NONE)
                return pl_host_settings(options);
        if (options->drill_load)
                return load(options);
        return run(options);
}

static enum pl_daemon_exit print(const char *words)
{
        return pl_fd_write_all(STDOUT_FILENO, pl_span_of(words)) == 0 ? PL_DAEMON_FINE
                                                                      : PL_DAEMON_FAILED;
}

int main(int argc, char **argv)
{
        static struct pl_daemon_options options;
        char buffer[WORDS_BYTES];
        struct pl_text words;
        int r;

        keep_heap_small();
        keep_standard_descriptors();
        (void) signal(SIGPIPE, SIG_IGN);
        pl_text_init(&words, buffer, sizeof buffer);
        if (!pl_daemon_options_parse(argc, argv, &words, &options)) {
                (void) pl_fd_write_all(STDERR_FILENO, pl_text_span(&words));
                return PL_DAEMON_USAGE;
        }
        if (options.help) {
                pl_daemon_add_usage(&words);
                return (int) print(words.data);
        }
        if (options.version)
                return (int) print("plimsolld " PLIMSOLL_VERSION "\n");
        r = pl_privilege_drop();
        if (r < 0) {
                pl_say_error("capabilities cannot be given up: %s", strerrordesc_np(-r));
                return PL_DAEMON_FAILED;
        }
        return (int) answer(&options);
}
