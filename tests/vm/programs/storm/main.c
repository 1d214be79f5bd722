/* SPDX-License-Identifier: Apache-2.0 */

/* Processes that are hard to keep up with, for whoever goes over those of a cgroup.
 *
 *     storm SECONDS COUNT
 *
 * For so many seconds it forks children as fast as it can, COUNT at a time, that soon end; and in COUNT chains each process
 * makes the next one and ends, long before anybody has read a list of them. Then it says "over", and 2 × COUNT stay.
 */

#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/span.h"

static uint64_t end_usec;

static bool is_over(void)
{
        return pl_clock_now_usec() >= end_usec;
}

static _Noreturn void stay(void)
{
        while (true)
                (void) pause();
}

/* A fork that the kernel refuses is tried again by the same one. */
static _Noreturn void go_on(void)
{
        while (!is_over())
                if (fork() > 0)
                        _exit(0);
        stay();
}

/* Buries the dead of the chains itself: thousands a second are not for init. */
static _Noreturn void keep_chains(uint32_t count)
{
        (void) prctl(PR_SET_CHILD_SUBREAPER, 1);
        for (uint32_t i = 0; i < count; i++)
                if (fork() == 0)
                        go_on();
        while (true)
                (void) wait(NULL);
}

/* Of a life that is never as long as the one before it. */
static _Noreturn void live(uint32_t number)
{
        (void) usleep(1000 + number * 7919 % 50000);
        _exit(0);
}

static void bomb(uint32_t count)
{
        uint32_t alive = 0;

        for (uint32_t number = 0; !is_over(); number++) {
                pid_t pid = alive < count ? fork() : -1;

                if (pid == 0)
                        live(number);
                alive += pid > 0;
                if (alive > 0 && waitpid(-1, NULL, alive < count ? WNOHANG : 0) > 0)
                        alive--;
        }
}

int main(int argc, char **argv)
{
        uint32_t seconds, count;

        if (argc != 3 || pl_span_to_u32(pl_span_of(argv[1]), &seconds) != 0 ||
            pl_span_to_u32(pl_span_of(argv[2]), &count) != 0) {
                fprintf(stderr, "usage: storm SECONDS COUNT\n");
                return 2;
        }
        end_usec = pl_clock_now_usec() + seconds * PL_USEC_PER_SEC;
        if (fork() == 0)
                keep_chains(count);
        bomb(count);
        for (uint32_t i = 0; i < count; i++)
                if (fork() == 0)
                        stay();
        printf("over\n");
        (void) fflush(stdout);
        stay();
}
