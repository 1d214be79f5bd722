/* SPDX-License-Identifier: Apache-2.0 */

/* How late plimsolld's tick comes, beside threads that only sleep in the same time, one on each processor.
 *
 *     slip [DIRECTORY]        of the journal; until SIGTERM, and then a line for each figure:
 *
 *     ticks N                 that were seen
 *     tick_usec N             the worst: how much later than it was due a tick came
 *     sleep_usec N            the worst of the short sleeps
 *     beyond_usec N           the worst of how much later a tick was than the worst sleep in the time before it
 *     late N                  ticks of which that was more than 100 ms
 *
 * An emulated machine stands still now and then, or one of its processors does, and then everybody is late who is there. The
 * tick stands for the loop that makes it: what holds the loop up for longer than a tick takes to come again holds up a
 * tick.
 */

#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/reader.h"

/* What is looked for, and a tenth of it. */
#define LATE_USEC  (100 * PL_USEC_PER_MSEC)
#define SLEEP_USEC (10 * PL_USEC_PER_MSEC)

struct slip {
        struct pl_journal_reader reader;
        struct pl_journal_pulse pulse; /* of the last tick that was seen */
        uint64_t interval_usec;        /* from that to the next */
        uint64_t ticks, tick_usec, sleep_usec, beyond_usec, late;
};

static volatile sig_atomic_t ended;
/* The worst sleep since the last tick, of all threads. */
static _Atomic uint64_t asleep_usec;

static void end(int number)
{
        (void) number;
        ended = 1;
}

static uint64_t less(uint64_t a, uint64_t b)
{
        return a > b ? a - b : 0;
}

static void sleep_once(void)
{
        const struct timespec time = { .tv_nsec = (long) SLEEP_USEC * 1000 };
        uint64_t began_usec = pl_clock_now_usec(), late_usec, worst_usec = asleep_usec;

        (void) clock_nanosleep(CLOCK_MONOTONIC, 0, &time, NULL);
        late_usec = less(pl_clock_now_usec() - began_usec, SLEEP_USEC);
        while (late_usec > worst_usec &&
               !atomic_compare_exchange_weak(&asleep_usec, &worst_usec, late_usec))
                ;
}

static void *sleep_on(void *argument)
{
        cpu_set_t set;

        CPU_ZERO(&set);
        CPU_SET(*(const size_t *) argument, &set);
        if (sched_setaffinity(0, sizeof set, &set) < 0)
                return NULL;
        while (true)
                sleep_once();
}

static int start_sleepers(void)
{
        static size_t processors[CPU_SETSIZE];
        const long count = PL_MIN(sysconf(_SC_NPROCESSORS_ONLN), (long) CPU_SETSIZE);
        pthread_t thread;
        int r = 0;

        for (long i = 0; r == 0 && i < count; i++) {
                processors[i] = (size_t) i;
                r = pthread_create(&thread, NULL, sleep_on, &processors[i]);
        }
        return -r;
}

/* So many ticks have come since the last that was seen, the last of them now: while we slept there may be several. */
static void count(struct slip *slip, uint64_t at_usec, uint64_t ticks)
{
        uint64_t passed_usec = less(at_usec, slip->pulse.heartbeat_usec);
        uint64_t late_usec = less(passed_usec, ticks * slip->interval_usec);
        uint64_t slept_usec = atomic_exchange(&asleep_usec, 0);
        uint64_t beyond_usec = less(late_usec, slept_usec);

        slip->tick_usec = PL_MAX(slip->tick_usec, late_usec);
        slip->sleep_usec = PL_MAX(slip->sleep_usec, slept_usec);
        slip->beyond_usec = PL_MAX(slip->beyond_usec, beyond_usec);
        slip->late += beyond_usec > LATE_USEC;
}

/* When the next tick is due stands on the board before the heartbeat of this one does. */
static int look(struct slip *slip)
{
        struct pl_journal_pulse pulse;
        struct pl_journal_host host = {};
        int r;

        pl_journal_read_pulse(&slip->reader, &pulse);
        if (pulse.heartbeat_usec == slip->pulse.heartbeat_usec)
                return 0;
        if (pulse.generation != slip->pulse.generation)
                return PL_JOURNAL_E_OVERTAKEN;
        if (slip->interval_usec > 0) {
                uint64_t ticks = PL_MAX(less(pulse.step_done, slip->pulse.step_done), UINT64_C(1));

                count(slip, pulse.heartbeat_usec, ticks);
                slip->ticks += ticks;
        }
        r = pl_journal_read_host(&slip->reader, &host);
        slip->interval_usec = host.interval_usec;
        slip->pulse = pulse;
        return r;
}

static int watch(struct slip *slip)
{
        int r = start_sleepers();

        pl_journal_read_pulse(&slip->reader, &slip->pulse);
        while (!ended && r == 0) {
                sleep_once();
                r = look(slip);
        }
        /* One that has not come yet is late, too. */
        if (slip->interval_usec > 0)
                count(slip, pl_clock_now_usec(), 1);
        return r;
}

static void print(const char *key, uint64_t value)
{
        printf("%s %llu\n", key, (unsigned long long) value);
}

int main(int argc, char **argv)
{
        const struct sigaction action = { .sa_handler = end };
        static struct slip slip;
        int dir_fd = open(argc > 1 ? argv[1] : "/run/plimsoll", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r;

        if (dir_fd < 0 || sigaction(SIGTERM, &action, NULL) < 0 ||
            mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) < 0) {
                perror("slip");
                return EXIT_FAILURE;
        }
        r = pl_journal_reader_open(dir_fd, "journal", &slip.reader);
        if (r == 0)
                r = watch(&slip);
        if (r != 0) {
                fprintf(stderr,
                        "slip: the journal cannot be read any more, or is another writer's: %d\n",
                        r);
                return EXIT_FAILURE;
        }
        print("ticks", slip.ticks);
        print("tick_usec", slip.tick_usec);
        print("sleep_usec", slip.sleep_usec);
        print("beyond_usec", slip.beyond_usec);
        print("late", slip.late);
        return EXIT_SUCCESS;
}
