/* SPDX-License-Identifier: Apache-2.0 */

/* How much longer pl_json_parse() takes than cJSON alone for the same bytes: the price of positions, of strictness
 * and of comments. Both parse in turns within one run, so that whatever else the machine does hits both; the medians
 * are compared. It prints and judges nothing: `json-parse ours/bare ratio 1.87 (aim 3.00)`.
 */

#include <cjson/cJSON.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/json/read.h"

enum { TURNS_MAX = 301, TURNS_QUICK = 3, TEXT_BYTES = 64 * 1024 };

static char document[TEXT_BYTES + 1024], commented[2 * TEXT_BYTES];
static uint64_t ours_nsec[TURNS_MAX], bare_nsec[TURNS_MAX];
static struct pl_diag diag;

/* The shape of a shipped profile, with a number to tell them apart. */
static void add_profile(struct pl_text *text, unsigned number, const char *comment)
{
        pl_text_addf(text,
                     "  {%s\n"
                     "    \"profile\": \"batch-%u\",\n"
                     "    \"description\": \"Throughput work: may swap, dies early\",\n"
                     "    \"match\": [ { \"label\": \"plimsoll.profile=batch\" },"
                     " { \"slice\": \"plimsoll-batch.slice\" } ],\n"
                     "    \"memory\": { \"max\": \"50%%\", \"high\": \"90%% of max\","
                     " \"swap_max\": \"min(8GiB, 50%% of swap)\", \"oom_group\": true },\n"
                     "    \"oom\": { \"score_adj\": %u },%s\n"
                     "    \"ladder\": { \"rungs\": [\"reclaim\", \"throttle\", \"freeze\","
                     " \"term\", \"kill\"], \"grace\": \"10s\" },\n"
                     "    \"leak\": { \"alert\": \"10MiB/h\","
                     " \"restart\": { \"window\": \"02:00-05:00\" } },\n"
                     "    \"drift\": \"repair\"\n"
                     "  }",
                     comment, number, number % 1000, comment);
}

static struct pl_span make(char *buffer, size_t size, const char *comment)
{
        struct pl_text text;

        pl_text_init(&text, buffer, size);
        pl_text_add(&text, "[\n");
        for (unsigned i = 0; text.length < TEXT_BYTES - 1024; i++) {
                pl_text_add(&text, i ? ",\n" : "");
                add_profile(&text, i, comment);
        }
        pl_text_add(&text, "\n]\n");
        pl_assert(!text.cut);
        return pl_text_span(&text);
}

static uint64_t now_nsec(void)
{
        struct timespec now;

        pl_assert(clock_gettime(CLOCK_MONOTONIC, &now) == 0);
        return (uint64_t) now.tv_sec * 1000000000 + (uint64_t) now.tv_nsec;
}

/* The C library merges what was freed when something large is asked for. Without this, one of the two would tidy up what
 * the other has left.
 */
static void tidy_heap(void)
{
        void *volatile large = malloc(TEXT_BYTES);

        pl_assert(large);
        free(large);
}

static uint64_t time_ours(struct pl_span text)
{
        struct pl_json_document *parsed;
        uint64_t start;

        tidy_heap();
        start = now_nsec();
        pl_assert(pl_json_parse(text, NULL, &diag, &parsed) == 0);
        pl_json_document_free(parsed);
        return now_nsec() - start;
}

static uint64_t time_bare(struct pl_span text)
{
        uint64_t start;
        cJSON *parsed;

        tidy_heap();
        start = now_nsec();
        parsed = cJSON_ParseWithLength(text.data, text.length);
        pl_assert(parsed);
        cJSON_Delete(parsed);
        return now_nsec() - start;
}

static int compare(const void *a, const void *b)
{
        const uint64_t *left = a, *right = b;

        return (*left > *right) - (*left < *right);
}

static uint64_t median(uint64_t *values, size_t count)
{
        qsort(values, count, sizeof *values, compare);
        return values[count / 2];
}

/* `text` is for us, `plain` the same values for cJSON, which knows no comments. */
static void measure(const char *name, struct pl_span text, struct pl_span plain, size_t turns)
{
        uint64_t ours, bare;

        for (size_t i = 0; i < turns; i++) {
                ours_nsec[i] = time_ours(text);
                bare_nsec[i] = time_bare(plain);
        }
        ours = median(ours_nsec, turns);
        bare = median(bare_nsec, turns);
        printf("%s ours/bare ratio %.2f (aim 3.00); %.0f and %.0f us for %zu and %zu bytes\n", name,
               (double) ours / (double) bare, (double) ours / 1e3, (double) bare / 1e3, text.length,
               plain.length);
}

/* --quick is for the test that only shows that this runs. */
int main(int argc, char **argv)
{
        bool quick = argc > 1 && strcmp(argv[1], "--quick") == 0;
        static char blanked[sizeof commented];
        struct pl_span plain = make(document, sizeof document, "");
        struct pl_span with = make(commented, sizeof commented, " // what the kernel is told");
        size_t turns = quick ? TURNS_QUICK : TURNS_MAX;
        struct pl_span without;

        /* As many bytes for cJSON, with blanks where the comments were. */
        without = make(blanked, sizeof blanked, "                           ");
        pl_assert(with.length == without.length);

        measure("json-parse", plain, plain, turns);
        measure("json-parse-comments", with, without, turns);
        return EXIT_SUCCESS;
}
