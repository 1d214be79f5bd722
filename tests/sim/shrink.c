/* SPDX-License-Identifier: Apache-2.0 */

/* Something is taken away, the run taken again, and it stays away if the same rule breaks. Round after round, the large pieces
 * first, until nothing more can go. What is drawn in the run changes with all that, so a small scenario may break the rule in
 * another way: that is as good.
 */

#include "shrink.h"

#include <errno.h>
#include <string.h>

#include "plimsoll/base/clock.h"
#include "words.h"

struct shrinking {
        struct sim_run *run;
        struct sim_scenario *scenario;
        struct sim_scenario kept;
        const struct sim_run_options *options;
        const char *rule;
        bool has_shrunk;
};

/* Whether it still breaks the rule; if not it is as it was. */
static bool is_good(struct shrinking *shrinking)
{
        if (sim_run(shrinking->run, shrinking->scenario, shrinking->options) != 0 &&
            strcmp(shrinking->run->broken, shrinking->rule) == 0) {
                shrinking->kept = *shrinking->scenario;
                shrinking->has_shrunk = true;
                return true;
        }
        *shrinking->scenario = shrinking->kept;
        return false;
}

/* ---- pieces ---- */

static uint32_t moved(uint32_t index, uint32_t gone)
{
        return index != SIM_HOST && index > gone ? index - 1 : index;
}

static void drop_acts_of(struct sim_scenario *scenario, uint32_t cgroup)
{
        uint32_t kept = 0;

        for (uint32_t i = 0; i < scenario->act_count; i++)
                if (scenario->acts[i].cgroup != cgroup) {
                        scenario->acts[kept] = scenario->acts[i];
                        scenario->acts[kept].cgroup = moved(scenario->acts[kept].cgroup, cgroup);
                        kept++;
                }
        scenario->act_count = kept;
}

static void drop_events_of(struct sim_scenario *scenario, uint32_t cgroup)
{
        uint32_t kept = 0;

        for (uint32_t i = 0; i < scenario->event_count; i++)
                if (scenario->events[i].cgroup != cgroup) {
                        scenario->events[kept] = scenario->events[i];
                        scenario->events[kept].cgroup = moved(scenario->events[kept].cgroup,
                                                              cgroup);
                        kept++;
                }
        scenario->event_count = kept;
}

/* Those in it are in what it was in. */
static void drop_cgroup(struct sim_scenario *scenario, uint32_t cgroup)
{
        uint32_t above = scenario->cgroups[cgroup].parent;

        drop_acts_of(scenario, cgroup);
        drop_events_of(scenario, cgroup);
        scenario->cgroup_count--;
        memmove(&scenario->cgroups[cgroup], &scenario->cgroups[cgroup + 1],
                (scenario->cgroup_count - cgroup) * sizeof *scenario->cgroups);
        for (uint32_t i = 0; i < scenario->cgroup_count; i++) {
                uint32_t *parent = &scenario->cgroups[i].parent;

                *parent = *parent == cgroup ? above : moved(*parent, cgroup);
        }
}

/* What is expected of somebody is not expected of nobody. */
static bool is_expected(const struct sim_scenario *scenario)
{
        for (uint32_t i = 0; i < scenario->expect_count; i++)
                if (scenario->expects[i].cgroup != SIM_HOST)
                        return true;
        return false;
}

static void drop_cgroups(struct shrinking *shrinking)
{
        for (uint32_t i = shrinking->scenario->cgroup_count; i > 0; i--)
                if (i <= shrinking->scenario->cgroup_count && !is_expected(shrinking->scenario)) {
                        drop_cgroup(shrinking->scenario, i - 1);
                        (void) is_good(shrinking);
                }
}

static void drop_acts(struct shrinking *shrinking)
{
        struct sim_scenario *scenario = shrinking->scenario;

        for (uint32_t i = scenario->act_count; i > 0; i--) {
                scenario->act_count--;
                memmove(&scenario->acts[i - 1], &scenario->acts[i],
                        (scenario->act_count - (i - 1)) * sizeof *scenario->acts);
                (void) is_good(shrinking);
        }
}

static void drop_events(struct shrinking *shrinking)
{
        struct sim_scenario *scenario = shrinking->scenario;

        for (uint32_t i = scenario->event_count; i > 0; i--) {
                scenario->event_count--;
                memmove(&scenario->events[i - 1], &scenario->events[i],
                        (scenario->event_count - (i - 1)) * sizeof *scenario->events);
                (void) is_good(shrinking);
        }
}

/* Each number that is not as it would be without a word. */
static void make_plain(struct shrinking *shrinking, const struct sim_word *words, void *object,
                       const void *plain)
{
        for (; words->name; words++)
                if (sim_word_get(words, object) != sim_word_get(words, plain)) {
                        sim_word_set(words, object, sim_word_get(words, plain));
                        (void) is_good(shrinking);
                }
}

static void make_all_plain(struct shrinking *shrinking)
{
        static struct sim_scenario plain;
        struct sim_scenario *scenario = shrinking->scenario;
        struct sim_cgroup cgroup;

        sim_scenario_init(&plain);
        make_plain(shrinking, sim_fault_words, &scenario->faults, &plain.faults);
        make_plain(shrinking, sim_setting_words, &scenario->settings, &plain.settings);
        for (uint32_t i = 0; i < scenario->cgroup_count; i++) {
                sim_cgroup_init(&cgroup, scenario->cgroups[i].is_workload);
                make_plain(shrinking, sim_cgroup_words, &scenario->cgroups[i], &cgroup);
        }
}

/* What comes after the rule was broken is not needed. */
static void shorten(struct shrinking *shrinking)
{
        uint64_t ran = shrinking->run->host.now_usec - shrinking->run->slept_usec -
                       PL_USEC_PER_HOUR;

        if (ran >= shrinking->scenario->lasts_usec)
                return;
        shrinking->scenario->lasts_usec = ran + PL_USEC_PER_MSEC;
        (void) is_good(shrinking);
}

static int write_file(const struct sim_scenario *scenario, const char *rule, const char *file)
{
        FILE *out = fopen(file, "we");

        if (!out)
                return -errno;
        fprintf(out, "# breaks the rule \"%s\"\n", rule);
        sim_scenario_write(scenario, out);
        return fclose(out) == 0 ? 0 : -errno;
}

int sim_shrink(struct sim_run *run, struct sim_scenario *scenario,
               const struct sim_run_options *options, const char *rule, const char *file)
{
        static struct shrinking shrinking;

        shrinking = (struct shrinking){ .run = run, .scenario = scenario, .options = options };
        shrinking.kept = *scenario;
        shrinking.rule = rule;
        do {
                shrinking.has_shrunk = false;
                drop_cgroups(&shrinking);
                drop_acts(&shrinking);
                drop_events(&shrinking);
                make_all_plain(&shrinking);
        } while (shrinking.has_shrunk);
        (void) is_good(&shrinking);
        shorten(&shrinking);
        return write_file(scenario, rule, file);
}
