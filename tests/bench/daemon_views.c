/* SPDX-License-Identifier: Apache-2.0 */

/* What `plimsoll status` and `plimsoll list` take on a host with ten thousand workloads, from opening the journal to the last
 * byte printed, against opening it and reading every row of its board once: what nobody can do without who says something
 * of all of them. The journal is what plimsolld wrote at four looks, five seconds apart, so that there is a stall to be
 * found for each workload. What takes the output, a terminal say, is not counted.
 *
 * The aims: `status` does little else; a line of `list` is a name and seven amounts, made twice to fit, and a stall from the
 * ring of samples; the JSON of a workload has some seventy members.
 */

#include "cli/cli.h"
#include "daemon.h"
#include "plimsoll/base/clock.h"

enum { TURNS = 21, LOOKS = 4 };

static struct bench bench;
static char journal_file[DAEMON_PATH_MAX + 16];
static uint64_t sum; /* of what was read or printed, so that it cannot be left out */

/* ---- ours and the bare thing ---- */

static int count_bytes(void *userdata, struct pl_span bytes)
{
        (void) userdata;
        sum += bytes.length;
        return 0;
}

static void run_verb(const struct pl_cli_verb *verb, const char *option)
{
        static char out_buffer[PL_CLI_OUT_MAX], words_buffer[PL_CLI_WORDS_MAX];
        const struct pl_cli_verb *const verbs[] = { verb, NULL };
        const char *const arguments[] = { "plimsoll", verb->name, "--journal", journal_file,
                                          option };
        struct pl_text out, words;
        struct pl_cli cli = {
                .verbs = verbs,
                .style = { .unicode = true },
                .out = &out,
                .words = &words,
                .emit = count_bytes,
        };

        /* It is well, however long all this takes. */
        pl_journal_put_heartbeat(&daemon_now.supervisor.logbook.writer, pl_clock_now_usec());
        pl_text_init(&out, out_buffer, sizeof out_buffer);
        pl_text_init(&words, words_buffer, sizeof words_buffer);
        pl_assert(pl_cli_run(&cli, option ? 5 : 4, arguments) == PL_CLI_FINE);
        pl_assert(pl_cli_flush(&cli) == 0 && words.length == 0);
}

static void run_status(void *userdata)
{
        (void) userdata;
        run_verb(&pl_cli_verb_status, NULL);
}

static void run_list(void *userdata)
{
        (void) userdata;
        run_verb(&pl_cli_verb_list, NULL);
}

static void run_list_json(void *userdata)
{
        (void) userdata;
        run_verb(&pl_cli_verb_list, "--json");
}

static void read_rows(void *userdata)
{
        struct pl_journal_reader reader;
        struct pl_journal_row row;

        (void) userdata;
        pl_assert(pl_journal_reader_open(AT_FDCWD, journal_file, &reader) == 0);
        for (uint32_t i = 0; i < pl_journal_rows_used(&reader); i++)
                if (pl_journal_read_row(&reader, i, &row) == 0)
                        sum += row.sample.current_bytes;
        pl_journal_reader_close(&reader);
}

/* ---- the journal ---- */

static void write_journal(unsigned count)
{
        const uint64_t now_usec = pl_clock_now_usec();

        daemon_make_tree(count, false);
        daemon_open(now_usec - LOOKS * PL_SUPERVISOR_SCAN_USEC);
        for (unsigned i = LOOKS - 1; i > 0; i--)
                daemon_look(now_usec - i * PL_SUPERVISOR_SCAN_USEC);
        (void) pl_supervisor_look_at_host(&daemon_now.supervisor, pl_clock_now_usec());
        pl_logbook_put_phase(&daemon_now.supervisor.logbook, PL_JOURNAL_RUNNING);
        (void) snprintf(journal_file, sizeof journal_file, "%s/journal", daemon_now.journal_path);
}

static void compare(const char *name, const char *aim, bench_pass verb)
{
        bench.name = name;
        bench.aim = aim;
        bench_run(&bench, verb, read_rows, NULL, daemon_tree.count);
}

int main(int argc, char **argv)
{
        daemon_need_fds("daemon_views");
        pl_assert(atexit(daemon_remove_all) == 0);
        bench.turns = bench_turns(argc, argv, TURNS);
        write_journal(bench.turns == TURNS ? DAEMON_LARGEST : 100);
        compare("daemon-status", "1.50", run_status);
        compare("daemon-list", "20", run_list);
        compare("daemon-list-json", "40", run_list_json);
        return sum > 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
