/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* settings - what the engine is told of the host's policy: its thresholds, with amounts of this host. Allocates nothing but
 * the defaults, once.
 */

#include <stdbool.h>

#include "plimsoll/model/snapshot.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/resolve.h"

/* Of a policy in force on this host. 0 or −ENOMEM. */
int pl_settings_of(const struct pl_policy *policy, const struct pl_host_facts *host, bool is_paused,
                   struct pl_settings *ret_settings);
