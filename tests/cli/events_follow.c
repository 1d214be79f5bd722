/* SPDX-License-Identifier: Apache-2.0 */

/* A journal that is written, overrun, taken over and replaced while another process follows it. */

#include "cli/events.h"

#include <poll.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "cli/verb.h"
#include "journal/place.h"
#include "plimsoll/base/clock.h"

static struct pl_journal_writer writer;

enum { PATIENCE_MSEC = 20000, SHORT_TICK_MSEC = 5 };

struct follower {
        pid_t pid;
        int output; /* what it prints */
        size_t length;
        char text[256 * 1024]; /* a ring full of lines */
};

static _Noreturn void be_a_follower(int output, bool json)
{
        static char out_buffer[PL_CLI_OUT_MAX], words_buffer[PL_CLI_WORDS_MAX];
        static struct pl_events events;
        struct pl_text out, words;
        struct pl_cli cli = { .out = &out,
                              .words = &words,
                              .emit = pl_json_sink_fd,
                              .emit_data = &output,
                              .json = json,
                              .style = { .unicode = true } };
        char path[128];

        (void) close(writer.lock_fd); /* or the lock would outlive the writer */
        (void) signal(SIGPIPE, SIG_IGN);
        (void) dup2(output, STDOUT_FILENO);
        pl_text_init(&out, out_buffer, sizeof out_buffer);
        pl_text_init(&words, words_buffer, sizeof words_buffer);
        (void) snprintf(path, sizeof path, "%s/journal", place_path);
        events = (struct pl_events){ .cli = &cli,
                                     .path = path,
                                     .types = UINT32_MAX,
                                     .lines = 1,
                                     .follow = true,
                                     .tick_msec = SHORT_TICK_MSEC };
        if (pl_live_open(&cli, path, &events.live) != PL_CLI_FINE)
                _exit(1);
        pl_events_show(&events);
        pl_events_follow(&events);
        _exit(cli.error == -EPIPE || cli.error == 0 ? 0 : 2);
}

static void follow(struct follower *follower, bool json)
{
        int ends[2];

        assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
        *follower = (struct follower){ .output = ends[0], .pid = fork() };
        assert_true(follower->pid >= 0);
        if (follower->pid == 0) {
                (void) close(ends[0]);
                be_a_follower(ends[1], json);
        }
        (void) close(ends[1]);
}

/* Waits until it has printed this, and goes on behind it. */
static void expect(struct follower *follower, const char *wanted)
{
        char *found;

        while (!(found = strstr(follower->text, wanted))) {
                struct pollfd output = { .fd = follower->output, .events = POLLIN };
                ssize_t length;

                if (poll(&output, 1, PATIENCE_MSEC) <= 0)
                        fail_msg("no \"%s\" in: %s", wanted, follower->text);
                length = read(follower->output, follower->text + follower->length,
                              sizeof follower->text - 1 - follower->length);
                assert_true(length > 0);
                follower->length += (size_t) length;
        }
        found += strlen(wanted);
        follower->length -= (size_t) (found - follower->text);
        memmove(follower->text, found, follower->length);
        memset(follower->text + follower->length, 0, sizeof follower->text - follower->length);
}

/* Nobody reads any more: it ends by itself, and quietly. */
static void leave(struct follower *follower)
{
        struct pollfd process = { .events = POLLIN };
        int status;

        (void) close(follower->output);
        process.fd = (int) syscall(SYS_pidfd_open, follower->pid, 0);
        assert_true(process.fd >= 0);
        if (poll(&process, 1, PATIENCE_MSEC) != 1)
                (void) kill(follower->pid, SIGKILL);
        (void) close(process.fd);
        assert_int_equal(waitpid(follower->pid, &status, 0), follower->pid);
        assert_true(WIFEXITED(status));
        assert_int_equal(WEXITSTATUS(status), 0);
}

static void write_note(uint32_t code, const char *name)
{
        struct pl_journal_act act = { .at_usec = pl_clock_now_usec(),
                                      .type = PL_JOURNAL_ALARM,
                                      .note.code = code };

        pl_journal_set_text(act.note.words, sizeof act.note.words, pl_span_of(name));
        pl_journal_write_act(&writer, &act);
}

static int begin_writing(void **state)
{
        (void) place_clear(state);
        writer = place_writer(NULL);
        write_note(0, "the first");
        write_note(0, "the second");
        return 0;
}

static int end_writing(void **state)
{
        (void) state;
        pl_journal_writer_close(&writer);
        return 0;
}

static void what_happens_is_followed(void **state)
{
        static struct follower follower;

        (void) state;
        follow(&follower, false);
        expect(&follower, " the second\n");
        write_note(0, "the third");
        expect(&follower, " the third\n");
        leave(&follower);
}

/* Another size makes another file of that name. */
static void a_new_journal_is_gone_over_to(void **state)
{
        struct pl_journal_options options = made_options();
        struct pl_journal_opened opened;
        static struct follower follower;

        (void) state;
        follow(&follower, true);
        expect(&follower, "\"message\":\"the second\"");
        write_note(0, "the last of the old");
        pl_journal_writer_close(&writer);
        options.file_bytes *= 2;
        assert_int_equal(pl_journal_writer_open(place_fd, "journal", &options, &writer, &opened),
                         0);
        assert_int_equal(opened.aside, PL_JOURNAL_E_OTHER_SIZE);
        write_note(0, "the first of the new");
        expect(&follower, "\"message\":\"the first of the new\"");
        write_note(0, "the next");
        expect(&follower, "\"sequence\":2,");
        leave(&follower);
}

/* Taken over by another writer it is the same file, and goes on. */
static void a_daemon_that_comes_back_is_followed_on(void **state)
{
        static struct follower follower;

        (void) state;
        follow(&follower, false);
        expect(&follower, " the second\n");
        pl_journal_writer_close(&writer);
        writer = place_writer(NULL);
        write_note(0, "after the restart");
        expect(&follower, " after the restart\n");
        leave(&follower);
}

static void what_was_written_over_is_counted(void **state)
{
        static struct follower follower;
        uint64_t capacity = writer.layout.ring_capacity[PL_JOURNAL_ACTS];

        (void) state;
        follow(&follower, false);
        expect(&follower, " the second\n");
        assert_int_equal(kill(follower.pid, SIGSTOP), 0);
        assert_int_equal(waitpid(follower.pid, NULL, WUNTRACED), follower.pid);
        for (uint64_t i = 0; i < capacity + 100; i++)
                write_note(0, "one of many");
        write_note(0, "the end");
        assert_int_equal(kill(follower.pid, SIGCONT), 0);
        expect(&follower, "101 events are missing from number 3 on: written over by newer ones");
        expect(&follower, " the end\n");
        leave(&follower);
}

static void a_silence_is_said_once(void **state)
{
        static struct follower follower;

        (void) state;
        pl_journal_put_heartbeat(&writer, pl_clock_now_usec());
        follow(&follower, false);
        expect(&follower, "plimsolld has said nothing for ");
        pl_journal_put_heartbeat(&writer, pl_clock_now_usec());
        expect(&follower, "plimsolld has said nothing for ");
        write_note(0, "it lives");
        expect(&follower, " it lives\n");
        leave(&follower);
}

#define FOLLOW_TEST(function) cmocka_unit_test_setup_teardown(function, begin_writing, end_writing)

int main(void)
{
        const struct CMUnitTest tests[] = {
                FOLLOW_TEST(what_happens_is_followed),
                FOLLOW_TEST(a_new_journal_is_gone_over_to),
                FOLLOW_TEST(a_daemon_that_comes_back_is_followed_on),
                FOLLOW_TEST(what_was_written_over_is_counted),
                FOLLOW_TEST(a_silence_is_said_once),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
