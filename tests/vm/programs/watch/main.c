/* SPDX-License-Identifier: Apache-2.0 */

/* Reads some workloads' figures and pressure, live, with the readers that the daemon will use: a table a second. It stands
 * in for `plimsoll list` in the demonstration until there is a daemon to list from.
 *
 *     pl-watch [--seconds N] CGROUP…
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/text.h"
#include "plimsoll/kernel/memcg.h"

enum { WATCHED_MAX = 64, CELL_MAX = 64 };

static struct watched {
        char name[CELL_MAX];
        int dir_fd;
        bool gone;
        struct pl_memcg_hot hot;
        uint64_t read_at_usec;
        struct pl_memcg_hot_figures last;
} watched[WATCHED_MAX];

static struct pl_file_buffer buffer;

/* "api.service" is called api. */
static struct pl_span without_kind(struct pl_span name)
{
        static const char *const kinds[] = { ".service", ".scope", ".slice" };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(kinds); i++)
                if (pl_span_ends_with(name, kinds[i]))
                        name.length -= strlen(kinds[i]);
        return name;
}

static int open_workload(struct watched *workload, const char *path)
{
        const char *name = strrchr(path, '/');
        struct pl_text text;
        int r;

        workload->dir_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (workload->dir_fd < 0) {
                fprintf(stderr, "pl-watch: %s: %s\n", path, strerror(errno));
                return -1;
        }
        r = pl_memcg_hot_open(workload->dir_fd, &workload->hot);
        if (r == 0)
                r = pl_memcg_hot_read(&workload->hot, &buffer, &workload->last);
        if (r != 0) {
                fprintf(stderr, "pl-watch: %s has no memory figures\n", path);
                return -1;
        }
        workload->read_at_usec = pl_clock_now_usec();
        pl_text_init(&text, workload->name, sizeof workload->name);
        pl_text_add_clean(&text, without_kind(pl_span_of(name && name[1] ? name + 1 : path)));
        return 0;
}

static void bytes_cell(char cell[CELL_MAX], uint64_t bytes)
{
        struct pl_text text;

        pl_text_init(&text, cell, CELL_MAX);
        pl_bytes_format_short(&text, bytes);
}

static uint64_t limit_of(struct watched *workload, enum pl_limit limit)
{
        uint64_t bytes = PL_SIZE_MAX;

        (void) pl_memcg_read_limit(workload->dir_fd, limit, &buffer, &bytes);
        return bytes;
}

static void print_row(struct watched *workload, const struct pl_memcg_hot_figures *now,
                      uint64_t passed_usec)
{
        const struct pl_memcg_hot_figures *last = &workload->last;
        char current[CELL_MAX], high[CELL_MAX], max[CELL_MAX];
        uint32_t stall = pl_ratio_permyriad(now->some_usec - last->some_usec, passed_usec);
        uint64_t hits = now->events.high - last->events.high + now->events.max - last->events.max;

        bytes_cell(current, now->current_bytes);
        bytes_cell(high, limit_of(workload, PL_LIMIT_HIGH));
        bytes_cell(max, limit_of(workload, PL_LIMIT_MAX));
        printf("  %-22.22s %9s %9s %9s %4u.%u %% %8llu %5llu\n", workload->name, current, high, max,
               stall / 100, stall / 10 % 10, (unsigned long long) hits,
               (unsigned long long) now->events.oom_kill);
}

static void watch_once(struct watched *workload)
{
        struct pl_memcg_hot_figures now;
        int r = workload->gone ? PL_FILE_E_GONE : pl_memcg_hot_read(&workload->hot, &buffer, &now);
        uint64_t at_usec = pl_clock_now_usec();

        if (r != 0) {
                printf("  %-22.22s %s\n", workload->name,
                       r == PL_FILE_E_GONE ? "gone" : "cannot be read");
                workload->gone |= r == PL_FILE_E_GONE;
                return;
        }
        print_row(workload, &now, PL_MAX(at_usec - workload->read_at_usec, UINT64_C(1)));
        workload->last = now;
        workload->read_at_usec = at_usec;
}

static int watch(int count, uint64_t seconds)
{
        for (uint64_t turn = 1; turn <= seconds; turn++) {
                (void) clock_nanosleep(CLOCK_MONOTONIC, 0, &(struct timespec){ .tv_sec = 1 }, NULL);
                printf("\n  %-22s %9s %9s %9s %8s %8s %5s\n", "WORKLOAD", "CURRENT", "HIGH", "MAX",
                       "STALL", "AT LIMIT", "KILLS");
                for (int i = 0; i < count; i++)
                        watch_once(&watched[i]);
                if (fflush(stdout) != 0)
                        return EXIT_FAILURE;
        }
        return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        uint64_t seconds = 5;
        int first = 1;

        if (argc > 2 && strcmp(argv[1], "--seconds") == 0) {
                if (pl_span_to_u64(pl_span_of(argv[2]), &seconds) != 0)
                        argc = 0;
                first = 3;
        }
        if (argc <= first || argc - first > WATCHED_MAX) {
                fprintf(stderr, "usage: pl-watch [--seconds N] CGROUP…\n");
                return 2;
        }
        for (int i = first; i < argc; i++)
                if (open_workload(&watched[i - first], argv[i]) != 0)
                        return EXIT_FAILURE;
        return watch(argc - first, seconds);
}
