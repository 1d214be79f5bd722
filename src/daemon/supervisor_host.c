/* SPDX-License-Identifier: Apache-2.0 */

/* The tick: the host itself and its clocks. The heartbeat is given here by the loop and not beside it: who hangs does not say
 * that he is well.
 */

#include <errno.h>
#include <string.h>

#include "orders.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "supervisor_internal.h"

/* zram's figures, which are a directory to read; and attempts at what has failed. */
#define SLOW_USEC (5 * PL_USEC_PER_SEC)
/* The wall clock is corrected by milliseconds all day; this is a step. */
#define CLOCK_STEP_USEC (2 * PL_USEC_PER_SEC)
/* A pause of the boot clock over the running one that is a sleep and not two readings apart. */
#define SLEEP_USEC (PL_USEC_PER_SEC / 2)
/* How old memory.stat of those who are looked at with the host may be: by then, who grows by page cache is told from who does
 * not, within the time that is left. */
#define STAT_SHORT_USEC (PL_USEC_PER_SEC / 2)
#define STAT_WATCH_USEC (5 * PL_USEC_PER_SEC)
/* Between two looks at everybody for which there is a reason, at the least. */
#define LOOK_AGAIN_USEC (PL_USEC_PER_SEC / 2)

uint64_t pl_supervisor_clock_usec(clockid_t clock)
{
        struct timespec time;

        pl_assert(clock_gettime(clock, &time) == 0);
        return (uint64_t) time.tv_sec * PL_USEC_PER_SEC + (uint64_t) time.tv_nsec / 1000;
}

uint64_t pl_supervisor_interval_usec(uint64_t available_bytes)
{
        const uint64_t fill = PL_SUPERVISOR_FILL_GIB_PER_SEC * PL_GIB;
        const uint64_t least = PL_SUPERVISOR_TICK_MSEC_MIN * PL_USEC_PER_MSEC;
        const uint64_t most = PL_SUPERVISOR_TICK_MSEC_MAX * PL_USEC_PER_MSEC;

        if (available_bytes >= fill)
                return most;
        return PL_MAX(available_bytes * most / fill, least);
}

uint64_t pl_supervisor_wait_usec(const struct pl_supervisor *s)
{
        uint64_t most = pl_supervisor_interval_usec(s->steps.host.available_bytes);

        return s->steps.judgement.verdict_count > 0 ? PL_MIN(most, s->steps.judgement.look_usec)
                                                    : most;
}

/* The boot clock runs while the host sleeps, the other does not. They are read one after the other, so this may be a little
 * below 0. */
int64_t pl_supervisor_slept_usec(void)
{
        int64_t boot_usec = (int64_t) pl_clock_now_usec();

        return boot_usec - (int64_t) pl_supervisor_clock_usec(CLOCK_MONOTONIC);
}

static void look_at_clocks(struct pl_supervisor *s, uint64_t now_usec)
{
        int64_t slept_usec = pl_supervisor_slept_usec();
        int64_t asleep_usec = slept_usec - s->slept_usec;
        int64_t wall_usec = (int64_t) pl_supervisor_clock_usec(CLOCK_REALTIME) -
                            (int64_t) pl_clock_now_usec();
        int64_t step_usec = wall_usec - s->wall_usec;

        if (asleep_usec > (int64_t) SLEEP_USEC) {
                s->steps.resumed = true;
                pl_logbook_say(
                        &s->logbook, now_usec,
                        &(struct pl_logbook_note){ PL_NOTE_RESUMED, (uint64_t) asleep_usec, NULL });
        }
        if (step_usec > (int64_t) CLOCK_STEP_USEC || step_usec < -(int64_t) CLOCK_STEP_USEC)
                pl_logbook_say(&s->logbook, now_usec,
                               &(struct pl_logbook_note){
                                       PL_NOTE_CLOCK,
                                       (uint64_t) (step_usec < 0 ? -step_usec : step_usec),
                                       step_usec < 0 ? "back" : "forward" });
        s->slept_usec = slept_usec;
        s->wall_usec = wall_usec;
}

static uint32_t flags_of(const struct pl_supervisor *s)
{
        const struct pl_policy *policy = s->policies.in_force;
        uint32_t flags = 0;

        if (pl_enforce_acts(&s->enforcer))
                flags |= PL_HOST_ACTS;
        if (pl_orders_pause_all(policy, (int64_t) time(NULL)))
                flags |= PL_HOST_PAUSED;
        if (pl_selftest_is_unfit(&s->selftest))
                flags |= PL_HOST_UNFIT;
        return flags;
}

/* The host's comes first. Before there are settings it was not judged. */
static struct pl_verdict verdict_of(const struct pl_supervisor *s)
{
        const struct pl_judgement *judgement = &s->steps.judgement;

        return judgement->verdict_count > 0 ? judgement->verdicts[0]
                                            : (struct pl_verdict){ .end_usec = UINT64_MAX };
}

void pl_supervisor_put_host(struct pl_supervisor *s, uint64_t interval_usec)
{
        const struct pl_journal_host host = {
                .sample = s->steps.host,
                .verdict = verdict_of(s),
                .interval_usec = interval_usec,
                .scanned_at_usec = s->board.looked_at_usec,
                .workload_count = s->board.workload_count + s->board.unlisted_count,
                .unlisted_count = s->board.unlisted_count,
                .profile_count = s->board.profile_count,
                .flags = flags_of(s),
        };

        pl_journal_put_host(&s->logbook.writer, &host);
}

/* The worst there is. A cgroup that meets its own limit does so all day, and is no reason to look at others. */
static uint32_t severity_of(const struct pl_judgement *judgement)
{
        uint32_t worst = PL_SEVERITY_CALM;

        for (uint32_t i = 0; i < judgement->verdict_count; i++) {
                const struct pl_verdict *verdict = &judgement->verdicts[i];

                if (verdict->severity != PL_SEVERITY_WATCH || verdict->scope == PL_SCOPE_HOST)
                        worst = PL_MAX(worst, verdict->severity);
        }
        return worst;
}

/* It lasts seconds, and so does a look at everybody. */
static uint32_t add_drill(const struct pl_supervisor *s, uint64_t hot[PL_SAMPLE_HOT_MAX],
                          uint32_t count)
{
        uint64_t id = pl_drill_id(&s->drill);

        for (uint32_t i = 0; i < count; i++)
                if (hot[i] == id)
                        return count;
        if (id != 0 && count < PL_SAMPLE_HOT_MAX)
                hot[count++] = id;
        return count;
}

/* Those that the step before has named; a step may be taken among them, and name others. */
static void look_at_hot(struct pl_supervisor *s, uint64_t now_usec)
{
        const struct pl_judgement *judgement = &s->steps.judgement;
        uint32_t severity = severity_of(judgement);
        uint32_t count = severity == PL_SEVERITY_CALM ? 0 : judgement->hot_count;
        uint64_t stat_usec = severity >= PL_SEVERITY_SHORT ? STAT_SHORT_USEC : STAT_WATCH_USEC;
        uint64_t hot[PL_SAMPLE_HOT_MAX];

        pl_assert(count <= PL_SAMPLE_HOT_MAX);

        memcpy(hot, judgement->hot, count * sizeof *hot);
        count = pl_triggers_add_stalled(&s->triggers, now_usec, hot, count);
        count = add_drill(s, hot, count);
        pl_board_look_hot(&s->board, hot, count, stat_usec, now_usec);
}

/* Of an outcome of a file, the errno that says it best. */
static uint64_t error_of(int r)
{
        switch (r) {
        case PL_FILE_E_ABSENT:
        case PL_FILE_E_GONE:
                return ENOENT;
        case PL_FILE_E_DENIED:
                return EACCES;
        default:
                return r < 0 ? (uint64_t) -r : EBADMSG;
        }
}

/* Who makes the host short may be anybody, and was looked at when all was well. At the first sign that it is not everybody is
 * looked at, so that of each there is a reading from which on it has grown. */
static void look_at_all_in_time(struct pl_supervisor *s, uint64_t now_usec)
{
        bool was_troubled = s->is_troubled;

        s->is_troubled = verdict_of(s).severity != PL_SEVERITY_CALM;
        if (s->is_ready && s->is_troubled && !was_troubled &&
            now_usec - s->board.begun_usec >= LOOK_AGAIN_USEC)
                pl_supervisor_look(s);
}

uint64_t pl_supervisor_look_at_host(struct pl_supervisor *s, uint64_t now_usec)
{
        bool slow = s->slow_at_usec == 0 || now_usec - s->slow_at_usec >= SLOW_USEC;
        uint64_t interval_usec;
        int r;

        look_at_clocks(s, now_usec);
        pl_supervisor_take_deeds(s);
        r = pl_sample_host(&s->board.sampler,
                           PL_SAMPLE_HOT | (slow ? (unsigned) PL_SAMPLE_SLOW : 0), now_usec,
                           &s->steps.host);
        if (r != 0)
                pl_logbook_say_once(&s->logbook, now_usec,
                                    &(struct pl_logbook_note){ PL_NOTE_SAMPLE_FAILED, error_of(r),
                                                               s->board.sampler.unread });
        if (slow) {
                s->slow_at_usec = now_usec;
                pl_logbook_retry(&s->logbook, now_usec, pl_supervisor_clock_usec(CLOCK_REALTIME));
                pl_supervisor_keep(s, now_usec);
        }
        pl_logbook_settle(&s->logbook, now_usec);
        pl_supervisor_tell_settings(s, now_usec);
        look_at_hot(s, now_usec);
        pl_steps_take(&s->steps, now_usec);
        look_at_all_in_time(s, now_usec);
        pl_supervisor_brief(s, now_usec);
        interval_usec = pl_supervisor_wait_usec(s);
        pl_supervisor_put_host(s, interval_usec);
        pl_journal_put_heartbeat(&s->logbook.writer, now_usec);
        return interval_usec;
}

bool pl_supervisor_is_other_host(const struct pl_supervisor *s)
{
        const struct pl_host_sample *sample = &s->steps.host;
        const uint64_t both = PL_HOST_BIT(total_bytes) | PL_HOST_BIT(swap_total_bytes);

        return (sample->have & both) == both && (sample->total_bytes != s->host.ram_bytes ||
                                                 sample->swap_total_bytes != s->host.swap_bytes);
}
