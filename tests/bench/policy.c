/* SPDX-License-Identifier: Apache-2.0 */

/* How much longer it takes to load and check 1,000 profiles than to read the same files and give their bytes to cJSON:
 * once from files, as plimsolld and `check` do, which is what there is an aim for; and once from memory, to see which part of
 * it is the disk's. The files are in memory as well, on /dev/shm where there is that. Ours keeps all thousand until the
 * last is looked at, and the bare one has one at a time: much of the difference are pages that the kernel has to give.
 */

#include <cjson/cJSON.h>
#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bench.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/text.h"
#include "plimsoll/policy/feasible.h"
#include "plimsoll/policy/load.h"

enum { TURNS = 101, PROFILES = 1000, TEXT_MAX = 2048 };

static const struct pl_load_options options = { .refuse_writable = true, .now_sec = 1800000000 };
static const struct pl_host_facts facts = { PL_TIB, 64 * PL_GIB };

static char directory[64];
static char texts[PROFILES][TEXT_MAX];
static struct pl_policy_files files; /* what is parsed from memory */
static struct pl_diag diag;

/* A profile as a team would write it: five ways to be meant, shares, functions. */
static void write_profile(struct pl_text *text, unsigned number)
{
        pl_text_addf(text,
                     "{\n"
                     "  \"$schema\": \"/usr/share/plimsoll/profile.schema.json\",\n"
                     "  \"profile\": \"team-%u\",\n"
                     "  \"description\": \"Services of team %u\",\n"
                     "  \"match\": [\n"
                     "    { \"label\": \"plimsoll.profile=team-%u\" },\n"
                     "    { \"slice\": \"plimsoll-team%u.slice\" },\n"
                     "    { \"container\": \"team%u-*\" },\n"
                     "    { \"image\": \"registry.example/team%u/*\" },\n"
                     "    { \"k8s\": { \"namespace\": \"team-%u\", \"pod\": \"web-*\" } }\n"
                     "  ],\n",
                     number, number, number, number, number, number, number);
        pl_text_addf(text,
                     "  \"memory\": { \"max\": \"min(4GiB, 25%%)\", \"high\": \"90%% of max\","
                     " \"low\": \"min(64MiB, 1%%)\",\n"
                     "    \"swap_max\": \"min(2GiB, 50%% of swap)\", \"oom_group\": true },\n"
                     "  \"oom\": { \"score_adj\": %u },\n"
                     "  \"ladder\": { \"rungs\": [\"reclaim\", \"throttle\", \"term\", \"kill\"],"
                     " \"grace\": \"10s\" },\n"
                     "  \"drift\": \"repair\"\n"
                     "}\n",
                     number % 1000);
        pl_assert(!text->cut);
}

static void make_directory(void)
{
        const char *temporary = getenv("TMPDIR");
        const char *place = access("/dev/shm", W_OK) == 0 ? "/dev/shm"
                            : temporary                   ? temporary
                                                          : "/tmp";

        pl_assert((size_t) snprintf(directory, sizeof directory, "%s/plimsoll-bench-XXXXXX",
                                    place) < sizeof directory);
        pl_assert(mkdtemp(directory));
}

static size_t make_files(void)
{
        _cleanup_close_ int dir_fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        size_t bytes = 0;

        for (unsigned i = 0; i < PROFILES; i++) {
                _cleanup_close_ int fd = -1;
                struct pl_text text;
                char name[32];

                pl_text_init(&text, texts[i], sizeof texts[i]);
                write_profile(&text, i);
                (void) snprintf(name, sizeof name, "%04u.json", i);
                fd = openat(dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
                pl_assert(fd >= 0);
                pl_assert(pl_fd_write_all(fd, pl_text_span(&text)) == 0);
                bytes += text.length;
        }
        return bytes;
}

static void remove_files(void)
{
        for (unsigned i = 0; i < PROFILES; i++) {
                char path[sizeof directory + 32];

                (void) snprintf(path, sizeof path, "%s/%04u.json", directory, i);
                (void) unlink(path);
        }
        (void) rmdir(directory);
}

/* ---- ours ---- */

static void say_and_die(void)
{
        for (size_t i = 0; i < diag.count; i++) {
                char buffer[3 * PL_DIAG_WORDS_MAX];
                struct pl_text text;

                pl_text_init(&text, buffer, sizeof buffer);
                pl_diag_format(&text, &diag.entries[i]);
                fprintf(stderr, "%s\n", buffer);
        }
        pl_unreachable();
}

static void parse(const struct pl_policy_files *from)
{
        struct pl_policy *policy;

        pl_assert(pl_policy_parse(from, &options, &diag, &policy) >= 0);
        pl_policy_check(policy, &facts, NULL, &diag);
        if (diag.errors > 0 || policy->profile_count != PROFILES)
                say_and_die();
        pl_policy_free(policy);
}

static void ours_from_files(void *userdata)
{
        struct pl_policy_files read = {};

        (void) userdata;
        pl_diag_clear(&diag);
        pl_assert(pl_files_add_directory(&read, directory, &options, &diag) == 0);
        parse(&read);
        pl_files_done(&read);
}

static void ours_from_memory(void *userdata)
{
        (void) userdata;
        pl_diag_clear(&diag);
        parse(&files);
}

/* ---- bare ---- */

static void parse_bare(const char *text, size_t length)
{
        cJSON *tree = cJSON_ParseWithLength(text, length);

        pl_assert(tree);
        cJSON_Delete(tree);
}

static void bare_from_files(void *userdata)
{
        static char buffer[64 * 1024];
        DIR *stream = opendir(directory);
        const struct dirent *entry;

        (void) userdata;
        pl_assert(stream);
        while ((entry = readdir(stream))) {
                ssize_t length;
                int fd;

                if (entry->d_name[0] == '.')
                        continue;
                fd = openat(dirfd(stream), entry->d_name, O_RDONLY | O_CLOEXEC);
                pl_assert(fd >= 0);
                length = read(fd, buffer, sizeof buffer);
                pl_assert(length > 0);
                (void) close(fd);
                parse_bare(buffer, (size_t) length);
        }
        (void) closedir(stream);
}

static void bare_from_memory(void *userdata)
{
        (void) userdata;
        for (size_t i = 0; i < PROFILES; i++)
                parse_bare(texts[i], strlen(texts[i]));
}

/* In turns, like bench_run(); there is no aim for it. */
static void compare_parsing(struct bench *bench)
{
        uint64_t ours, bare;

        for (size_t i = 0; i < bench->turns; i++) {
                bench->ours_nsec[i] = bench_time(ours_from_memory, NULL);
                bench->bare_nsec[i] = bench_time(bare_from_memory, NULL);
        }
        ours = bench_median(bench->ours_nsec, bench->turns);
        bare = bench_median(bench->bare_nsec, bench->turns);
        printf("policy-parse %.2f times bare; %.0f and %.0f ns each of %d\n",
               (double) ours / (double) bare, (double) ours / PROFILES, (double) bare / PROFILES,
               PROFILES);
}

int main(int argc, char **argv)
{
        static struct bench bench = { .name = "policy-load", .aim = "3.00" };

        bench.turns = bench_turns(argc, argv, TURNS);
        make_directory();
        printf("%d profiles of %zu bytes\n", PROFILES, make_files() / PROFILES);
        bench_run(&bench, ours_from_files, bare_from_files, NULL, PROFILES);

        pl_diag_clear(&diag);
        pl_assert(pl_files_add_directory(&files, directory, &options, &diag) == 0);
        compare_parsing(&bench);
        pl_files_done(&files);
        remove_files();
        return EXIT_SUCCESS;
}
