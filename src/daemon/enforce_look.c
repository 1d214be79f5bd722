/* SPDX-License-Identifier: Apache-2.0 */

/* A look at one: what is, is read; what should be, the policy says; what to do now, the engine. Here the three are brought
 * together, and nothing is decided.
 *
 * Nothing is read of a workload whose orders are out, for that could be older than what is on its way. When they are
 * back, it is looked at once more, and that reading tells what has come of them.
 */

#include <string.h>

#include "enforce_internal.h"
#include "plimsoll/kernel/memcg.h"

enum {
        /* Scans in which every noted process is asked once whether it still lives. */
        TIDY_SCANS = 64,
        /* Looks at which everybody is asked whether something of ours is there: who has departed is known after the first. */
        EARLY_LOOKS = 2,
};

/* When there was no room for more orders: what a thread takes for some hundred of them. */
#define ROOM_USEC (50 * PL_USEC_PER_MSEC)

/* What a runtime takes from making a cgroup to setting its limits; and systemd, on a busy host, to starting what is in it. */
#define CONTAINER_USEC (500 * PL_USEC_PER_MSEC)
#define UNIT_USEC      (2 * PL_USEC_PER_SEC)

/* One look, and all that is known at it. */
struct looking {
        struct pl_enforcer *enforcer;
        struct pl_enforced *enforced;
        const struct pl_enforce_view *view;
        struct pl_journal_row *row;
        struct pl_enforce_want want;
        struct pl_enforce_place place;
        struct pl_limits before, kept; /* as they are noted */
        struct pl_limits actual;
        uint32_t outcome_count;
        struct pl_limit_outcome outcomes[PL_LIMIT_ORDERS_MAX];
};

/* ---- what is ---- */

static void put_from_reach(const struct pl_reach *reach, struct pl_limits *actual)
{
        pl_limits_put(actual, PL_LIMIT_MAX, reach->own_max);
        pl_limits_put(actual, PL_LIMIT_HIGH, reach->own_high);
        pl_limits_put(actual, PL_LIMIT_SWAP_MAX, reach->own_swap_max);
        pl_limits_put(actual, PL_LIMIT_MIN, reach->min.own);
        pl_limits_put(actual, PL_LIMIT_LOW, reach->low.own);
}

/* The limits that are read: those that are spoken of, and those that have to be in order with them. */
static uint32_t limits_of(const struct looking *looking)
{
        const uint32_t basic = UINT32_C(1) << PL_LIMIT_MIN | UINT32_C(1) << PL_LIMIT_LOW |
                               UINT32_C(1) << PL_LIMIT_HIGH | UINT32_C(1) << PL_LIMIT_MAX |
                               UINT32_C(1) << PL_LIMIT_SWAP_MAX;

        return basic | looking->want.limits.set | looking->want.kubelets.set | looking->before.set |
               looking->kept.set;
}

/* What the look at everybody has just read is not read again. GONE, or what reading came to. */
static int read_actual(struct looking *looking)
{
        struct pl_enforcer *enforcer = looking->enforcer;
        const struct pl_enforce_view *view = looking->view;
        const uint32_t limits = limits_of(looking);

        looking->actual = (struct pl_limits){};
        if (view->has_limits && !looking->place.is_inner)
                put_from_reach(&pl_census_at(enforcer->options.census, view->index)->reach,
                               &looking->actual);
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++) {
                uint64_t value;
                int r;

                if (!(limits >> i & 1) || pl_limits_has(&looking->actual, i))
                        continue;
                r = pl_memcg_read_limit(looking->place.fd, i, &enforcer->buffer, &value);
                if (r == 0)
                        pl_limits_put(&looking->actual, i, value);
                else if (r != PL_FILE_E_ABSENT)
                        return r;
        }
        return 0;
}

/* Its own limit counts where the profile does not speak of it; so does that of the scope around a container's. */
static bool could_swap(const struct looking *looking)
{
        const struct pl_enforcer *enforcer = looking->enforcer;
        const struct pl_census_entry *entry = pl_census_at(enforcer->options.census,
                                                           looking->view->index);
        const struct pl_census_entry *above = looking->place.is_inner
                                                      ? entry
                                                      : pl_census_at(enforcer->options.census,
                                                                     entry->parent);

        if (!pl_limits_has(&looking->want.limits, PL_LIMIT_SWAP_MAX) &&
            pl_limits_has(&looking->actual, PL_LIMIT_SWAP_MAX) &&
            looking->actual.values[PL_LIMIT_SWAP_MAX] == 0)
                return false;
        return enforcer->host.swap_bytes > 0 &&
               (above->index == PL_CENSUS_ROOT || above->reach.stamp == 0 ||
                above->reach.swap_max > 0);
}

/* How much more of it swap would take. */
static uint64_t swap_room(const struct looking *looking)
{
        const struct pl_limits *limits = pl_limits_has(&looking->want.limits, PL_LIMIT_SWAP_MAX)
                                                 ? &looking->want.limits
                                                 : &looking->actual;
        uint64_t most = pl_limits_has(limits, PL_LIMIT_SWAP_MAX) ? limits->values[PL_LIMIT_SWAP_MAX]
                                                                 : PL_SIZE_MAX;
        uint64_t used = PL_MIN(most, looking->row->sample.swap_bytes);

        return could_swap(looking) ? PL_MIN(most - used, looking->enforcer->swap_free_bytes) : 0;
}

static uint64_t reclaimable(const struct looking *looking)
{
        const struct pl_cgroup_sample *sample = &looking->row->sample;
        const uint64_t all = PL_CGROUP_BIT(inactive_file_bytes) | PL_CGROUP_BIT(active_file_bytes) |
                             PL_CGROUP_BIT(anon_bytes) | PL_CGROUP_BIT(shmem_bytes);

        if ((sample->have & all) != all)
                return sample->current_bytes;
        return sample->inactive_file_bytes + sample->active_file_bytes +
               PL_MIN(sample->anon_bytes + sample->shmem_bytes, swap_room(looking));
}

/* ---- what to do ---- */

/* What kubelet decides is shown as what it is: wanted, and not written. */
static void put_kubelets(const struct pl_limits *kubelets, struct pl_journal_standing *standing)
{
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(kubelets, i)) {
                        standing->states[i] = PL_LIMIT_OBSERVED;
                        standing->causes[i] = PL_CAUSE_KUBELET;
                        standing->governed |= UINT32_C(1) << i;
                        standing->targets[i] = kubelets->values[i];
                }
}

static void put_standing(const struct looking *looking, const struct pl_plan *plan)
{
        const struct pl_enforced *enforced = looking->enforced;
        const struct pl_enforce_want *want = &looking->want;
        struct pl_journal_standing *standing = &looking->row->standing;

        *standing = (struct pl_journal_standing){
                .drift_count = enforced->drift_count,
                .backend = enforced->backend,
                .mode = (uint8_t) want->mode,
                .swappiness = (uint8_t) want->swappiness,
                .has_score_adj = want->has_score_adj,
                .score_adj = want->has_score_adj ? want->score_adj : 0,
                .process_count = enforced->adjusted.process_count,
                /* While they are given back: who has ours still. */
                .adjusted_count = want->mode == PL_PLAN_RESTORE && enforced->is_swept_back
                                          ? 0
                                          : enforced->adjusted.adjusted_count,
                .own_count = enforced->adjusted.own_count,
        };
        for (unsigned i = 0; i <= PL_LIMIT_COUNT; i++) {
                standing->states[i] = plan->limits[i].state;
                standing->causes[i] = plan->limits[i].cause;
        }
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (enforced->left >> i & 1) {
                        standing->states[i] = PL_LIMIT_LEFT;
                        standing->causes[i] = looking->want.drift == PL_DRIFT_YIELD
                                                      ? PL_CAUSE_YIELD
                                                      : PL_CAUSE_ALARM;
                        standing->governed |= UINT32_C(1) << i;
                        standing->targets[i] = looking->want.limits.values[i];
                } else if (plan->limits[i].state != PL_LIMIT_UNSET) {
                        standing->governed |= UINT32_C(1) << i;
                        standing->targets[i] = plan->limits[i].target_bytes;
                }
        if (want->mode != PL_PLAN_RESTORE)
                put_kubelets(&want->kubelets, standing);
}

static void put_limits(const struct looking *looking)
{
        struct pl_journal_limits *limits = &looking->row->limits;

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(&looking->actual, i)) {
                        limits->values[i] = looking->actual.values[i];
                        limits->set |= UINT32_C(1) << i;
                }
}

/* What was back of a workload that nobody wants anything of is not ours any more. */
static void drop_returned(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                          const struct pl_plan *plan)
{
        const struct pl_original_cgroup *cgroup = pl_enforce_original(enforcer,
                                                                      enforced->target_id);
        uint32_t returned = 0;

        for (unsigned i = 0; cgroup && i < PL_LIMIT_COUNT; i++)
                /* As long as systemd has it on our word, or may have, it could come again. */
                if (plan->limits[i].news & PL_NEWS_RETURNED && !pl_enforce_may_be_kept(cgroup, i))
                        returned |= UINT32_C(1) << i;
        if (returned != 0)
                (void) pl_originals_drop_limits(&enforcer->originals, enforced->target_id,
                                                returned);
}

static bool has_drifted(const struct pl_plan *plan)
{
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (plan->limits[i].news & PL_NEWS_DRIFT)
                        return true;
        return false;
}

/* Everything of it is back: its drop-ins as well, and its processes. */
static void finish(const struct looking *looking)
{
        struct pl_enforcer *enforcer = looking->enforcer;
        struct pl_enforced *enforced = looking->enforced;
        const struct pl_journal_row *row = looking->row;

        if (!pl_enforce_undo(enforcer, enforced))
                return;
        if (!enforced->is_swept_back && pl_enforce_has_scores(enforcer, enforced))
                return;
        (void) pl_originals_drop_cgroup(&enforcer->originals, enforced->target_id);
        if (enforced->has_noted)
                pl_enforce_say(enforcer, row, looking->view->now_usec,
                               &(struct pl_enforce_note){ .code = PL_NOTE_RESTORED });
        enforced->has_noted = false;
        if (!(row->flags & (PL_CGROUP_PROFILE | PL_CGROUP_RESTORED)))
                pl_enforce_end(enforcer, looking->view->enforced);
}

/* `ret_applied`: what the profile wants, but for what is not applied. */
static void ask(const struct looking *looking, struct pl_plan *ret_plan,
                struct pl_limits *ret_applied)
{
        struct pl_limits overlay;
        const struct pl_enforcer *enforcer = looking->enforcer;
        const struct pl_enforce_want *want = &looking->want;
        const struct pl_cgroup_sample *sample = &looking->row->sample;
        const struct pl_plan_input input = {
                .now_usec = looking->view->now_usec,
                .page_bytes = enforcer->page_bytes,
                .mode = want->mode,
                .drift = want->drift,
                .wanted = &want->limits,
                .overlay = &overlay,
                .actual = &looking->actual,
                .originals = &looking->before,
                .current_bytes = sample->at_usec != 0 ? sample->current_bytes : PL_SIZE_MAX,
                .swap_bytes = sample->swap_bytes,
                .reclaimable_bytes = reclaimable(looking),
                .has_swap = could_swap(looking),
                .high_without_swap = want->high_without_swap,
                .is_unit = looking->enforced->backend == PL_BACKEND_UNIT,
                .properties = enforcer->bus ? pl_bus_properties(enforcer->bus) : 0,
                .kept = &looking->kept,
                .outcome_count = looking->outcome_count,
                .outcomes = looking->outcomes,
        };

        *ret_applied = want->limits;
        if (!pl_plan_may_throttle(&input))
                ret_applied->set &= ~(UINT32_C(1) << PL_LIMIT_HIGH);
        pl_enforce_find_overlay(enforcer, looking->row->id, ret_applied, &overlay);
        if (want->is_in_pod)
                overlay.set &= UINT32_C(1) << PL_LIMIT_HIGH;
        pl_plan_limits(&looking->enforced->state, &input, ret_plan);
}

static bool is_settled(const struct pl_limit_standing *limit)
{
        return limit->state == PL_LIMIT_IN_FORCE || limit->state == PL_LIMIT_UNSET;
}

/* Of one that has an overlay from its first look on, what the profile says. */
static uint64_t lasting_below(const struct pl_limits *applied, enum pl_limit limit,
                              uint64_t known_bytes)
{
        return pl_limits_has(applied, limit) ? applied->values[limit] : known_bytes;
}

/* What holds without a push or an overlay, which end with the daemon. */
static void keep_lasting(const struct looking *looking, const struct pl_limits *applied,
                         const struct pl_plan *plan)
{
        struct pl_enforced *enforced = looking->enforced;
        const struct pl_limit_standing *high = &plan->limits[PL_LIMIT_HIGH];
        const struct pl_limit_standing *max = &plan->limits[PL_LIMIT_MAX];

        /* What is wanted and not applied is what was there before. */
        if (pl_limits_has(&looking->want.limits, PL_LIMIT_HIGH) &&
            !pl_limits_has(applied, PL_LIMIT_HIGH))
                enforced->high_bytes = 0;
        else if (!enforced->state.is_pushing && high->why != PL_WHY_OVERLAY)
                enforced->high_bytes = high->target_bytes;
        else if (high->why == PL_WHY_OVERLAY)
                enforced->high_bytes = lasting_below(applied, PL_LIMIT_HIGH, enforced->high_bytes);
        enforced->max_bytes = max->why != PL_WHY_OVERLAY
                                      ? max->target_bytes
                                      : lasting_below(applied, PL_LIMIT_MAX, enforced->max_bytes);
        if (high->why != PL_WHY_OVERLAY && is_settled(high))
                enforced->loosened &= ~(UINT32_C(1) << PL_LIMIT_HIGH);
        if (max->why != PL_WHY_OVERLAY && is_settled(max))
                enforced->loosened &= ~(UINT32_C(1) << PL_LIMIT_MAX);
}

static void follow(const struct looking *looking)
{
        struct pl_enforcer *enforcer = looking->enforcer;
        struct pl_enforced *enforced = looking->enforced;
        uint64_t now_usec = looking->view->now_usec;
        struct pl_limits applied;
        struct pl_plan plan;

        ask(looking, &plan, &applied);
        put_limits(looking);
        put_standing(looking, &plan);
        pl_enforce_tell(enforcer, enforced,
                        &(struct pl_enforce_news){ &plan, &looking->actual, &looking->want,
                                                   looking->row, now_usec });
        pl_enforce_wake(enforcer, enforced, plan.wake_usec);
        keep_lasting(looking, &applied, &plan);
        pl_enforce_watch_overlays(enforcer, looking->row->id, &plan, now_usec);
        if (!has_drifted(&plan))
                enforced->good_usec = now_usec;
        if (plan.order_count > 0)
                pl_enforce_issue(enforcer, enforced,
                                 &(struct pl_enforce_issue){ &plan, &looking->actual,
                                                             &looking->place, now_usec });
        drop_returned(enforcer, enforced, &plan);
        if (looking->want.mode == PL_PLAN_RESTORE && plan.ended)
                finish(looking);
}

/* ---- before that ---- */

static void find_originals(struct looking *looking)
{
        const struct pl_original_cgroup *cgroup = pl_enforce_original(looking->enforcer,
                                                                      looking->enforced->target_id);

        looking->before = cgroup ? cgroup->before : (struct pl_limits){};
        looking->enforced->has_noted |= looking->before.set != 0;
        looking->kept = cgroup ? cgroup->kept : (struct pl_limits){};
}

/* Its own, or that of the container inside of it. */
static void settle_place(struct pl_enforcer *enforcer, struct pl_enforced *enforced,
                         const struct pl_enforce_want *want, const struct pl_enforce_place *place)
{
        enforced->backend = (uint8_t) (place->is_inner && want->backend != PL_BACKEND_OBSERVED
                                               ? PL_BACKEND_INNER
                                               : want->backend);
        if (want->backend == PL_BACKEND_NONE && !place->is_inner && !want->is_in_pod &&
            pl_enforce_is_unit(enforcer, enforced->index))
                enforced->backend = PL_BACKEND_UNIT;
        if (enforced->target_id == place->id)
                return;
        /* The container was started anew within its scope: the old one is gone, and what was known of it. */
        if (enforced->target_id != enforced->id) {
                pl_enforce_depart(enforcer, enforced->target_id);
                enforced->adjusted = (struct pl_adjusted){};
        }
        pl_enforce_disown(enforcer, enforced);
        enforced->target_id = place->id;
        enforced->state = (struct pl_plan_state){};
}

/* systemd would write what the unit had before as soon as our drop-in is gone, whatever is in the file now: a memory.max below the
 * use would kill. */
static bool could_kill(const struct pl_original_cgroup *cgroup, enum pl_limit limit,
                       uint64_t current_bytes)
{
        return limit == PL_LIMIT_MAX && pl_limits_has(&cgroup->kept, limit) &&
               cgroup->before.values[limit] <= current_bytes;
}

/* What somebody else has set since is his, and stays; but not what systemd made of its units when we had it read them. */
static void drop_others(struct looking *looking)
{
        const struct pl_enforced *enforced = looking->enforced;
        const struct pl_original_cgroup *cgroup = pl_enforce_original(looking->enforcer,
                                                                      enforced->target_id);
        const struct pl_limits *actual = &looking->actual;
        uint32_t others = 0;

        if (!cgroup || enforced->is_tidied)
                return;
        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(&cgroup->before, i) && pl_limits_has(actual, i) &&
                    cgroup->before.values[i] != actual->values[i] &&
                    !could_kill(cgroup, i, looking->row->sample.current_bytes) &&
                    !pl_original_limit_is_ours(cgroup, i, actual->values[i]))
                        others |= UINT32_C(1) << i;
        if (others == 0)
                return;
        (void) pl_originals_drop_limits(&looking->enforcer->originals, enforced->target_id, others);
        find_originals(looking);
}

/* A change by another hand that the profile leaves, and that a daemon before this one has seen: what was noted tells it from
 * ours. */
static void find_left(struct looking *looking)
{
        const struct pl_original_cgroup *cgroup = pl_enforce_original(looking->enforcer,
                                                                      looking->enforced->target_id);
        const struct pl_limits *actual = &looking->actual;

        looking->enforced->is_early = false;
        for (unsigned i = 0; cgroup && i < PL_LIMIT_COUNT; i++)
                if (pl_limits_has(&cgroup->before, i) && pl_limits_has(actual, i) &&
                    pl_limits_has(&looking->want.limits, i) &&
                    cgroup->before.values[i] != actual->values[i] &&
                    looking->want.limits.values[i] != actual->values[i] &&
                    !pl_original_limit_is_ours(cgroup, i, actual->values[i]))
                        looking->enforced->left |= UINT32_C(1) << i;
}

/* What is wanted hangs on what is: by whom a limit was set, and what those below need. */
static void settle_originals(struct looking *looking)
{
        struct pl_enforcer *enforcer = looking->enforcer;
        struct pl_enforced *enforced = looking->enforced;

        if (looking->before.set == 0 && enforced->backend == PL_BACKEND_UNIT &&
            enforcer->departed_count > 0) {
                pl_enforce_inherit(enforcer, enforced, &looking->actual);
                find_originals(looking);
        }
        if (looking->want.mode == PL_PLAN_RESTORE)
                drop_others(looking);
        if (enforced->is_early && looking->want.mode == PL_PLAN_APPLY &&
            looking->want.drift != PL_DRIFT_REPAIR)
                find_left(looking);
        if (looking->want.drift == PL_DRIFT_REPAIR)
                enforced->left = 0;
        /* Neither is it wanted nor put back. */
        looking->want.limits.set &= ~enforced->left;
        looking->before.set &= ~enforced->left;
        pl_enforce_add_raised(enforcer, looking->row->id, &looking->before, &looking->actual,
                              &looking->want.limits);
}

/* Of a workload that is paused or observed nothing is ordered any more, and a throttle would stay. One whose order is still out
 * comes first: it would be written after this. */
static void settle_loosened(struct looking *looking)
{
        if (looking->enforced->loosened != 0 && looking->enforced->row == PL_POOL_NONE &&
            (looking->want.mode == PL_PLAN_PAUSED || looking->want.mode == PL_PLAN_OBSERVED))
                pl_enforce_loosen(looking->enforcer, looking->enforced, looking->place.fd);
}

static void look_at(struct looking *looking)
{
        if (pl_enforce_open(looking->enforcer, looking->enforced, &looking->place) != 0)
                return;
        settle_place(looking->enforcer, looking->enforced, &looking->want, &looking->place);
        settle_loosened(looking);
        find_originals(looking);
        if (read_actual(looking) == 0) {
                looking->outcome_count = pl_enforce_take_outcomes(
                        looking->enforcer, looking->enforced, looking->outcomes);
                settle_originals(looking);
                follow(looking);
        }
        pl_enforce_shut(&looking->place);
}

/* ---- a look ---- */

/* An order that says `apply` anew: as if nothing were known of what others did, and of what was tried. */
static void start_afresh(struct pl_enforced *enforced, const struct pl_enforce_view *view)
{
        if (view->applied_sec == 0 || view->applied_sec == enforced->applied_sec ||
            enforced->row != PL_POOL_NONE)
                return;
        enforced->applied_sec = view->applied_sec;
        enforced->left = 0;
        enforced->state = (struct pl_plan_state){};
        enforced->is_swept_back = false;
}

/* Whether something of ours may be there from before: of a daemon before this one, or of the unit's last cgroup. */
static bool is_noted(const struct looking *looking)
{
        const struct pl_enforcer *enforcer = looking->enforcer;
        const struct pl_enforce_view *view = looking->view;
        bool is_early = view->is_new || enforcer->early_looks < EARLY_LOOKS;
        uint64_t inner_id;

        if (pl_enforce_original(enforcer, looking->row->id) ||
            pl_enforce_was_scored(enforcer, looking->row->id))
                return true;
        if (!is_early || !enforcer->has_originals)
                return false;
        if (enforcer->departed_count > 0 && pl_enforce_is_unit(enforcer, view->index) &&
            pl_enforce_has_departed(enforcer,
                                    pl_census_at(enforcer->options.census, view->index)->name))
                return true;
        inner_id = pl_enforce_inner_id(enforcer, view->index);
        return inner_id != 0 && pl_enforce_original(enforcer, inner_id);
}

/* Whoever makes a cgroup sets it up first, and what he sets is what was there before us: systemd before anybody is in it, a runtime
 * within a moment. */
static bool is_set_up(struct looking *looking)
{
        struct pl_enforced *enforced = looking->enforced;
        const struct pl_journal_row *row = looking->row;
        uint64_t now_usec = looking->view->now_usec;

        if (enforced->ready_usec == 0)
                return true;
        if (now_usec < enforced->ready_usec &&
            (row->kind == PL_WORKLOAD_CONTAINER || !(row->flags & PL_CGROUP_POPULATED))) {
                pl_enforce_wake(looking->enforcer, enforced, enforced->ready_usec);
                return false;
        }
        enforced->ready_usec = 0;
        return true;
}

/* Until its orders are back nothing is known that was not known before; and with no room for others none are made. */
static bool must_wait(const struct pl_enforcer *enforcer, const struct pl_enforced *enforced,
                      enum pl_plan_mode mode)
{
        const struct pl_enforce_row *row;

        const struct pl_original_cgroup *cgroup;

        /* systemd is reading its units anew, and may write what it has on our word: nobody is loosened meanwhile. */
        if (mode == PL_PLAN_RESTORE && enforcer->is_tidying) {
                cgroup = pl_enforce_original(enforcer, enforced->target_id);
                if (cgroup && cgroup->kept.set != 0 && enforced->undo == PL_UNDO_NONE)
                        return true;
        }
        if (enforced->row == PL_POOL_NONE)
                return mode != PL_PLAN_OBSERVED && !pl_enforce_has_room(enforcer);
        row = pl_pool_at(&enforcer->rows, enforced->row);
        return row->stage != PL_OUT_BACK && !row->is_late;
}

/* What has changed since the last look, of what it is about. */
static void turn_to(struct looking *looking)
{
        struct pl_enforced *enforced = looking->enforced;

        start_afresh(enforced, looking->view);
        if (looking->want.mode != PL_PLAN_APPLY)
                return;
        enforced->is_tidied = false;
        if (enforced->undo == PL_UNDO_WANTED)
                pl_enforce_end_undo(looking->enforcer, enforced);
}

/* How long at most: a slice is never populated by itself. */
static uint64_t set_up_usec(const struct looking *looking)
{
        if (looking->row->kind == PL_WORKLOAD_CONTAINER)
                return CONTAINER_USEC;
        return pl_enforce_is_unit(looking->enforcer, looking->view->index) ? UNIT_USEC : 0;
}

/* Where its limits are is settled at once, so that what is noted there is known to be somebody's. */
static struct pl_enforced *begin(struct looking *looking)
{
        struct pl_enforcer *enforcer = looking->enforcer;
        struct pl_enforced *enforced = pl_enforce_begin(enforcer, looking->view, looking->row->id);
        struct pl_enforce_place place;

        if (enforced && looking->view->is_new)
                enforced->ready_usec = looking->view->now_usec + set_up_usec(looking);
        if (!enforced || !pl_enforce_may_have_inner(enforcer, looking->view->index) ||
            pl_enforce_open(enforcer, enforced, &place) != 0)
                return enforced;
        settle_place(enforcer, enforced, &looking->want, &place);
        pl_enforce_shut(&place);
        return enforced;
}

/* NULL: nobody wants anything of it, nor is anything of ours there; or there is no room for it. */
static struct pl_enforced *take_up(struct looking *looking)
{
        const struct pl_enforce_view *view = looking->view;
        struct pl_enforcer *enforcer = looking->enforcer;

        if (*view->enforced != PL_POOL_NONE)
                return pl_enforced_at(enforcer, *view->enforced);
        if (looking->want.backend == PL_BACKEND_NONE && !is_noted(looking)) {
                looking->row->standing = (struct pl_journal_standing){};
                return NULL;
        }
        if (pl_enforce_never_touches(looking->row) && looking->row->flags & PL_CGROUP_PROFILE)
                pl_enforce_say(
                        enforcer, looking->row, view->now_usec,
                        &(struct pl_enforce_note){ .code = PL_NOTE_NEVER_TOUCHED,
                                                   .words = "who limits it limits everybody" });
        return begin(looking);
}

/* Of a pod that is kubelet's alone nothing of ours is to stay; unless nothing is written at all. */
static bool has_to_be_given_back(const struct looking *looking)
{
        const struct pl_enforcer *enforcer = looking->enforcer;
        const struct pl_journal_row *row = looking->row;

        return looking->want.is_left_to_kubelet && looking->want.mode == PL_PLAN_OBSERVED &&
               !pl_enforce_may_only_observe(enforcer, row) &&
               pl_enforce_original(enforcer, looking->enforced->target_id);
}

void pl_enforce_look(struct pl_enforcer *enforcer, const struct pl_enforce_view *view,
                     struct pl_journal_row *row)
{
        struct looking looking = { .enforcer = enforcer, .view = view, .row = row };

        pl_assert(enforcer && row->id != 0);

        pl_enforce_find_want(enforcer, view->index, row, &looking.want);
        if (looking.want.raises && view->is_scan && row->flags & PL_CGROUP_POPULATED &&
            (looking.want.mode == PL_PLAN_APPLY || looking.want.mode == PL_PLAN_PAUSED))
                pl_enforce_gather(enforcer, view->index, &looking.want.limits);
        looking.enforced = take_up(&looking);
        if (!looking.enforced)
                return;
        pl_assert(looking.enforced->id == row->id && looking.enforced->index == view->index);
        if (has_to_be_given_back(&looking))
                looking.want = (struct pl_enforce_want){ .mode = PL_PLAN_RESTORE,
                                                         .drift = PL_DRIFT_REPAIR,
                                                         .is_in_pod = true };
        turn_to(&looking);
        pl_enforce_begin_sweep(enforcer, looking.enforced, view, &looking.want);
        if (!is_set_up(&looking))
                return;
        if (!must_wait(enforcer, looking.enforced, looking.want.mode))
                look_at(&looking);
        else if (looking.enforced->row == PL_POOL_NONE)
                pl_enforce_wake(enforcer, looking.enforced, view->now_usec + ROOM_USEC);
}

void pl_enforce_begin_look(struct pl_enforcer *enforcer)
{
        enforcer->gathered.count = 0;
}

void pl_enforce_end_look(struct pl_enforcer *enforcer, uint64_t now_usec)
{
        enforcer->vm_swappiness = pl_enforce_read_swappiness(enforcer);
        enforcer->sums.count = enforcer->gathered.count;
        memcpy(enforcer->sums.items, enforcer->gathered.items,
               enforcer->gathered.count * sizeof enforcer->gathered.items[0]);
        if (!enforcer->has_looked)
                pl_enforce_find_departed(enforcer);
        enforcer->has_looked = true;
        if (enforcer->early_looks < EARLY_LOOKS)
                enforcer->early_looks++;
        if (!enforcer->has_originals)
                return;
        /* All of them in five minutes. */
        pl_adjust_tidy(&enforcer->adjuster, 1 + enforcer->originals.values.pool.count / TIDY_SCANS);
        pl_enforce_tidy(enforcer, now_usec);
}
