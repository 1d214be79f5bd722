/* SPDX-License-Identifier: Apache-2.0 */

/* Shows what the census makes of a live host, for a scenario to hold it against systemctl and find.
 *
 *     census list                 one look: "ID KIND POPULATED PATH NAME" for everybody, holders too, and the notes
 *     census follow               until SIGTERM: "+ ID PATH", "- ID PATH", "~ ID PATH" as it hears of them; then the list
 *     census limits CGROUP-ID     what its limits come to
 *
 * With --fds N before the verb it may keep so many directories open.
 */

#include <dirent.h>
#include <fcntl.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/host/census.h"
#include "plimsoll/host/sample.h"

enum { BUDGET = 256, SCAN_MSEC = 2000 };

static struct pl_census census;
static struct pl_sampler sampler;
static volatile sig_atomic_t ended;

static void end(int number)
{
        (void) number;
        ended = 1;
}

static const char *path_of(uint32_t index)
{
        static char buffer[PL_CGROUP_PATH_MAX + 1];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_census_path(&census, index, &text);
        return buffer;
}

static void settle(void)
{
        int r;

        while (pl_census_notice(&census) == PL_CENSUS_E_MORE)
                ;
        while ((r = pl_census_scan(&census, BUDGET)) == PL_CENSUS_E_MORE)
                ;
        if (r != 0)
                printf("outcome %d\n", r);
}

static void tell(void)
{
        static const char marks[] = { '+', '~', '-' };
        struct pl_census_event event;

        while (pl_census_next_event(&census, &event) == 0)
                printf("%c %llu %s\n", marks[event.kind], (unsigned long long) event.id,
                       path_of(event.index));
        (void) fflush(stdout);
}

static unsigned open_fds(void)
{
        DIR *directory = opendir("/proc/self/fd");
        unsigned count = 0;

        while (directory && readdir(directory))
                count++;
        if (directory)
                (void) closedir(directory);
        return count;
}

static void list(void)
{
        for (uint32_t i = pl_census_next(&census, 1); i != PL_CENSUS_NONE;
             i = pl_census_next(&census, i + 1)) {
                const struct pl_census_entry *entry = pl_census_at(&census, i);
                struct pl_census_identity identity = {};

                if (pl_census_identity(&census, i, &identity) != 0)
                        continue;
                printf("%llu %s %d %s %s\n", (unsigned long long) entry->id,
                       pl_workload_kind_word(entry->standing.kind),
                       (entry->flags & PL_CENSUS_POPULATED) != 0, path_of(i),
                       identity.identity.name);
        }
        printf("notes %x\n", pl_census_take_notes(&census));
        printf("fds %u\n", open_fds());
        printf("heap %zu\n", mallinfo2().uordblks);
}

static void follow(void)
{
        struct sigaction action = { .sa_handler = end };

        (void) sigaction(SIGTERM, &action, NULL);
        while (!ended) {
                struct pollfd fd = { .fd = pl_census_fd(&census), .events = POLLIN };
                int ready = poll(&fd, 1, SCAN_MSEC);

                if (ready == 0 || fd.fd < 0)
                        pl_census_begin(&census);
                settle();
                tell();
        }
        pl_census_begin(&census);
        settle();
        tell();
        printf("==\n");
        list();
}

static void print_bytes(const char *key, uint64_t bytes)
{
        if (bytes == PL_SIZE_MAX)
                printf("%s max\n", key);
        else
                printf("%s %llu\n", key, (unsigned long long) bytes);
}

static int limits(const char *id)
{
        const struct pl_reach *reach;
        uint64_t number;
        uint32_t index;

        if (pl_span_to_u64(pl_span_of(id), &number) != 0 ||
            pl_census_find(&census, number, &index) != 0)
                return EXIT_FAILURE;
        /* The sums that protections are shared by are known behind the first scan. */
        for (int scan = 0; scan < 2; scan++) {
                pl_sample_begin(&sampler);
                for (uint32_t i = pl_census_next(&census, 1); i != PL_CENSUS_NONE;
                     i = pl_census_next(&census, i + 1))
                        (void) pl_sample_limits(&sampler, &census, i);
        }
        reach = &pl_census_at(&census, index)->reach;
        print_bytes("max", reach->max);
        print_bytes("high", reach->high);
        print_bytes("swap_max", reach->swap_max);
        print_bytes("own_max", reach->own_max);
        print_bytes("low", reach->low.effective);
        print_bytes("own_low", reach->low.own);
        print_bytes("usage", reach->usage_bytes);
        return EXIT_SUCCESS;
}

static int run(int argc, char **argv)
{
        if (argc == 1 && strcmp(argv[0], "list") == 0)
                list();
        else if (argc == 1 && strcmp(argv[0], "follow") == 0)
                follow();
        else if (argc == 2 && strcmp(argv[0], "limits") == 0)
                return limits(argv[1]);
        else
                return 2;
        return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
        struct pl_census_options options = {};
        struct pl_roots roots = { open("/sys/fs/cgroup", O_RDONLY | O_DIRECTORY | O_CLOEXEC), -1,
                                  -1, -1 };
        int r, first = 1;

        if (argc > 2 && strcmp(argv[1], "--fds") == 0) {
                if (pl_span_to_u32(pl_span_of(argv[2]), &options.fds_max) != 0)
                        return 2;
                first = 3;
        }
        if (roots.cgroup_fd < 0 || pl_census_open(&census, &roots, &options) != 0)
                return EXIT_FAILURE;
        pl_sampler_init(&sampler, &roots, true);
        pl_census_begin(&census);
        settle();
        r = run(argc - first, argv + first);
        pl_sampler_done(&sampler);
        pl_census_close(&census);
        return r;
}
