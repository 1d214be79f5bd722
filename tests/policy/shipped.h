/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* The policies that are shipped, loaded as plimsolld loads them, for the tests of them. */

#include "plimsoll/policy/load.h"
#include "stage.h"
#include "test.h"

#define POLICIES FIXTURES "/../../policies"

static struct pl_diag diag;
static const struct pl_load_options options = { .refuse_writable = true };

/* The profiles, in the order of their files. */
static const char *const names[] = { "api", "batch", "cache", "database", "worker" };

static inline void print_diag(const char *row)
{
        char line[4 * PL_DIAG_WORDS_MAX];
        struct pl_text text;

        for (size_t i = 0; i < diag.count; i++) {
                pl_text_init(&text, line, sizeof line);
                pl_diag_format(&text, &diag.entries[i]);
                print_error("%s: %s\n", row, line);
        }
}

static inline struct pl_policy *parse(const struct pl_policy_files *files, const char *row)
{
        struct pl_policy *policy = NULL;
        int r = pl_policy_parse(files, &options, &diag, &policy);

        if (r != 0 || diag.count > 0)
                print_diag(row);
        assert_row(row, r == 0 && diag.count == 0);
        return policy;
}

/* What `plimsoll check policies` looks at. */
static inline struct pl_policy *load_shipped(void)
{
        struct pl_policy_files files = {};
        struct pl_policy *policy;
        struct test_stage stage;

        pl_diag_clear(&diag);
        test_stage_make(&stage);
        test_copy_directory(POLICIES, stage.path);
        assert_int_equal(pl_files_add_directory(&files, stage.path, &options, &diag), 0);
        policy = parse(&files, "policies");
        pl_files_done(&files);
        test_stage_remove(&stage);
        return policy;
}

static inline struct pl_policy *load_example(const char *name)
{
        struct pl_policy_files files = {};
        struct pl_policy *policy;
        struct test_stage stage;
        struct test_path copy;

        pl_diag_clear(&diag);
        test_stage_make(&stage);
        copy = test_join(stage.path, name);
        test_copy_file(test_join(POLICIES "/examples", name).text, copy.text);
        assert_int_equal(pl_files_add_file(&files, copy.text, &options, &diag), 0);
        policy = parse(&files, name);
        pl_files_done(&files);
        test_stage_remove(&stage);
        return policy;
}

static inline const struct pl_profile *find(const struct pl_policy *policy, const char *name)
{
        for (size_t i = 0; i < policy->profile_count; i++)
                if (strcmp(policy->profiles[i]->profile.name, name) == 0)
                        return &policy->profiles[i]->profile;
        fail_msg("there is no profile \"%s\"", name);
        return NULL;
}
