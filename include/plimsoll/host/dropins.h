/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* dropins - the files in which systemd keeps what a property was set to at runtime, and taking back those that we caused.
 *
 * A property is one file, "50-MemoryMax.conf" in /run/systemd/system.control/UNIT.d, or in /run/systemd/transient/UNIT.d for a
 * unit that was made at runtime itself; all who set it write the same one. So a file is ours only as long as it says what
 * we had set, and nothing else. What lies below /etc nobody sets at runtime, and it is left alone.
 *
 * Everything is below a directory fd that stands for "/". Names of units are not trusted. Does not allocate, does not block.
 * systemd notices none of it before it reads its units anew. Linux 3.15.
 */

#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/model/limits.h"

enum { PL_DROPIN_NAME_BYTES = 64 };

enum {
        PL_DROPINS_E_NAME = 1, /* it cannot be the name of a unit */
        PL_DROPINS_E_ABSENT,   /* nothing of that kind is there */
        PL_DROPINS_E_OTHER,    /* one is there, and says something else: somebody else's */
        PL_DROPINS_E_DENIED,   /* it may not be read or removed */
};

/* "MemoryMax" of memory.max; NULL where systemd has no such property. */
const char *pl_dropin_property(enum pl_limit limit);

/* The limit of a property's name; PL_LIMIT_COUNT: none. */
enum pl_limit pl_dropin_limit(struct pl_span property);

/* "50-MemoryMax.conf". Only of a limit that has a property. Returns `name`. */
const char *pl_dropin_name(enum pl_limit limit, char name[PL_DROPIN_NAME_BYTES]);

/* "Service" of "x.service": the section that has the properties of its cgroup. NULL: it can be no unit's name, or units of its
 * type have no cgroup. */
const char *pl_dropin_section(const char *unit);

/* Bit `1 << limit` of each property that has a drop-in, whatever that says. NAME, DENIED, or an errno. */
int pl_dropins_find(int root_fd, const char *unit, uint32_t *ret_limits);

/* What the drop-in of this limit sets it to; of the first of the two directories that has one. 0, or an outcome. */
int pl_dropins_read(int root_fd, const char *unit, enum pl_limit limit, uint64_t *ret_value);

/* Removes the drop-in that sets the limit to this value and does nothing else, and its directory with the last one in
 * it. 0, or any of the outcomes above, or an errno. */
int pl_dropins_remove(int root_fd, const char *unit, enum pl_limit limit, uint64_t value);

/* What the text of a drop-in sets the limit to. OTHER: something else as well, or not as systemd writes it. Pure. */
int pl_dropin_parse(struct pl_span text, enum pl_limit limit, uint64_t *ret_value);
