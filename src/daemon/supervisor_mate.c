/* SPDX-License-Identifier: Apache-2.0 */

/* What comes from the mate, deeds of a time when this process stood still, and its end; and what it has to go by then. */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "board_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/sentence.h"
#include "say.h"
#include "supervisor_internal.h"

/* ---- what it has done ---- */

static void tell(struct pl_supervisor *s, const struct pl_outcome *outcome, const char *name)
{
        struct pl_journal_act act = {
                .at_usec = outcome->ended_usec,
                .type = PL_JOURNAL_ALARM,
                .note = { .code = PL_NOTE_MATE_ACTED, .id = outcome->id, .value = outcome->bytes },
        };

        pl_assert(outcome->decision == 0);

        pl_steps_add_outcome(&s->steps, pl_clock_now_usec(), outcome);
        memcpy(act.note.name, name, sizeof act.note.name);
        pl_logbook_act(&s->logbook, &act);
}

void pl_supervisor_take_deeds(struct pl_supervisor *s)
{
        char name[PL_JOURNAL_NAME_BYTES];
        struct pl_outcome outcome;

        if (!s->mate)
                return;
        while (pl_mate_take(s->mate, &outcome, name))
                tell(s, &outcome, name);
}

/* Nobody would write to journald any more, nor notice when this loop hangs: better both are started anew. */
static int on_mate(sd_event_source *source, int fd, uint32_t events, void *userdata)
{
        struct pl_supervisor *s = userdata;

        (void) fd, (void) events;
        pl_supervisor_take_deeds(s);
        if (!s->mate->has_gone)
                return 0;
        /* What has ended stays ready to be read. */
        (void) sd_event_source_set_enabled(source, SD_EVENT_OFF);
        pl_say_error("the second process, plimsoll-mate, has ended; ending as well, to be started "
                     "again with a new one");
        s->exit_code = PL_DAEMON_FAILED;
        return pl_supervisor_leave(s);
}

/* ---- whom it would kill ---- */

/* What changes at every look, as the order of those who grow does, is told once a second; and a ranking that stays the same
 * often enough that it is never too old to go by. */
#define CHANGED_USEC PL_USEC_PER_SEC
#define SAME_USEC    (5 * PL_USEC_PER_SEC)

/* That it is killing somebody just now makes nobody blind but us: we may stand still again. */
static bool may_act(const struct pl_supervisor *s)
{
        const uint64_t never = PL_SETTING_OBSERVE | PL_SETTING_PAUSED;
        const uint64_t flags = s->steps.settings.flags;

        return (flags & PL_SETTING_HOST) && !(flags & never) && !s->options->dry_run &&
               s->board.has_looked && s->board.matched_number == s->board.policy_number;
}

static bool has_throttle(const struct pl_enforcer *enforcer)
{
        for (size_t i = 0; i < PL_ENFORCE_OVERLAYS_MAX; i++)
                if (enforcer->overlays[i].id != 0 &&
                    enforcer->overlays[i].measure == PL_MEASURE_THROTTLE)
                        return true;
        return false;
}

/* Whom a profile lets be asked to end and not be killed is none of the mate's: it asks nobody. */
static bool may_be_killed(const struct pl_supervisor *s, const struct pl_journal_row *row)
{
        const struct pl_facts_policy policy = pl_board_policy(&s->board);

        return pl_facts_of(&policy, row).rungs >> PL_RUNG_KILL & 1;
}

static void add_ranked(const struct pl_supervisor *s, const struct pl_candidate *candidate,
                       struct pl_mate_brief *brief)
{
        struct pl_mate_ranked *ranked = &brief->ranked[brief->count];
        struct pl_journal_row row;
        uint32_t index;

        if ((candidate->turn != PL_TURN_NEXT && candidate->turn != PL_TURN_CHOSEN) ||
            !pl_board_find(&s->board, candidate->id, &index, &row) || !may_be_killed(s, &row))
                return;
        *ranked = (struct pl_mate_ranked){ .id = candidate->id,
                                           .gives_back_bytes = candidate->gives_back_bytes,
                                           .flags = row.flags,
                                           .score_adj = row.score_adj };
        pl_journal_set_name(ranked->name, &row);
        brief->count++;
}

/* As the step before has it. */
static struct pl_mate_brief make_brief(const struct pl_supervisor *s, uint64_t now_usec)
{
        const struct pl_settings *settings = &s->steps.settings;
        const struct pl_judgement *judgement = &s->steps.judgement;
        struct pl_mate_brief brief = {
                .may_act = may_act(s),
                .has_throttle = has_throttle(&s->enforcer),
                .stall_permyriad = (uint32_t) settings->stall_permyriad,
                .at_usec = now_usec,
                .floor_bytes = settings->floor_bytes,
                .critical_bytes = settings->floor_bytes / 10000 * settings->critical_permyriad,
                .worth_bytes = settings->kill_floor_bytes,
                /* Who is dying is not ranked, and the next one is not the mate's before that is over. Nobody would kill him who
                 * was asked to end, and has longer. */
                .busy_until_usec = PL_MIN(pl_killer_ending_until_usec(s->measures.killer),
                                          now_usec + settings->kill_deadline_usec),
        };

        for (uint32_t i = 0;
             brief.may_act && i < judgement->candidate_count && brief.count < PL_MATE_RANKED_MAX;
             i++)
                add_ranked(s, &judgement->candidates[i], &brief);
        return brief;
}

/* What would make it kill one too many cannot wait: we may stand still from the next moment on. */
static bool is_due(const struct pl_mate_brief *before, const struct pl_mate_brief *brief)
{
        if (brief->may_act != before->may_act || brief->floor_bytes != before->floor_bytes ||
            brief->has_throttle != before->has_throttle ||
            (brief->busy_until_usec != 0 && before->busy_until_usec == 0) ||
            brief->at_usec >= before->at_usec + SAME_USEC)
                return true;
        return brief->at_usec >= before->at_usec + CHANGED_USEC &&
               (brief->count != before->count ||
                brief->busy_until_usec != before->busy_until_usec ||
                memcmp(brief->ranked, before->ranked, sizeof brief->ranked) != 0);
}

static void close_all(const int *fds, uint32_t count)
{
        for (uint32_t i = 0; i < count; i++)
                (void) close(fds[i]);
}

static int open_one(struct pl_supervisor *s, uint64_t id)
{
        struct pl_journal_row row;
        bool is_ours = false;
        uint32_t index;
        int fd = -1;

        if (!pl_board_find(&s->board, id, &index, &row) ||
            pl_census_directory(&s->board.census, index, &fd, &is_ours) != 0)
                return -1;
        return is_ours ? fd : fcntl(fd, F_DUPFD_CLOEXEC, 0);
}

/* Who cannot be opened, for he has just gone say, is left out, and nobody else with him. */
static void open_all(struct pl_supervisor *s, struct pl_mate_brief *brief, int *fds)
{
        uint32_t count = 0;

        for (uint32_t i = 0; i < brief->count; i++) {
                fds[count] = open_one(s, brief->ranked[i].id);
                if (fds[count] < 0)
                        continue;
                if (count < i)
                        brief->ranked[count] = brief->ranked[i];
                count++;
        }
        memset(&brief->ranked[count], 0, (brief->count - count) * sizeof brief->ranked[0]);
        brief->count = count;
}

void pl_supervisor_brief(struct pl_supervisor *s, uint64_t now_usec)
{
        struct pl_mate_brief brief;
        int fds[PL_MATE_RANKED_MAX];

        if (!s->mate)
                return;
        brief = make_brief(s, now_usec);
        if (!is_due(&s->briefed, &brief))
                return;
        open_all(s, &brief, fds);
        if (pl_mate_brief(s->mate, &brief, fds) == 0)
                s->briefed = brief;
        close_all(fds, brief.count);
}

/* ---- life cycle ---- */

int pl_supervisor_add_mate(struct pl_supervisor *s)
{
        if (!s->mate)
                return 0;
        return sd_event_add_io(s->event, NULL, s->mate->socket_fd, EPOLLIN, on_mate, s);
}

void pl_supervisor_disarm(struct pl_supervisor *s)
{
        static const struct pl_mate_brief none;

        if (!s->mate)
                return;
        s->briefed = none;
        (void) pl_mate_brief(s->mate, &none, NULL);
}

void pl_supervisor_part(struct pl_supervisor *s)
{
        if (!s->mate)
                return;
        pl_supervisor_take_deeds(s);
        pl_supervisor_disarm(s);
}
