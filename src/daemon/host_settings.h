/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* host_settings - `plimsolld --host-settings=apply|restore`: the "vm" of the host's policy, set by plimsoll-host.service and
 * put back when that stops. The daemon itself may not write below /proc/sys.
 *
 * What was there is noted in "host" in the daemon's directory, by one writer at a time. Blocks until that one is through,
 * and as the disk does. Linux 3.15.
 */

#include "options.h"

struct pl_host_settings_options {
        int proc_fd; /* borrowed */
        const char *
                directory; /* the daemon's, in which "host" is made; without it nothing can be set, nor has been */
        const char *const *policies; /* directories of policies; ends with NULL */
};

/* As the policy says. What it says no longer is put back. A policy that is not sound changes nothing. */
enum pl_daemon_exit pl_host_settings_apply(const struct pl_host_settings_options *options);

/* As it was; what somebody else has changed since stays. */
enum pl_daemon_exit pl_host_settings_restore(const struct pl_host_settings_options *options);

/* plimsolld --host-settings */
enum pl_daemon_exit pl_host_settings(const struct pl_daemon_options *options);
