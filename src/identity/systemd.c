/* SPDX-License-Identifier: Apache-2.0 */

/* Units by the names of their cgroups. systemd makes a cgroup for each unit, below the cgroups of the slices that it is
 * in, and the service manager of each user does the same again below user@UID.service, which is why that one service is a
 * holder. A user's manager has slices and scopes of any name, so what is below one is marked.
 *
 * init.scope is process 1, and plimsolld.slice is where plimsolld lives, with the memory that is kept for it.
 */

#include "parts.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* Splits "getty@tty1.service" of the suffix's length. An '@' in front or at the end makes no instance. */
static void take_unit(struct pl_identity *identity, struct pl_span name, size_t suffix)
{
        struct pl_span stem = pl_span(name.data, name.length - suffix), prefix;

        pl_assert(suffix < name.length);

        identity->unit = name;
        prefix = pl_span_until(&stem, '@');
        if (!pl_span_empty(prefix) && !pl_span_empty(stem)) {
                identity->prefix = prefix;
                identity->instance = stem;
        }
}

/* "1000", as systemd writes it. */
static bool take_uid(struct pl_span text, uint32_t *ret_uid)
{
        if (text.length > 1 && text.data[0] == '0')
                return false;
        return pl_span_to_u32(text, ret_uid) == 0 && *ret_uid != PL_UID_NONE;
}

bool pl_recognise_slice(struct pl_identity *identity, struct pl_span name)
{
        struct pl_span middle;

        if (!cut_between(name, "", ".slice", &middle))
                return false;
        identity->slice = name;
        pl_identity_is_holder(identity, WHERE_UNITS, name);
        if (!(identity->standing.flags & PL_STANDING_USER) &&
            cut_between(name, "user-", ".slice", &middle))
                (void) take_uid(middle, &identity->standing.uid);
        /* A pod of podman's: the slice's name repeats that of the slice it is in. */
        if ((cut_between(name, "machine-libpod_pod_", ".slice", &middle) ||
             cut_between(name, "user-libpod_pod_", ".slice", &middle)) &&
            pl_is_container_id(middle))
                identity->pod = middle;
        return true;
}

/* At the root alone, where nobody but root can make a cgroup: the flag takes its bearer out of everybody's reach. That is
 * why a user's own manager does not have it: the user owns the cgroup, and would move into it what he does not want to
 * lose. */
bool pl_recognise_vital(struct pl_identity *identity, struct pl_span name)
{
        pl_assert(identity->standing.where == WHERE_ROOT);

        if (pl_span_equals(name, "plimsolld.slice")) {
                identity->standing.flags |= PL_STANDING_VITAL;
                return pl_recognise_slice(identity, name);
        }
        if (!pl_span_equals(name, "init.scope"))
                return false;
        identity->standing.flags |= PL_STANDING_VITAL;
        identity->unit = name;
        pl_identity_is_workload(identity, PL_WORKLOAD_SCOPE, pl_span(name.data, strlen("init")));
        return true;
}

bool pl_recognise_manager(struct pl_identity *identity, struct pl_span name)
{
        struct pl_span instance;
        uint32_t uid;

        if (identity->standing.flags & PL_STANDING_USER ||
            !cut_between(name, "user@", ".service", &instance) || !take_uid(instance, &uid))
                return false;
        identity->standing.flags |= PL_STANDING_USER;
        identity->standing.uid = uid;
        take_unit(identity, name, strlen(".service"));
        pl_identity_is_holder(identity, WHERE_UNITS, name);
        return true;
}

bool pl_recognise_session(struct pl_identity *identity, struct pl_span name)
{
        struct pl_span session;

        if (identity->standing.flags & PL_STANDING_USER || identity->standing.uid == PL_UID_NONE ||
            !cut_between(name, "session-", ".scope", &session))
                return false;
        identity->unit = name;
        pl_identity_is_workload(identity, PL_WORKLOAD_SESSION, session);
        return true;
}

/* libvirt calls a machine DRIVER-NUMBER-NAME, with the dashes escaped for the name of the unit. */
static bool cut_libvirt(struct pl_span *machine)
{
        static const char *const drivers[] = { "qemu\\x2d", "lxc\\x2d", "ch\\x2d", "xen\\x2d" };
        struct pl_span rest;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(drivers); i++) {
                if (!cut_between(*machine, drivers[i], "", &rest))
                        continue;
                while (!pl_span_empty(rest) && pl_is_digit(rest.data[0]))
                        rest = pl_span_from(rest, 1);
                if (cut_between(rest, "\\x2d", "", &rest))
                        *machine = rest;
                return true;
        }
        return false;
}

/* systemd-nspawn, as a service or by hand, and what machined was told of. */
bool pl_recognise_machine(struct pl_identity *identity, struct pl_span name)
{
        struct pl_span machine;

        if (cut_between(name, "systemd-nspawn@", ".service", &machine)) {
                take_unit(identity, name, strlen(".service"));
                identity->standing.runtime = PL_RUNTIME_NSPAWN;
        } else if (pl_span_equals(identity->slice, "machine.slice") &&
                   cut_between(name, "machine-", ".scope", &machine)) {
                identity->unit = name;
                if (!cut_libvirt(&machine))
                        identity->standing.runtime = PL_RUNTIME_NSPAWN;
        } else {
                return false;
        }
        pl_identity_is_workload(identity, PL_WORKLOAD_MACHINE, machine);
        return true;
}

/* What desktops start: app[-LAUNCHER]-ID-RANDOM.scope and app[-LAUNCHER]-ID[@RANDOM].service, with every dash within a
 * piece escaped (systemd.io/DESKTOP_ENVIRONMENTS). People know the ID. */
static struct pl_span application(struct pl_span stem, bool is_scope)
{
        struct pl_span rest = stem, piece = stem, before = stem;

        if (!pl_span_starts_with(stem, "app-"))
                return stem;
        while (!pl_span_empty(rest)) {
                before = piece;
                piece = pl_span_until(&rest, '-');
        }
        if (is_scope && !pl_span_equals(before, "app"))
                piece = before;
        else
                piece = pl_span_until(&piece, '@');
        return pl_span_empty(piece) ? stem : piece;
}

bool pl_recognise_unit(struct pl_identity *identity, struct pl_span name)
{
        static const struct {
                const char *suffix;
                enum pl_workload_kind kind;
        } types[] = {
                { ".service", PL_WORKLOAD_SERVICE }, { ".scope", PL_WORKLOAD_SCOPE },
                { ".mount", PL_WORKLOAD_UNIT },      { ".swap", PL_WORKLOAD_UNIT },
                { ".socket", PL_WORKLOAD_UNIT },
        };
        struct pl_span stem;

        for (size_t i = 0; i < PL_ARRAY_LENGTH(types); i++) {
                if (!cut_between(name, "", types[i].suffix, &stem))
                        continue;
                take_unit(identity, name, strlen(types[i].suffix));
                if (types[i].kind == PL_WORKLOAD_UNIT)
                        stem = name;
                else if (identity->standing.flags & PL_STANDING_USER)
                        stem = application(stem, types[i].kind == PL_WORKLOAD_SCOPE);
                pl_identity_is_workload(identity, types[i].kind, stem);
                return true;
        }
        return false;
}
