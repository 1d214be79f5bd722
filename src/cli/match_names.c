/* SPDX-License-Identifier: Apache-2.0 */

/* What the daemon asks of a runtime's files is asked here of the same files, and not of the daemon: it may not run, or have
 * read them before they were changed. Who is not root may not read them as a rule.
 */

#include <fcntl.h>
#include <stdlib.h>

#include "match.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static int read_names(const struct pl_policy *policy, const struct pl_names_answer *answer,
                      const struct pl_names_question *question, struct pl_names **ret_names)
{
        _cleanup_free_ const char **labels = NULL;
        struct pl_names_keys keys = {};
        int r = pl_policy_labels(policy, &labels, &keys.count);

        if (r != 0)
                return r;
        keys.items = labels;
        return pl_names_read(answer->format, pl_span(answer->text, answer->length),
                             pl_span_of(question->id), &keys, ret_names);
}

void pl_match_ask_runtime(int state_fd, const struct pl_policy *policy,
                          struct pl_match_target *target)
{
        struct pl_names_question question;
        struct pl_names_answer answer;

        pl_assert(policy && target);

        target->has_runtime = state_fd >= 0 && pl_who_question(&target->who.parts, &question);
        if (!target->has_runtime)
                return;
        pl_names_fetch(state_fd, &pl_names_usual_places, &question, &answer);
        target->names_result = answer.result;
        if (answer.result == 0)
                target->names_result = read_names(policy, &answer, &question, &target->names);
        free(answer.text);
        if (target->names)
                pl_who_dress(&target->who, target->names);
}

void pl_match_add_names(struct pl_text *text, const struct pl_match_target *target)
{
        const struct pl_workload_identity *identity = &target->who.identity;

        if (!target->has_runtime)
                return;
        if (!target->names) {
                pl_text_addf(text, " It is known by its cgroup alone: %s.",
                             pl_names_why(target->names_result));
                return;
        }
        if (identity->image)
                pl_text_addf(text, " Its image is %s.", identity->image);
        for (size_t i = 0; i < identity->labels.count; i++)
                pl_text_addf(text, "%s%s=%s", i == 0 ? " It has the label " : ", ",
                             identity->labels.items[i].key, identity->labels.items[i].value);
        if (identity->labels.count > 0)
                pl_text_add(text, ".");
        if (target->names->is_cut)
                pl_text_add(text, " Some of its names or labels are too long, and do not count.");
}
