/* SPDX-License-Identifier: Apache-2.0 */

/* A profile that cannot be reached is an error, because whoever wrote it believes that it protects or limits something.
 * An entry of a profile that has others is a warning only: the profile does its work, and the entry may have been left
 * standing when another was widened.
 *
 * Whether a profile can be reached is asked entry by entry: each has to be covered by one entry of an earlier profile.
 * That several together cover what none covers alone ("a*" and "[!a]*" cover "*") is not seen; nobody writes that by
 * mistake. An entry that is covered is out of the search from then on, as everything it could cover is covered by what
 * covers it; so no entry is said to be covered by one that itself never decides, and what all have in common does not pile
 * up. How covering entries are found is told in reach_index.c.
 */

#include "reach.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "reach_index.h"

enum {
        NAMES_MAX = 3, /* of profiles in one message; 240 bytes have no room for more */
};

struct finder {
        const struct pl_policy *policy;
        struct pl_diag *diag;
        struct pl_reach_index index;
        uint32_t covering
                [PL_SELECTORS_MAX]; /* of the entries of one profile: the index of an entry */
};

static const struct pl_profile *profile_at(const struct finder *finder, size_t profile)
{
        return &finder->policy->profiles[profile]->profile;
}

/* The file's name without its directory, by which files are ordered. */
static const char *file_name(const struct finder *finder, size_t profile)
{
        const char *origin = finder->policy->profiles[profile]->origin;
        const char *slash = strrchr(origin, '/');

        return slash ? slash + 1 : origin;
}

static uint32_t profile_of(const struct finder *finder, uint32_t entry)
{
        return finder->index.entries[entry].profile;
}

/* ---- a profile that cannot be reached ---- */

/* Those that cover entries of this one, each once, from the first. */
static size_t list_profiles(const struct finder *finder, size_t profile,
                            uint32_t ret_profiles[PL_SELECTORS_MAX])
{
        size_t count = 0;

        for (size_t i = 0; i < profile_at(finder, profile)->match.count; i++) {
                uint32_t by = profile_of(finder, finder->covering[i]);
                size_t at = count;

                while (at > 0 && ret_profiles[at - 1] > by)
                        at--;
                if (at > 0 && ret_profiles[at - 1] == by)
                        continue;
                memmove(&ret_profiles[at + 1], &ret_profiles[at],
                        (count - at) * sizeof *ret_profiles);
                ret_profiles[at] = by;
                count++;
        }
        return count;
}

/* "api" (api.json), "batch" (batch.json) and 2 more */
static void add_names(struct pl_text *text, const struct finder *finder, const uint32_t *profiles,
                      size_t count)
{
        size_t shown = PL_MIN(count, (size_t) NAMES_MAX);

        for (size_t i = 0; i < shown; i++)
                pl_text_addf(text, "%s\"%s\" (%s)",
                             i == 0                             ? ""
                             : i + 1 == shown && shown == count ? " and "
                                                                : ", ",
                             profile_at(finder, profiles[i])->name, file_name(finder, profiles[i]));
        if (count > shown)
                pl_text_addf(text, " and %zu more", count - shown);
}

static void report_profile(const struct finder *finder, size_t profile)
{
        const struct pl_document *document = finder->policy->profiles[profile];
        uint32_t profiles[PL_SELECTORS_MAX + 1];
        size_t count = list_profiles(finder, profile, profiles);
        char buffer[PL_DIAG_WORDS_MAX];
        struct pl_text names;

        pl_assert(count > 0);
        pl_text_init(&names, buffer, sizeof buffer);
        add_names(&names, finder, profiles, count);
        pl_diag_error(finder->diag, document->origin, document->profile.fields.at[PL_PROFILE_MATCH],
                      count == 1 ? "profile \"%s\" can never be reached: %s comes first and "
                                   "matches all that it matches"
                                 : "profile \"%s\" can never be reached: %s come first and "
                                   "together match all that it matches",
                      document->profile.name, buffer);
        pl_diag_hint(finder->diag, "rename %s so that it sorts before %s, or narrow %s",
                     file_name(finder, profile), file_name(finder, profiles[0]),
                     count == 1 ? "the other" : "the others");
}

/* ---- an entry that never decides ---- */

static struct pl_place entry_place(const struct pl_selector *entry)
{
        return entry->fields.set ? entry->fields.at[__builtin_ctz(entry->fields.set)]
                                 : (struct pl_place){};
}

static void report_entry(const struct finder *finder, size_t profile, size_t entry)
{
        const struct pl_document *document = finder->policy->profiles[profile];
        uint32_t covering = finder->covering[entry], by = profile_of(finder, covering);
        struct pl_place place = entry_place(&document->profile.match.entries[entry]);

        if (by == profile) {
                pl_diag_warning(finder->diag, document->origin, place,
                                "this entry never decides: the one in line %u matches all that it "
                                "matches",
                                entry_place(finder->index.entries[covering].selector).line);
                pl_diag_hint(finder->diag, "remove it, or narrow the other");
                return;
        }
        pl_diag_warning(finder->diag, document->origin, place,
                        "this entry never decides: \"%s\" (%s) comes first and matches all that it "
                        "matches",
                        profile_at(finder, by)->name, file_name(finder, by));
        pl_diag_hint(finder->diag, "remove it, or rename %s so that it sorts before %s",
                     file_name(finder, profile), file_name(finder, by));
}

/* ---- the search ---- */

/* By earlier profiles then: what covers an entry is not covered itself, so that one of its own would not let it be. */
static bool is_covered(const struct finder *finder, size_t profile)
{
        size_t count = profile_at(finder, profile)->match.count;

        for (size_t i = 0; i < count; i++)
                if (finder->covering[i] == PL_REACH_NONE)
                        return false;
        return count > 0;
}

static void look_at_profile(struct finder *finder, size_t profile)
{
        const struct pl_selectors *match = &profile_at(finder, profile)->match;

        pl_assert(match->count <= PL_SELECTORS_MAX);

        for (size_t i = 0; i < match->count; i++)
                finder->covering[i] = pl_reach_index_add(&finder->index, &match->entries[i],
                                                         (uint32_t) profile);
        if (finder->index.steps_left == 0)
                return;
        if (is_covered(finder, profile)) {
                report_profile(finder, profile);
                return;
        }
        for (size_t i = 0; i < match->count; i++)
                if (finder->covering[i] != PL_REACH_NONE)
                        report_entry(finder, profile, i);
}

static void report_end(const struct finder *finder, size_t profile)
{
        const struct pl_document *document = finder->policy->profiles[profile];

        pl_diag_note(
                finder->diag, document->origin, document->profile.fields.at[PL_PROFILE_MATCH],
                "whether \"%s\" and the profiles behind it can be reached was not looked at: it "
                "would take too long",
                document->profile.name);
        pl_diag_hint(finder->diag, "patterns that begin with letters are quickly compared, those "
                                   "that begin with '*' are not");
}

static size_t count_entries(const struct pl_policy *policy)
{
        size_t count = 0;

        for (size_t i = 0; i < policy->profile_count; i++) {
                pl_assert(policy->profiles[i]->kind == PL_DOCUMENT_PROFILE);
                count += policy->profiles[i]->profile.match.count;
        }
        return count;
}

int pl_policy_find_unreachable(const struct pl_policy *policy, struct pl_diag *diag)
{
        struct finder finder = { .policy = policy, .diag = diag };
        int r;

        pl_assert(policy);
        pl_assert(diag);

        r = pl_reach_index_init(&finder.index, count_entries(policy), PL_REACH_STEPS_MAX);
        if (r != 0)
                return r;
        for (size_t i = 0; i < policy->profile_count && finder.index.steps_left > 0; i++) {
                look_at_profile(&finder, i);
                if (finder.index.steps_left == 0)
                        report_end(&finder, i);
        }
        pl_reach_index_done(&finder.index);
        return 0;
}
