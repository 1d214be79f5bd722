/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* property - limits of units as systemd's properties, in messages of D-Bus: for bus, which does not wait for the answers, and for
 * systemd, which does. Does not block; allocates as libsystemd does.
 */

#include <systemd/sd-bus.h>

#include "plimsoll/model/limits.h"

enum { PL_PROPERTY_INTERFACE_BYTES = 64 };

/* The interface that has the properties of the unit's cgroup, "org.freedesktop.systemd1.Service". False: it can be no unit's
 * name, or units of its type have no cgroup. */
bool pl_property_interface(const char *unit, char interface[PL_PROPERTY_INTERFACE_BYTES]);

/* Whether systemd takes the value. With one that it does not take it refuses all of the call. */
bool pl_property_takes(enum pl_limit limit, uint64_t value);

/* The array of SetUnitProperties: all of these limits that have a property. A memory.max of 0 is none, asserted. Negative: an
 * errno of libsystemd's. */
int pl_property_append(sd_bus_message *message, const struct pl_limits *limits);
