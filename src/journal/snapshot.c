/* SPDX-License-Identifier: Apache-2.0 */

/* What is recorded are the structs of the model themselves, word for word, so that nothing is lost and nothing has to be
 * kept in step with them but the numbers in format.h. Structs without padding make that safe; it is asserted here.
 */

#include "snapshot.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* The figures of a snapshot that are no arrays. */
struct head {
        uint64_t step;
        uint64_t now_usec;
        uint32_t flags;
        uint32_t policy;
        uint64_t update_count;
        uint64_t outcome_count;
};

enum { DECISION_BYTES = offsetof(struct pl_decision, verdict) };

_Static_assert(sizeof(struct head) == 5 * sizeof(uint64_t), "no padding");
_Static_assert(sizeof(struct pl_host_sample) == 23 * sizeof(uint64_t), "no padding");
_Static_assert(sizeof(struct pl_cgroup_sample) == 25 * sizeof(uint64_t), "no padding");
_Static_assert(sizeof(struct pl_cgroup_facts) == 14 * sizeof(uint64_t), "no padding");
_Static_assert(sizeof(struct pl_settings) == 24 * sizeof(uint64_t), "no padding");
_Static_assert(sizeof(struct pl_state_words) == 24 * sizeof(uint64_t), "no padding");
_Static_assert(sizeof(struct pl_outcome) == 7 * sizeof(uint64_t), "no padding");
_Static_assert(sizeof(struct pl_verdict) == 7 * sizeof(uint64_t), "no padding");
_Static_assert(sizeof(struct pl_candidate) == 7 * sizeof(uint64_t), "no padding");
_Static_assert(DECISION_BYTES == 11 * sizeof(uint64_t), "no padding");

static const struct {
        enum pl_journal_item item;
        size_t bytes; /* behind the id */
} updates[PL_UPDATE_KINDS] = {
        [PL_UPDATE_FACTS] = { PL_JOURNAL_ITEM_FACTS, sizeof(struct pl_cgroup_facts) },
        [PL_UPDATE_SAMPLE] = { PL_JOURNAL_ITEM_SAMPLE, sizeof(struct pl_cgroup_sample) },
        [PL_UPDATE_GONE] = { PL_JOURNAL_ITEM_GONE, 0 },
        [PL_UPDATE_NODE] = { PL_JOURNAL_ITEM_NODE, sizeof(struct pl_cgroup_sample) },
        [PL_UPDATE_SETTINGS] = { PL_JOURNAL_ITEM_SETTINGS, sizeof(struct pl_settings) },
        [PL_UPDATE_STATE] = { PL_JOURNAL_ITEM_STATE, sizeof(struct pl_state_words) },
        [PL_UPDATE_ENGINE] = { PL_JOURNAL_ITEM_ENGINE, sizeof(struct pl_state_words) },
};

/* ---- writing ---- */

static void pack(struct pl_packer *packer, struct pl_journal_writer *writer,
                 const struct pl_snapshot *snapshot)
{
        const struct head head = {
                .step = snapshot->step,
                .now_usec = snapshot->now_usec,
                .flags = snapshot->flags,
                .policy = snapshot->policy,
                .update_count = snapshot->update_count,
                .outcome_count = snapshot->outcome_count,
        };

        pl_assert(snapshot->update_count <= PL_JOURNAL_UPDATES_MAX);
        pl_assert(snapshot->outcome_count <= PL_JOURNAL_UPDATES_MAX);

        pl_pack_begin(packer, writer, PL_JOURNAL_SAMPLES, PL_JOURNAL_SNAPSHOT, snapshot->now_usec);
        pl_pack_struct(packer, PL_JOURNAL_ITEM_HEAD, NULL, &head, sizeof head);
        pl_pack_struct(packer, PL_JOURNAL_ITEM_HOST, NULL, &snapshot->host, sizeof snapshot->host);
        for (uint64_t i = 0; i < snapshot->update_count && !packer->cut; i++) {
                const struct pl_update *update = &snapshot->updates[i];

                pl_assert(update->kind < PL_UPDATE_KINDS && update->reserved == 0);
                pl_pack_struct(packer, updates[update->kind].item, &update->id, &update->facts,
                               updates[update->kind].bytes);
        }
        for (uint64_t i = 0; i < snapshot->outcome_count && !packer->cut; i++)
                pl_pack_struct(packer, PL_JOURNAL_ITEM_OUTCOME, NULL, &snapshot->outcomes[i],
                               sizeof *snapshot->outcomes);
}

int pl_snapshot_write(struct pl_journal_writer *writer, const struct pl_snapshot *snapshot)
{
        struct pl_packer packer;

        pack(&packer, writer, snapshot);
        return pl_pack_end(&packer);
}

uint64_t pl_snapshot_count(const struct pl_snapshot *snapshot)
{
        struct pl_packer packer;

        pack(&packer, NULL, snapshot);
        return pl_pack_count(&packer);
}

static void pack_name(struct pl_packer *packer, const char *name)
{
        pl_pack_name(packer, name, strnlen(name, PL_JOURNAL_NAME_BYTES - 1));
}

void pl_decision_write(struct pl_journal_writer *writer, const struct pl_journal_act *act)
{
        const struct pl_decision *decision = &act->decision.decision;
        struct pl_packer packer;
        int r;

        pl_assert(decision->candidate_count <= PL_CANDIDATES_MAX);

        pl_pack_begin(&packer, writer, PL_JOURNAL_ACTS, PL_JOURNAL_DECISION, act->at_usec);
        pl_pack_struct(&packer, PL_JOURNAL_ITEM_DECISION, NULL, decision, DECISION_BYTES);
        pl_pack_struct(&packer, PL_JOURNAL_ITEM_VERDICT, NULL, &decision->verdict,
                       sizeof decision->verdict);
        pl_pack_struct(&packer, PL_JOURNAL_ITEM_FLAGS, NULL, &act->decision.flags,
                       sizeof act->decision.flags);
        pack_name(&packer, act->decision.name);
        pack_name(&packer, act->decision.scope);
        for (uint32_t i = 0; i < decision->candidate_count; i++) {
                pl_pack_struct(&packer, PL_JOURNAL_ITEM_CANDIDATE, NULL, &decision->candidates[i],
                               sizeof *decision->candidates);
                pack_name(&packer, act->decision.names[i]);
        }
        r = pl_pack_end(&packer);
        /* At its largest it has 45 records, and the smallest journal that may be asked for keeps 474 acts. */
        pl_assert(r == 0);
}

/* ---- reading ---- */

static int find_update(enum pl_journal_item item, uint32_t *ret_kind)
{
        for (uint32_t kind = 0; kind < PL_UPDATE_KINDS; kind++)
                if (updates[kind].item == item) {
                        *ret_kind = kind;
                        return 0;
                }
        return PL_JOURNAL_E_TORN;
}

static int read_update(struct pl_unpacker *unpacker, struct pl_update *update)
{
        enum pl_journal_item item;
        int r = pl_unpack_peek(unpacker, &item);

        memset(update, 0, sizeof *update);
        if (r == 0)
                r = find_update(item, &update->kind);
        if (r == 0)
                r = pl_unpack_struct(unpacker, item, &update->id, &update->facts,
                                     updates[update->kind].bytes);
        return r;
}

/* Counts come from the file: they are believed as far as there is space, and what follows has to bear them out. */
static int read_head(struct pl_unpacker *unpacker, const struct pl_journal_space *space,
                     struct pl_snapshot *snapshot)
{
        struct head head;
        int r = pl_unpack_struct(unpacker, PL_JOURNAL_ITEM_HEAD, NULL, &head, sizeof head);

        if (r == 0)
                r = pl_unpack_struct(unpacker, PL_JOURNAL_ITEM_HOST, NULL, &snapshot->host,
                                     sizeof snapshot->host);
        if (r != 0)
                return r;
        if (head.update_count > PL_JOURNAL_UPDATES_MAX ||
            head.outcome_count > PL_JOURNAL_UPDATES_MAX)
                return PL_JOURNAL_E_TORN;

        snapshot->step = head.step;
        snapshot->now_usec = head.now_usec;
        snapshot->flags = head.flags;
        snapshot->policy = head.policy;
        snapshot->update_count = head.update_count;
        snapshot->outcome_count = head.outcome_count;
        snapshot->updates = space->updates;
        snapshot->outcomes = space->outcomes;
        return head.update_count > space->update_capacity ||
                               head.outcome_count > space->outcome_capacity
                       ? PL_JOURNAL_E_TOO_LONG
                       : 0;
}

int pl_snapshot_read_head(struct pl_unpacker *unpacker, struct pl_snapshot *ret_snapshot)
{
        const struct pl_journal_space none = {};
        int r = read_head(unpacker, &none, ret_snapshot);

        ret_snapshot->update_count = ret_snapshot->outcome_count = 0;
        if (r == PL_JOURNAL_E_TOO_LONG)
                return 0;
        return r == PL_JOURNAL_E_END ? PL_JOURNAL_E_TORN : r;
}

/* Nothing may follow. */
static int finish(struct pl_unpacker *unpacker)
{
        enum pl_journal_item item;
        int r = pl_unpack_peek(unpacker, &item);

        if (r == PL_JOURNAL_E_END)
                return 0;
        return r == 0 ? PL_JOURNAL_E_TORN : r;
}

int pl_snapshot_read(struct pl_unpacker *unpacker, const struct pl_journal_space *space,
                     struct pl_snapshot *ret_snapshot)
{
        int r = read_head(unpacker, space, ret_snapshot);

        for (uint64_t i = 0; r == 0 && i < ret_snapshot->update_count; i++)
                r = read_update(unpacker, &space->updates[i]);
        for (uint64_t i = 0; r == 0 && i < ret_snapshot->outcome_count; i++)
                r = pl_unpack_struct(unpacker, PL_JOURNAL_ITEM_OUTCOME, NULL, &space->outcomes[i],
                                     sizeof *space->outcomes);
        if (r == 0)
                r = finish(unpacker);
        /* An end in the middle. */
        return r == PL_JOURNAL_E_END ? PL_JOURNAL_E_TORN : r;
}

int pl_decision_read(struct pl_unpacker *unpacker, struct pl_journal_act *ret_act)
{
        struct pl_decision *decision = &ret_act->decision.decision;
        int r;

        memset(ret_act, 0, sizeof *ret_act);
        ret_act->sequence = unpacker->record.sequence;
        ret_act->at_usec = unpacker->record.at_usec;
        ret_act->type = PL_JOURNAL_DECISION;
        r = pl_unpack_struct(unpacker, PL_JOURNAL_ITEM_DECISION, NULL, decision, DECISION_BYTES);
        if (r == 0)
                r = pl_unpack_struct(unpacker, PL_JOURNAL_ITEM_VERDICT, NULL, &decision->verdict,
                                     sizeof decision->verdict);
        if (r == 0 && decision->candidate_count > PL_CANDIDATES_MAX)
                r = PL_JOURNAL_E_TORN;
        if (r == 0)
                r = pl_unpack_struct(unpacker, PL_JOURNAL_ITEM_FLAGS, NULL,
                                     &ret_act->decision.flags, sizeof ret_act->decision.flags);
        if (r == 0)
                r = pl_unpack_name(unpacker, ret_act->decision.name, PL_JOURNAL_NAME_BYTES);
        if (r == 0)
                r = pl_unpack_name(unpacker, ret_act->decision.scope, PL_JOURNAL_NAME_BYTES);
        for (uint32_t i = 0; r == 0 && i < decision->candidate_count; i++) {
                r = pl_unpack_struct(unpacker, PL_JOURNAL_ITEM_CANDIDATE, NULL,
                                     &decision->candidates[i], sizeof *decision->candidates);
                if (r == 0)
                        r = pl_unpack_name(unpacker, ret_act->decision.names[i],
                                           PL_JOURNAL_NAME_BYTES);
        }
        return r == 0 ? finish(unpacker) : r;
}
