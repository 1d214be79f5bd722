/* SPDX-License-Identifier: Apache-2.0 */

#include "options.h"

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/format.h"
#include "plimsoll/policy/load.h"

enum option {
        CHECK,
        ONCE,
        DRY_RUN,
        RESTORE,
        THAW,
        TIDY,
        HOST_SETTINGS,
        DRILL_LOAD,
        FOREGROUND,
        CGROUP_ROOT,
        STATE_ROOT,
        JOURNAL_DIRECTORY,
        JOURNAL_SIZE,
        POLICY_DIRECTORY,
        HELP,
        VERSION,
        OPTIONS,
};

static const struct {
        const char *name;
        const char *
                argument; /* NULL: it takes none; "[…]": it can be left out, and stands behind a "=" */
        const char *help;
} table[OPTIONS] = {
        [CHECK] = { "check", NULL, "Judge this host and the policy files, change nothing, end" },
        [ONCE] = { "once", NULL, "Apply limits once, write the journal, end" },
        [DRY_RUN] = { "dry-run", NULL,
                      "With --once: write only what would be done, to the journal;\n"
                      "                        with --thaw: only say who it is" },
        [RESTORE] = { "restore", "[PATH]",
                      "Put back what was there before: of everybody, or of\n"
                      "                        one cgroup and those below it; end" },
        [THAW] = { "thaw", NULL, "Let go of whoever plimsolld holds still; end" },
        [TIDY] = { "tidy", NULL, "Remove drop-ins of units that the daemon has listed; end" },
        [HOST_SETTINGS] = { "host-settings", "WHAT",
                            "apply: set vm.* as the policy says; restore: as it was" },
        [DRILL_LOAD] = { "drill-load", NULL, "Fill the memory of plimsoll-drill.service" },
        [FOREGROUND] = { "foreground", NULL, "Say on standard error what else goes to journald" },
        [CGROUP_ROOT] = { "cgroup-root", "DIR", "Look at this tree and not at the host's cgroups" },
        [STATE_ROOT] = { "state-root", "DIR",
                         "Look below this directory for what container runtimes have\n"
                         "                        written, and not below /" },
        [JOURNAL_DIRECTORY] = { "journal-dir", "DIR", "Keep the journal here (/run/plimsoll)" },
        [JOURNAL_SIZE] = { "journal-size", "SIZE", "1MiB to 256MiB (16MiB, for 10,368 cgroups)" },
        [POLICY_DIRECTORY] = { "policy-dir", "DIR",
                               "Read policies here and not in the system's three directories;\n"
                               "                        may be given again, from the lowest" },
        [HELP] = { "help", NULL, "Say this" },
        [VERSION] = { "version", NULL, "Say which version this is" },
};

static bool is_optional(enum option option)
{
        return table[option].argument && table[option].argument[0] == '[';
}

void pl_daemon_add_usage(struct pl_text *text)
{
        pl_text_add(
                text,
                "Usage: plimsolld [OPTION]...\n\n"
                "Sees every workload of this host and what it uses, keeps it within the limits\n"
                "of its profile, and writes what it sees and does where plimsoll(1) reads it.\n\n");
        for (size_t i = 0; i < OPTIONS; i++) {
                size_t begin = text->length;

                pl_text_addf(text, "  --%s", table[i].name);
                if (table[i].argument)
                        pl_text_addf(text, is_optional((enum option) i) ? "[=%s" : "=%s",
                                     table[i].argument + is_optional((enum option) i));
                while (!text->cut && text->length < begin + 24)
                        pl_text_add_byte(text, ' ');
                pl_text_addf(text, "%s\n", table[i].help);
        }
        pl_text_add(text, "\nA first try:\n"
                          "  plimsolld --check     could it run here, and is the policy sound?\n"
                          "  systemctl start plimsolld && plimsoll list\n"
                          "When plimsolld is not to come back:\n"
                          "  systemctl stop plimsolld && plimsolld --restore\n"
                          "  plimsolld --restore=/system.slice/web.service\n"
                          "More is in plimsolld(8).\n");
}

static bool refuse(struct pl_text *words, struct pl_span argument, const char *what)
{
        pl_text_add(words, "plimsolld: '");
        pl_text_add_clean(words, pl_span(argument.data, PL_MIN(argument.length, (size_t) 80)));
        pl_text_addf(words, "' %s\nTry 'plimsolld --help'.\n", what);
        return false;
}

/* OPTIONS when there is none of that name. */
static enum option find(struct pl_span name)
{
        unsigned i = 0;

        while (i < OPTIONS && !pl_span_equals(name, table[i].name))
                i++;
        return (enum option) i;
}

static bool take_size(const char *value, struct pl_text *words, struct pl_daemon_options *options)
{
        uint64_t bytes;

        pl_assert(value);

        if (pl_bytes_parse(pl_span_of(value), &bytes, NULL) != 0)
                return refuse(words, pl_span_of(value),
                              "is no amount of memory for --journal-size, as 32MiB is");
        if (bytes < PL_JOURNAL_BYTES_MIN || bytes > PL_JOURNAL_BYTES_MAX)
                return refuse(words, pl_span_of(value),
                              "is not between 1MiB and 256MiB, as --journal-size has to be");
        options->journal_bytes = bytes / PL_JOURNAL_PAGE_BYTES * PL_JOURNAL_PAGE_BYTES;
        return true;
}

static bool take_directory(const char *value, struct pl_text *words,
                           struct pl_daemon_options *options)
{
        if (options->directory_count == PL_DAEMON_DIRECTORIES_MAX)
                return refuse(words, pl_span_of(value),
                              "is one --policy-dir more than there may be, which is 8");
        options->directories[options->directory_count++] = value;
        return true;
}

static bool take_host_settings(const char *value, struct pl_text *words,
                               struct pl_daemon_options *options)
{
        pl_assert(value);

        if (strcmp(value, "apply") == 0)
                options->host_settings = PL_DAEMON_HOST_SETTINGS_APPLY;
        else if (strcmp(value, "restore") == 0)
                options->host_settings = PL_DAEMON_HOST_SETTINGS_RESTORE;
        else
                return refuse(words, pl_span_of(value),
                              "is neither 'apply' nor 'restore', as --host-settings has to be");
        return true;
}

static bool take(enum option option, struct pl_span argument, const char *value,
                 struct pl_text *words, struct pl_daemon_options *options)
{
        switch (option) {
        case CHECK:
                options->check = true;
                return true;
        case FOREGROUND:
                options->foreground = true;
                return true;
        case ONCE:
                options->once = true;
                return true;
        case DRY_RUN:
                options->dry_run = true;
                return true;
        case RESTORE:
                options->restore = true;
                options->restore_path = value;
                return true;
        case THAW:
                options->thaw = true;
                return true;
        case TIDY:
                options->tidy = true;
                return true;
        case HOST_SETTINGS:
                return take_host_settings(value, words, options);
        case DRILL_LOAD:
                options->drill_load = true;
                return true;
        case HELP:
                options->help = true;
                return true;
        case VERSION:
                options->version = true;
                return true;
        case CGROUP_ROOT:
                options->cgroup_root = value;
                return true;
        case STATE_ROOT:
                options->state_root = value;
                return true;
        case JOURNAL_DIRECTORY:
                options->journal_directory = value;
                return true;
        case JOURNAL_SIZE:
                return take_size(value, words, options);
        case POLICY_DIRECTORY:
                return take_directory(value, words, options);
        case OPTIONS:
                break;
        }
        return refuse(words, argument, "is not understood");
}

/* "--name", "--name=VALUE", or "--name" and the value behind it. *at is the index of what was taken last. */
static bool parse_one(int count, char *const *arguments, int *at, struct pl_text *words,
                      struct pl_daemon_options *options)
{
        struct pl_span argument = pl_span_of(arguments[*at]), rest = argument, name;
        const char *value = NULL;
        enum option option;

        if (strncmp(arguments[*at], "--", 2) != 0)
                return refuse(words, argument, "is not understood: plimsolld takes options alone");
        rest = pl_span(argument.data + 2, argument.length - 2);
        name = pl_span_until(&rest, '=');
        option = find(name);
        if (option == OPTIONS)
                return refuse(words, argument, "is not understood");
        if (name.length + 2 < argument.length)
                value = rest.data;
        if (!table[option].argument)
                return value ? refuse(words, argument, "takes no value")
                             : take(option, argument, NULL, words, options);
        if (!value && !is_optional(option) && *at + 1 < count)
                value = arguments[++*at];
        if (value ? value[0] == '\0' : !is_optional(option))
                return refuse(words, argument, "lacks its value");
        return take(option, argument, value, words, options);
}

/* What each asks for is an answer of its own. */
static bool agree(const struct pl_daemon_options *options, struct pl_text *words)
{
        const bool given[OPTIONS] = {
                [CHECK] = options->check,
                [ONCE] = options->once,
                [RESTORE] = options->restore,
                [THAW] = options->thaw,
                [TIDY] = options->tidy,
                [HOST_SETTINGS] = options->host_settings != PL_DAEMON_HOST_SETTINGS_NONE,
                [DRILL_LOAD] = options->drill_load,
        };
        enum option first = OPTIONS;
        char both[64];
        struct pl_text text;

        for (unsigned i = 0; i < OPTIONS; i++) {
                if (!given[i])
                        continue;
                if (first == OPTIONS) {
                        first = (enum option) i;
                        continue;
                }
                pl_text_init(&text, both, sizeof both);
                pl_text_addf(&text, "--%s --%s", table[first].name, table[i].name);
                return refuse(words, pl_text_span(&text), "are two answers; give one");
        }
        return !options->dry_run || options->once || options->thaw
                       ? true
                       : refuse(words, pl_span_of("--dry-run"),
                                "goes with --once and --thaw alone");
}

bool pl_daemon_options_parse(int count, char *const *arguments, struct pl_text *words,
                             struct pl_daemon_options *ret_options)
{
        struct pl_daemon_options options = {
                .journal_directory = "/run/plimsoll",
                .journal_bytes = PL_JOURNAL_BYTES_DEFAULT,
        };

        pl_assert(words && ret_options);

        for (int i = 1; i < count; i++)
                if (!parse_one(count, arguments, &i, words, &options))
                        return false;
        if (!agree(&options, words))
                return false;
        for (size_t i = 0; options.directory_count == 0 && pl_policy_directories[i]; i++) {
                pl_assert(i < PL_DAEMON_DIRECTORIES_MAX);
                options.directories[i] = pl_policy_directories[i];
        }
        *ret_options = options;
        return true;
}
