/* SPDX-License-Identifier: Apache-2.0 */

/* What host/kill does, by itself.
 *
 *     killer [OPTION]… MEASURE CGROUP…         reclaim, freeze, thaw, term, kill or kill-process, of all of them at once
 *     killer try CGROUP SCRATCH                the self-test, with a real workload and a cgroup that is empty
 *
 *     --deadline MSEC    10000
 *     --bytes N          to reclaim
 *     --expected N       bytes that a kill is to give back, which counts where its cgroup is gone before anybody looks
 *     --pid PID          whom to ask first
 *     --signal N
 *     --id N             and not the directory's own
 *     --flag N           of enum pl_cgroup_flag, beside that of a workload
 *     --without-kill     as on a kernel before 5.14
 *
 * For each a line: result, its word; then error, processes, bytes, usec, each with its figure. At the end the longest of all calls
 * in microseconds, "longest"; and "release missing", if it is.
 */

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/kill.h"
#include "plimsoll/kernel/memcg.h"

static bool is_without_kill;
static uint64_t longest_usec;

int __real_pl_cgroup_kill(int cgroup_fd);
int __wrap_pl_cgroup_kill(int cgroup_fd);

int __wrap_pl_cgroup_kill(int cgroup_fd)
{
        if (!is_without_kill)
                return __real_pl_cgroup_kill(cgroup_fd);
        errno = ENOENT;
        return PL_FILE_E_ABSENT;
}

static const struct {
        const char *name;
        enum pl_measure measure;
        uint32_t flags;
} measures[] = {
        { "reclaim", PL_MEASURE_RECLAIM, 0 },
        { "freeze", PL_MEASURE_FREEZE, 0 },
        { "thaw", PL_MEASURE_THAW, 0 },
        { "term", PL_MEASURE_TERM, 0 },
        { "kill", PL_MEASURE_KILL, 0 },
        { "kill-process", PL_MEASURE_KILL, PL_CGROUP_BY_PROCESS },
};

static const char *const results[PL_RESULTS] = {
        [PL_RESULT_DONE] = "done", [PL_RESULT_PARTLY] = "partly",   [PL_RESULT_FAILED] = "failed",
        [PL_RESULT_GONE] = "gone", [PL_RESULT_REFUSED] = "refused", [PL_RESULT_LATE] = "late",
};

static _Noreturn void stop(const char *what)
{
        fprintf(stderr, "killer: %s: %s\n", what, strerror(errno));
        exit(2);
}

static int open_directory(const char *path)
{
        int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                stop(path);
        return fd;
}

static uint64_t id_of(int fd)
{
        uint64_t id = 0;

        if (pl_cgroup_id(fd, &id) != 0)
                stop("id");
        return id;
}

static void print(const struct pl_outcome *outcome)
{
        printf("result %s error %d processes %u bytes %llu usec %llu\n", results[outcome->result],
               outcome->error, outcome->processes, (unsigned long long) outcome->bytes,
               (unsigned long long) (outcome->ended_usec - outcome->began_usec));
}

static void took(uint64_t begun_usec)
{
        longest_usec = PL_MAX(longest_usec, pl_clock_now_usec() - begun_usec);
}

static void go_on(struct pl_killer *killer)
{
        struct pl_outcome outcome;
        uint64_t now_usec;

        while (pl_killer_count(killer) > 0) {
                struct pollfd pollfd = { .fd = pl_killer_fd(killer), .events = POLLIN };
                uint64_t next_usec = pl_killer_next_usec(killer);

                now_usec = pl_clock_now_usec();
                if (next_usec > now_usec)
                        (void) poll(&pollfd, 1, (int) ((next_usec - now_usec + 999) / 1000));
                now_usec = pl_clock_now_usec();
                (void) pl_killer_step(killer, now_usec, 128);
                took(now_usec);
                while (pl_killer_take(killer, &outcome))
                        print(&outcome);
        }
}

static void act(struct pl_killer *killer, struct pl_kill_request request, const char *path,
                uint64_t id)
{
        uint64_t now_usec = pl_clock_now_usec();
        int r;

        request.cgroup_fd = open_directory(path);
        request.id = id != 0 ? id : id_of(request.cgroup_fd);
        request.deadline_usec += now_usec;
        r = pl_killer_begin(killer, &request, now_usec);
        took(now_usec);
        if (r != 0) {
                fprintf(stderr, "killer: %s: cannot be begun: %d\n", path, r);
                exit(2);
        }
        (void) close(request.cgroup_fd);
}

static int try_it(struct pl_killer *killer, const char *candidate, const char *scratch)
{
        static const char *const parts[PL_KILL_PARTS] = {
                [PL_KILL_PART_FIND] = "find",     [PL_KILL_PART_SIGNAL] = "signal",
                [PL_KILL_PART_OPEN] = "open",     [PL_KILL_PART_FREEZE] = "freeze",
                [PL_KILL_PART_PUT_IN] = "put-in", [PL_KILL_PART_KILL] = "kill",
                [PL_KILL_PART_DEATH] = "death",
        };
        uint64_t until_usec = pl_clock_now_usec() + 10 * PL_USEC_PER_SEC;
        int candidate_fd = open_directory(candidate), scratch_fd = open_directory(scratch), r;
        struct pl_kill_test test;

        pl_kill_test_init(&test);
        r = pl_kill_test_candidate(killer, candidate_fd, id_of(candidate_fd), &test);
        if (r != 0)
                printf("candidate %d\n", r);
        pl_kill_test_begin(killer, scratch_fd, id_of(scratch_fd), &test);
        while (pl_kill_test_end(&test, pl_clock_now_usec() > until_usec) == PL_KILLER_E_MORE)
                (void) poll(NULL, 0, 10);
        for (int i = 0; i < PL_KILL_PARTS; i++)
                if (test.errors[i] != 0)
                        printf("%s %s\n", parts[i], strerrorname_np(test.errors[i]));
        printf("first %s\n", test.first_part < PL_KILL_PARTS ? parts[test.first_part] : "none");
        return test.first_part == PL_KILL_PARTS ? EXIT_SUCCESS : EXIT_FAILURE;
}

static uint64_t read_options(int argc, char **argv, struct pl_kill_request *request)
{
        static const struct option options[] = {
                { "deadline", required_argument, NULL, 'd' },
                { "bytes", required_argument, NULL, 'b' },
                { "expected", required_argument, NULL, 'e' },
                { "pid", required_argument, NULL, 'p' },
                { "signal", required_argument, NULL, 's' },
                { "id", required_argument, NULL, 'i' },
                { "flag", required_argument, NULL, 'f' },
                { "without-kill", no_argument, NULL, 'w' },
                {},
        };
        uint64_t id = 0;
        int option;

        while ((option = getopt_long(argc, argv, "+", options, NULL)) >= 0)
                switch (option) {
                case 'd':
                        request->deadline_usec = strtoull(optarg, NULL, 10) * PL_USEC_PER_MSEC;
                        break;
                case 'b':
                        request->amount_bytes = strtoull(optarg, NULL, 10);
                        break;
                case 'e':
                        request->expected_bytes = strtoull(optarg, NULL, 10);
                        break;
                case 'p':
                        request->pid = atoi(optarg);
                        break;
                case 's':
                        request->signal = atoi(optarg);
                        break;
                case 'i':
                        id = strtoull(optarg, NULL, 10);
                        break;
                case 'f':
                        request->flags |= (uint32_t) strtoul(optarg, NULL, 10);
                        break;
                case 'w':
                        is_without_kill = true;
                        break;
                default:
                        exit(2);
                }
        return id;
}

static int carry_out(struct pl_killer *killer, struct pl_kill_request request, uint64_t id,
                     char **arguments)
{
        bool is_known = false;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(measures); i++)
                if (strcmp(arguments[0], measures[i].name) == 0) {
                        request.measure = measures[i].measure;
                        request.flags |= measures[i].flags;
                        is_known = true;
                }
        if (!is_known)
                return 2;
        for (arguments++; *arguments; arguments++)
                act(killer, request, *arguments, id);
        go_on(killer);
        printf("longest %llu\n", (unsigned long long) longest_usec);
        if (pl_killer_cannot_release(killer))
                puts("release missing");
        return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        struct pl_kill_request request = { .decision = 1,
                                           .flags = PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED,
                                           .deadline_usec = 10 * PL_USEC_PER_SEC,
                                           .amount_bytes = UINT64_C(1) << 20,
                                           .swappiness = PL_MEMCG_SWAPPINESS_DEFAULT,
                                           .signal = SIGTERM };
        const struct pl_killer_options killer_options = {};
        struct pl_roots roots = { -1, -1, -1, -1 };
        struct pl_killer *killer = NULL;
        uint64_t id = read_options(argc, argv, &request);
        int r;

        if (argc - optind < 2)
                return 2;
        roots.cgroup_fd = open_directory("/sys/fs/cgroup");
        roots.proc_fd = open_directory("/proc");
        r = pl_killer_new(&roots, &killer_options, &killer);
        if (r != 0) {
                errno = -r;
                stop("threads");
        }
        if (strcmp(argv[optind], "try") == 0 && argc - optind == 3)
                r = try_it(killer, argv[optind + 1], argv[optind + 2]);
        else
                r = carry_out(killer, request, id, argv + optind);
        pl_killer_free(killer, PL_USEC_PER_SEC);
        return r;
}
