/* SPDX-License-Identifier: Apache-2.0 */

/* A census and its samples while calls fail. One look may miss what it could not see, and says so; the next ones make up
 * for it, and nobody who is there is ever told to be gone.
 */

#include "fault/check.h"

#include <errno.h>
#include <stdio.h>

#include "fault/directory.h"
#include "plimsoll/host/census.h"
#include "plimsoll/host/sample.h"

enum { LOOKS = 3, WORKLOADS = 3, HOLDERS = 3 }; /* the root is a holder */

static const char *const cgroups[] = { "a.slice", "a.slice/a-b.slice",
                                       "a.slice/a-b.slice/x.service", "a.slice/y.scope", "plain" };
static const struct {
        const char *name, *text;
} files[] = {
        { "cgroup.procs", "" },
        { "cgroup.events", "populated 1\nfrozen 0\n" },
        { "memory.current", "4096\n" },
        { "memory.swap.current", "0\n" },
        { "memory.events", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n" },
        { "memory.events.local", "low 0\nhigh 0\nmax 3\noom 0\noom_kill 0\n" },
        { "memory.pressure", "some avg10=0.00 avg60=0.00 avg300=0.00 total=7\n"
                             "full avg10=0.00 avg60=0.00 avg300=0.00 total=7\n" },
        { "memory.max", "8192\n" },
        { "memory.low", "0\n" },
};

static struct pl_census census;
static struct pl_sampler sampler;

static int armed_outcome(void)
{
        const struct pl_fault *fault = pl_fault_armed();

        return pl_fault_struck() && fault->error > 0 ? pl_file_outcome(fault->error) : 0;
}

static bool is_excused(int r)
{
        return is_armed_error(r) || (r != 0 && r == armed_outcome()) ||
               (pl_fault_struck() && (r == PL_FILE_E_MALFORMED || r == PL_FILE_E_GONE));
}

static bool looks(void)
{
        pl_census_begin(&census);
        for (int i = 0; i < 1000; i++) {
                int r = pl_census_scan(&census, 10);

                if (r == 0)
                        return true;
                if (r != PL_CENSUS_E_MORE && !is_armed_error(r))
                        return false;
        }
        return false;
}

/* Appearances alone: the tree does not change. */
static bool hears_of_nobodys_end(void)
{
        struct pl_census_event event;

        while (pl_census_next_event(&census, &event) == 0)
                if (event.kind == PL_CENSUS_VANISHED)
                        return false;
        return true;
}

static bool opens(void)
{
        const struct pl_roots roots = { directory_fd, -1, -1, -1 };
        const struct pl_census_options options = { .no_inotify = true, .fds_max = 100 };

        return pl_census_open(&census, &roots, &options) == 0;
}

static bool takes_a_census(void *userdata)
{
        bool good = true;

        (void) userdata;
        if (!opens())
                return pl_fault_struck();
        for (int i = 0; i < LOOKS && good; i++)
                good = looks() && hears_of_nobodys_end();
        good = good && census.workload_count == WORKLOADS && census.holder_count == HOLDERS;
        pl_census_close(&census);
        return good;
}

static bool knows_who_they_are(void *userdata)
{
        bool good = true;

        (void) userdata;
        if (!opens())
                return pl_fault_struck();
        good = looks() && looks() && hears_of_nobodys_end();
        for (uint32_t i = pl_census_next(&census, 1); i != PL_CENSUS_NONE && good;
             i = pl_census_next(&census, i + 1)) {
                struct pl_census_identity identity = {};
                int r = pl_census_identity(&census, i, &identity);

                good = r != 0 ? is_excused(r) : identity.identity.name != NULL;
        }
        pl_census_close(&census);
        return good;
}

static bool samples_are_whole_or_untouched(const struct pl_cgroup_sample *sample, int r)
{
        if (r != 0)
                return is_excused(r) && sample->at_usec == 0 && sample->have == 0;
        return sample->at_usec == 9 && sample->current_bytes == 4096;
}

static bool samples(void *userdata)
{
        const struct pl_sample_request request = { PL_SAMPLE_HOT, true, 9 };
        bool good;

        (void) userdata;
        if (!opens())
                return pl_fault_struck();
        pl_sampler_init(&sampler, &census.roots, true);
        good = looks() && looks() && hears_of_nobodys_end();
        pl_sample_begin(&sampler);
        for (uint32_t i = pl_census_next(&census, 1); i != PL_CENSUS_NONE && good;
             i = pl_census_next(&census, i + 1)) {
                struct pl_cgroup_sample sample = {};

                if (!pl_census_is_workload(pl_census_at(&census, i)))
                        continue;
                good = samples_are_whole_or_untouched(
                        &sample, pl_sample_known(&sampler, &census, i, request, &sample));
        }
        pl_sampler_done(&sampler);
        pl_census_close(&census);
        return good;
}

static bool keeps_files_open(void *userdata)
{
        struct pl_cgroup_sample sample = {};
        _cleanup_close_ int fd = openat(directory_fd, "plain", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        bool good = true;
        int r;

        (void) userdata;
        if (fd < 0)
                return pl_fault_struck();
        pl_sampler_init(&sampler, &(struct pl_roots){ -1, -1, -1, -1 }, true);
        r = pl_sample_keep(&sampler, 7, fd);
        if (r == 0)
                good = samples_are_whole_or_untouched(
                        &sample,
                        pl_sample_again(&sampler, 7, PL_SAMPLE_HOT | PL_SAMPLE_SLOW, 9, &sample));
        else
                good = is_excused(r) && sampler.kept_count == 0;
        pl_sampler_done(&sampler);
        return good;
}

static void a_census_survives(void **state)
{
        (void) state;
        survives_every_fault(takes_a_census, NULL);
        survives_every_fault(knows_who_they_are, NULL);
}

static void sampling_survives(void **state)
{
        (void) state;
        survives_every_fault(samples, NULL);
        survives_every_fault(keeps_files_open, NULL);
}

static int plant(void **state)
{
        char path[256];

        (void) directory_set_up(state);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(cgroups); i++) {
                pl_assert(mkdirat(directory_fd, cgroups[i], 0700) == 0);
                for (size_t j = 0; j < PL_ARRAY_LENGTH(files); j++) {
                        (void) snprintf(path, sizeof path, "%s/%s", cgroups[i], files[j].name);
                        directory_write(path, pl_span_of(files[j].text));
                }
        }
        return 0;
}

static int uproot(void **state)
{
        char path[256];

        for (size_t i = PL_ARRAY_LENGTH(cgroups); i > 0; i--) {
                for (size_t j = 0; j < PL_ARRAY_LENGTH(files); j++) {
                        (void) snprintf(path, sizeof path, "%s/%s", cgroups[i - 1], files[j].name);
                        (void) unlinkat(directory_fd, path, 0);
                }
                (void) unlinkat(directory_fd, cgroups[i - 1], AT_REMOVEDIR);
        }
        return directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_census_survives),
                cmocka_unit_test(sampling_survives),
        };

        return cmocka_run_group_tests(tests, plant, uproot);
}
