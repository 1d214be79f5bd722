/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* look - the host as plimsolld finds it: its trees, opened, and what its kernel offers; and whether plimsolld can be of use
 * there. Says what is wrong.
 */

#include "options.h"
#include "plimsoll/kernel/features.h"
#include "plimsoll/kernel/file.h"

struct pl_look {
        struct pl_roots roots; /* owned */
        struct pl_features features;
};

/* HOST_CANNOT: it is open nevertheless. Of a tree that somebody names nothing is judged. */
enum pl_daemon_exit pl_look_open(const struct pl_daemon_options *options, struct pl_look *look);
void pl_look_close(struct pl_look *look);

/* The tree at `root`, or where it is mounted for NULL; −1: there is none. */
int pl_look_open_cgroups(const char *root, int proc_fd);
