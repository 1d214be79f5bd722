/* SPDX-License-Identifier: Apache-2.0 */

/* A service that people wait for: it uses all of its memory, and says for how long it could not.
 *
 *     witness MIB FILE        until SIGTERM
 *
 * Every 10 ms it writes to the next tenth of its memory, a byte a page, so that all of it is in use; nothing of it is locked,
 * nor are its code and its stack. It stood still for as long as that took longer than 10 ms from the end of the time
 * before. What it found is in the file at any moment, and printed at the end, a line for each figure:
 *
 *     ticks N                 that were due
 *     worst_usec N            the longest that it stood still
 *     worst_at_usec N         when that was over, from the begin of counting
 *     p99_usec N              99 of a hundred that were due came earlier than that, and those beyond 100 ms:
 *     late N
 *
 * A time that was due while it stood still counts as one that was late by what was left then: who asked at that moment waited
 * for so long. SIGUSR1: the counting begins anew.
 */

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

#include "fill/fill.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/span.h"
#include "plimsoll/base/text.h"

/* As often as a service of a thousand users is asked something, and well below what one of them notices. */
#define TICK_USEC (10 * PL_USEC_PER_MSEC)
#define LATE_USEC (100 * PL_USEC_PER_MSEC)

enum {
        PARTS = 10, /* all memory is written to ten times a second */
        /* Of the histogram: sixteen for each doubling, so that a figure is right to 6 %. */
        STEP_BITS = 4,
        STEPS = 1 << STEP_BITS,
        BUCKETS = 64 * STEPS,
        WORDS_MAX = 256,
        /* Figures that do not change are written twice a second. */
        WRITE_TICKS = 50,
};

struct figures {
        uint64_t began_usec;
        uint64_t ticks, worst_usec, worst_at_usec, late;
        uint64_t counts[BUCKETS];
};

struct witness {
        char *memory;
        size_t size, part;
        int file_fd;
        bool has_news;
        struct figures figures;
};

static volatile sig_atomic_t ended, begins_anew;

static void hear(int number)
{
        if (number == SIGTERM)
                ended = 1;
        else
                begins_anew = 1;
}

/* ---- the histogram ---- */

static size_t bucket_of(uint64_t usec)
{
        int shift;

        if (usec < STEPS)
                return (size_t) usec;
        shift = 63 - __builtin_clzll(usec) - STEP_BITS;
        return (size_t) (shift + 1) * STEPS + (size_t) (usec >> shift & (STEPS - 1));
}

/* The least that belongs to the bucket. */
static uint64_t bucket_usec(size_t bucket)
{
        size_t shift = bucket / STEPS;

        return shift == 0 ? bucket : (uint64_t) (STEPS + bucket % STEPS) << (shift - 1);
}

/* 99 of a hundred are in buckets up to this one. */
static uint64_t p99_usec(const struct figures *figures)
{
        uint64_t beyond = figures->ticks / 100, seen = 0;
        size_t bucket = BUCKETS - 1;

        while (bucket > 0 && seen + figures->counts[bucket] <= beyond)
                seen += figures->counts[bucket--];
        return PL_MIN(bucket_usec(bucket + 1), figures->worst_usec);
}

/* ---- the figures ---- */

static void count(struct figures *figures, uint64_t late_usec)
{
        figures->ticks++;
        figures->late += late_usec > LATE_USEC;
        figures->counts[bucket_of(late_usec)]++;
}

static void note(struct witness *witness, uint64_t now_usec, uint64_t stood_usec)
{
        struct figures *figures = &witness->figures;
        uint64_t left_usec = stood_usec;

        if (stood_usec > figures->worst_usec) {
                figures->worst_usec = stood_usec;
                figures->worst_at_usec = now_usec - figures->began_usec;
                witness->has_news = true;
        }
        for (; left_usec >= TICK_USEC; left_usec -= TICK_USEC)
                count(figures, left_usec);
        count(figures, left_usec);
}

static size_t format(const struct figures *figures, char words[WORDS_MAX])
{
        struct pl_text text;

        pl_text_init(&text, words, WORDS_MAX);
        pl_text_addf(&text,
                     "ticks %12llu\nworst_usec %12llu\nworst_at_usec %12llu\np99_usec %12llu\n"
                     "late %12llu\n",
                     (unsigned long long) figures->ticks, (unsigned long long) figures->worst_usec,
                     (unsigned long long) figures->worst_at_usec,
                     (unsigned long long) p99_usec(figures), (unsigned long long) figures->late);
        return strlen(words);
}

/* Over what was there: each figure takes the same room, whatever it is. */
static void write_figures(struct witness *witness)
{
        char words[WORDS_MAX];
        size_t length = format(&witness->figures, words);

        (void) !pwrite(witness->file_fd, words, length, 0);
        witness->has_news = false;
}

/* ---- the work ---- */

static void work(struct witness *witness)
{
        size_t page = (size_t) sysconf(_SC_PAGESIZE), length = witness->size / PARTS;
        char *from = witness->memory + witness->part * length;

        for (size_t i = 0; i < length; i += page)
                from[i]++;
        witness->part = (witness->part + 1) % PARTS;
}

static void begin_anew(struct witness *witness)
{
        begins_anew = 0;
        witness->figures = (struct figures){ .began_usec = pl_clock_now_usec() };
        write_figures(witness);
}

static void watch(struct witness *witness)
{
        const struct timespec tick = { .tv_nsec = (long) TICK_USEC * 1000 };
        uint64_t last_usec, now_usec, ticks = 0;

        begin_anew(witness);
        last_usec = pl_clock_now_usec();
        while (!ended) {
                (void) clock_nanosleep(CLOCK_MONOTONIC, 0, &tick, NULL);
                work(witness);
                now_usec = pl_clock_now_usec();
                if (begins_anew)
                        begin_anew(witness);
                else
                        note(witness, now_usec,
                             now_usec - last_usec - PL_MIN(TICK_USEC, now_usec - last_usec));
                last_usec = now_usec;
                if (witness->has_news || ++ticks % WRITE_TICKS == 0)
                        write_figures(witness);
        }
        write_figures(witness);
}

static void *take(size_t size)
{
        char *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (memory == MAP_FAILED)
                return NULL;
        vm_fill(memory, size);
        return memory;
}

int main(int argc, char **argv)
{
        const struct sigaction action = { .sa_handler = hear };
        static struct witness witness;
        char words[WORDS_MAX];
        uint32_t mib;

        if (argc != 3 || pl_span_to_u32(pl_span_of(argv[1]), &mib) != 0 || mib == 0) {
                fprintf(stderr, "usage: witness MIB FILE\n");
                return 2;
        }
        witness.size = (size_t) mib * PL_MIB;
        witness.memory = take(witness.size);
        witness.file_fd = open(argv[2], O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
        if (!witness.memory || witness.file_fd < 0 || sigaction(SIGTERM, &action, NULL) < 0 ||
            sigaction(SIGUSR1, &action, NULL) < 0) {
                perror("witness");
                return EXIT_FAILURE;
        }
        watch(&witness);
        (void) format(&witness.figures, words);
        printf("%s", words);
        return EXIT_SUCCESS;
}
