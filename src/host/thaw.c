/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/host/thaw.h"

#include <errno.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/host/kill.h"

static bool is_named(const struct pl_thaw_options *options, uint64_t id)
{
        for (size_t i = 0; i < options->id_count; i++)
                if (options->ids[i] == id)
                        return true;
        return false;
}

static bool is_asked_to_stand(int cgroup_fd, struct pl_file_buffer *buffer)
{
        uint64_t value;

        return pl_cgroup_read(cgroup_fd, "cgroup.freeze", buffer) == 0 &&
               pl_file_parse_u64(pl_file_span(buffer), &value) == 0 && value != 0;
}

/* Whether one above the visited cgroup holds it: by what those were asked, and not by cgroup.events alone, which says frozen
 * for a moment after a cgroup was let go. */
static bool is_held_above(struct pl_thaw *thaw, int cgroup_fd, struct pl_thaw_found *found)
{
        struct pl_cgroup_events events;

        for (uint32_t i = thaw->walk.depth; i > 0; i--)
                if (is_asked_to_stand(thaw->walk.fds[i], &thaw->buffer)) {
                        found->above_length = thaw->walk.levels[i].path_length;
                        return true;
                }
        return pl_cgroup_read_events(cgroup_fd, &thaw->buffer, &events) == 0 && events.frozen != 0;
}

/* Who is held by nobody and was not named is not told of. */
static bool has_been_found(struct pl_thaw *thaw, int cgroup_fd, bool named,
                           struct pl_thaw_found *found)
{
        bool is_ours = false;
        int r = pl_kill_is_ours(cgroup_fd, &is_ours);

        if (r == 0 && !is_ours && !named)
                return false;
        /* Of who is not ours nothing is changed by asking. */
        if (r == 0 && !(is_ours && thaw->options.is_dry))
                r = pl_kill_thaw(cgroup_fd, &thaw->buffer);
        if (r == PL_FILE_E_GONE)
                return false;
        found->error = errno;
        found->outcome = r;
        if (r == 0 && is_ours)
                found->result = PL_THAW_DONE;
        else if (r == 0)
                found->result = is_held_above(thaw, cgroup_fd, found) ? PL_THAW_ABOVE : PL_THAW_NOT;
        else if (r == PL_KILLER_E_FOREIGN)
                found->result = PL_THAW_FOREIGN;
        /* Before 5.2 nobody can be held at all. */
        else if (r == PL_FILE_E_ABSENT)
                found->result = PL_THAW_NOT;
        else
                found->result = PL_THAW_FAILED;
        return true;
}

static void visit_one(struct pl_thaw *thaw, const struct pl_cgroup_visit *visit)
{
        const bool named = is_named(&thaw->options, visit->id);
        struct pl_thaw_found found = { .path = visit->path, .id = visit->id };

        if ((thaw->options.id_count > 0 && !named) ||
            !has_been_found(thaw, visit->fd, named, &found))
                return;
        thaw->counts[found.result]++;
        if (thaw->tell)
                thaw->tell(thaw->to, &found);
}

int pl_thaw_run(struct pl_thaw *thaw)
{
        const struct pl_cgroup_walk_bounds bounds = { PL_CGROUP_DEPTH_MAX, PL_CGROUP_COUNT_MAX };
        struct pl_cgroup_visit visit;
        int r;

        pl_assert(thaw && thaw->options.cgroup_fd >= 0);
        pl_assert(thaw->options.id_count == 0 || thaw->options.ids);

        thaw->is_partial = false;
        memset(thaw->counts, 0, sizeof thaw->counts);
        r = pl_cgroup_walk_init(&thaw->walk, thaw->options.cgroup_fd, bounds);
        if (r != 0)
                return r;
        while ((r = pl_cgroup_walk_next(&thaw->walk, &visit)) != PL_CGROUP_E_END) {
                if (r == 0)
                        visit_one(thaw, &visit);
                else
                        thaw->is_partial = true;
        }
        thaw->is_partial = thaw->is_partial || thaw->walk.unvisited_count > 0;
        pl_cgroup_walk_done(&thaw->walk);
        return 0;
}
