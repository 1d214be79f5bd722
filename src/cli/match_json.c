/* SPDX-License-Identifier: Apache-2.0 */

/* Entries and profiles are numbered from 1, as in the text, and in the order in which they are tried. */

#include "live_view.h"
#include "match.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/policy/words.h"

enum { VALUE_MAX = 1024 }; /* what match_words.c makes of a value at most, and a key before it */

static void put_text(struct pl_json_writer *writer, const char *key, const char *value)
{
        if (value)
                pl_json_put_string(writer, key, pl_span_of(value));
        else
                pl_json_put_null(writer, key);
}

static void put_pairs(struct pl_json_writer *writer, const char *key, const struct pl_pairs *pairs)
{
        pl_json_key(writer, key);
        pl_json_array_begin(writer);
        for (size_t i = 0; i < pairs->count; i++) {
                pl_json_object_begin(writer);
                put_text(writer, "key", pairs->items[i].key);
                put_text(writer, "value", pairs->items[i].value);
                pl_json_object_end(writer);
        }
        pl_json_array_end(writer);
}

static void put_workload(struct pl_json_writer *writer, const struct pl_workload_identity *identity)
{
        pl_json_key(writer, "workload");
        pl_json_object_begin(writer);
        put_text(writer, "path", identity->path);
        put_text(writer, "unit", identity->unit);
        put_text(writer, "slice", identity->slice);
        put_text(writer, "container", identity->container);
        put_text(writer, "image", identity->image);
        put_pairs(writer, "labels", &identity->labels);
        put_text(writer, "runtime",
                 identity->runtime < 0 ? NULL : pl_runtime_words()[identity->runtime]);
        put_text(writer, "k8s.namespace", identity->k8s_namespace);
        put_text(writer, "k8s.pod", identity->k8s_pod);
        put_text(writer, "k8s.container", identity->k8s_container);
        put_text(writer, "k8s.qos", identity->qos < 0 ? NULL : pl_qos_words()[identity->qos]);
        put_pairs(writer, "xattrs", &identity->xattrs);
        pl_json_put_u64(writer, "owner_uid", identity->owner_uid);
        pl_json_object_end(writer);
}

static void put_entry(struct pl_json_writer *writer, const struct pl_match *match,
                      const struct pl_selector *selector, size_t index)
{
        struct pl_mismatch mismatch;
        char buffer[VALUE_MAX];
        struct pl_text text;

        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "entry", index + 1);
        if (pl_selector_matches(selector, match->identity, &mismatch)) {
                pl_json_put_bool(writer, "holds", true);
                pl_json_object_end(writer);
                return;
        }
        pl_json_put_bool(writer, "holds", false);
        pl_text_init(&text, buffer, sizeof buffer);
        pl_match_add_key(&text, &mismatch);
        pl_json_put_string(writer, "key", pl_text_span(&text));
        pl_text_clear(&text);
        pl_match_add_wanted(&text, selector, &mismatch);
        pl_json_put_string(writer, "wanted", pl_text_span(&text));
        pl_text_clear(&text);
        pl_match_add_found(&text, match->identity, &mismatch);
        put_text(writer, "found", text.length > 0 ? buffer : NULL);
        pl_json_object_end(writer);
}

static void put_profile(struct pl_json_writer *writer, const struct pl_match *match, size_t index)
{
        const struct pl_document *document = match->policy->profiles[index];
        const struct pl_selectors *selectors = &document->profile.match;

        pl_json_object_begin(writer);
        pl_json_put_u64(writer, "place", index + 1);
        put_text(writer, "profile", document->profile.name);
        put_text(writer, "file", document->origin);
        pl_json_put_bool(writer, "matches",
                         !pl_workload_is_runtimes_own(match->identity) &&
                                 pl_selectors_match(selectors, match->identity) < selectors->count);
        pl_json_key(writer, "entries");
        pl_json_array_begin(writer);
        for (size_t i = 0; i < selectors->count; i++)
                put_entry(writer, match, &selectors->entries[i], i);
        pl_json_array_end(writer);
        pl_json_object_end(writer);
}

/* Who holds, by which entry; null where nobody does. */
static void put_holder(struct pl_json_writer *writer, const char *key,
                       const struct pl_document *document, size_t entry)
{
        pl_json_key(writer, key);
        if (!document) {
                pl_json_null(writer);
                return;
        }
        pl_json_object_begin(writer);
        put_text(writer, pl_document_kind_name(document->kind), pl_document_name(document));
        put_text(writer, "file", document->origin);
        pl_json_put_u64(writer, "entry", entry + 1);
        pl_json_object_end(writer);
}

static void put_daemon(struct pl_json_writer *writer, const struct pl_match *match)
{
        const struct pl_match_daemon *daemon = match->daemon;

        pl_json_key(writer, "daemon");
        if (!daemon || !daemon->is_here) {
                pl_json_null(writer);
                return;
        }
        pl_json_object_begin(writer);
        pl_json_put_bool(writer, "same_policy", daemon->is_same_policy);
        pl_json_put_bool(writer, "refused_policy", daemon->has_refused);
        pl_live_put_words(writer, "refused_for",
                          daemon->has_refused ? daemon->refused.words : NULL);
        pl_json_put_bool(writer, "knows_workload", daemon->has_row);
        pl_live_put_words(writer, "profile",
                          daemon->has_row && pl_live_has_profile(&daemon->row)
                                  ? daemon->row.profile_name
                                  : NULL);
        if (daemon->has_row)
                pl_json_put_bool(writer, "agrees", pl_match_agrees(match));
        else
                pl_json_put_null(writer, "agrees");
        pl_json_object_end(writer);
}

/* Of one that lives here. */
static void put_target(struct pl_json_writer *writer, const struct pl_match *match)
{
        const struct pl_match_target *target = match->target;

        pl_json_key(writer, "living");
        if (!target) {
                pl_json_null(writer);
                return;
        }
        pl_json_object_begin(writer);
        put_text(writer, "name", target->who.identity.name);
        put_text(writer, "kind",
                 pl_workload_kind_word((enum pl_workload_kind) target->who.identity.kind));
        pl_json_put_u64(writer, "cgroup_id", target->id);
        if (target->pid != 0)
                pl_json_put_u64(writer, "pid", target->pid);
        else
                pl_json_put_null(writer, "pid");
        pl_json_put_bool(writer, "vital", pl_match_is_vital(target));
        put_daemon(writer, match);
        pl_json_object_end(writer);
}

void pl_match_print_json(struct pl_cli *cli, const struct pl_match *match)
{
        const struct pl_policy *policy = match->policy;
        struct pl_json_writer writer;

        pl_assert(cli && policy);

        pl_cli_json_begin(cli, &writer);
        put_workload(&writer, match->identity);
        put_target(&writer, match);
        put_holder(&writer, "winner",
                   match->winner < policy->profile_count ? policy->profiles[match->winner] : NULL,
                   match->entry);
        put_holder(&writer, "protected", pl_match_is_protected(match) ? policy->host : NULL,
                   match->protect_entry);
        pl_json_key(&writer, "profiles");
        pl_json_array_begin(&writer);
        for (size_t i = 0; i < policy->profile_count; i++)
                put_profile(&writer, match, i);
        pl_json_array_end(&writer);
        pl_cli_json_end(&writer);
}
