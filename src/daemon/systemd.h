/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* systemd - asked while somebody waits: for the short runs of plimsolld that put things back. The daemon itself has bus.h.
 *
 * Owns a connection: systemd's own socket, or the system bus where that is not to be had. Each call is over after
 * a while, also on a bus that accepts and then says nothing. Allocates as libsystemd does.
 */

#include <stdbool.h>

#include <systemd/sd-bus.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/kernel/cgroup.h"
#include "plimsoll/model/limits.h"

/* What D-Bus gives a call. */
#define PL_SYSTEMD_PATIENCE_USEC (25 * PL_USEC_PER_SEC)

struct pl_systemd {
        sd_bus *bus;
        uint64_t patience_usec; /* PL_SYSTEMD_PATIENCE_USEC from opening on */
        bool is_lost;           /* it broke, or did not answer: nothing more is asked */
        char words[192];        /* why the last call failed: "systemd does not answer" */
};

/* An address stands for the system's, in tests. On false the words say why, here as below. */
bool pl_systemd_open(struct pl_systemd *systemd, const char *address);
void pl_systemd_close(struct pl_systemd *systemd); /* safe on a zeroed one, and twice */

/* systemd reads its units anew. Comes back when what that changes has been written to the cgroups, too. */
bool pl_systemd_reload(struct pl_systemd *systemd);

/* Where the unit's cgroup is, "/system.slice/x.service"; empty: it has none, or there is no such unit. */
bool pl_systemd_find(struct pl_systemd *systemd, const char *unit, char path[PL_CGROUP_PATH_MAX]);

/* Sets the properties of all these limits that have one, at runtime. */
bool pl_systemd_set(struct pl_systemd *systemd, const char *unit, const struct pl_limits *limits);
