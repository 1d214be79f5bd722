/* SPDX-License-Identifier: Apache-2.0 */

/* A turn a second, until somebody ends it. What goes wrong is said once, and that it goes well again once too; in between it
 * is tried again without a word.
 */

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <systemd/sd-daemon.h>

#include "directory.h"
#include "options.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "recorder.h"
#include "source.h"
#include "words.h"

/* As plimsoll has them. */
enum {
        EXIT_FINE = 0,
        EXIT_FAILED = 1,
        EXIT_USAGE = 2,
        EXIT_NO_DAEMON = 4,
        EXIT_DENIED = 5,
};

enum { WORDS_BYTES = 1024 };

typedef void add_words(struct pl_text *text, const struct pl_record_options *options, int r);

struct program {
        struct pl_record_options options;
        struct pl_history_writer writer;
        struct pl_recorder recorder;
        struct pl_source source;
        int source_result; /* as last said */
        int write_result;
        uint64_t status_usec;
        bool recorded; /* something, since the start */
};

/* With the priority that systemd's journal takes from the beginning of a line, where that is who listens. */
static void say(int priority, struct pl_text *words)
{
        char buffer[WORDS_BYTES];
        struct pl_text line;

        pl_text_init(&line, buffer, sizeof buffer);
        if (getenv("JOURNAL_STREAM"))
                pl_text_addf(&line, "<%d>", priority);
        pl_text_add(&line, "plimsoll-record: ");
        pl_text_add_span(&line, pl_text_span(words));
        pl_text_add(&line, "\n");
        (void) pl_fd_write_all(STDERR_FILENO, pl_text_span(&line));
}

static void say_result(const struct program *program, int priority, add_words *add, int r)
{
        char buffer[WORDS_BYTES - 64];
        struct pl_text words;

        pl_text_init(&words, buffer, sizeof buffer);
        add(&words, &program->options, r);
        say(priority, &words);
}

static void say_plainly(int priority, const char *what)
{
        char buffer[WORDS_BYTES - 64];
        struct pl_text words;

        pl_text_init(&words, buffer, sizeof buffer);
        pl_text_add(&words, what);
        say(priority, &words);
}

/* Once, when it changes. */
static void report(struct program *program, int *said, int r, add_words *add, const char *well)
{
        if (r == *said)
                return;
        if (r != 0)
                say_result(program, 4, add, r);
        else
                say_plainly(6, well);
        *said = r;
}

/* ---- the loop ---- */

static struct pl_history_time now(void)
{
        struct timespec wall;

        pl_assert(clock_gettime(CLOCK_REALTIME, &wall) == 0);
        return (struct pl_history_time){
                .realtime_usec = (uint64_t) wall.tv_sec * PL_USEC_PER_SEC +
                                 (uint64_t) wall.tv_nsec / 1000,
                .boot_usec = pl_clock_now_usec(),
        };
}

static void record(struct program *program)
{
        const struct pl_history_time time = now();
        int r;

        /* While it waits to try again, nothing has gone well yet. */
        if (time.boot_usec < program->recorder.retry_usec)
                return;
        r = pl_recorder_turn(&program->recorder, &program->source.reader, &time);
        program->recorded = program->recorded || r == 0;
        report(program, &program->write_result, r, pl_record_add_writing,
               "history is written again");
}

static void turn(struct program *program)
{
        int r = pl_source_open(&program->source);

        report(program, &program->source_result, r, pl_record_add_source,
               "the journal is there, recording");
        if (r != 0)
                return;
        record(program);
        if (pl_source_is_replaced(&program->source)) {
                /* What was written to the old one after it was looked at. */
                record(program);
                pl_source_close(&program->source);
        }
}

static void tell_systemd(struct program *program, bool watched)
{
        const uint64_t now_usec = pl_clock_now_usec();
        char buffer[WORDS_BYTES];
        struct pl_text words;

        if (watched)
                (void) sd_notify(0, "WATCHDOG=1");
        if (now_usec - program->status_usec < PL_USEC_PER_MINUTE)
                return;
        pl_text_init(&words, buffer, sizeof buffer);
        pl_text_add(&words, "STATUS=");
        if (program->write_result != 0)
                pl_record_add_writing(&words, &program->options, program->write_result);
        else if (program->source_result != 0)
                pl_record_add_source(&words, &program->options, program->source_result);
        else
                pl_record_add_status(&words, &program->recorder);
        /* A line alone. */
        words.data[strcspn(words.data, "\n")] = '\0';
        (void) sd_notify(0, words.data);
        program->status_usec = now_usec;
}

/* False when it was asked to end. */
static bool wait_a_second(const sigset_t *signals)
{
        const struct timespec second = { .tv_sec = 1 };

        return sigtimedwait(signals, NULL, &second) < 0;
}

static void loop(struct program *program, const sigset_t *signals)
{
        const bool watched = sd_watchdog_enabled(0, NULL) > 0;

        (void) sd_notify(0, "READY=1");
        do {
                turn(program);
                tell_systemd(program, watched);
        } while (wait_a_second(signals));
        (void) sd_notify(0, "STOPPING=1");
}

static int run(struct program *program, const sigset_t *signals)
{
        if (!program->options.once) {
                loop(program, signals);
                return EXIT_FINE;
        }
        turn(program);
        if (program->source_result != 0)
                return EXIT_NO_DAEMON;
        return program->recorded ? EXIT_FINE : EXIT_FAILED;
}

/* ---- the start ---- */

static void be_deaf(sigset_t *ret_signals)
{
        sigemptyset(ret_signals);
        sigaddset(ret_signals, SIGTERM);
        sigaddset(ret_signals, SIGINT);
        (void) sigprocmask(SIG_BLOCK, ret_signals, NULL);
        /* A bound on the size of files, and a listener who has gone, are errors like any other. */
        (void) signal(SIGXFSZ, SIG_IGN);
        (void) signal(SIGPIPE, SIG_IGN);
}

static int start(struct program *program, int dir_fd, const sigset_t *signals)
{
        const struct pl_history_options options = { .size_bytes = program->options.size_bytes,
                                                    .keep_usec = program->options.keep_usec };
        int exit_code, r = pl_history_writer_open(dir_fd, &options, &program->writer);

        if (r != 0) {
                say_result(program, 3, pl_record_add_opening, r);
                return r == PL_JOURNAL_E_DENIED ? EXIT_DENIED : EXIT_FAILED;
        }
        r = pl_recorder_init(&program->recorder, &program->writer);
        if (r == 0)
                r = pl_source_init(&program->source, program->options.journal);
        if (r != 0)
                say_plainly(3, r == -ENOMEM ? "there is not enough memory"
                                            : "the boot id cannot be read from /proc");
        exit_code = r == 0 ? run(program, signals) : EXIT_FAILED;
        pl_source_done(&program->source);
        pl_recorder_done(&program->recorder);
        (void) pl_history_sync(&program->writer);
        pl_history_writer_close(&program->writer);
        return exit_code;
}

static int serve(struct program *program)
{
        int dir_fd = -1, exit_code, r = pl_directory_open(program->options.directory, &dir_fd);
        sigset_t signals;

        if (r != 0) {
                say_result(program, 3, pl_record_add_directory, r);
                return r == PL_DIRECTORY_E_DENIED || r == PL_DIRECTORY_E_UNSAFE ? EXIT_DENIED
                                                                                : EXIT_FAILED;
        }
        be_deaf(&signals);
        exit_code = start(program, dir_fd, &signals);
        (void) close(dir_fd);
        return exit_code;
}

static int print(const char *words)
{
        return pl_fd_write_all(STDOUT_FILENO, pl_span_of(words)) == 0 ? EXIT_FINE : EXIT_FAILED;
}

int main(int argc, char **argv)
{
        static struct program program;
        char buffer[WORDS_BYTES - 64];
        struct pl_text words;

        pl_text_init(&words, buffer, sizeof buffer);
        if (!pl_record_options_parse(argc, argv, &program.options, &words)) {
                say(3, &words);
                return EXIT_USAGE;
        }
        if (program.options.help)
                return print(pl_record_help);
        if (program.options.version)
                return print("plimsoll-record " PLIMSOLL_VERSION "\n");
        return serve(&program);
}
