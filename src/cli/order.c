/* SPDX-License-Identifier: Apache-2.0 */

#include "order.h"

#include <pwd.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "events.h"
#include "live_view.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"

enum { QUOTED_MAX = 120 }; /* bytes of what was given that are repeated */

/* Who wants it for longer than a year, leap or not, wants it for good, which is for a policy file to say. */
#define FOR_MAX_USEC (UINT64_C(366) * 24 * PL_USEC_PER_HOUR)

enum pl_cli_exit pl_order_refuse_value(struct pl_cli *cli, const char *option, const char *value,
                                       const char *advice)
{
        struct pl_span span = pl_span_of(value);

        pl_text_addf(cli->words, "plimsoll: %s '", option);
        pl_cli_add_plain(cli->words, cli->style,
                         pl_span(span.data, PL_MIN(span.length, (size_t) QUOTED_MAX)));
        pl_text_addf(cli->words, "%s' is not understood\n%s\n",
                     span.length > QUOTED_MAX ? "..." : "", advice);
        return PL_CLI_USAGE;
}

/* ---- options ---- */

/* Orders are for now: of the system's three directories they lie in the one that does not outlive the boot. */
static size_t find_system_directory(void)
{
        size_t i = 0;

        while (pl_policy_directories[i] &&
               strcmp(pl_policy_directories[i], PL_ORDER_DIRECTORY) != 0)
                i++;
        pl_assert(pl_policy_directories[i]);
        return i;
}

static enum pl_cli_exit take_directories(struct pl_order_call *call)
{
        const struct pl_cli *cli = call->cli;
        size_t count = cli->repeat_count;
        struct pl_span directory;
        struct pl_text text;

        if (count > PL_ORDER_DIRECTORIES_MAX) {
                pl_text_addf(cli->words, "plimsoll: there may be %d --policy-dir at the most\n",
                             PL_ORDER_DIRECTORIES_MAX);
                return PL_CLI_USAGE;
        }
        for (size_t i = 0; i < count; i++)
                call->directories[i] = cli->repeats[i];
        for (size_t i = 0; count == 0 && pl_policy_directories[i]; i++)
                call->directories[i] = pl_policy_directories[i];
        call->directory_index = count > 0 ? count - 1 : find_system_directory();
        directory = pl_span_of(call->directories[call->directory_index]);
        while (directory.length > 1 && directory.data[directory.length - 1] == '/')
                directory.length--;
        pl_text_init(&text, call->directory,
                     sizeof call->directory - (size_t) PL_ORDER_NAME_BYTES * 2);
        pl_text_add_span(&text, directory);
        if (!text.cut && directory.length > 0)
                return PL_CLI_FINE;
        return pl_order_refuse_value(call->cli, "--policy-dir", directory.data,
                                     "Name a directory.");
}

static enum pl_cli_exit take_wait(struct pl_order_call *call, const char *wait, bool is_waiting)
{
        call->is_waiting = is_waiting;
        if (!wait)
                return PL_CLI_FINE;
        if (!is_waiting) {
                pl_text_add(call->cli->words, "plimsoll: --wait and --no-wait contradict\n");
                return PL_CLI_USAGE;
        }
        if (pl_duration_parse(pl_span_of(wait), &call->patience_usec, NULL) == 0 &&
            call->patience_usec > 0)
                return PL_CLI_FINE;
        return pl_order_refuse_value(call->cli, "--wait", wait, "Write how long: --wait=10s");
}

/* Who gave it: whoever became root for it, as sudo tells, else whose process this is. */
static void find_out_who(struct pl_order_call *call)
{
        const char *user = getenv("SUDO_USER");
        const struct passwd *entry;
        struct pl_text by;

        pl_text_init(&by, call->by, sizeof call->by);
        if (user && user[0] != '\0') {
                pl_text_add_clean(&by, pl_span_of(user));
                return;
        }
        entry = getpwuid(getuid());
        if (entry && entry->pw_name[0] != '\0')
                pl_text_add_clean(&by, pl_span_of(entry->pw_name));
        else
                pl_text_addf(&by, "uid %u", getuid());
}

static enum pl_cli_exit take_options(struct pl_order_call *call, unsigned first)
{
        const char *const *values = call->cli->values + first;
        enum pl_cli_exit exit_code;

        call->is_dry = values[PL_ORDER_OPTION_DRY_RUN] != NULL;
        call->journal = values[PL_ORDER_OPTION_JOURNAL];
        call->reason = values[PL_ORDER_OPTION_REASON];
        find_out_who(call);
        exit_code = take_wait(call, values[PL_ORDER_OPTION_WAIT], !values[PL_ORDER_OPTION_NO_WAIT]);
        return exit_code == PL_CLI_FINE ? take_directories(call) : exit_code;
}

static enum pl_cli_exit refuse_end(struct pl_cli *cli, const char *option, const char *value)
{
        pl_text_addf(cli->words, "plimsoll: %s '", option);
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(value));
        pl_text_add(cli->words, "' is over already, or too far away\n");
        return PL_CLI_USAGE;
}

static enum pl_cli_exit refuse_length(struct pl_cli *cli, const char *for_)
{
        pl_text_add(cli->words, "plimsoll: --for '");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(for_));
        pl_text_add(cli->words, "' is longer than a year, which is the most\n");
        return PL_CLI_USAGE;
}

static enum pl_cli_exit take_for(struct pl_order_call *call, const char *for_)
{
        uint64_t usec;

        if (pl_duration_parse(pl_span_of(for_), &usec, NULL) != 0)
                return pl_order_refuse_value(call->cli, "--for", for_,
                                             "Write how long: --for=2h, --for=30min");
        if (usec > FOR_MAX_USEC)
                return refuse_length(call->cli, for_);
        if (usec < PL_USEC_PER_SEC)
                return refuse_end(call->cli, "--for", for_);
        call->expires_sec = call->now_sec + (int64_t) (usec / PL_USEC_PER_SEC);
        return PL_CLI_FINE;
}

/* A time of the clock alone is the last one for who looks back, and the next one here. */
static enum pl_cli_exit take_until(struct pl_order_call *call, const char *until)
{
        const int64_t per_sec = (int64_t) PL_USEC_PER_SEC, per_day = 24 * INT64_C(3600);
        bool is_clock = strlen(until) >= 5 && until[2] == ':';
        uint64_t duration_usec;
        int64_t usec;

        if (pl_duration_parse(pl_span_of(until), &duration_usec, NULL) == 0 ||
            !pl_events_parse_since(until, call->now_sec * per_sec, &usec))
                return pl_order_refuse_value(call->cli, "--until", until,
                                             "Write a time, 14:30; or a day, 2026-11-21, "
                                             "'2026-11-21 14:30', 2026-11-21T14:30:00Z.");
        call->expires_sec = usec / per_sec + (is_clock ? per_day : 0);
        if (call->expires_sec <= call->now_sec || call->expires_sec > PL_ORDER_TIME_MAX_SEC)
                return refuse_end(call->cli, "--until", until);
        return PL_CLI_FINE;
}

enum pl_cli_exit pl_order_take_end(struct pl_order_call *call, const char *for_, const char *until,
                                   uint64_t usual_usec)
{
        pl_assert(call && call->now_sec > 0);

        if (for_ && until) {
                pl_text_add(call->cli->words, "plimsoll: give --for or --until, not both\n");
                return PL_CLI_USAGE;
        }
        if (for_)
                return take_for(call, for_);
        if (until)
                return take_until(call, until);
        if (usual_usec > 0)
                call->expires_sec = call->now_sec + (int64_t) (usual_usec / PL_USEC_PER_SEC);
        return PL_CLI_FINE;
}

/* ---- the daemon ---- */

bool pl_order_has_daemon(const struct pl_order_call *call)
{
        pl_assert(call);

        return call->has_live && pl_live_is_running(&call->live);
}

enum pl_cli_exit pl_order_needs_daemon(struct pl_order_call *call)
{
        struct pl_cli *cli = call->cli;

        if (pl_order_has_daemon(call))
                return PL_CLI_FINE;
        pl_text_addf(cli->words,
                     "plimsoll: plimsolld is not running: nobody is there to take orders\n"
                     "%s systemctl start plimsolld\n",
                     pl_live_arrow(cli->style));
        return PL_CLI_NO_DAEMON;
}

/* That there is none is the verb's to say, or not. */
static enum pl_cli_exit open_live(struct pl_order_call *call)
{
        char buffer[PL_CLI_COLUMNS * 4];
        struct pl_cli quiet = *call->cli;
        struct pl_text unsaid;
        enum pl_cli_exit exit_code;

        pl_text_init(&unsaid, buffer, sizeof buffer);
        quiet.words = &unsaid;
        exit_code = pl_live_open(&quiet, call->journal, &call->live);
        call->has_live = exit_code == PL_CLI_FINE;
        if (exit_code == PL_CLI_FINE || exit_code == PL_CLI_NO_DAEMON)
                return PL_CLI_FINE;
        pl_text_add(call->cli->words, buffer);
        return exit_code;
}

/* ---- life cycle ---- */

enum pl_cli_exit pl_order_begin(struct pl_cli *cli, unsigned first, struct pl_order_call *ret_call)
{
        static struct pl_cli_policy now, next;
        enum pl_cli_exit exit_code;

        pl_assert(cli && ret_call);
        pl_assert(first + PL_ORDER_OPTIONS <= PL_CLI_OPTIONS_MAX);

        now = next = (struct pl_cli_policy){};
        *ret_call = (struct pl_order_call){
                .cli = cli,
                .now = &now,
                .next = &next,
                .now_sec = (int64_t) time(NULL),
        };
        exit_code = take_options(ret_call, first);
        if (exit_code == PL_CLI_FINE)
                exit_code = open_live(ret_call);
        if (exit_code == PL_CLI_FINE && !ret_call->is_dry)
                exit_code = pl_order_may_write(ret_call);
        return exit_code == PL_CLI_FINE ? pl_order_read(ret_call) : exit_code;
}

void pl_order_end(struct pl_order_call *call)
{
        pl_assert(call);

        for (size_t i = 0; i < call->change_count; i++) {
                free(call->changes[i].text);
                free(call->changes[i].before);
        }
        free(call->changes);
        call->changes = NULL;
        call->change_count = 0;
        if (call->has_live)
                pl_live_close(&call->live);
        call->has_live = false;
        if (call->now)
                pl_cli_policy_done(call->now);
        if (call->next)
                pl_cli_policy_done(call->next);
}
