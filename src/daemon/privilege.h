/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* privilege - giving up all that root can do and plimsolld does not need.
 *
 * To be called once, while there is one thread, before anything of the outside is looked at: what is forked later inherits
 * it. From then on uid 0 has what its files and its groups give it and little else: a journal can be handed to no group
 * but the process's own, nor be made in a directory of somebody else's. Allocates a little, does not block. Linux 4.3, for ambient capabilities.
 */

#include "plimsoll/base/text.h"

/* Reduces what is permitted, and but for what is seldom needed what is in effect, to the table in privilege.c, and what children may ever get likewise; takes away
 * for good that executing something gives more; and keeps others of the same uid from looking into this process. What is
 * missing already stays missing. An ordinary user has nothing to give up. Again changes nothing. 0 or −errno, with which
 * some may be left. */
int pl_privilege_drop(void);

/* What is touched stays in memory from now on, and what never is takes none: there are no huge pages. The child of a fork has
 * to ask anew. It stays only where there is no limit to it: with one, every later piece of memory that is beyond it would be
 * refused instead. */
void pl_privilege_lock_memory(void);

/* Adds the names of the table with a blank between them, as CapabilityBoundingSet= of a unit takes them. */
void pl_privilege_names(struct pl_text *text);
