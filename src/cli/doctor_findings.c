/* SPDX-License-Identifier: Apache-2.0 */

/* What the facts mean to plimsolld: the rules that all topics share, and the report.
 *
 * A mark follows from what is lost. A problem: it cannot run (then it blocks), or something it was installed for does not
 * happen. A warning: it happens by other means, or later, or somebody should know. All else is well, with a word about
 * what was found. A problem and a warning say why it matters and what to do; advice that does nothing for this host is
 * not given, and where Plimsoll itself has the answer, that is said. */

#include "doctor.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "plimsoll/base/assert.h"

#define OK      PL_CLI_MARK_OK
#define WARNING PL_CLI_MARK_WARNING
#define PROBLEM PL_CLI_MARK_PROBLEM

static PL_PRINTF(2, 0) void set_words(char words[PL_DOCTOR_WORDS_MAX], const char *format,
                                      va_list arguments)
{
        int length = vsnprintf(words, PL_DOCTOR_WORDS_MAX, format, arguments);

        pl_assert(length > 0);
}

void pl_doctor_found(struct pl_doctor_finding *finding, enum pl_cli_mark mark, const char *format,
                     ...)
{
        va_list arguments;

        finding->mark = mark;
        va_start(arguments, format);
        set_words(finding->found, format, arguments);
        va_end(arguments);
}

void pl_doctor_why(struct pl_doctor_finding *finding, const char *words)
{
        struct pl_text why;

        pl_text_init(&why, finding->why, sizeof finding->why);
        pl_text_add(&why, words);
        pl_assert(!why.cut);
}

void pl_doctor_advise(struct pl_doctor_finding *finding, const char *format, ...)
{
        va_list arguments;

        pl_assert(finding->advice_count < PL_DOCTOR_ADVICE_MAX);

        va_start(arguments, format);
        set_words(finding->advice[finding->advice_count++], format, arguments);
        va_end(arguments);
}

static bool has_unified_memory(const struct pl_features *features)
{
        return features->mounts.layout == PL_CGROUP_LAYOUT_UNIFIED &&
               features->memory_at_root == PL_FACT_YES;
}

bool pl_doctor_not_known(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding,
                         enum pl_fact fact)
{
        if (fact != PL_FACT_UNKNOWN)
                return false;

        if (!has_unified_memory(&facts->features)) {
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN,
                                "known once memory belongs to cgroup v2");
                return true;
        }
        pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN, "could not be found out");
        if (facts->features.is_root != PL_FACT_YES)
                pl_doctor_advise(finding, "sudo plimsoll doctor");
        return true;
}

bool pl_doctor_blocked(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding,
                       enum pl_fitness_topic topic)
{
        const struct pl_doctor_systemd *systemd = &facts->systemd;
        bool other_init = systemd->state == PL_DOCTOR_SYSTEMD_ABSENT && systemd->init_name[0];
        struct pl_fitness fitness;

        if (pl_fitness_judge_topic(topic, &facts->features, other_init ? systemd->init_name : NULL,
                                   &fitness))
                return false;

        pl_assert(strcmp(fitness.subject, finding->title) == 0);
        finding->blocks = true;
        pl_doctor_found(finding, PROBLEM, "%s", fitness.found);
        pl_doctor_why(finding, fitness.why);
        for (size_t i = 0; i < fitness.advice_count; i++)
                pl_doctor_advise(finding, "%s", fitness.advice[i]);
        return true;
}

static void count_finding(struct pl_doctor_report *report, const struct pl_doctor_finding *finding)
{
        pl_assert(finding->found[0] != '\0');
        pl_assert(!finding->blocks || finding->mark == PROBLEM);
        pl_assert((finding->mark != WARNING && finding->mark != PROBLEM) ||
                  (finding->why[0] != '\0' && finding->advice_count > 0));

        report->problem_count += finding->mark == PROBLEM;
        report->warning_count += finding->mark == WARNING;
        report->not_known_count += finding->mark == PL_CLI_MARK_NOT_KNOWN;
        report->can_run &= !finding->blocks;
}

static struct pl_doctor_finding *add_finding(struct pl_doctor_report *report, const char *id,
                                             const char *title)
{
        struct pl_doctor_finding *finding = &report->findings[report->count++];

        pl_assert(report->count <= PL_DOCTOR_FINDINGS_MAX);

        *finding = (struct pl_doctor_finding){ .id = id, .title = title };
        return finding;
}

static void judge_topics(const struct pl_doctor_facts *facts, const struct pl_doctor_topic *topics,
                         struct pl_doctor_report *report)
{
        for (size_t i = 0; topics[i].id; i++) {
                struct pl_doctor_finding *finding = add_finding(report, topics[i].id,
                                                                topics[i].title);

                topics[i].judge(facts, finding);
                count_finding(report, finding);
        }
}

static void judge_killer(const struct pl_killer *killer, struct pl_doctor_finding *finding)
{
        const struct pl_killer_kind *kind = killer->kind;

        pl_doctor_found(finding, kind->is_rival ? WARNING : OK, "%s runs (process %d%s)%s%s",
                        kind->name, (int) killer->pid,
                        killer->name_alone ? ", by its name alone" : "", kind->is_rival ? "" : ": ",
                        kind->is_rival ? "" : kind->what);
        if (!kind->is_rival)
                return;
        pl_doctor_why(finding, kind->what);
        pl_doctor_advise(finding, "%s", kind->advice);
}

static void judge_killers(const struct pl_killers *killers, struct pl_doctor_report *report)
{
        static const char id[] = "other_killers", title[] = "other OOM killers";
        struct pl_doctor_finding *finding;

        for (size_t i = 0; i < killers->count; i++) {
                finding = add_finding(report, id, title);
                judge_killer(&killers->found[i], finding);
                count_finding(report, finding);
        }
        if (killers->count > 0)
                return;
        finding = add_finding(report, id, title);
        if (killers->complete)
                pl_doctor_found(finding, OK, "none runs");
        else
                pl_doctor_found(finding, PL_CLI_MARK_NOT_KNOWN,
                                "the list of processes could not be read to its end");
        count_finding(report, finding);
}

void pl_doctor_judge(const struct pl_doctor_facts *facts, struct pl_doctor_report *ret_report)
{
        pl_assert(facts);
        pl_assert(ret_report);

        *ret_report = (struct pl_doctor_report){ .can_run = true };
        judge_topics(facts, pl_doctor_tree_topics, ret_report);
        judge_topics(facts, pl_doctor_host_topics, ret_report);
        judge_killers(&facts->killers, ret_report);
}

enum pl_cli_exit pl_doctor_exit(const struct pl_doctor_report *report)
{
        if (!report->can_run)
                return PL_CLI_HOST_CANNOT;
        return report->problem_count > 0 ? PL_CLI_FINDINGS : PL_CLI_FINE;
}
