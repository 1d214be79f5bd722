/* SPDX-License-Identifier: Apache-2.0 */

/* How much memory plimsolld and plimsoll-mate have to themselves when the first look at everybody is done: of the program that
 * was built, over a tree of ten to ten thousand workloads, with the shipped policies. What is counted of a mapping is what is
 * both private and anonymous, so that the journal, which is a file's, is not. What the two have in common since the mate was
 * forked, and neither has written to, is told beside it. What a workload adds is the difference of the two largest
 * trees.
 */

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "daemon_tree.h"
#include "plimsoll/journal/format.h"

enum {
        /* A look at ten thousand takes a second; this is for a machine that does ten other things. */
        READY_TURNS_MAX = 600,
        READY_TURN_MSEC = 100,
};

struct running {
        char path
                [DAEMON_PATH_MAX]; /* of its journal, and of the socket it says on that it is ready */
        int ready_fd;
        pid_t pid;
};

static struct running running = { .ready_fd = -1 };

/* ---- the daemon ---- */

static void listen_for_ready(struct sockaddr_un *address)
{
        *address = (struct sockaddr_un){ .sun_family = AF_UNIX };
        (void) snprintf(address->sun_path, sizeof address->sun_path, "%s/ready", running.path);
        running.ready_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        pl_assert(running.ready_fd >= 0);
        pl_assert(bind(running.ready_fd, (const struct sockaddr *) address, sizeof *address) == 0);
        pl_assert(setenv("NOTIFY_SOCKET", address->sun_path, true) == 0);
}

/* Beside the journal, where it is found when an assertion fails here. */
static void say_into_a_file(void)
{
        char path[DAEMON_PATH_MAX + 8];
        int fd;

        (void) snprintf(path, sizeof path, "%s/words", running.path);
        fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
        if (fd < 0 || dup2(fd, STDERR_FILENO) < 0)
                _exit(126);
}

static void start(void)
{
        struct sockaddr_un address;

        daemon_make_directory(running.path);
        listen_for_ready(&address);
        running.pid = fork();
        pl_assert(running.pid >= 0);
        if (running.pid > 0)
                return;
        say_into_a_file();
        (void) execl(PLIMSOLLD, "plimsolld", "--foreground", "--cgroup-root", daemon_tree.path,
                     "--journal-dir", running.path, "--policy-dir", POLICIES, NULL);
        _exit(127);
}

static bool has_ended(void)
{
        int status;

        return waitpid(running.pid, &status, WNOHANG) != 0;
}

/* It says so when everybody was looked at. Fails when it ends before, or takes too long. */
static void wait_until_ready(void)
{
        char words[512] = "";

        for (unsigned i = 0; !strstr(words, "READY=1"); i++) {
                struct pollfd ready = { running.ready_fd, POLLIN, 0 };
                ssize_t length;

                pl_assert(i < READY_TURNS_MAX && !has_ended());
                if (poll(&ready, 1, READY_TURN_MSEC) <= 0)
                        continue;
                length = recv(running.ready_fd, words, sizeof words - 1, 0);
                pl_assert(length >= 0);
                words[length] = '\0';
        }
}

static void stop(void)
{
        int status;

        if (running.pid <= 0)
                return;
        (void) kill(running.pid, SIGTERM);
        (void) waitpid(running.pid, &status, 0);
        running.pid = 0;
        (void) close(running.ready_fd);
        daemon_remove_directory(running.path);
}

static void stop_and_remove(void)
{
        stop();
        daemon_remove_tree();
}

/* ---- what it has ---- */

static FILE *open_of(pid_t pid, const char *name)
{
        char path[64];
        FILE *file;

        (void) snprintf(path, sizeof path, "/proc/%d/%s", (int) pid, name);
        file = fopen(path, "re");
        pl_assert(file);
        return file;
}

/* The one child of the daemon. */
static pid_t find_mate(void)
{
        char name[64];
        FILE *file;
        int mate;

        (void) snprintf(name, sizeof name, "task/%d/children", (int) running.pid);
        file = open_of(running.pid, name);
        pl_assert(fscanf(file, "%d", &mate) == 1);
        (void) fclose(file);
        return mate;
}

struct figures {
        uint64_t own_kib, common_kib;
};

static struct figures read_figures(pid_t pid)
{
        FILE *file = open_of(pid, "smaps");
        uint64_t own = 0, common = 0, value;
        struct figures sum = {};
        _cleanup_free_ char *line = NULL;
        size_t size = 0;

        while (getline(&line, &size, file) > 0)
                if (sscanf(line, "Shared_Dirty: %lu kB", &value) == 1)
                        common = value;
                else if (sscanf(line, "Private_Dirty: %lu kB", &value) == 1)
                        own = value;
                else if (sscanf(line, "Anonymous: %lu kB", &value) == 1) {
                        sum.own_kib += PL_MIN(own, value);
                        sum.common_kib += PL_MIN(common, value);
                }
        (void) fclose(file);
        pl_assert(sum.own_kib > 0);
        return sum;
}

/* In KiB, of both. */
static uint64_t measure(unsigned count, const char *aim)
{
        struct figures daemon, mate;
        uint64_t sum;

        daemon_make_tree(count, false);
        start();
        wait_until_ready();
        daemon = read_figures(running.pid);
        mate = read_figures(find_mate());
        sum = daemon.own_kib + mate.own_kib;
        stop_and_remove();
        printf("daemon-memory %lu KiB%s of %u workloads: plimsolld has %lu, its mate %lu, and both "
               "have %lu in common\n",
               sum, aim, count, daemon.own_kib, mate.own_kib, daemon.common_kib);
        return sum;
}

int main(int argc, char **argv)
{
        bool is_quick = bench_turns(argc, argv, BENCH_TURNS_MAX) != BENCH_TURNS_MAX;
        uint64_t fewer, more;
        double each;

        daemon_need_fds("daemon_memory");
        pl_assert(atexit(stop_and_remove) == 0);
        (void) measure(10, " (aim 832)");
        (void) measure(100, "");
        if (is_quick)
                return EXIT_SUCCESS;
        fewer = measure(1000, "");
        more = measure(DAEMON_LARGEST, "");
        each = ((double) more - (double) fewer) * 1024 / (DAEMON_LARGEST - 1000);
        printf("daemon-memory %.0f bytes (aim 1024) a workload more; with its row in the journal "
               "%.0f bytes (aim 2048)\n",
               each, each + PL_JOURNAL_ROW_BYTES);
        return EXIT_SUCCESS;
}
