/* SPDX-License-Identifier: Apache-2.0 */

#include "check.h"

#include <errno.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "look.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/host/sample.h"
#include "policies.h"
#include "say.h"

/* Of the system's three each may be absent; one that somebody names is a mistake then. */
static bool are_there(const struct pl_daemon_options *options)
{
        for (size_t i = 0; i < options->directory_count; i++)
                if (access(options->directories[i], F_OK) < 0) {
                        pl_say_error("%s: %s", options->directories[i], strerrordesc_np(errno));
                        return false;
                }
        return true;
}

static enum pl_daemon_exit judge_policy(const struct pl_daemon_options *options,
                                        const struct pl_host_facts *facts)
{
        static struct pl_policies policies;
        int r;

        if (!are_there(options))
                return PL_DAEMON_FAILED;
        pl_policies_init(&policies, options->directories);
        r = pl_policies_reload(&policies, facts, (int64_t) time(NULL));
        pl_say_diag(&policies.diag);
        if (r == 0) {
                (void) pl_say_words("%zu profiles from %zu files are sound for this host.\n",
                                    policies.in_force->profile_count, policies.files.count);
        } else if (r < 0)
                pl_say_error("the policy files cannot be read: %s", strerrordesc_np(-r));
        pl_policies_done(&policies);
        if (r < 0)
                return PL_DAEMON_FAILED;
        return r == 0 ? PL_DAEMON_FINE : PL_DAEMON_POLICY;
}

enum pl_daemon_exit pl_check(const struct pl_daemon_options *options)
{
        static struct pl_sampler sampler;
        static struct pl_look look;
        struct pl_host_sample sample = {};
        struct pl_host_facts facts;
        enum pl_daemon_exit exit_code = pl_look_open(options, &look);

        if (exit_code == PL_DAEMON_FAILED)
                return exit_code;
        pl_sampler_init(&sampler, &look.roots, look.features.mounts.recursive_protection);
        (void) pl_sample_host(&sampler, PL_SAMPLE_HOT, pl_clock_now_usec(), &sample);
        pl_sampler_done(&sampler);
        pl_look_close(&look);
        if (!(sample.have & PL_HOST_BIT(total_bytes))) {
                pl_say_error("/proc/meminfo cannot be read");
                return PL_DAEMON_FAILED;
        }
        facts = (struct pl_host_facts){ sample.total_bytes, sample.swap_total_bytes };
        /* Both are told in one run; that the host cannot is the graver of them. */
        if (exit_code != PL_DAEMON_FINE) {
                (void) judge_policy(options, &facts);
                return exit_code;
        }
        return judge_policy(options, &facts);
}
