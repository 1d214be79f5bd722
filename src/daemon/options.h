/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* options - the command line of plimsolld. Pure but for the words.
 */

#include <stdbool.h>
#include <stdint.h>

#include "plimsoll/base/text.h"

/* As those of plimsoll; plimsolld(8) says the same. */
enum pl_daemon_exit {
        PL_DAEMON_FINE = 0,
        PL_DAEMON_FAILED = 1,
        PL_DAEMON_USAGE = 2,
        PL_DAEMON_POLICY = 3,
        PL_DAEMON_DENIED = 5,
        PL_DAEMON_HOST_CANNOT = 8,
        PL_DAEMON_OCCUPIED = 9, /* another one is running */
};

enum {
        PL_DAEMON_DIRECTORIES_MAX = 8, /* of policies; the system has three */
};

enum pl_daemon_host_settings {
        PL_DAEMON_HOST_SETTINGS_NONE, /* not asked for */
        PL_DAEMON_HOST_SETTINGS_APPLY,
        PL_DAEMON_HOST_SETTINGS_RESTORE,
};

struct pl_daemon_options {
        bool help, version, check, foreground, once, dry_run, restore, thaw, tidy, drill_load;
        enum pl_daemon_host_settings host_settings;
        const char *restore_path; /* of one cgroup; NULL: everybody */
        const char *cgroup_root;  /* NULL: where it is mounted */
        const char *state_root; /* NULL: / for the host's cgroups, and nowhere for another tree's */
        const char *journal_directory; /* /run/plimsoll */
        uint64_t journal_bytes;
        size_t directory_count; /* that were given */
        const char *directories[PL_DAEMON_DIRECTORIES_MAX +
                                1]; /* of policies; ends with NULL; those of the system if none
                                                                 * were given */
};

/* False, with words that say what was meant, when it makes no sense. */
bool pl_daemon_options_parse(int count, char *const *arguments, struct pl_text *words,
                             struct pl_daemon_options *ret_options);

void pl_daemon_add_usage(struct pl_text *text);
