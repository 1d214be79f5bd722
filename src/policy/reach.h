/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* reach - profiles and entries that can never decide, because what comes before them matches all that they match.
 * Allocates what it needs once and gives it back.
 */

#include "plimsoll/base/diag.h"
#include "plimsoll/policy/load.h"

enum {
        /* Steps of the search, an entry or a part of a letter looked at: less than a second. A thousand profiles of five
         * entries take about 100,000. As many as are permitted (PL_POLICY_FILES_MAX × PL_SELECTORS_MAX entries) take three
         * million when all are the same, seventeen when all begin with a star and differ in a number behind it. */
        PL_REACH_STEPS_MAX = 1 << 25,
};

/* Says of policy->profiles, each at its place:
 *   an error for a profile whose every entry is covered by an entry of an earlier profile;
 *   a warning for any other entry that is covered by an earlier one, of its profile or another;
 *   a note where the search gave up, after PL_REACH_STEPS_MAX. What is behind that was not looked at.
 * Covered means pl_selector_covers(), so what is said is certain, and not all is seen that a person could see. The names of
 * the documents have to outlive the diag. 0 or -ENOMEM. */
int pl_policy_find_unreachable(const struct pl_policy *policy, struct pl_diag *diag);
