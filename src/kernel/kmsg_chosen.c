/* SPDX-License-Identifier: Apache-2.0 */

/* "oom-kill:constraint=…,cpuset=NAME,mems_allowed=…,oom_memcg=/P,task_memcg=/Q,task=NAME,pid=12,uid=0", or with
 * ",global_oom" for ",oom_memcg=/P". Four strangers' words in one line, any of which may hold commas and the words between
 * them. What can be relied on:
 *
 *   - the uid is behind the last ",uid=", for only digits follow, and the pid before it by the same reasoning;
 *   - a name has at most 15 bytes;
 *   - every path begins with a slash, and the name of a cpuset, being one part of a path, has none: so what begins the
 *     paths, its slash with it, cannot be in the cpuset;
 *   - the victim's path lies at or below that of the cgroup that is short, which tells the comma between them from others.
 *
 * Where two readings remain, the one is taken that a process alone cannot bring about, and the event says so. The line is
 * printed in pieces and can be cut or split; then what stood in it whole is given, and the kill's own line, which is
 * printed in one piece, is what counts.
 */

#include <string.h>

#include "kmsg_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

static enum pl_kmsg_oom_constraint constraint_of(struct pl_span word)
{
        static const char *const names[] = {
                [PL_KMSG_CONSTRAINT_NONE] = "CONSTRAINT_NONE",
                [PL_KMSG_CONSTRAINT_CPUSET] = "CONSTRAINT_CPUSET",
                [PL_KMSG_CONSTRAINT_MEMORY_POLICY] = "CONSTRAINT_MEMORY_POLICY",
                [PL_KMSG_CONSTRAINT_MEMCG] = "CONSTRAINT_MEMCG",
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                if (pl_span_equals(word, names[i]))
                        return (enum pl_kmsg_oom_constraint) i;
        return PL_KMSG_CONSTRAINT_UNKNOWN;
}

/* "oom-kill:constraint=…,nodemask=…,cpuset=NAME,mems_allowed=…": the part before the paths. */
static void parse_constraint(struct pl_span text, struct pl_kmsg_oom_chosen *chosen)
{
        struct pl_span word;

        pl_assert(chosen->have == 0);

        if (!cut_prefix(&text, "oom-kill:constraint=") || !cut_first(&text, ",nodemask=", &word))
                return;
        chosen->constraint = constraint_of(word);
        chosen->have |= PL_KMSG_CHOSEN_CONSTRAINT;
        if (!cut_first(&text, ",cpuset=", &word) || !cut_last(&text, ",mems_allowed=", &word))
                return;
        chosen->cpuset = word;
        chosen->have |= PL_KMSG_CHOSEN_CPUSET;
}

static bool is_at_or_below(struct pl_span path, struct pl_span ancestor)
{
        pl_assert(pl_span_starts_with(path, "/"));
        pl_assert(pl_span_starts_with(ancestor, "/"));

        if (pl_span_equals(ancestor, "/") || pl_span_equals_span(path, ancestor))
                return true;
        return path.length > ancestor.length && path.data[ancestor.length] == '/' &&
               pl_span_equals_span(pl_span(path.data, ancestor.length), ancestor);
}

/* Takes "/P,task_memcg=/Q" apart where Q lies under P, else at the first comma that could be meant. */
static bool split_paths(struct pl_span text, struct pl_span *ret_oom, struct pl_span *ret_task,
                        bool *ret_ambiguous)
{
        static const char between[] = ",task_memcg=/";
        struct pl_span rest = text, head;
        size_t readings = 0, fitting = 0;

        pl_assert(pl_span_starts_with(text, "/"));
        pl_assert(ret_oom && ret_task && ret_ambiguous);

        /* Ends: every turn cuts something off the rest. */
        while (cut_first(&rest, between, &head)) {
                struct pl_span task = pl_span(rest.data - 1, rest.length + 1);
                struct pl_span oom = pl_span(text.data,
                                             text.length - task.length - (sizeof between - 2));
                bool fits = is_at_or_below(task, oom);

                if (readings == 0 || (fits && fitting == 0)) {
                        *ret_oom = oom;
                        *ret_task = task;
                }
                readings++;
                fitting += fits;
        }

        *ret_ambiguous = readings > 1 && fitting != 1;
        return readings > 0;
}

/* Takes "…,task=NAME" apart: at the first place behind which no more is left than a name can have. A name that contains
 * the words is so read right; a path that ends in them is cut short, which takes the right to make cgroups. */
static bool split_name(struct pl_span *text, struct pl_span *ret_comm, bool *ret_ambiguous)
{
        struct pl_span rest = *text, head;
        size_t readings = 0;

        pl_assert(text);
        pl_assert(ret_comm && ret_ambiguous);

        while (cut_first(&rest, ",task=", &head)) {
                if (rest.length > COMM_MAX)
                        continue;
                if (readings == 0) {
                        *ret_comm = rest;
                        text->length = (size_t) (head.data + head.length - text->data);
                }
                readings++;
        }

        *ret_ambiguous = readings > 1;
        return readings > 0;
}

/* Cuts ",task=NAME,pid=12,uid=0" off the end of the text. */
static bool cut_task(struct pl_span *text, struct pl_kmsg_oom_chosen *chosen)
{
        struct pl_span uid_word = *text, pid_word, head, comm;
        bool ambiguous;
        int64_t uid;
        int32_t pid;

        pl_assert(pl_span_starts_with(*text, "/"));
        pl_assert(!(chosen->have & PL_KMSG_CHOSEN_TASK));

        if (!cut_last(&uid_word, ",uid=", &pid_word) || !cut_last(&pid_word, ",pid=", &head))
                return false;
        if (pl_span_to_i32(pid_word, &pid) != 0 || pid <= 0 || pl_span_to_i64(uid_word, &uid) != 0)
                return false;
        if (!split_name(&head, &comm, &ambiguous))
                return false;

        *text = head;
        chosen->comm = comm;
        chosen->pid = pid;
        chosen->uid = uid;
        chosen->is_ambiguous |= ambiguous;
        chosen->have |= PL_KMSG_CHOSEN_TASK;
        return true;
}

/* The part behind ",oom_memcg=". Without its end the second path may be cut, so then only the first is taken. */
static void parse_memcg_part(struct pl_span text, struct pl_kmsg_oom_chosen *chosen)
{
        bool whole = cut_task(&text, chosen), ambiguous;
        struct pl_span oom, task;

        pl_assert(pl_span_starts_with(text, "/"));

        if (!split_paths(text, &oom, &task, &ambiguous))
                return;
        chosen->is_ambiguous |= ambiguous;
        chosen->oom_memcg = oom;
        chosen->have |= PL_KMSG_CHOSEN_OOM_MEMCG;
        if (!whole)
                return;
        chosen->task_memcg = task;
        chosen->have |= PL_KMSG_CHOSEN_TASK_MEMCG;
}

/* The part behind ",global_oom,task_memcg=". */
static void parse_global_part(struct pl_span text, struct pl_kmsg_oom_chosen *chosen)
{
        pl_assert(pl_span_starts_with(text, "/"));

        chosen->is_global = true;
        if (!cut_task(&text, chosen))
                return;
        chosen->task_memcg = text;
        chosen->have |= PL_KMSG_CHOSEN_TASK_MEMCG;
}

int pl_kmsg_parse_oom_chosen(struct pl_span text, struct pl_kmsg_oom *oom)
{
        static const char local[] = ",oom_memcg=/", global[] = ",global_oom,task_memcg=/";
        struct pl_kmsg_oom_chosen chosen = {};
        size_t local_at = text.length, global_at = text.length;

        pl_assert(oom);

        /* When the kernel was interrupted, the second half is a record of its own. */
        if (!pl_span_starts_with(text, "oom-kill:constraint=") &&
            !pl_span_starts_with(text, local) && !pl_span_starts_with(text, global))
                return PL_KMSG_E_OTHER;

        (void) find_first(text, local, &local_at);
        (void) find_first(text, global, &global_at);
        parse_constraint(pl_span(text.data, PL_MIN(local_at, global_at)), &chosen);
        if (local_at < global_at)
                parse_memcg_part(pl_span_from(text, local_at + sizeof local - 2), &chosen);
        else if (global_at < text.length)
                parse_global_part(pl_span_from(text, global_at + sizeof global - 2), &chosen);
        if (chosen.have == 0)
                return PL_FILE_E_MALFORMED;

        oom->kind = PL_KMSG_OOM_CHOSEN;
        oom->chosen = chosen;
        return 0;
}
