/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* check - `plimsolld --check`: could it run here, and is the policy sound for this host? Changes nothing.
 */

#include "options.h"

enum pl_daemon_exit pl_check(const struct pl_daemon_options *options);
