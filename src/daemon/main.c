/* SPDX-License-Identifier: Apache-2.0 */

/* In this order: what it may do is given up first, then the mate is forked, while nothing is open yet and there is little
 * to copy; then the host is judged, and only then anything is made.
 */

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "mate.h"
#include "options.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/fitness.h"
#include "plimsoll/kernel/features.h"
#include "privilege.h"
#include "say.h"
#include "supervisor.h"

enum {
        WORDS_BYTES = 4096,
        /* What the mate has to write out when we end is at most a ring; journald takes that in a second. */
        MATE_PATIENCE_USEC = 3000000,
};

struct host {
        struct pl_roots roots;
        struct pl_features features;
};

/* A program that is started without its three first descriptors would get them for the next files it opens. */
static void keep_standard_descriptors(void)
{
        for (int fd = 0; fd <= 2; fd++)
                if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
                        (void) open("/dev/null", O_RDWR | O_CLOEXEC);
}

static int open_directory(const char *path)
{
        return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

/* ---- the host ---- */

static int open_cgroups(const struct pl_daemon_options *options, int proc_fd)
{
        static struct pl_file_buffer buffer;
        struct pl_cgroup_mounts mounts;

        if (options->cgroup_root)
                return open_directory(options->cgroup_root);
        if (pl_cgroup_mounts_read(proc_fd, &buffer, &mounts) != 0 || mounts.unified_path[0] == '\0')
                return -1;
        return open_directory(mounts.unified_path);
}

/* A tree that somebody names need not be this host's, and nothing is said against it. */
static enum pl_daemon_exit look_at_host(const struct pl_daemon_options *options, struct host *host)
{
        struct pl_fitness fitness;
        char buffer[WORDS_BYTES];
        struct pl_text words;
        int r;

        host->roots = (struct pl_roots){ -1, open_directory("/proc"), open_directory("/sys"),
                                         open_directory("/dev") };
        host->roots.cgroup_fd = open_cgroups(options, host->roots.proc_fd);
        if (options->cgroup_root && host->roots.cgroup_fd < 0) {
                pl_say_error("%s: %s", options->cgroup_root, strerrordesc_np(errno));
                return PL_DAEMON_FAILED;
        }
        r = pl_features_probe(&host->roots, &host->features);
        if (r < 0) {
                pl_say_error("this host cannot be looked at: %s", strerrordesc_np(-r));
                return PL_DAEMON_FAILED;
        }
        if (options->cgroup_root || pl_fitness_judge(&host->features, &fitness))
                return PL_DAEMON_FINE;
        pl_text_init(&words, buffer, sizeof buffer);
        pl_fitness_add(&words, &fitness);
        pl_say_text(&words);
        return PL_DAEMON_HOST_CANNOT;
}

static void close_host(struct host *host)
{
        pl_cleanup_close(&host->roots.cgroup_fd);
        pl_cleanup_close(&host->roots.proc_fd);
        pl_cleanup_close(&host->roots.sys_fd);
        pl_cleanup_close(&host->roots.dev_fd);
}

/* ---- --check ---- */

static void say_diag(const struct pl_diag *diag)
{
        char buffer[PL_DIAG_WORDS_MAX * 3];
        struct pl_text line;

        for (size_t i = 0; i < diag->count; i++) {
                pl_text_init(&line, buffer, sizeof buffer);
                pl_diag_format(&line, &diag->entries[i]);
                pl_text_add(&line, "\n");
                (void) pl_fd_write_all(STDERR_FILENO, pl_text_span(&line));
        }
}

/* Of the system's three each may be absent; one that somebody names is a mistake then. */
static bool are_there(const struct pl_daemon_options *options)
{
        for (size_t i = 0; i < options->directory_count; i++)
                if (access(options->directories[i], F_OK) < 0) {
                        pl_say_error("%s: %s", options->directories[i], strerrordesc_np(errno));
                        return false;
                }
        return true;
}

static enum pl_daemon_exit judge_policy(const struct pl_daemon_options *options,
                                        const struct pl_host_facts *facts)
{
        static struct pl_policies policies;
        char buffer[256];
        struct pl_text words;
        int r;

        if (!are_there(options))
                return PL_DAEMON_FAILED;
        pl_policies_init(&policies, options->directories);
        r = pl_policies_reload(&policies, facts, (int64_t) time(NULL));
        say_diag(&policies.diag);
        pl_text_init(&words, buffer, sizeof buffer);
        if (r == 0) {
                pl_text_addf(&words, "%zu profiles from %zu files are sound for this host.\n",
                             policies.in_force->profile_count, policies.files.count);
                (void) pl_fd_write_all(STDOUT_FILENO, pl_text_span(&words));
        } else if (r < 0)
                pl_say_error("the policy files cannot be read: %s", strerrordesc_np(-r));
        pl_policies_done(&policies);
        if (r < 0)
                return PL_DAEMON_FAILED;
        return r == 0 ? PL_DAEMON_FINE : PL_DAEMON_POLICY;
}

static enum pl_daemon_exit check(const struct pl_daemon_options *options)
{
        static struct pl_sampler sampler;
        static struct host host;
        struct pl_host_sample sample = {};
        struct pl_host_facts facts;
        enum pl_daemon_exit exit_code = look_at_host(options, &host);
        int r;

        if (exit_code == PL_DAEMON_FAILED)
                return exit_code;
        pl_sampler_init(&sampler, &host.roots, host.features.mounts.recursive_protection);
        r = pl_sample_host(&sampler, PL_SAMPLE_HOT, pl_clock_now_usec(), &sample);
        pl_sampler_done(&sampler);
        close_host(&host);
        if (r != 0) {
                pl_say_error("/proc/meminfo cannot be read");
                return PL_DAEMON_FAILED;
        }
        facts = (struct pl_host_facts){ sample.total_bytes, sample.swap_total_bytes };
        /* Both are told in one run; that the host cannot is the graver of them. */
        if (exit_code != PL_DAEMON_FINE) {
                (void) judge_policy(options, &facts);
                return exit_code;
        }
        return judge_policy(options, &facts);
}

/* ---- running ---- */

static enum pl_daemon_exit supervise(const struct pl_daemon_options *options, struct pl_mate *mate)
{
        static struct pl_supervisor supervisor;
        static struct host host;
        enum pl_daemon_exit exit_code = look_at_host(options, &host);

        if (exit_code != PL_DAEMON_FINE)
                return exit_code;
        supervisor.options = options;
        supervisor.roots = host.roots;
        supervisor.mate = mate;
        supervisor.recursive_protection = host.features.mounts.recursive_protection;
        supervisor.has_pressure = host.features.psi == PL_PSI_STATE_ON;
        exit_code = pl_supervisor_open(&supervisor);
        if (exit_code == PL_DAEMON_FINE) {
                exit_code = options->once ? pl_supervisor_run_once(&supervisor)
                                          : pl_supervisor_run(&supervisor);
                pl_supervisor_close(&supervisor);
        }
        close_host(&host);
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
        const struct pl_mate_options mate_options = { .to_stderr = options->foreground };
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
        return (int) (options.check ? check(&options) : run(&options));
}
