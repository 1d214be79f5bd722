/* SPDX-License-Identifier: Apache-2.0 */

#include "settings.h"

#include "plimsoll/base/assert.h"

/* What no sum of this host comes to is more than it has. */
static uint64_t bytes_of(const struct pl_size *size, const struct pl_host_facts *host)
{
        const struct pl_size_base base = {
                .ram_bytes = host->ram_bytes,
                .swap_bytes = host->swap_bytes,
                .max_bytes = PL_SIZE_MAX,
        };
        uint64_t bytes;

        return pl_size_resolve(size, &base, &bytes) == 0 ? bytes : PL_SIZE_MAX;
}

static uint64_t flags_of(const struct pl_host_policy *policy, bool is_paused)
{
        uint64_t flags = 0;

        if (policy->mode == PL_MODE_OBSERVE)
                flags |= PL_SETTING_OBSERVE;
        if (policy->act.host)
                flags |= PL_SETTING_HOST;
        if (policy->act.local)
                flags |= PL_SETTING_LOCAL;
        if (is_paused)
                flags |= PL_SETTING_PAUSED;
        return flags;
}

static void add_shortage(const struct pl_shortage *shortage, const struct pl_host_facts *host,
                         struct pl_settings *settings)
{
        settings->floor_bytes = bytes_of(&shortage->floor, host);
        settings->critical_permyriad = shortage->critical_permyriad;
        settings->stall_permyriad = shortage->stall_permyriad;
        settings->horizon_usec = shortage->horizon_usec;
        settings->early_usec = shortage->early_usec;
        settings->need_usec = shortage->need_usec;
        settings->thrash_usec = shortage->thrash_usec;
        settings->thrash_bytes_per_sec = bytes_of(&shortage->thrash_rate, host);
        settings->culprit_permyriad = shortage->culprit_permyriad;
        settings->limit_permyriad = shortage->limit_permyriad;
        settings->livelock_permyriad = shortage->livelock_permyriad;
        settings->patience_usec = shortage->patience_usec;
        settings->throttle_usec = shortage->throttle_usec;
        settings->growth_bytes_per_sec = bytes_of(&shortage->growth, host);
}

static void add_kill(const struct pl_host_policy *policy, const struct pl_host_facts *host,
                     struct pl_settings *settings)
{
        settings->kill_floor_bytes = bytes_of(&policy->kill.floor, host);
        settings->kill_together = (uint64_t) policy->kill.together;
        settings->kill_deadline_usec = policy->kill.deadline_usec;
        settings->kill_cool_down_usec = policy->kill.cool_down_usec;
        settings->backoff_kills = (uint64_t) policy->backoff.kills;
        settings->backoff_within_usec = policy->backoff.within_usec;
        settings->backoff_hold_usec = policy->backoff.hold_usec;
}

int pl_settings_of(const struct pl_policy *policy, const struct pl_host_facts *host, bool is_paused,
                   struct pl_settings *ret_settings)
{
        const struct pl_host_policy *wanted;
        int r;

        pl_assert(policy && host && ret_settings);

        r = pl_policy_host(policy, &wanted);
        if (r < 0)
                return r;
        pl_assert(wanted->kill.together > 0 && wanted->backoff.kills > 0);

        *ret_settings = (struct pl_settings){ .flags = flags_of(wanted, is_paused) };
        add_shortage(&wanted->shortage, host, ret_settings);
        add_kill(wanted, host, ret_settings);
        return 0;
}
