/* SPDX-License-Identifier: Apache-2.0 */

/* plimsolld stays uid 0: the files of the root's cgroups are root's, and so is the journal. What it is without are
 * capabilities, so that a mistake in it cannot be used to load a module, change an address or become somebody else.
 * plimsolld.service grants no more from the start; this is for a daemon that was started otherwise, and for the day on
 * which somebody loosens the unit.
 *
 * A capability of a process that executes another program comes back to uid 0 from the bounding set. no_new_privs ends
 * that for good and needs no privilege itself (cap_bprm_creds_from_file() of 4.19 and 6.12: what is permitted is cut to
 * what was). So the bounding set is reduced where CAP_SETPCAP is there to do it, and securebits, which could say the same
 * a third time, are left as they are.
 *
 * Not dumpable means that no process without CAP_SYS_PTRACE can trace this one or read its memory, not even one of uid 0,
 * such as the root of a container that shares the host's processes. It also means no core dump: writing out the locked
 * journal would take seconds at the very time when memory is short and systemd waits to start the daemon again. An
 * assertion that failed says file and line without one.
 */

#include "privilege.h"

#include <errno.h>
#include <sys/capability.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/kernel/capability.h"

#define KEEP(capability)                                                                           \
        {                                                                                          \
                capability, #capability                                                            \
        }

/* The one list. plimsolld.service and plimsolld(8) say the same, and a test holds them to it. */
static const struct {
        cap_value_t number;
        const char *name;
} kept[] = {
        /* To write the limits of what a user was delegated, whose files are his, and the oom_score_adj of processes, which is
         * theirs; and to look into cgroups that somebody closed to others, for he would be the one whose memory nobody
         * sees. Uid 0 alone may none of it. */
        KEEP(CAP_DAC_OVERRIDE),
        /* To end the processes of whoever is chosen, whosever they are, one by one where the kernel or the profile wants that. */
        KEEP(CAP_KILL),
        /* To lock the journal, 16 MiB as a rule, so that an append never waits for swap. Where plimsolld was not started by its
         * unit, RLIMIT_MEMLOCK is 8 MiB or less. */
        KEEP(CAP_IPC_LOCK),
        /* To lower an oom_score_adj, as the profile of a database does, and to have triggers of the host's pressure in windows
         * below two seconds. Only permitted, and in effect for that moment alone (host/adjust, triggers): whoever raises a
         * score with it in effect pins the process to it, and each trigger of a workload's would cost a thread. */
        KEEP(CAP_SYS_RESOURCE),
};

static inline void cap_freep(cap_t *sets)
{
        if (*sets)
                (void) cap_free(*sets);
}

/* Permitted, but not in effect. */
static const cap_value_t at_rest[] = { CAP_SYS_RESOURCE };

static bool is_kept(cap_value_t capability)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(kept); i++)
                if (kept[i].number == capability)
                        return true;
        return false;
}

/* What this kernel does not know the bounding set cannot have: cap_get_bound() is then negative. */
static int reduce_bounding(cap_t sets)
{
        cap_flag_value_t may = CAP_CLEAR;

        if (cap_get_flag(sets, CAP_SETPCAP, CAP_EFFECTIVE, &may) < 0)
                return -errno;
        for (cap_value_t i = 0; may == CAP_SET && i < cap_max_bits(); i++)
                if (!is_kept(i) && cap_get_bound(i) > 0 && cap_drop_bound(i) < 0)
                        return -errno;
        return 0;
}

/* Inheritable and ambient ones are for programs that are executed, and there are none. The kernel takes out of the
 * ambient set what is not inheritable. */
static int reduce_sets(cap_t sets)
{
        if (cap_clear_flag(sets, CAP_INHERITABLE) < 0)
                return -errno;
        for (cap_value_t i = 0; i < cap_max_bits(); i++) {
                if (is_kept(i))
                        continue;
                if (cap_set_flag(sets, CAP_PERMITTED, 1, &i, CAP_CLEAR) < 0 ||
                    cap_set_flag(sets, CAP_EFFECTIVE, 1, &i, CAP_CLEAR) < 0)
                        return -errno;
        }
        if (cap_set_flag(sets, CAP_EFFECTIVE, PL_ARRAY_LENGTH(at_rest), at_rest, CAP_CLEAR) < 0)
                return -errno;
        return cap_set_proc(sets) < 0 ? -errno : 0;
}

int pl_privilege_drop(void)
{
        _cleanup_(cap_freep) cap_t sets = cap_get_proc();
        int r;

        if (!sets)
                return -errno;
        if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
                return -errno;
        r = reduce_bounding(sets);
        if (r == 0)
                r = reduce_sets(sets);
        if (r < 0)
                return r;
        /* After the sets, for a change of them decides anew. Not for an ordinary user: /proc/self would be root's. */
        if (geteuid() == 0 && prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
                return -errno;
        return 0;
}

void pl_privilege_lock_memory(void)
{
        struct rlimit limit;
        bool may = false;

        /* Where huge pages are given to everybody, the kernel makes one of 2 MiB of any page that is touched, by and by: each
         * pool, which is made for the largest host, would take as much. A kernel without them refuses nothing that is needed. */
        (void) prctl(PR_SET_THP_DISABLE, 1, 0, 0, 0);
        if (pl_capability_has(CAP_IPC_LOCK, &may) < 0)
                may = false;
        if (!may && (getrlimit(RLIMIT_MEMLOCK, &limit) < 0 || limit.rlim_cur != RLIM_INFINITY))
                return;
        (void) mlockall(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT);
}

void pl_privilege_names(struct pl_text *text)
{
        pl_assert(text);

        for (size_t i = 0; i < PL_ARRAY_LENGTH(kept); i++)
                pl_text_addf(text, "%s%s", i > 0 ? " " : "", kept[i].name);
}
