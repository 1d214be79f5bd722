/* SPDX-License-Identifier: Apache-2.0 */

/* Files of orders that come and go while calls fail: all of it is done, or all is as it was, byte for byte. */

#include "cli/order.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "fault/check.h"
#include "fault/directory.h"

static const char old_text[] = "{ \"order\": \"pause\" }\n";
static const char new_text[] = "{ \"order\": \"pause\", \"by\": \"ann\" }\n";

static void lay_out(void)
{
        (void) unlinkat(directory_fd, "new.json", 0);
        directory_write("changed.json", pl_span_of(old_text));
        directory_write("gone.json", pl_span_of(old_text));
}

static bool has(const char *name)
{
        return faccessat(directory_fd, name, F_OK, 0) == 0;
}

static bool is_as_before(void)
{
        return !has("new.json") && has("gone.json") &&
               directory_has("changed.json", pl_span_of(old_text)) &&
               directory_has("gone.json", pl_span_of(old_text));
}

static bool is_done(void)
{
        return !has("gone.json") && has("new.json") &&
               directory_has("changed.json", pl_span_of(new_text)) &&
               directory_has("new.json", pl_span_of(new_text));
}

/* What it writes into before it gives it its name. */
static bool leaves_nothing_hidden(void)
{
        char hidden[32];

        (void) snprintf(hidden, sizeof hidden, ".order.%d", (int) getpid());
        return !has(hidden);
}

static bool writes(void *userdata)
{
        static struct pl_order_change changes[3];
        static char buffer[1024], text[sizeof new_text];
        struct pl_text words;
        struct pl_cli cli = { .words = &words };
        struct pl_order_call call = { .cli = &cli, .changes = changes, .change_count = 3 };
        enum pl_cli_exit exit_code;
        bool good, is_misled;

        (void) userdata;
        pl_text_init(&words, buffer, sizeof buffer);
        memcpy(text, new_text, sizeof text);
        memset(changes, 0, sizeof changes);
        (void) snprintf(changes[0].name, sizeof changes[0].name, "gone.json");
        (void) snprintf(changes[1].name, sizeof changes[1].name, "changed.json");
        (void) snprintf(changes[2].name, sizeof changes[2].name, "new.json");
        changes[1].text = changes[2].text = text;
        (void) snprintf(call.directory, sizeof call.directory, "%s", directory_path);

        exit_code = pl_order_write(&call);
        good = exit_code == PL_CLI_FINE ? words.length == 0 : pl_fault_struck() && words.length > 0;
        /* A file of which it is said that it is not there has nothing that could be kept. */
        is_misled = pl_fault_struck() && pl_fault_armed()->error == ENOENT;
        pl_fault_disarm();
        if (exit_code == PL_CLI_FINE) {
                good = good && is_done();
                pl_order_take_back(&call);
        }
        good = good && (is_misled || is_as_before());
        good = good && leaves_nothing_hidden();
        for (size_t i = 0; i < 3; i++)
                free(changes[i].before);
        lay_out();
        return good;
}

static void writing_survives(void **state)
{
        (void) state;
        lay_out();
        survives_every_fault(writes, NULL);
}

static int tear_down(void **state)
{
        (void) unlinkat(directory_fd, "changed.json", 0);
        (void) unlinkat(directory_fd, "gone.json", 0);
        return directory_tear_down(state);
}

int main(void)
{
        const struct CMUnitTest tests[] = {
                cmocka_unit_test(writing_survives),
        };

        return cmocka_run_group_tests(tests, directory_set_up, tear_down);
}
