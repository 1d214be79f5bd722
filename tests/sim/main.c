/* SPDX-License-Identifier: Apache-2.0 */

/* sim - runs scenarios with the real engine: files, one seed with its story, or many seeds. Exit code 0: no rule was broken;
 * 1: one was; 2: wrong usage or a wrong file.
 */

#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "generate.h"
#include "jobs.h"
#include "plimsoll/base/assert.h"
#include "run.h"
#include "shrink.h"

enum { RULE_MAX = 300 };

struct arguments {
        struct sim_range range;
        bool has_range, is_trace, is_loud, is_shrunk, prints;
        const char *into;
};

static struct sim_scenario scenario;
static struct sim_run run;

static int usage(FILE *out, int code)
{
        fputs("Usage: sim [OPTION…] --seeds FROM..TO\n"
              "       sim [OPTION…] FILE…|SEED…\n"
              "\n"
              "Runs scenarios with the engine in a model of a host, and holds every step against "
              "the rules.\n"
              "tests/sim/README.md has the statements of a scenario file.\n"
              "\n"
              "  --seeds FROM..TO  the scenarios of these seeds\n"
              "  --jobs N          so many at a time; as many as there are processors\n"
              "  --first           stop at the first seed that breaks a rule\n"
              "  --trace           print what is judged and done (of files and single seeds)\n"
              "  --loud            the same, with the ranking at every step\n"
              "  --print           print the scenario of a seed, and do not run it\n"
              "  --no-shrink       do not make what breaks a rule smaller\n"
              "  --into DIR        where a scenario goes that was made smaller; .\n"
              "  -h, --help        show this\n",
              out);
        return code;
}

/* ---- what breaks a rule ---- */

static void shrink(const struct arguments *arguments, uint64_t seed,
                   const struct sim_run_options *options)
{
        char file[512], rule[RULE_MAX];

        if (!arguments->is_shrunk)
                return;
        snprintf(file, sizeof file, "%s/broken-%" PRIu64 ".sim", arguments->into, seed);
        snprintf(rule, sizeof rule, "%s", run.broken);
        if (sim_shrink(&run, &scenario, options, rule, file) == 0)
                printf("    → %s: %u cgroups, %u acts, %u events\n", file, scenario.cgroup_count,
                       scenario.act_count, scenario.event_count);
        else
                fprintf(stderr, "sim: %s could not be written\n", file);
}

static void say_broken(const char *what)
{
        printf("%s breaks \"%s\" at step %" PRIu64 ", %" PRIu64 " ms: %s\n", what, run.broken,
               run.snapshot.step, (run.host.now_usec - PL_USEC_PER_HOUR) / 1000, run.why);
}

/* ---- one at a time ---- */

static int run_one(const struct arguments *arguments, const char *what, uint64_t seed,
                   bool with_twin)
{
        const struct sim_run_options options = { .is_trace = arguments->is_trace,
                                                 .is_loud = arguments->is_loud,
                                                 .with_twin = with_twin };
        const struct sim_run_options quiet = { .with_twin = with_twin };

        if (sim_run(&run, &scenario, &options) == 0) {
                printf("%s: all rules hold over %" PRIu64 " steps\n", what, run.snapshot.step);
                return 0;
        }
        say_broken(what);
        shrink(arguments, seed, &quiet);
        return 1;
}

static int run_word(const struct arguments *arguments, const char *word)
{
        char *end;
        uint64_t seed = strtoull(word, &end, 10);

        if (*end == '\0' && end != word) {
                sim_generate(&scenario, seed);
                if (arguments->prints) {
                        sim_scenario_write(&scenario, stdout);
                        return 0;
                }
                return run_one(arguments, word, seed, seed % 50 == 0);
        }
        if (sim_scenario_read(&scenario, word) != 0)
                return 2;
        return run_one(arguments, word, scenario.seed, true);
}

/* ---- many ---- */

static void print_failures(const struct arguments *arguments, const struct sim_count *count)
{
        for (uint32_t i = 0; i < count->failure_count; i++) {
                const struct sim_failure *failure = &count->failures[i];

                printf("seed %" PRIu64 " breaks \"%s\" at step %" PRIu64 ": %s\n", failure->seed,
                       failure->rule, failure->step, failure->why);
        }
        if (!arguments->is_shrunk || count->failure_count == 0 ||
            strcmp(count->failures[0].rule, "crash") == 0 ||
            strcmp(count->failures[0].rule, "endless") == 0)
                return;
        sim_generate(&scenario, count->failures[0].seed);
        (void) run_one(arguments, "the first of them", scenario.seed, scenario.seed % 50 == 0);
}

static int run_many(const struct arguments *arguments)
{
        struct sim_count count;

        sim_jobs_run(&arguments->range, &count);
        print_failures(arguments, &count);
        printf("%" PRIu64 " seeds, %" PRIu64 " broken; %" PRIu64 " steps, %" PRIu64
               " kills decided in %" PRIu64 " seeds (%" PRIu64 " for a limit, %" PRIu64
               " of one that grows), %" PRIu64 " by the kernel, %" PRIu64 " alarms\n",
               count.seeds, count.broken, count.steps, count.kills, count.short_seeds, count.locals,
               count.growers, count.kernel_kills, count.alarms);
        return count.broken == 0 ? 0 : 1;
}

/* ---- the command line ---- */

static int parse_range(const char *text, struct sim_range *range)
{
        char *end;

        range->first = strtoull(text, &end, 10);
        if (end == text || strncmp(end, "..", 2) != 0)
                return -1;
        text = end + 2;
        range->last = strtoull(text, &end, 10);
        return end == text || *end != '\0' || range->last < range->first ? -1 : 0;
}

static int parse_option(int option, struct arguments *arguments)
{
        switch (option) {
        case 's':
                arguments->has_range = true;
                return parse_range(optarg, &arguments->range);
        case 'j':
                arguments->range.workers = (uint32_t) strtoul(optarg, NULL, 10);
                return arguments->range.workers == 0 ||
                                       arguments->range.workers > SIM_JOBS_WORKERS_MAX
                               ? -1
                               : 0;
        case 'f':
                arguments->range.stops = true;
                return 0;
        case 't':
                arguments->is_trace = true;
                return 0;
        case 'l':
                arguments->is_trace = arguments->is_loud = true;
                return 0;
        case 'p':
                arguments->prints = true;
                return 0;
        case 'n':
                arguments->is_shrunk = false;
                return 0;
        case 'i':
                arguments->into = optarg;
                return 0;
        default:
                return -1;
        }
}

int main(int argc, char **argv)
{
        static const struct option options[] = {
                { "seeds", required_argument, NULL, 's' }, { "jobs", required_argument, NULL, 'j' },
                { "first", no_argument, NULL, 'f' },       { "trace", no_argument, NULL, 't' },
                { "loud", no_argument, NULL, 'l' },        { "print", no_argument, NULL, 'p' },
                { "no-shrink", no_argument, NULL, 'n' },   { "into", required_argument, NULL, 'i' },
                { "help", no_argument, NULL, 'h' },        {},
        };
        struct arguments arguments = { .is_shrunk = true, .into = "." };
        long processors = sysconf(_SC_NPROCESSORS_ONLN);
        int option, code = 0;

        arguments.range.workers = processors < 1                      ? 1
                                  : processors > SIM_JOBS_WORKERS_MAX ? SIM_JOBS_WORKERS_MAX
                                                                      : (uint32_t) processors;
        while ((option = getopt_long(argc, argv, "h", options, NULL)) != -1) {
                if (option == 'h')
                        return usage(stdout, 0);
                if (parse_option(option, &arguments) != 0)
                        return usage(stderr, 2);
        }
        if (arguments.has_range == (optind < argc))
                return usage(stderr, 2);
        if (arguments.has_range)
                return run_many(&arguments);
        for (; optind < argc; optind++) {
                int one = run_word(&arguments, argv[optind]);

                code = one > code ? one : code;
        }
        return code;
}
