/* SPDX-License-Identifier: Apache-2.0 */

/* A directory of policies, read and parsed while calls fail. What could not be read is said, or its errno handed up: only
 * a file that is not there, which is what ENOENT means, may be missing without a word.
 */

#include "fault/check.h"

#include <errno.h>
#include <string.h>

#include "fault/directory.h"
#include "plimsoll/policy/load.h"

static const char api[] =
        "{ \"profile\": \"api\", \"match\": [ { \"unit\": \"api.service\" },\n"
        "  { \"label\": \"plimsoll.profile=api\" } ],\n"
        "  \"memory\": { \"max\": \"min(4GiB, 25%)\", \"high\": \"90% of max\" } }\n";
static const char batch[] =
        "{ \"profile\": \"batch\", \"match\": [ { \"unit\": \"batch-*\" } ] }\n";
static const char host[] =
        "{ \"host\": \"plain\", \"protect\": [ { \"unit\": \"sshd.service\" } ] }\n";

static const char *const names[] = { "api.json", "batch.json", "gone.json", "host.json",
                                     "links/api.json" };

static struct pl_diag diag;

/* A loop around read() lives with these, and a close() that fails has closed. */
static bool is_harmless(void)
{
        const struct pl_fault *fault = pl_fault_armed();

        return !pl_fault_struck() || fault->call == PL_FAULT_close ||
               (fault->call == PL_FAULT_read &&
                (fault->error == EINTR || fault->error == PL_FAULT_SHORT));
}

static bool is_struck_by(int error)
{
        return pl_fault_struck() && pl_fault_armed()->error == error;
}

/* Some of the files, under a fault that was no error, and then whatever is there is whole. */
static bool parses(const struct pl_policy_files *files)
{
        struct pl_policy *policy = NULL;
        int r = pl_policy_parse(files, &(struct pl_load_options){}, &diag, &policy);
        bool good;

        if (r < 0)
                return !policy && is_armed_error(r) && !is_harmless();
        good = policy && policy->document_count + 1 >= files->count;
        if (is_harmless())
                good = good && policy->profile_count == 2 && policy->host;
        pl_policy_free(policy);
        return good && (r == 0) == (diag.errors == 0);
}

static bool outcome_fits(int r, const struct pl_policy_files *files)
{
        if (r < 0)
                return is_armed_error(r) && !is_harmless();
        if (is_harmless())
                return r == 0 && diag.errors == 0 && files->count == 4;
        if (r > 0 || diag.errors > 0)
                return diag.errors == 1 && (is_struck_by(EACCES) || is_struck_by(ENOENT));
        return files->count == 4 || is_struck_by(ENOENT) || is_struck_by(ENOMEM);
}

static bool loads_directory(void *userdata)
{
        const struct pl_load_options *options = userdata;
        struct pl_policy_files files = {};
        bool good;
        int r;

        pl_diag_clear(&diag);
        r = pl_files_add_directory(&files, directory_path, options, &diag);
        good = outcome_fits(r, &files);
        if (good && r >= 0)
                good = parses(&files);
        pl_files_done(&files);
        return good;
}

static bool loads_file(void *userdata)
{
        struct pl_policy_files files = {};
        bool good;
        int r;

        pl_diag_clear(&diag);
        r = pl_files_add_file(&files, userdata, &(struct pl_load_options){}, &diag);
        if (r == 0)
                good = diag.errors == 0 && files.count == 1 && files.text_bytes == strlen(api);
        else if (r < 0)
                good = is_armed_error(r) && !is_harmless();
        else
                good = diag.errors == 1 && (is_struck_by(EACCES) || is_struck_by(ENOENT));
        pl_files_done(&files);
        return good;
}

static bool loads_stream(void *userdata)
{
        struct pl_policy_files files = {};
        const int *fd = userdata;
        bool good;
        int r;

        pl_diag_clear(&diag);
        pl_assert(lseek(*fd, 0, SEEK_SET) == 0);
        r = pl_files_add_stream(&files, *fd, &diag);
        good = r == 0 ? files.count == 2 : is_armed_error(r) && !is_harmless();
        pl_files_done(&files);
        return good && diag.count == 0;
}

static void a_directory_survives(void **state)
{
        struct pl_load_options options = {};

        (void) state;
        survives_every_fault(loads_directory, &options);
        options.refuse_writable = true;
        survives_every_fault(loads_directory, &options);
        options.refuse_writable = false;
        pl_assert(chmod(directory_path, 0777) == 0); /* so that the mount is asked for */
        survives_every_fault(loads_directory, &options);
        pl_assert(chmod(directory_path, 0700) == 0);
}

static void a_file_survives(void **state)
{
        char path[64];
        struct pl_text text;

        (void) state;
        for (size_t i = 0; i < 2; i++) {
                pl_text_init(&text, path, sizeof path);
                pl_text_addf(&text, "%s/%s", directory_path, names[i == 0 ? 0 : 4]);
                survives_every_fault(loads_file, path);
        }
}

/* Longer than the room there is at first. */
static void a_stream_survives(void **state)
{
        static char bytes[200 * 1024];
        struct pl_text text;
        int fd;

        (void) state;
        pl_text_init(&text, bytes, sizeof bytes);
        pl_text_add(&text, "// origin: a.json\n");
        while (text.length < 150 * (size_t) 1024)
                pl_text_add(&text, "   some words of it\n");
        pl_text_add(&text, "// origin: b.json\n{}\n");
        directory_write("file", pl_text_span(&text));
        fd = openat(directory_fd, "file", O_RDONLY | O_CLOEXEC);
        pl_assert(fd >= 0);
        survives_every_fault(loads_stream, &fd);
        pl_assert(close(fd) == 0);
}

static int plant(void **state)
{
        (void) directory_set_up(state);
        directory_write("api.json", pl_span_of(api));
        directory_write("batch.json", pl_span_of(batch));
        directory_write("host.json", pl_span_of(host));
        pl_assert(symlinkat("/dev/null", directory_fd, "gone.json") == 0);
        pl_assert(mkdirat(directory_fd, "links", 0700) == 0);
        pl_assert(symlinkat("../api.json", directory_fd, "links/api.json") == 0);
        return 0;
}

static int uproot(void **state)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(names); i++)
                (void) unlinkat(directory_fd, names[i], 0);
        (void) unlinkat(directory_fd, "links", AT_REMOVEDIR);
        return directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(a_directory_survives),
                cmocka_unit_test(a_file_survives),
                cmocka_unit_test(a_stream_survives),
        };

        return cmocka_run_group_tests(tests, plant, uproot);
}
