/* SPDX-License-Identifier: Apache-2.0 */

#include "list.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/nearest.h"
#include "plimsoll/identity/identity.h"
#include "plimsoll/policy/glob.h"

enum {
        OPTION_ALL,
        OPTION_JOURNAL,
        OPTION_KIND,
        OPTION_LINES,
        OPTION_PROFILE,
        OPTION_REVERSE,
        OPTION_SORT,
        OPTION_TREE,
};

static const struct pl_cli_option options[] = {
        [OPTION_ALL] = { "all", 'a', NULL, "Also list who has no process" },
        [OPTION_JOURNAL] = { "journal", '\0', "FILE",
                             "Read this journal, and not /run/plimsoll/journal" },
        [OPTION_KIND] = { "kind", '\0', "KIND",
                          "Only containers, services, scopes, sessions and so on" },
        [OPTION_LINES] = { "lines", 'n', "NUMBER", "No more than so many" },
        [OPTION_PROFILE] = { "profile", '\0', "NAME",
                             "Only those with this profile; none: those without one" },
        [OPTION_REVERSE] = { "reverse", 'r', NULL, "Turn the order round" },
        [OPTION_SORT] = { "sort", '\0', "KEY",
                          "By name, profile, kind, current, max, use, swap, stall, adj or age" },
        [OPTION_TREE] = { "tree", '\0', NULL, "By path, below the slices that hold them" },
        {},
};

/* ---- what is asked for ---- */

/* The index of a word among others; says so where there is none. */
static bool find_word(struct pl_cli *cli, const char *option, const char *given,
                      const char *const *words, size_t count, size_t *ret_index)
{
        const char *nearest = pl_nearest(given, words, count);

        for (*ret_index = 0; *ret_index < count; (*ret_index)++)
                if (strcmp(given, words[*ret_index]) == 0)
                        return true;
        pl_text_addf(cli->words, "plimsoll: --%s does not know '", option);
        pl_text_add_clean(cli->words, pl_span_of(given));
        pl_text_add(cli->words, "'\n");
        if (nearest) {
                pl_text_addf(cli->words, "Did you mean '%s'?\n", nearest);
                return false;
        }
        pl_text_add(cli->words, "There are ");
        for (size_t i = 0; i < count; i++)
                pl_text_addf(cli->words, "%s%s", i > 0 ? ", " : "", words[i]);
        pl_text_add(cli->words, ".\n");
        return false;
}

static bool take_sort(struct pl_cli *cli, struct pl_list_request *request)
{
        const char *given = cli->values[OPTION_SORT];
        size_t index;

        if (!given)
                return true;
        if (!find_word(cli, "sort", given, pl_list_key_words(), PL_LIST_KEYS, &index))
                return false;
        request->key = (enum pl_list_key) index;
        return true;
}

static bool take_kind(struct pl_cli *cli, struct pl_list_request *request)
{
        const char *words[PL_WORKLOAD_KINDS - 1]; /* without the holders */
        const char *given = cli->values[OPTION_KIND];
        size_t index;

        if (!given)
                return true;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(words); i++)
                words[i] = pl_workload_kind_word((enum pl_workload_kind)(i + 1));
        if (!find_word(cli, "kind", given, words, PL_ARRAY_LENGTH(words), &index))
                return false;
        request->kind = (enum pl_workload_kind)(index + 1);
        return true;
}

static bool take_lines(struct pl_cli *cli, struct pl_list_request *request)
{
        const char *given = cli->values[OPTION_LINES];
        uint32_t lines;

        if (!given)
                return true;
        if (pl_span_to_u32(pl_span_of(given), &lines) != 0 || lines == 0) {
                pl_text_add(cli->words, "plimsoll: --lines needs a whole number from 1 on: "
                                        "--lines=20\n");
                return false;
        }
        request->lines_max = lines;
        return true;
}

static bool take_patterns(struct pl_cli *cli, struct pl_list_request *request)
{
        for (size_t i = 0; i < cli->operand_count; i++) {
                const char *pattern = cli->operands[i];
                enum pl_glob_kind kind = pattern[0] == '/' ? PL_GLOB_PATH : PL_GLOB_NAME;
                size_t offset;

                if (pl_glob_check(pl_span_of(pattern), kind, &offset) == 0)
                        continue;
                pl_text_add(cli->words, "plimsoll: '");
                pl_text_add_clean(cli->words, pl_span_of(pattern));
                pl_text_addf(cli->words, "' is no pattern: it is wrong at character %zu\n",
                             offset + 1);
                pl_text_add(cli->words, "A pattern is a name, or a path from its '/' on, with *, ? "
                                        "and [a-z] in it; a literal '[' is '[[]'.\n");
                return false;
        }
        request->patterns = cli->operands;
        request->pattern_count = cli->operand_count;
        return true;
}

static size_t terminal_columns(struct pl_cli_style style)
{
        struct winsize size;

        if (!style.terminal || ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 ||
            size.ws_col < PL_CLI_COLUMNS)
                return PL_CLI_COLUMNS;
        return size.ws_col;
}

static bool take_request(struct pl_cli *cli, struct pl_list_request *ret_request)
{
        *ret_request = (struct pl_list_request){
                .all = cli->values[OPTION_ALL] != NULL,
                .reverse = cli->values[OPTION_REVERSE] != NULL,
                .tree = cli->values[OPTION_TREE] != NULL,
                .profile = cli->values[OPTION_PROFILE],
                .columns = terminal_columns(cli->style),
        };
        return take_sort(cli, ret_request) && take_kind(cli, ret_request) &&
               take_lines(cli, ret_request) && take_patterns(cli, ret_request);
}

/* ---- the answer ---- */

/* Of nothing that is known, it is not known. */
static void put_sum(struct pl_json_writer *writer, const char *key, bool is_known, uint64_t bytes)
{
        if (is_known)
                pl_json_put_u64(writer, key, bytes);
        else
                pl_json_put_null(writer, key);
}

void pl_list_print_json(struct pl_cli *cli, const struct pl_list *list)
{
        struct pl_json_writer writer;

        pl_assert(cli);
        pl_assert(list->live);

        pl_cli_json_begin(cli, &writer);
        pl_live_put_health(&writer, list->live);
        pl_json_put_u64(&writer, "count", list->count);
        pl_json_put_u64(&writer, "empty_not_listed", list->empty_count);
        pl_json_put_u64(&writer, "measured_count", list->measured_count);
        put_sum(&writer, "current_bytes", list->measured_count > 0, list->current_bytes);
        put_sum(&writer, "swap_bytes", list->has_swap, list->swap_bytes);
        pl_json_put_u64(&writer, "differing_count", list->limits.differing);
        pl_json_key(&writer, "workloads");
        pl_json_array_begin(&writer);
        for (size_t i = 0; i < pl_list_shown(list); i++)
                pl_live_put_row(&writer, list->live, list->entries[i].row, list->entries[i].stall);
        pl_json_array_end(&writer);
        pl_cli_json_end(&writer);
}

static enum pl_cli_exit answer(struct pl_cli *cli, const struct pl_live *live,
                               const struct pl_list *list)
{
        pl_live_add_trouble(cli, live);
        if (cli->json)
                pl_list_print_json(cli, list);
        else
                pl_list_print(cli, list);
        if (!pl_live_is_running(live))
                return PL_CLI_NO_DAEMON;
        return list->count == 0 && list->request->pattern_count > 0 ? PL_CLI_NOT_FOUND
                                                                    : PL_CLI_FINE;
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        _cleanup_(pl_cleanup_live) struct pl_live live = {};
        _cleanup_(pl_list_done) struct pl_list list = {};
        struct pl_list_request request;
        enum pl_cli_exit exit_code;

        if (!take_request(cli, &request))
                return PL_CLI_USAGE;
        exit_code = pl_live_open_named(cli, cli->values[OPTION_JOURNAL], &live);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if (pl_list_pick(&live, &request, &list) < 0)
                return pl_live_say_no_memory(cli);
        return answer(cli, &live, &list);
}

const struct pl_cli_verb pl_cli_verb_list = {
        .name = "list",
        .summary = "List the workloads and the memory they use",
        .operands = "[PATTERN]...",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Lists the workloads that plimsolld sees and that have a process: what they use "
                "(memory.current), the lowest memory.max on their path, how much of that is used, "
                "what is in swap, how long tasks stood still for want of memory, and their "
                "oom_score_adj. The largest come first. Patterns are held against names with or "
                "without their profile, units, and from a '/' on against paths. Exits with 6 when "
                "patterns are given and nobody fits, with 4 when plimsolld is not running.",
        .options = options,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll list", "Who uses the memory?" },
                        { "plimsoll list --sort=use -n 5", "Who is nearest to his limit?" },
                        { "plimsoll list batch/* --all",
                          "Those of a profile, also without a process" },
                        { "plimsoll list --tree", "What holds whom?" },
                        {},
                },
        .run = run,
};
