/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* capability - taking one capability out of effect for a moment, in the calling thread alone.
 *
 * The kernel looks at CAP_SYS_RESOURCE when a pressure trigger is opened (and makes a kernel thread for it) and when an
 * oom_score_adj is raised (and pins the process to it). Both are better done without. The capability stays permitted, so
 * it can be raised again. Straight to the system calls: libcap allocates, and its calls are for whole programs.
 */

#include <stdbool.h>

/* *ret_was says whether it was in effect, and so whether to raise it again. 0 or −errno. */
int pl_capability_lower(int capability, bool *ret_was);
int pl_capability_raise(int capability);

/* Whether it is in effect now. */
int pl_capability_has(int capability, bool *ret_has);
