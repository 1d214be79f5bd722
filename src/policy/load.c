/* SPDX-License-Identifier: Apache-2.0 */

/* The documents are parsed one by one and then looked at together, for what no document shows by itself. Everything is
 * said: of a document that is wrong by itself what is well is kept for the rules of feasible, and it is left out of all that
 * compares documents, for half a selector holds for more than a whole one.
 *
 * Two profiles of one name both stay in the policy. It is refused anyway, and each may have other mistakes to be told of.
 */

#include "plimsoll/policy/load.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "reach.h"
#include "vocabulary_internal.h"

void pl_policy_free(struct pl_policy *policy)
{
        if (!policy)
                return;
        for (size_t i = 0; i < policy->document_count; i++)
                pl_document_free(policy->documents[i]);
        free(policy->documents);
        free(policy->profiles);
        free(policy->orders);
        free(policy);
}

int pl_policy_host(const struct pl_policy *policy, const struct pl_host_policy **ret_host)
{
        int r;

        pl_assert(policy && ret_host);

        r = pl_vocabulary_prepare();
        if (r < 0)
                return r;
        *ret_host = policy->host ? &policy->host->host : pl_object_host.fallback;
        return 0;
}

/* One more than there are, because of nothing an allocation may be NULL. */
static int make_room(struct pl_policy *policy, size_t count)
{
        policy->documents = calloc(count + 1, sizeof(void *));
        policy->profiles = calloc(count + 1, sizeof(void *));
        policy->orders = calloc(count + 1, sizeof(void *));
        return policy->documents && policy->profiles && policy->orders ? 0 : -ENOMEM;
}

static void refuse_second_host(const struct pl_document *first, const struct pl_document *second,
                               struct pl_diag *diag)
{
        pl_diag_error(diag, second->origin, second->host.fields.at[PL_HOST_NAME],
                      "a second host document: there is one already");
        pl_diag_hint(diag, "remove one of them, or mask it; the first is %s:%u", first->origin,
                     first->host.fields.at[PL_HOST_NAME].line);
}

static void add(struct pl_policy *policy, struct pl_document *document, struct pl_diag *diag)
{
        policy->documents[policy->document_count++] = document;
        if (document->is_partial)
                return;
        switch (document->kind) {
        case PL_DOCUMENT_PROFILE:
                policy->profiles[policy->profile_count++] = document;
                break;
        case PL_DOCUMENT_HOST:
                if (policy->host)
                        refuse_second_host(policy->host, document, diag);
                else
                        policy->host = document;
                break;
        case PL_DOCUMENT_ORDER:
                policy->orders[policy->order_count++] = document;
                break;
        case PL_DOCUMENT_KINDS:
                pl_unreachable();
        }
}

/* Of a file that is no policy file nothing is to be said but that: its secrets would be quoted in the answer. So a text
 * without any of the words that every policy has some of is not even parsed; one that has nothing in it has no secrets. */
static bool is_of_ours(struct pl_span text)
{
        static const char *const words[] = { "profil", "host", "order", "match", "memory" };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++)
                if (memmem(text.data, text.length, words[i], strlen(words[i])))
                        return true;
        return pl_span_empty(pl_span_trim(text));
}

static int parse_all(struct pl_policy *policy, const struct pl_policy_files *files,
                     struct pl_diag *diag)
{
        for (size_t i = 0; i < files->count; i++) {
                const struct pl_policy_file *file = &files->items[i];
                struct pl_document *document = NULL;
                int r;

                if (!file->text)
                        continue;
                if (!is_of_ours(pl_span(file->text, file->length))) {
                        pl_diag_error(diag, file->origin, (struct pl_place){},
                                      "this is no policy file");
                        pl_diag_hint(diag,
                                     "one says which it is: \"profile\", \"host\" or \"order\"");
                        continue;
                }
                r = pl_document_parse_partly(
                        &(struct pl_document_source){ pl_span(file->text, file->length),
                                                      file->origin, file->first_line },
                        diag, &document);
                if (r < 0)
                        return r;
                if (document)
                        add(policy, document, diag);
        }
        return 0;
}

/* ---- two profiles of one name ---- */

struct named {
        const char *name;
        size_t index; /* of the profile */
};

/* By name, and those of one name in the order of the policy. */
static int compare_names(const void *a, const void *b)
{
        const struct named *left = a, *right = b;
        int order = strcmp(left->name, right->name);

        return order != 0 ? order : (left->index > right->index) - (left->index < right->index);
}

static void refuse_second_name(const struct pl_document *first, const struct pl_document *second,
                               struct pl_diag *diag)
{
        pl_diag_error(diag, second->origin, second->profile.fields.at[PL_PROFILE_NAME],
                      "a second profile called \"%s\"", second->profile.name);
        pl_diag_hint(diag, "give it another name; the first is %s:%u", first->origin,
                     first->profile.fields.at[PL_PROFILE_NAME].line);
}

/* Writes for each profile which is the first of its name. Sorted, they stand side by side: n log n steps. */
static void find_first_of_name(const struct pl_policy *policy, struct named *sorted, size_t *firsts)
{
        size_t first = 0;

        for (size_t i = 0; i < policy->profile_count; i++)
                sorted[i] = (struct named){ policy->profiles[i]->profile.name, i };
        qsort(sorted, policy->profile_count, sizeof *sorted, compare_names);
        for (size_t i = 0; i < policy->profile_count; i++) {
                if (strcmp(sorted[first].name, sorted[i].name) != 0)
                        first = i;
                firsts[sorted[i].index] = sorted[first].index;
        }
}

static void refuse_second_names(const struct pl_policy *policy, const size_t *firsts,
                                struct pl_diag *diag)
{
        for (size_t i = 0; i < policy->profile_count; i++)
                if (firsts[i] != i)
                        refuse_second_name(policy->profiles[firsts[i]], policy->profiles[i], diag);
}

static int find_same_names(const struct pl_policy *policy, struct pl_diag *diag)
{
        struct named *sorted = calloc(policy->profile_count + 1, sizeof *sorted);
        size_t *firsts = calloc(policy->profile_count + 1, sizeof *firsts);
        bool is_well = sorted && firsts;

        if (is_well) {
                find_first_of_name(policy, sorted, firsts);
                refuse_second_names(policy, firsts, diag);
        }
        free(sorted);
        free(firsts);
        return is_well ? 0 : -ENOMEM;
}

/* ---- orders ---- */

static void note_expired(const struct pl_document *document, int64_t now_sec, struct pl_diag *diag)
{
        const struct pl_order *order = &document->order;
        char buffer[64];
        struct pl_text ago;

        if (!PL_HAS(order, PL_ORDER_EXPIRES) || order->expires_sec > now_sec)
                return;
        pl_text_init(&ago, buffer, sizeof buffer);
        pl_duration_format_short(&ago, (uint64_t) (now_sec - order->expires_sec) * PL_USEC_PER_SEC);
        pl_diag_note(diag, document->origin, order->fields.at[PL_ORDER_EXPIRES],
                     "this order expired %s ago", buffer);
        pl_diag_hint(diag, "it has no effect; the file can be removed");
}

static int look_at_all(const struct pl_policy *policy, const struct pl_load_options *options,
                       struct pl_diag *diag)
{
        int r = find_same_names(policy, diag);

        if (r != 0)
                return r;
        for (size_t i = 0; i < policy->order_count && options->now_sec > 0; i++)
                note_expired(policy->orders[i], options->now_sec, diag);
        return pl_policy_find_unreachable(policy, diag);
}

int pl_policy_parse(const struct pl_policy_files *files, const struct pl_load_options *options,
                    struct pl_diag *diag, struct pl_policy **ret_policy)
{
        struct pl_policy *policy;
        int r;

        pl_assert(files && files->count <= PL_POLICY_FILES_MAX);
        pl_assert(options);
        pl_assert(diag);
        pl_assert(ret_policy);

        policy = calloc(1, sizeof *policy);
        if (!policy)
                return -ENOMEM;
        r = make_room(policy, files->count);
        if (r == 0)
                r = parse_all(policy, files, diag);
        if (r == 0)
                r = look_at_all(policy, options, diag);
        if (r < 0) {
                pl_policy_free(policy);
                return r;
        }

        *ret_policy = policy;
        return diag->errors > 0 ? PL_POLICY_E_INVALID : 0;
}
