/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* thaw - `plimsolld --thaw`: whoever is held still by us goes on, whether a daemon runs or not. For ExecStopPost= of the unit,
 * and for a person. One that runs may hold somebody anew when it is his turn again.
 */

#include "options.h"

/* FINE also when nobody was; FAILED, DENIED: somebody is still held, and it was said; HOST_CANNOT: there is no tree. */
enum pl_daemon_exit pl_thaw(const struct pl_daemon_options *options);
