/* SPDX-License-Identifier: Apache-2.0 */

/* A policy comes into force or is refused, and either is on the board and among the acts with its digest: that is the
 * acknowledgement whoever wrote the files waits for.
 */

#include <malloc.h>
#include <string.h>

#include "keep.h"
#include "orders.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/journal/cursor.h"
#include "settings.h"
#include "supervisor_internal.h"

static const char *first_error(const struct pl_diag *diag, char *buffer, size_t size)
{
        struct pl_text text;

        pl_text_init(&text, buffer, size);
        for (size_t i = 0; i < diag->count && text.length == 0; i++)
                if (diag->entries[i].severity == PL_DIAG_ERROR)
                        pl_diag_format(&text, &diag->entries[i]);
        return buffer;
}

static struct pl_journal_policy describe(const struct pl_policies *policies,
                                         const struct pl_policy *policy, uint64_t now_usec)
{
        return (struct pl_journal_policy){
                .at_usec = now_usec,
                .profile_count = policy ? (uint32_t) policy->profile_count : 0,
                .order_count = policy ? (uint32_t) policy->order_count : 0,
                .file_count = (uint32_t) policies->files.count,
                .error_count = (uint32_t) policies->diag.errors,
                .warning_count = (uint32_t) policies->diag.warnings,
        };
}

static void tell_of_policy(struct pl_supervisor *s, enum pl_journal_type type,
                           const struct pl_journal_policy *policy)
{
        const struct pl_journal_act act = {
                .at_usec = policy->at_usec,
                .type = type,
                .policy = *policy,
        };

        pl_journal_put_state(&s->logbook.writer, &s->logbook.state);
        pl_logbook_act(&s->logbook, &act);
}

static void set_scan_period(struct pl_supervisor *s)
{
        const struct pl_policy *policy = s->policies.in_force;

        s->scan_usec = policy && policy->host ? policy->host->host.scan_usec
                                              : PL_SUPERVISOR_SCAN_USEC;
}

void pl_supervisor_keep(struct pl_supervisor *s, uint64_t now_usec)
{
        int r;

        if (!s->is_unkept)
                return;
        r = pl_keep_policy(s->logbook.dir_fd, s->policies.in_force, s->policies.digest);
        s->is_unkept = r < 0;
        if (r < 0)
                pl_logbook_say_once(
                        &s->logbook, now_usec,
                        &(struct pl_logbook_note){ PL_NOTE_POLICY_UNKEPT, (uint64_t) -r, NULL });
}

/* Without room for defaults it is tried again at the next tick. */
void pl_supervisor_tell_settings(struct pl_supervisor *s, uint64_t now_usec)
{
        const struct pl_policy *policy = s->policies.in_force;
        struct pl_settings settings;

        if (!policy ||
            pl_settings_of(policy, &s->host, pl_orders_pause_all(policy, (int64_t) time(NULL)),
                           &settings) != 0)
                return;
        /* Nobody goes by a policy that he was not matched by, nor beside one whom the mate is killing. */
        if (!s->board.has_looked || s->board.matched_number != s->board.policy_number ||
            (s->mate && pl_mate_acts(s->mate, now_usec)))
                settings.flags |= PL_SETTING_BLIND;
        if (s->options->dry_run)
                settings.flags |= PL_SETTING_OBSERVE;
        pl_steps_set(&s->steps, now_usec, &settings);
}

static void enforce_policy(struct pl_supervisor *s, uint64_t now_usec)
{
        int r;

        pl_board_set_policy(&s->board, s->policies.in_force, &s->host);
        r = pl_enforce_set_policy(&s->enforcer, s->policies.in_force, &s->host);
        if (r < 0)
                pl_logbook_say(
                        &s->logbook, now_usec,
                        &(struct pl_logbook_note){ PL_NOTE_ORIGINALS_LOST, (uint64_t) -r, NULL });
        pl_supervisor_set_host(s);
        pl_supervisor_await_order(s);
}

static void take_into_force(struct pl_supervisor *s, const struct pl_journal_policy *policy)
{
        struct pl_journal_state *state = &s->logbook.state;

        state->in_force = *policy;
        state->in_force.number = ++s->policy_count;
        memcpy(state->in_force.digest, s->policies.digest, sizeof state->in_force.digest);
        state->refused = (struct pl_journal_policy){};
        /* Kept first: whoever is told finds it. */
        s->is_unkept = true;
        pl_supervisor_keep(s, policy->at_usec);
        tell_of_policy(s, PL_JOURNAL_IN_FORCE, &state->in_force);
        pl_supervisor_tell_of_orders(s, policy->at_usec);
        s->steps.policy = (uint32_t) s->policy_count;
        /* What acts goes by it first: the policy before is not there any more. */
        enforce_policy(s, policy->at_usec);
        pl_supervisor_tell_settings(s, policy->at_usec);
        set_scan_period(s);
}

/* The digest of what the daemon before had in force last, as the ring has it. */
static bool find_last(struct pl_supervisor *s, uint8_t digest[PL_JOURNAL_DIGEST_BYTES])
{
        struct pl_journal_cursor cursor = pl_journal_cursor_newest(&s->logbook.mirror,
                                                                   PL_JOURNAL_ACTS);
        uint64_t left = s->logbook.mirror.layout.ring_capacity[PL_JOURNAL_ACTS];
        struct pl_journal_act act;

        for (int r = 0; r != PL_JOURNAL_E_END && left > 0; left--) {
                r = pl_journal_previous_act(&cursor, &act);
                if (r != 0 || act.type != PL_JOURNAL_IN_FORCE)
                        continue;
                memcpy(digest, act.policy.digest, PL_JOURNAL_DIGEST_BYTES);
                return true;
        }
        return false;
}

/* A start at which the files are not fit is no reason to be without a policy: what was in force goes on. */
static void take_up_last(struct pl_supervisor *s, uint64_t now_usec)
{
        uint8_t digest[PL_JOURNAL_DIGEST_BYTES];
        struct pl_journal_policy policy;
        _cleanup_close_ int fd = -1;

        if (!find_last(s, digest) || pl_keep_open(s->logbook.dir_fd, digest, &fd) < 0 ||
            pl_policies_take_up(&s->policies, fd, digest, &s->host) != 0)
                return;
        pl_assert(s->policies.in_force);
        policy = (struct pl_journal_policy){
                .at_usec = now_usec - 1, /* before the files were refused */
                .profile_count = (uint32_t) s->policies.in_force->profile_count,
                .order_count = (uint32_t) s->policies.in_force->order_count,
                .file_count = (uint32_t) s->policies.in_force->document_count,
        };
        take_into_force(s, &policy);
}

static void refuse(struct pl_supervisor *s, int error, uint64_t now_usec)
{
        struct pl_journal_state *state = &s->logbook.state;
        struct pl_journal_policy refused = describe(&s->policies, s->policies.left_out, now_usec);
        char buffer[PL_DIAG_WORDS_MAX * 3];

        /* What could not be read has no digest; nor was anything in force before the first. */
        if (error > 0)
                memcpy(refused.digest, s->policies.refused_digest, sizeof refused.digest);
        refused.number = state->in_force.number;
        pl_journal_set_text(
                refused.words, sizeof refused.words,
                pl_span_of(error < 0 ? strerrordesc_np(-error)
                                     : first_error(&s->policies.diag, buffer, sizeof buffer)));
        /* The same mistake seen again is no news. */
        if (state->refused.at_usec != 0 &&
            memcmp(state->refused.digest, refused.digest, sizeof refused.digest) == 0 &&
            strcmp(state->refused.words, refused.words) == 0)
                return;
        state->refused = refused;
        tell_of_policy(s, PL_JOURNAL_REFUSED, &refused);
}

/* What was wrong has been taken back, and what is in force is what lies there. Whoever asked for a reload is told so. */
static void settle_same(struct pl_supervisor *s, uint64_t now_usec, bool is_asked)
{
        struct pl_journal_state *state = &s->logbook.state;

        if (state->refused.at_usec == 0 && !is_asked)
                return;
        state->refused = (struct pl_journal_policy){};
        state->in_force.at_usec = now_usec;
        tell_of_policy(s, PL_JOURNAL_IN_FORCE, &state->in_force);
}

void pl_supervisor_reload(struct pl_supervisor *s, bool is_asked)
{
        uint64_t now_usec = pl_clock_now_usec();
        bool is_other_host = pl_supervisor_is_other_host(s);
        int r;

        if (is_other_host)
                s->host = (struct pl_host_facts){ s->steps.host.total_bytes,
                                                  s->steps.host.swap_total_bytes };
        /* Of a host that cannot be read nothing can be judged; when it can, it is another one than this of no bytes. */
        if (s->host.ram_bytes == 0)
                return;
        pl_supervisor_disarm(s);
        r = pl_policies_reload(&s->policies, &s->host, (int64_t) time(NULL));
        if (r == 0) {
                const struct pl_journal_policy policy = describe(&s->policies, s->policies.in_force,
                                                                 now_usec);

                take_into_force(s, &policy);
        } else if (r == PL_POLICIES_E_SAME) {
                settle_same(s, now_usec, is_asked);
                if (is_other_host)
                        enforce_policy(s, now_usec);
        } else {
                if (!s->policies.in_force)
                        take_up_last(s, now_usec);
                refuse(s, r, now_usec);
        }
        if (s->policies.is_unwatched)
                pl_logbook_say_once(&s->logbook, now_usec,
                                    &(struct pl_logbook_note){ .code = PL_NOTE_POLICY_UNWATCHED });
        pl_policies_forget(&s->policies);
        (void) malloc_trim(0);
}
