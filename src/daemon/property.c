/* SPDX-License-Identifier: Apache-2.0 */

#include "property.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/text.h"
#include "plimsoll/host/dropins.h"

bool pl_property_interface(const char *unit, char interface[PL_PROPERTY_INTERFACE_BYTES])
{
        const char *section = pl_dropin_section(unit);
        struct pl_text text;

        pl_text_init(&text, interface, PL_PROPERTY_INTERFACE_BYTES);
        if (!section)
                return false;
        pl_text_addf(&text, "org.freedesktop.systemd1.%s", section);
        pl_assert(!text.cut);
        return true;
}

/* Of these two the least is 1, of the others 0 (bus_cgroup_set_memory() in src/core/dbus-cgroup.c, 252 and 257). */
bool pl_property_takes(enum pl_limit limit, uint64_t value)
{
        pl_assert(limit < PL_LIMIT_COUNT);

        return value > 0 || (limit != PL_LIMIT_MAX && limit != PL_LIMIT_HIGH);
}

static int append_one(sd_bus_message *message, enum pl_limit limit, uint64_t value)
{
        const char *property = pl_dropin_property(limit);

        pl_assert(limit != PL_LIMIT_MAX || value > 0);

        if (!property)
                return 0;
        if (pl_limit_is_switch(limit))
                return sd_bus_message_append(message, "(sv)", property, "b", (int) (value != 0));
        /* Infinity is the largest number to systemd as well. */
        return sd_bus_message_append(message, "(sv)", property, "t", value);
}

int pl_property_append(sd_bus_message *message, const struct pl_limits *limits)
{
        int r = sd_bus_message_open_container(message, SD_BUS_TYPE_ARRAY, "(sv)");

        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT && r >= 0; i++)
                if (pl_limits_has(limits, i))
                        r = append_one(message, i, limits->values[i]);
        return r < 0 ? r : sd_bus_message_close_container(message);
}
