/* SPDX-License-Identifier: Apache-2.0 */

/* What writing the journal costs: an act, a row, a step of 64 updates. Memory stands in for the file, so that
 * scripts/bench can count the instructions of each function under callgrind. Prints how often each was done.
 */

#include "bench.h"
#include "journal/look.h"

enum { TIMES = 20000, UPDATES = 64, IMAGE_BYTES = 1 << 20 };

static _Alignas(PL_JOURNAL_PAGE_BYTES) unsigned char image[IMAGE_BYTES];

/* As long as those of a service at work are: amounts and times have four or five bytes, counts two or three. */
static void fill(struct pl_cgroup_sample *sample, uint64_t id)
{
        uint64_t words[sizeof *sample / sizeof(uint64_t)], state = id;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++)
                words[i] = made_bits(&state) >> (24 + 8 * (i % 4));
        memcpy(sample, words, sizeof *sample);
}

static void say(const char *what, size_t times, uint64_t start_nsec)
{
        printf("journal %s %zu times, %.0f ns each\n", what, times,
               (double) (bench_now_nsec() - start_nsec) / (double) times);
}

int main(int argc, char **argv)
{
        const size_t times = bench_turns(argc, argv, TIMES);
        static struct pl_update updates[UPDATES];
        const struct pl_snapshot snapshot = { .step = 1,
                                              .update_count = UPDATES,
                                              .updates = updates };
        struct pl_journal_writer writer = look_writer(image, sizeof image);
        struct pl_journal_act act = { .type = PL_JOURNAL_APPEARED,
                                      .workload = { .name = "web-1",
                                                    .profile_name = "api",
                                                    .path = "/plimsoll-api.slice/web-1.service" } };
        struct pl_journal_row row;
        uint64_t start, before;

        made_row(0, 1, &row);
        for (size_t i = 0; i < UPDATES; i++) {
                updates[i] = (struct pl_update){ .kind = PL_UPDATE_SAMPLE, .id = 10000 + i };
                fill(&updates[i].sample, i);
        }

        start = bench_now_nsec();
        for (size_t i = 0; i < times; i++)
                pl_journal_write_act(&writer, &act);
        say("act", times, start);

        start = bench_now_nsec();
        for (size_t i = 0; i < times; i++)
                pl_assert(pl_journal_put_row(&writer, (uint32_t) (i % 64), &row) == 0);
        say("row", times, start);

        before = writer.next[PL_JOURNAL_SAMPLES];
        start = bench_now_nsec();
        for (size_t i = 0; i < times; i++)
                pl_assert(pl_journal_begin_step(&writer, &snapshot) == 0);
        say("step", times, start);
        printf("journal step %.1f records of 64 updates\n",
               (double) (writer.next[PL_JOURNAL_SAMPLES] - before) / (double) times);
        return EXIT_SUCCESS;
}
