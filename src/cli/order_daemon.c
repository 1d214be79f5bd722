/* SPDX-License-Identifier: Apache-2.0 */

#include "order_daemon.h"

#include <errno.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "live_view.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { OCCUPIED = 9 }; /* plimsolld(8): another one is running */

void pl_order_program_add(struct pl_order_program *program, const char *word)
{
        pl_assert(program && word);
        pl_assert(program->count + 1 < PL_ORDER_WORDS_MAX);

        program->words[program->count++] = word;
        program->words[program->count] = NULL;
}

static void add_option(struct pl_order_program *program, size_t buffer, const char *option,
                       struct pl_span value)
{
        struct pl_text text;

        pl_assert(buffer < PL_ARRAY_LENGTH(program->buffers));

        pl_text_init(&text, program->buffers[buffer], sizeof program->buffers[buffer]);
        pl_text_addf(&text, "%s=", option);
        pl_text_add_span(&text, value);
        pl_order_program_add(program, program->buffers[buffer]);
}

/* A journal of another name than plimsolld gives it cannot be asked for; then it takes its own. */
static struct pl_span directory_of(const char *journal)
{
        static const char name[] = "/journal";
        struct pl_span path = pl_span_of(journal);

        return pl_span_ends_with(path, name) ? pl_span(path.data, path.length - strlen(name))
                                             : pl_span("", 0);
}

const char *pl_order_program_journal(const struct pl_order_call *call)
{
        pl_assert(call);

        return call->journal && !pl_span_empty(directory_of(call->journal)) ? call->journal : NULL;
}

void pl_order_program_init(struct pl_order_program *program, const struct pl_order_call *call,
                           const char *option)
{
        bool is_systems = call->cli->repeat_count == 0;

        pl_assert(program && option);

        program->count = 0;
        pl_order_program_add(program, PLIMSOLLD);
        pl_order_program_add(program, option);
        if (pl_order_program_journal(call))
                add_option(program, 0, "--journal-dir", directory_of(call->journal));
        for (size_t i = 0; !is_systems && call->directories[i]; i++)
                add_option(program, i + 1, "--policy-dir", pl_span_of(call->directories[i]));
}

static enum pl_cli_exit say_not_run(struct pl_cli *cli, const char *path, int error)
{
        pl_text_addf(cli->words, "plimsoll: cannot run %s: %s\n", path, strerrordesc_np(error));
        return PL_CLI_FAILED;
}

/* Its exit codes are ours but for two. */
static enum pl_cli_exit exit_of(struct pl_cli *cli, const char *path, int status)
{
        int code = WIFEXITED(status) ? WEXITSTATUS(status) : -1;

        switch (code) {
        case PL_CLI_FINE:
        case PL_CLI_FAILED:
        case PL_CLI_POLICY:
        case PL_CLI_DENIED:
        case PL_CLI_HOST_CANNOT:
                return (enum pl_cli_exit) code;
        case OCCUPIED:
                pl_text_add(cli->words, "plimsoll: a plimsolld has been started meanwhile\n");
                return PL_CLI_FAILED;
        default:
                pl_text_addf(cli->words, "plimsoll: %s has ended with %s %d\n", path,
                             WIFEXITED(status) ? "exit code" : "signal",
                             WIFEXITED(status) ? code : WTERMSIG(status));
                return PL_CLI_FAILED;
        }
}

enum pl_cli_exit pl_order_program_run(struct pl_cli *cli, const struct pl_order_program *program)
{
        char *arguments[PL_ORDER_WORDS_MAX];
        int status = 0, r;
        pid_t pid;

        pl_assert(program->count > 0 && !program->words[program->count]);

        /* What was said so far is read before what it says. */
        (void) pl_cli_flush(cli);
        /* They are not written to; the interface is older than const. */
        memcpy(arguments, program->words, sizeof arguments);
        r = posix_spawn(&pid, program->words[0], NULL, NULL, arguments, environ);
        if (r != 0)
                return say_not_run(cli, program->words[0], r);
        while (waitpid(pid, &status, 0) < 0)
                if (errno != EINTR)
                        return say_not_run(cli, program->words[0], errno);
        return exit_of(cli, program->words[0], status);
}

void pl_order_program_print(struct pl_cli *cli, const struct pl_order_program *program)
{
        pl_text_add(cli->out, "Would run:");
        for (size_t i = 0; i < program->count; i++) {
                pl_text_add(cli->out, " ");
                pl_cli_add_plain(cli->out, cli->style, pl_span_of(program->words[i]));
        }
        pl_text_add(cli->out, "\n");
}
