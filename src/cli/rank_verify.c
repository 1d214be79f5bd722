/* SPDX-License-Identifier: Apache-2.0 */

/* What was decided at each step, held against what is decided when the step is taken again: byte for byte, so that a difference
 * is one of builds, or a fault. The ring of acts and that of samples go round each at its own pace: what one of them has lost is
 * not compared, and counted.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "events.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"
#include "rank_from.h"
#include "replay.h"

enum { DIFFERENCE_MAX = 2048 }; /* two sentences of acts, and words around them */

struct verify {
        const struct pl_live *live;
        struct pl_replay replay;
        struct pl_journal_cursor cursor; /* of acts */
        uint64_t end;                    /* what is behind it was written meanwhile */
        struct pl_journal_act act;       /* the next one that is to be compared */
        bool has_act;
        uint64_t oldest_usec;   /* of acts; what was done before is not known */
        uint64_t last_usec;     /* of the last step that was taken again */
        uint64_t last_left_out; /* steps, until then */
        uint64_t bad_count, decisions, verdicts;
        uint64_t
                missed_count; /* acts of steps that were not taken again, or that could not be read */
        uint64_t lost_count; /* of them, those that should have had one, or are damaged */
        bool is_different;
        char buffer[DIFFERENCE_MAX];
        struct pl_text difference;
};

/* ---- acts ---- */

static uint64_t step_of(const struct pl_journal_act *act)
{
        return act->type == PL_JOURNAL_DECISION ? act->decision.decision.step : act->judged.step;
}

static void next_act(struct verify *verify)
{
        int r;

        verify->has_act = false;
        while (verify->cursor.position < verify->end &&
               (r = pl_journal_next_act(&verify->cursor, &verify->act)) != PL_JOURNAL_E_END) {
                if (r != 0) {
                        verify->missed_count++;
                        verify->lost_count += r == PL_JOURNAL_E_TORN;
                        continue;
                }
                verify->oldest_usec = PL_MIN(verify->oldest_usec, verify->act.at_usec);
                verify->has_act = verify->act.type == PL_JOURNAL_DECISION ||
                                  verify->act.type == PL_JOURNAL_VERDICT;
                if (verify->has_act)
                        return;
        }
}

static bool is_before(const struct pl_journal_act *act, const struct pl_replay_step *step)
{
        if (act->at_usec != step->snapshot->now_usec)
                return act->at_usec < step->snapshot->now_usec;
        return step_of(act) < step->snapshot->step;
}

static bool is_of(const struct pl_journal_act *act, const struct pl_replay_step *step)
{
        return act->at_usec == step->snapshot->now_usec && step_of(act) == step->snapshot->step;
}

/* ---- differences ---- */

static void begin_difference(struct verify *verify, uint64_t step, uint64_t at_usec)
{
        verify->is_different = true;
        pl_text_clear(&verify->difference);
        pl_text_addf(&verify->difference, "step %llu, ", (unsigned long long) step);
        pl_events_add_time(&verify->difference, verify->live, at_usec);
        pl_text_add(&verify->difference, ": ");
}

static void add_sentence(struct verify *verify, const struct pl_journal_act *act)
{
        pl_text_add(&verify->difference, "\"");
        pl_journal_add_sentence(&verify->difference, act);
        pl_text_add(&verify->difference, "\"");
}

static void differ_extra(struct verify *verify)
{
        begin_difference(verify, step_of(&verify->act), verify->act.at_usec);
        pl_text_add(&verify->difference, "the journal has what is not decided now: ");
        add_sentence(verify, &verify->act);
}

/* As the act of it would read, with the names that the journal gave. */
static void add_now(struct verify *verify, const struct pl_journal_act *names,
                    const struct pl_decision *decision)
{
        static struct pl_journal_act act;

        act = (struct pl_journal_act){ .at_usec = decision->at_usec, .type = PL_JOURNAL_DECISION };
        if (names && names->decision.decision.id == decision->id)
                act.decision = names->decision;
        act.decision.decision = *decision;
        add_sentence(verify, &act);
}

static void differ_missing(struct verify *verify, const struct pl_decision *decision)
{
        begin_difference(verify, decision->step, decision->at_usec);
        pl_text_add(&verify->difference, "what is decided now is not in the journal: ");
        add_now(verify, NULL, decision);
}

/* The first field that is another one; a sentence does not have them all. */
static const char *first_field(const struct pl_decision *a, const struct pl_decision *b)
{
        static const struct {
                const char *name;
                size_t end;
        } fields[] = {
#define UNTIL(next, words) { words, offsetof(struct pl_decision, next) }
                UNTIL(step, "the number"),
                UNTIL(at_usec, "the step"),
                UNTIL(measure, "the time"),
                UNTIL(candidate_count, "the measure"),
                UNTIL(id, "the number of candidates"),
                UNTIL(amount_bytes, "the cgroup"),
                UNTIL(deadline_usec, "the amount"),
                UNTIL(expected_bytes, "the deadline"),
                UNTIL(need_bytes, "what it should give back"),
                UNTIL(table, "what is needed"),
                UNTIL(choice, "the table"),
                UNTIL(reserved, "why this one"),
                UNTIL(verdict, "a reserved word"),
                UNTIL(candidates, "the verdict"),
#undef UNTIL
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(fields); i++)
                if (memcmp(a, b, fields[i].end) != 0)
                        return fields[i].name;
        return "the candidates";
}

static void differ_decision(struct verify *verify, const struct pl_decision *decision)
{
        begin_difference(verify, decision->step, decision->at_usec);
        pl_text_addf(&verify->difference, "%s of decision %llu is another: the journal has ",
                     first_field(&verify->act.decision.decision, decision),
                     (unsigned long long) verify->act.decision.decision.number);
        add_sentence(verify, &verify->act);
        pl_text_add(&verify->difference, ", and now it is ");
        add_now(verify, &verify->act, decision);
}

static void differ_verdict(struct verify *verify, const struct pl_verdict *verdict)
{
        static struct pl_journal_act act;

        begin_difference(verify, verify->act.judged.step, verify->act.at_usec);
        pl_text_add(&verify->difference, "a verdict is another: the journal has ");
        add_sentence(verify, &verify->act);
        if (!verdict) {
                pl_text_add(&verify->difference, ", and now there is none");
                return;
        }
        act = verify->act;
        act.judged.verdict = *verdict;
        pl_text_add(&verify->difference, ", and now it is ");
        add_sentence(verify, &act);
}

/* ---- one step ---- */

static bool is_same_decision(const struct pl_decision *a, const struct pl_decision *b)
{
        return memcmp(a, b, offsetof(struct pl_decision, candidates)) == 0 &&
               memcmp(a->candidates, b->candidates, a->candidate_count * sizeof *a->candidates) ==
                       0;
}

static void compare_decision(struct verify *verify, const struct pl_replay_step *step,
                             uint32_t *index)
{
        const struct pl_decision *decision = &step->judgement->decisions[*index];

        if (*index == step->judgement->decision_count)
                differ_extra(verify);
        else if (!is_same_decision(&verify->act.decision.decision, decision))
                differ_decision(verify, decision);
        else {
                verify->decisions++;
                ++*index;
        }
}

/* That a cgroup is calm is told when the judgement has none of it any more. */
static void compare_verdict(struct verify *verify, const struct pl_replay_step *step)
{
        const struct pl_verdict *told = &verify->act.judged.verdict;
        const struct pl_judgement *judgement = step->judgement;

        for (uint32_t i = 0; i < judgement->verdict_count; i++) {
                const struct pl_verdict *verdict = &judgement->verdicts[i];

                if (verdict->scope != told->scope || verdict->scope_id != told->scope_id)
                        continue;
                if (memcmp(verdict, told, sizeof *told) != 0)
                        differ_verdict(verify, verdict);
                verify->verdicts++;
                return;
        }
        if (told->severity != PL_SEVERITY_CALM)
                differ_verdict(verify, NULL);
        verify->verdicts++;
}

/* What was done before the first step that is left had one. */
static void miss(struct verify *verify, bool is_lost)
{
        verify->missed_count++;
        verify->lost_count += is_lost;
}

/* Acts of steps between the last one and this: there are none, if no step is missing. */
static void pass_by(struct verify *verify, const struct pl_replay_step *step)
{
        bool has_gap = step->is_first || verify->replay.left_out_count != verify->last_left_out ||
                       verify->act.at_usec < verify->last_usec;

        while (verify->has_act && !verify->is_different && is_before(&verify->act, step)) {
                if (has_gap)
                        miss(verify, verify->replay.beginning_count > 1);
                else
                        differ_extra(verify);
                if (!verify->is_different)
                        next_act(verify);
        }
}

static void compare_step(struct verify *verify, const struct pl_replay_step *step)
{
        const struct pl_judgement *judgement = step->judgement;
        uint32_t index = 0;
        bool is_lost;

        pass_by(verify, step);
        while (verify->has_act && !verify->is_different && is_of(&verify->act, step)) {
                if (verify->act.type == PL_JOURNAL_DECISION)
                        compare_decision(verify, step, &index);
                else
                        compare_verdict(verify, step);
                if (!verify->is_different)
                        next_act(verify);
        }
        is_lost = step->snapshot->now_usec <= verify->oldest_usec || verify->missed_count > 0;
        if (!verify->is_different && index < judgement->decision_count && !is_lost)
                differ_missing(verify, &judgement->decisions[index]);
        verify->last_usec = step->snapshot->now_usec;
        verify->last_left_out = verify->replay.left_out_count;
}

static int compare_all(struct verify *verify)
{
        struct pl_replay_step step;
        int r = 0;

        verify->cursor = pl_journal_cursor_oldest(&verify->replay.reader, PL_JOURNAL_ACTS);
        verify->end = pl_journal_cursor_newest(&verify->replay.reader, PL_JOURNAL_ACTS).position;
        verify->oldest_usec = UINT64_MAX;
        pl_text_init(&verify->difference, verify->buffer, sizeof verify->buffer);
        next_act(verify);
        while (!verify->is_different && (r = pl_replay_next(&verify->replay, &step)) >= 0 &&
               r != PL_JOURNAL_E_END)
                if (r == PL_REPLAY_E_BAD)
                        verify->bad_count++;
                else
                        compare_step(verify, &step);
        for (; r >= 0 && verify->has_act && !verify->is_different; next_act(verify))
                miss(verify, verify->replay.step_count > 0);
        return r < 0 ? r : 0;
}

/* ---- in words ---- */

static void add_count(struct pl_text *text, uint64_t count, const char *word)
{
        pl_text_addf(text, "%llu %s%s", (unsigned long long) count, word, count == 1 ? "" : "s");
}

static void add_compared(struct pl_text *text, const struct verify *verify)
{
        add_count(text, verify->replay.step_count, "step");
        pl_text_add(text, ", ");
        add_count(text, verify->decisions, "decision");
        pl_text_add(text, ", ");
        add_count(text, verify->verdicts, "verdict");
        pl_text_add(text, verify->is_different ? ": the same until then" : ": the same");
}

/* What was written over is missing from its beginning on, and is no fault. */
static bool is_whole(const struct verify *verify)
{
        return verify->lost_count + verify->bad_count + verify->replay.lost_count == 0;
}

static void add_left_out(struct pl_text *text, const struct verify *verify)
{
        uint64_t left_out = verify->replay.left_out_count + verify->bad_count;

        if (left_out > 0 && verify->replay.step_count == 0)
                pl_text_addf(text, "; %llu are there, without what was known before them",
                             (unsigned long long) left_out);
        else if (left_out > 0) {
                pl_text_add(text, "; ");
                add_count(text, left_out, "step");
                pl_text_add(text, " could not be judged again");
        }
        if (verify->missed_count > 0) {
                pl_text_add(text, "; ");
                add_count(text, verify->missed_count, "act");
                pl_text_add(text, " could not be compared");
        }
        if (!is_whole(verify) && verify->replay.step_count > 0)
                pl_text_add(text, ": the journal is damaged, or steps are missing");
}

static void print(struct pl_cli *cli, const struct verify *verify)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (verify->replay.step_count == 0)
                pl_text_add(text, "no step could be judged again");
        else
                add_compared(text, verify);
        add_left_out(text, verify);
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, sentence.buffer);
        if (verify->is_different)
                pl_cli_add_wrapped(cli->out, cli->style, 0, 2, verify->buffer);
}

static void print_json(struct pl_cli *cli, const struct verify *verify)
{
        struct pl_json_writer writer;

        pl_cli_json_begin(cli, &writer);
        pl_json_put_bool(&writer, "same", !verify->is_different);
        pl_json_put_u64(&writer, "step_count", verify->replay.step_count);
        pl_json_put_u64(&writer, "left_out_count", verify->replay.left_out_count);
        pl_json_put_u64(&writer, "bad_count", verify->bad_count);
        pl_json_put_u64(&writer, "decision_count", verify->decisions);
        pl_json_put_u64(&writer, "verdict_count", verify->verdicts);
        pl_json_put_u64(&writer, "not_compared_count", verify->missed_count);
        pl_live_put_words(&writer, "difference", verify->is_different ? verify->buffer : NULL);
        pl_cli_json_end(&writer);
}

enum pl_cli_exit pl_rank_verify(struct pl_cli *cli, const struct pl_live *live, const char *path)
{
        static struct verify verify;
        bool is_good;
        int r;

        pl_assert(cli && live);
        pl_assert(path);

        verify = (struct verify){ .live = live };
        r = pl_replay_open(&verify.replay, AT_FDCWD, path);
        if (r == 0)
                r = compare_all(&verify);
        is_good = r == 0 && !verify.is_different && is_whole(&verify) &&
                  verify.replay.step_count > 0;
        if (r == -ENOMEM)
                (void) pl_live_say_no_memory(cli);
        else if (r != 0)
                pl_text_add(cli->words,
                            "plimsoll: the journal was written over while it was read\n");
        else if (cli->json)
                print_json(cli, &verify);
        else
                print(cli, &verify);
        pl_replay_close(&verify.replay);
        return is_good ? PL_CLI_FINE : PL_CLI_FAILED;
}
