/* SPDX-License-Identifier: Apache-2.0 */

/* Any bytes as a policy document: refused with an error that has a place, or read, printed, read again and printed again
 * as the same. What can be read is put into a policy by itself, checked against hosts small and large, and held against
 * a workload.
 */

#include <stdint.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/text.h"
#include "plimsoll/policy/document.h"
#include "plimsoll/policy/feasible.h"
#include "plimsoll/policy/load.h"
#include "plimsoll/policy/match.h"
#include "plimsoll/policy/print.h"

/* Printed, a text is not much longer than it was, but for what is escaped and for its indentation. */
enum { INPUT_MAX = 64 * 1024, OUTPUT_MAX = 4 * 1024 * 1024 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct pl_diag diag;
static char first_bytes[OUTPUT_MAX], second_bytes[OUTPUT_MAX];

static const struct pl_host_facts hosts[] = {
        { 64 * PL_MIB, 0 },
        { 16 * PL_GIB, 4 * PL_GIB },
        { 64 * PL_TIB, 64 * PL_TIB },
};

static const struct pl_pair labels[] = { { "plimsoll.profile", "batch" }, { "tier", "web" } };

static const struct pl_workload_identity workload = {
        .path = "/system.slice/docker-0123.scope",
        .unit = "docker-0123.scope",
        .slice = "system.slice",
        .container = "web-1",
        .image = "registry.example/team/web:1",
        .labels = { 2, labels },
        .xattrs = { 1, labels },
        .k8s_namespace = "default",
        .k8s_pod = "web-0",
        .k8s_container = "web",
        .qos = PL_QOS_BURSTABLE,
        .runtime = PL_RUNTIME_DOCKER,
};

static void check_diag(bool is_refused)
{
        pl_assert((diag.errors > 0) == is_refused);
        for (size_t i = 0; i < diag.count; i++) {
                pl_assert(diag.entries[i].message[0] != '\0');
                pl_assert(strcmp(diag.entries[i].file, "fuzz.json") == 0);
                pl_assert(diag.entries[i].place.line > 0);
                pl_assert(diag.entries[i].place.column > 0);
        }
}

static struct pl_document *parse(struct pl_span text)
{
        struct pl_document *document = NULL;
        int r;

        pl_diag_clear(&diag);
        r = pl_document_parse(&(struct pl_document_source){ text, "fuzz.json", 1 }, &diag,
                              &document);
        pl_assert(r == 0 || r == PL_DOCUMENT_E_INVALID);
        pl_assert((r == 0) == (document != NULL));
        check_diag(r != 0);
        return document;
}

static struct pl_span print(char *bytes, const struct pl_document *document)
{
        struct pl_json_writer writer;
        struct pl_text text;

        pl_text_init(&text, bytes, OUTPUT_MAX);
        pl_json_writer_init(&writer,
                            &(struct pl_json_writer_options){ pl_json_sink_text, &text, true });
        pl_document_print(&writer, document);
        pl_assert(pl_json_writer_finish(&writer) == 0);
        pl_assert(!text.cut);
        return pl_text_span(&text);
}

static void check_printing(const struct pl_document *document)
{
        struct pl_span first = print(first_bytes, document), second;
        struct pl_document *again = parse(first);

        pl_assert(again);
        second = print(second_bytes, again);
        pl_assert(pl_span_equals_span(first, second));
        pl_document_free(again);
}

static void check_policy(struct pl_span text)
{
        char *copy = strndup(text.data, text.length);
        struct pl_policy_file file = { "fuzz.json", "fuzz.json", copy, text.length, 1 };
        struct pl_policy_files files = { 1, 1, text.length, &file, NULL };
        struct pl_policy *policy;
        size_t entry = SIZE_MAX, index;

        pl_assert(copy);
        pl_diag_clear(&diag);
        pl_assert(pl_policy_parse(&files, &(struct pl_load_options){ .now_sec = INT64_MAX }, &diag,
                                  &policy) == (diag.errors > 0 ? PL_POLICY_E_INVALID : 0));
        pl_assert(policy->document_count == 1);
        for (size_t i = 0; i < sizeof hosts / sizeof *hosts; i++)
                pl_policy_check(policy, &hosts[i], NULL, &diag);

        index = pl_policy_match(policy, &workload, &entry);
        pl_assert(index <= policy->profile_count);
        if (index < policy->profile_count)
                pl_assert(entry < policy->profiles[index]->profile.match.count);
        pl_policy_free(policy);
        free(copy);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
        const struct pl_span text = pl_span((const char *) data, size);
        struct pl_document *document;

        if (size > INPUT_MAX)
                return 0;
        document = parse(text);
        if (!document)
                return 0;
        check_printing(document);
        pl_document_free(document);
        /* strndup() stops at a NUL byte, which a text that can be read has none of. */
        pl_assert(strnlen(text.data, text.length) == text.length);
        check_policy(text);
        return 0;
}
