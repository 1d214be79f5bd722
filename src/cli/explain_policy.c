/* SPDX-License-Identifier: Apache-2.0 */

/* Files may have been changed since. Their figures and lines are told only where they come to the very policy that was in
 * force, for a wrong line is worse than none.
 */

#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <time.h>

#include "explain.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/policy/print.h"

struct pl_explain_policy pl_explain_hold_policy(const struct pl_policy *policy,
                                                const struct pl_explain *explain)
{
        uint8_t digest[PL_SHA256_BYTES];

        _Static_assert((int) PL_SHA256_BYTES == (int) PL_JOURNAL_DIGEST_BYTES, "the same digest");
        pl_assert(explain);

        if (!policy)
                return (struct pl_explain_policy){};
        pl_policy_digest(policy, digest);
        return (struct pl_explain_policy){
                .policy = policy,
                .is_then = explain->has_digest &&
                           memcmp(digest, explain->digest, sizeof digest) == 0,
        };
}

/* ---- reading ---- */

/* Quietly: NULL is all there is to know of what cannot be read. */
static const struct pl_policy *read_files(const struct pl_cli *cli, const char *path,
                                          struct pl_cli_policy *ret_files)
{
        static char unsaid_buffer[PL_CLI_COLUMNS];
        struct pl_cli quiet = *cli;
        struct pl_text unsaid;

        pl_text_init(&unsaid, unsaid_buffer, sizeof unsaid_buffer);
        quiet.words = &unsaid;
        quiet.operand_count = 0;
        if (path)
                quiet.operands[quiet.operand_count++] = path;
        if (pl_cli_policy_read(&quiet, ret_files) != PL_CLI_FINE || ret_files->diag.errors > 0)
                return NULL;
        return ret_files->policy;
}

/* A stream of all documents, as it was printed. */
static const struct pl_policy *read_kept(const char *path, struct pl_cli_policy *kept)
{
        const struct pl_load_options options = { .now_sec = time(NULL) };
        _cleanup_close_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);

        if (fd < 0 || pl_files_add_stream(&kept->files, fd, &kept->diag) < 0 ||
            pl_policy_parse(&kept->files, &options, &kept->diag, &kept->policy) < 0 ||
            kept->diag.errors > 0)
                return NULL;
        return kept->policy;
}

/* "DIRECTORY/policy/DIGEST.json", in the directory of the journal. */
static bool name_kept(struct pl_text *text, const char *journal, const struct pl_explain *explain)
{
        const char *slash = strrchr(journal, '/');

        if (!explain->has_digest)
                return false;
        if (slash)
                pl_text_add_span(text, pl_span(journal, (size_t) (slash - journal) + 1));
        pl_text_add(text, "policy/");
        for (size_t i = 0; i < sizeof explain->digest; i++)
                pl_text_addf(text, "%02x", explain->digest[i]);
        pl_text_add(text, ".json");
        return !text->cut;
}

struct pl_explain_policy pl_explain_read_policy(const struct pl_cli *cli, const char *path,
                                                const char *journal,
                                                const struct pl_explain *explain,
                                                struct pl_explain_files *ret_files)
{
        struct pl_explain_policy now, kept;
        char buffer[PATH_MAX];
        struct pl_text name;

        pl_assert(cli && journal);
        pl_assert(explain && ret_files);

        *ret_files = (struct pl_explain_files){};
        now = pl_explain_hold_policy(read_files(cli, path, &ret_files->now), explain);
        pl_text_init(&name, buffer, sizeof buffer);
        if (now.is_then || path || !name_kept(&name, journal, explain))
                return now;
        kept = pl_explain_hold_policy(read_kept(buffer, &ret_files->kept), explain);
        kept.is_kept = kept.is_then;
        return kept.is_then ? kept : now;
}

void pl_explain_files_done(struct pl_explain_files *files)
{
        pl_assert(files);

        pl_cli_policy_done(&files->now);
        pl_cli_policy_done(&files->kept);
}

/* ---- where ---- */

void pl_explain_add_origin(struct pl_text *text, const struct pl_explain_policy *policy,
                           const struct pl_document *document, bool is_given, struct pl_place place)
{
        if (!policy->is_then || policy->is_kept || !document)
                return;
        pl_text_add(text, " (");
        pl_explain_add_place(text, document, is_given, place);
        pl_text_add(text, ")");
}

void pl_explain_add_place(struct pl_text *text, const struct pl_document *document, bool is_given,
                          struct pl_place place)
{
        pl_text_add(text, document->origin);
        if (is_given)
                pl_text_addf(text, ":%lu", (unsigned long) place.line);
}

const struct pl_document *pl_explain_profile(const struct pl_explain_policy *policy,
                                             struct pl_span name)
{
        for (size_t i = 0; policy->policy && i < policy->policy->profile_count; i++)
                if (pl_span_equals(name, policy->policy->profiles[i]->profile.name))
                        return policy->policy->profiles[i];
        return NULL;
}

/* ---- what evidence is held against ---- */

enum unit { UNIT_FLOOR = 1, UNIT_SHARE, UNIT_TIME };

static const struct figure {
        const char *key;
        enum pl_shortage_key index;
        enum unit unit; /* 0: nothing in the policy */
        size_t offset;
} figures[PL_EVIDENCES] = {
#define FIGURE(evidence, name, key, unit, member)                                                  \
        [PL_EVIDENCE_##evidence] = { "shortage." name, PL_SHORTAGE_##key, UNIT_##unit,             \
                                     offsetof(struct pl_shortage, member) }
        FIGURE(SCARCE, "floor", FLOOR, FLOOR, floor),
        FIGURE(CRITICAL, "critical", CRITICAL, SHARE, critical_permyriad),
        FIGURE(STALL, "stall", STALL, SHARE, stall_permyriad),
        FIGURE(END_NEAR, "horizon", HORIZON, TIME, horizon_usec),
        FIGURE(END_COMES, "early", EARLY, TIME, early_usec),
        FIGURE(THRASH, "thrash", THRASH, TIME, thrash_usec),
        FIGURE(UNRECLAIMABLE, "limit", LIMIT, SHARE, limit_permyriad),
        FIGURE(REFAULTS, "stall", STALL, SHARE, stall_permyriad),
        FIGURE(HIGH, "livelock", LIVELOCK, SHARE, livelock_permyriad),
#undef FIGURE
};

static void add_value(struct pl_text *text, const struct pl_shortage *shortage,
                      const struct figure *figure)
{
        const char *at;

        pl_assert(shortage && figure);

        at = (const char *) shortage + figure->offset;
        if (figure->unit == UNIT_SHARE)
                pl_live_add_percent(text, *(const uint32_t *) (const void *) at);
        else
                pl_duration_format_short(text, *(const uint64_t *) (const void *) at);
}

static void add_source(struct pl_text *text, const struct pl_explain_policy *held,
                       const struct figure *figure)
{
        const struct pl_policy *policy = held->policy;
        const struct pl_shortage *shortage = policy->host ? &policy->host->host.shortage : NULL;

        if (!shortage || !PL_HAS(shortage, figure->index)) {
                pl_text_add(text, ", the default");
                return;
        }
        if (held->is_kept)
                return;
        pl_text_add(text, ", ");
        pl_explain_add_place(text, policy->host, true, shortage->fields.at[figure->index]);
}

void pl_explain_add_figure(struct pl_text *text, const struct pl_explain_policy *policy,
                           const struct pl_verdict *verdict, uint32_t evidence)
{
        const struct figure *figure = evidence < PL_EVIDENCES ? &figures[evidence] : NULL;
        const struct pl_host_policy *host = NULL;

        pl_assert(policy && verdict);

        if (!figure || figure->unit == 0)
                return;
        if (policy->is_then && pl_policy_host(policy->policy, &host) < 0)
                host = NULL;
        if (!host && figure->unit != UNIT_FLOOR)
                return;
        pl_text_addf(text, "%s is ", figure->key);
        if (figure->unit == UNIT_FLOOR)
                pl_bytes_format_short(text, verdict->floor_bytes);
        else
                add_value(text, &host->shortage, figure);
        if (host)
                add_source(text, policy, figure);
}
