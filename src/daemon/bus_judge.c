/* SPDX-License-Identifier: Apache-2.0 */

/* Whose hand it was, from what systemd says of the unit. It is asked after the fact, so nothing here is more than a trace;
 * what has left none, and what two hands would have left alike, is unknown.
 *
 * systemd writes all of a unit's files at once, with what it holds of them, whenever anybody sets any property of the unit;
 * and when it is told to reload, but for 257. So:
 *
 *  - it holds something else than is found: it was not the last to write. That was a hand. Except for memory.min and low,
 *    which a unit that has none takes from the default of a slice above it: then its property says 0, and the file does not;
 *  - it holds what is found, and a drop-in that sorts behind ours says just that: the drop-in, since at every reload it will
 *    win again, however this one came about;
 *  - a file stands where ours would, and says what is found: somebody has set this very property;
 *  - a file of another property is younger than the last good look, and ours was not among the properties yet: somebody has
 *    set that one, and systemd has written the rest with it. Were ours among them, it would have been written as it is;
 *  - nothing of that, but it has reloaded in between: the reload, if a reload writes; or if the property was ours and is not
 *    any more, for only a reload changes one without a file.
 *
 * memory.oom.group has no property but is written with the others. Of what systemd never writes it cannot tell anything.
 */

#include "bus_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"

/* A container's properties are set by its runtime. */
static enum pl_drift_cause set_by(const struct pl_bus_evidence *evidence)
{
        return evidence->question.is_container ? PL_DRIFT_BY_RUNTIME : PL_DRIFT_BY_SET_PROPERTY;
}

static enum pl_drift_cause judge_without(const struct pl_bus_evidence *evidence,
                                         const char **ret_words)
{
        if (evidence->question.limit != PL_LIMIT_OOM_GROUP)
                return PL_DRIFT_BY_UNKNOWN;
        if (evidence->newer) {
                *ret_words = evidence->newer;
                return set_by(evidence);
        }
        return evidence->was_reloaded && evidence->reload_applies ? PL_DRIFT_BY_RELOAD
                                                                  : PL_DRIFT_BY_UNKNOWN;
}

/* Whether the file may be a slice's default for those below it. */
static bool may_be_inherited(const struct pl_bus_evidence *evidence)
{
        const struct pl_bus_question *question = &evidence->question;

        return (question->limit == PL_LIMIT_MIN || question->limit == PL_LIMIT_LOW) &&
               evidence->property_bytes == 0 && !(question->was_kept && question->set_bytes == 0);
}

static enum pl_drift_cause judge_applied(const struct pl_bus_evidence *evidence,
                                         const char **ret_words)
{
        const bool was_kept = evidence->question.was_kept;

        if (evidence->later) {
                *ret_words = evidence->later;
                return PL_DRIFT_BY_DROP_IN;
        }
        if (evidence->same || (evidence->newer && !was_kept)) {
                *ret_words = evidence->same ? evidence->same : evidence->newer;
                return set_by(evidence);
        }
        return evidence->was_reloaded && (evidence->reload_applies || was_kept)
                       ? PL_DRIFT_BY_RELOAD
                       : PL_DRIFT_BY_UNKNOWN;
}

enum pl_drift_cause pl_bus_judge(const struct pl_bus_evidence *evidence, const char **ret_words)
{
        pl_assert(evidence && ret_words);
        pl_assert(evidence->question.limit < PL_LIMIT_COUNT);

        *ret_words = "";
        if (!evidence->has_property)
                return judge_without(evidence, ret_words);
        if (evidence->property_bytes == evidence->question.found_bytes)
                return judge_applied(evidence, ret_words);
        return may_be_inherited(evidence) ? PL_DRIFT_BY_UNKNOWN : PL_DRIFT_BY_HAND;
}
