/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* bounds - how much of everything there may be, so that nobody outside chooses how much time or memory we take. What a
 * module alone cares for stands in its own header; these are known to several.
 */

enum {
        /* Profiles, host documents and orders in force together: a hundred times what a large fleet's host carries. */
        PL_POLICY_FILES_MAX = 1024,
        /* Bytes of all of them. A profile has about a thousand, one of the longest permitted a thousand times that. */
        PL_POLICY_TEXT_MAX = 16 * 1024 * 1024,
        /* Entries of one `match` or `protect`: more than a person oversees. */
        PL_SELECTORS_MAX = 64,
        /* Labels of one selector, arguments of a hook. */
        PL_STRINGS_MAX = 8,
        /* Rungs of the ladder, days of the week. */
        PL_WORDS_MAX = 8,
        /* Bytes of the name of a profile. `plimsoll-NAME.slice` has to be the name of a unit, 255 bytes, with room for
         * the slices below it. */
        PL_NAME_MAX = 64,
        /* Workloads that are known. A full Kubernetes node has 250 pods, a host packed with services some thousands; the
         * kernel's own bookkeeping of cgroups slows above this. */
        PL_WORKLOADS_MAX = 16384,
        /* Cgroups that hold workloads: slices and pods, each with two workloads or more as a rule. */
        PL_HOLDERS_MAX = 8192,
        /* Levels of cgroups between the root and a workload: containers nested thrice reach twelve. */
        PL_WORKLOAD_DEPTH_MAX = 64,
        /* Bytes of one part of a path without its NUL: NAME_MAX, which cgroupfs keeps. */
        PL_CGROUP_NAME_MAX = 255,
};
