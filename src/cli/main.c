/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "plimsoll/base/fd.h"

static const struct pl_cli_verb *const verbs[] = {
        &pl_cli_verb_apply,
        &pl_cli_verb_cat_config,
        &pl_cli_verb_check,
        &pl_cli_verb_diff,
        &pl_cli_verb_doctor,
        &pl_cli_verb_drill,
        &pl_cli_verb_events,
        &pl_cli_verb_explain,
        &pl_cli_verb_help,
        &pl_cli_verb_list,
        &pl_cli_verb_match,
        &pl_cli_verb_pause,
        &pl_cli_verb_protect,
        &pl_cli_verb_rank,
        &pl_cli_verb_release,
        &pl_cli_verb_restore,
        &pl_cli_verb_resume,
        &pl_cli_verb_schema,
        &pl_cli_verb_show,
        &pl_cli_verb_status,
        &pl_cli_verb_thaw,
        &pl_cli_verb_version,
        NULL,
};

/* A program that is started without its three first descriptors would get them for the next files it opens, and print
 * into one of those. A write to what stands in for them here fails, as it should. */
static void keep_standard_descriptors(void)
{
        for (int fd = 0; fd <= 2; fd++)
                if (fcntl(fd, F_GETFD) < 0 && errno == EBADF)
                        (void) open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void say(const char *words, const char *detail)
{
        char buffer[256];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        pl_text_addf(&text, "plimsoll: %s%s%s\n", words, detail ? ": " : "", detail ? detail : "");
        (void) pl_fd_write_all(STDERR_FILENO, pl_text_span(&text));
}

/* Prints what was not printed yet. Half a document is no document: what was cut is not. */
static enum pl_cli_exit print(struct pl_cli *cli, enum pl_cli_exit exit_code)
{
        int r = pl_cli_flush(cli);

        if (cli->out->cut) {
                say("the answer is longer than plimsoll can print", NULL);
                return PL_CLI_FAILED;
        }
        if (r == 0)
                return exit_code;
        if (r == -EPIPE)
                return PL_CLI_FAILED; /* whoever read has seen enough, as head does: nothing to complain of */
        say("cannot write to standard output", strerrordesc_np(-r));
        return PL_CLI_FAILED;
}

int main(int argc, char **argv)
{
        static char out_buffer[PL_CLI_OUT_MAX], words_buffer[PL_CLI_WORDS_MAX];
        int standard_output = STDOUT_FILENO, standard_error = STDERR_FILENO;
        struct pl_text out, words;
        struct pl_cli cli = {
                .verbs = verbs,
                .out = &out,
                .words = &words,
                .emit = pl_json_sink_fd,
                .emit_data = &standard_output,
                .say = pl_json_sink_fd,
                .say_data = &standard_error,
        };
        enum pl_cli_exit exit_code;

        keep_standard_descriptors();
        /* A reader that has gone away is an error of a write like any other, and not a silent death. */
        (void) signal(SIGPIPE, SIG_IGN);
        (void) setlocale(LC_CTYPE, "");
        pl_text_init(&out, out_buffer, sizeof out_buffer);
        pl_text_init(&words, words_buffer, sizeof words_buffer);
        cli.style = pl_cli_style_of(STDOUT_FILENO);

        exit_code = pl_cli_run(&cli, argc, (const char *const *) argv);
        return (int) print(&cli, exit_code);
}
