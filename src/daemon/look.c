/* SPDX-License-Identifier: Apache-2.0 */

#include "look.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/host/fitness.h"
#include "say.h"

enum { WORDS_BYTES = 4096 };

static int open_directory(const char *path)
{
        return open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
}

int pl_look_open_cgroups(const char *root, int proc_fd)
{
        static struct pl_file_buffer buffer;
        struct pl_cgroup_mounts mounts;

        if (root)
                return open_directory(root);
        if (pl_cgroup_mounts_read(proc_fd, &buffer, &mounts) != 0 || mounts.unified_path[0] == '\0')
                return -1;
        return open_directory(mounts.unified_path);
}

/* A tree that somebody names need not be this host's, and nothing is said against it. */
enum pl_daemon_exit pl_look_open(const struct pl_daemon_options *options, struct pl_look *look)
{
        struct pl_fitness fitness;
        char buffer[WORDS_BYTES];
        struct pl_text words;
        int r;

        pl_assert(options && look);

        look->roots = (struct pl_roots){ -1, open_directory("/proc"), open_directory("/sys"),
                                         open_directory("/dev") };
        look->roots.cgroup_fd = pl_look_open_cgroups(options->cgroup_root, look->roots.proc_fd);
        if (options->cgroup_root && look->roots.cgroup_fd < 0) {
                pl_say_error("%s: %s", options->cgroup_root, strerrordesc_np(errno));
                return PL_DAEMON_FAILED;
        }
        r = pl_features_probe(&look->roots, &look->features);
        if (r < 0) {
                pl_say_error("this host cannot be looked at: %s", strerrordesc_np(-r));
                return PL_DAEMON_FAILED;
        }
        if (options->cgroup_root || pl_fitness_judge(&look->features, &fitness))
                return PL_DAEMON_FINE;
        pl_text_init(&words, buffer, sizeof buffer);
        pl_fitness_add(&words, &fitness);
        pl_say_text(&words);
        return PL_DAEMON_HOST_CANNOT;
}

void pl_look_close(struct pl_look *look)
{
        pl_assert(look);

        pl_cleanup_close(&look->roots.cgroup_fd);
        pl_cleanup_close(&look->roots.proc_fd);
        pl_cleanup_close(&look->roots.sys_fd);
        pl_cleanup_close(&look->roots.dev_fd);
}
