/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* shipped - the settings of the judge that are shipped and do not go by the size of a host: initialisers of struct pl_settings,
 * to which a test adds the amounts of its host.
 */

#include "plimsoll/base/clock.h"
#include "plimsoll/base/size.h"
#include "plimsoll/model/snapshot.h"

#define SHIPPED_SETTINGS                                                                           \
        .critical_permyriad = 5000, .stall_permyriad = 1000, .horizon_usec = 2 * PL_USEC_PER_SEC,  \
        .early_usec = 10 * PL_USEC_PER_SEC, .need_usec = 30 * PL_USEC_PER_SEC,                     \
        .thrash_usec = 10 * PL_USEC_PER_SEC, .culprit_permyriad = 5000, .limit_permyriad = 9500,   \
        .livelock_permyriad = 5000, .patience_usec = 2 * PL_USEC_PER_SEC,                          \
        .throttle_usec = 30 * PL_USEC_PER_SEC, .growth_bytes_per_sec = PL_MIB,                     \
        .kill_deadline_usec = 10 * PL_USEC_PER_SEC, .backoff_kills = 3
