/* SPDX-License-Identifier: Apache-2.0 */

#include "thaw.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "look.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/thaw.h"
#include "say.h"

static const char *reason_of(const struct pl_thaw_found *found)
{
        switch (found->outcome) {
        case PL_FILE_E_DENIED:
                return "it may not be written";
        case PL_FILE_E_MALFORMED:
        case PL_FILE_E_TOO_BIG:
                return "its files are not understood";
        default:
                return strerrordesc_np(found->outcome < 0 ? -found->outcome : found->error);
        }
}

static void tell(void *to, const struct pl_thaw_found *found)
{
        const struct pl_thaw *thaw = to;
        char buffer[PL_CGROUP_PATH_MAX];
        struct pl_text path;

        pl_text_init(&path, buffer, sizeof buffer);
        pl_text_add_clean(&path, pl_span_of(found->path));
        if (found->result == PL_THAW_FAILED)
                pl_say_error("/%s cannot be let go: %s", buffer, reason_of(found));
        else
                (void) pl_say_words("/%s %s\n", buffer,
                                    thaw->options.is_dry ? "would go on" : "goes on");
}

static enum pl_daemon_exit judge(const struct pl_thaw *thaw)
{
        const uint32_t failed = thaw->counts[PL_THAW_FAILED];

        if (thaw->is_partial)
                pl_say_error("not all of the tree of cgroups could be looked at");
        if (failed == 0 && thaw->counts[PL_THAW_DONE] == 0)
                (void) pl_say_words("Nobody is held still by plimsolld.\n");
        if (failed == 0)
                return thaw->is_partial ? PL_DAEMON_FAILED : PL_DAEMON_FINE;
        return geteuid() == 0 ? PL_DAEMON_FAILED : PL_DAEMON_DENIED;
}

enum pl_daemon_exit pl_thaw(const struct pl_daemon_options *options)
{
        static struct pl_thaw thaw;
        _cleanup_close_ int proc_fd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        _cleanup_close_ int cgroup_fd = -1;
        int r;

        pl_assert(options);

        cgroup_fd = pl_look_open_cgroups(options->cgroup_root, proc_fd);
        if (cgroup_fd < 0) {
                pl_say_error("there is no tree of cgroups of version 2");
                return PL_DAEMON_HOST_CANNOT;
        }
        thaw.options = (struct pl_thaw_options){ .cgroup_fd = cgroup_fd,
                                                 .is_dry = options->dry_run };
        thaw.tell = tell;
        thaw.to = &thaw;
        r = pl_thaw_run(&thaw);
        if (r == 0)
                return judge(&thaw);
        pl_say_error("the tree of cgroups cannot be looked at: %s", strerrordesc_np(-r));
        return PL_DAEMON_FAILED;
}
