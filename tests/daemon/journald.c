/* SPDX-License-Identifier: Apache-2.0 */
#include "daemon/journald.h"

#include "journald_fake.h"

static struct pl_journald journald;
static struct pl_journald_message message;

static int set_up(void **state)
{
        (void) place_clear(state);
        (void) fake_address();
        return pl_journald_init(&journald, fake.path);
}

static int tear_down(void **state)
{
        (void) state;
        pl_journald_done(&journald);
        fake_close();
        return 0;
}

static void add(const char *field, const char *value)
{
        pl_journald_add(&message, field, pl_span_of(value));
}

static int send_one(const char *value)
{
        pl_journald_begin(&message);
        add("VALUE", value);
        return pl_journald_send(&journald, &message);
}

static void a_message_is_its_fields(void **state)
{
        static const char wanted[] = "MESSAGE=Something happened\n"
                                     "PRIORITY=3\n"
                                     "EMPTY=\n"
                                     "EQUALS=a=b\n"
                                     "LINES\n\x04\0\0\0\0\0\0\0xx\nx\n"
                                     "LARGE=18446744073709551615\n";

        (void) state;
        pl_journald_begin(&message);
        add("MESSAGE", "Something happened");
        pl_journald_add_u64(&message, "PRIORITY", 3);
        add("EMPTY", "");
        add("EQUALS", "a=b");
        add("LINES", "xx\nx");
        pl_journald_add_u64(&message, "LARGE", UINT64_MAX);
        assert_int_equal(message.text.length, sizeof wanted - 1);
        assert_memory_equal(message.text.data, wanted, sizeof wanted - 1);
}

/* Whatever a value is, it comes out as it went in, and no other field comes with it. */
static void no_value_becomes_a_field(void **state)
{
        static const struct pl_span values[] = {
                { "\n", 1 },
                { "\n\n", 2 },
                { "x\nMESSAGE=forged\n", 17 },
                { "x\nMESSAGE\n\x01\0\0\0\0\0\0\0y\n", 20 },
                { "=", 1 },
                { "=x\n", 3 },
                { "a\0b", 3 },
                { "\0\n\0", 3 },
                { "\xff\xfe\n\xc3", 4 },
                { ".#", 2 },
        };

        (void) state;
        fake_open();
        for (size_t i = 0; i < PL_ARRAY_LENGTH(values); i++) {
                pl_journald_begin(&message);
                pl_journald_add(&message, "VALUE", values[i]);
                add("MESSAGE", "true");
                assert_int_equal(pl_journald_send(&journald, &message), 0);
                fake_receive();
                assert_int_equal(fake.count, 2);
                assert_true(pl_span_equals_span(fake_value("VALUE"), values[i]));
                assert_field("MESSAGE", "true");
        }
}

/* At each length around the bound, as a line and with a length. */
static void what_does_not_fit_is_left_out_whole(void **state)
{
        static char value[PL_JOURNALD_MESSAGE_BYTES + 8];
        size_t without = 0;

        (void) state;
        for (int with_newline = 0; with_newline < 2; with_newline++)
                for (size_t length = PL_JOURNALD_MESSAGE_BYTES - 64; length < sizeof value;
                     length++) {
                        memset(value, 'x', length);
                        if (with_newline)
                                value[1] = '\n';
                        pl_journald_begin(&message);
                        add("FIRST", "1");
                        pl_journald_add(&message, "VALUE", pl_span(value, length));
                        add("LAST", "2");
                        fake_parse(pl_text_span(&message.text));
                        assert_field("FIRST", "1");
                        assert_int_equal(fake_value("LAST").length, message.text.cut ? 0 : 1);
                        assert_int_equal(fake.count, 1 + !pl_span_empty(fake_value("VALUE")) +
                                                             !message.text.cut);
                        without += fake.count == 1;
                        if (!pl_span_empty(fake_value("VALUE")))
                                assert_int_equal(fake_value("VALUE").length, length);
                }
        assert_true(without > 0);
}

static void nobody_there_is_away(void **state)
{
        (void) state;
        assert_true(pl_journald_has_read(&journald));
        assert_int_equal(send_one("1"), PL_JOURNALD_E_AWAY);
        fake_open();
        assert_int_equal(send_one("2"), 0);
        fake_receive();
        assert_field("VALUE", "2");

        /* Its name is still there, and nobody behind it: as when it was killed. */
        (void) close(fake.fd);
        fake.fd = -1;
        assert_int_equal(send_one("3"), PL_JOURNALD_E_AWAY);
        (void) unlink(fake.path);
        fake_open();
        assert_int_equal(send_one("4"), 0);
        fake_receive();
        assert_field("VALUE", "4");
}

static void a_full_queue_is_away_and_never_waits(void **state)
{
        size_t count;

        (void) state;
        fake_open();
        count = fake_fill();
        (void) alarm(60); /* if it did wait */
        assert_int_equal(send_one("1"), PL_JOURNALD_E_AWAY);
        assert_true(pl_journald_has_read(&journald));
        fake_drain(count);
        assert_int_equal(send_one("2"), 0);
        assert_false(pl_journald_has_read(&journald));
        fake_receive();
        assert_field("VALUE", "2");
        assert_true(pl_journald_has_read(&journald));
        assert_false(fake_receives_within(0));
        (void) alarm(0);
}

static void a_path_is_no_longer_than_a_socket_has(void **state)
{
        static char path[200];
        struct pl_journald other;

        (void) state;
        memset(path, 'x', sizeof other.address.sun_path);
        assert_int_equal(pl_journald_init(&other, path), -ENAMETOOLONG);
        path[sizeof other.address.sun_path - 1] = '\0';
        assert_int_equal(pl_journald_init(&other, path), 0);
        assert_int_equal(pl_journald_init(&other, NULL), 0);
        assert_string_equal(other.address.sun_path, "/run/systemd/journal/socket");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
        const struct CMUnitTest tests[] = {
                TEST(a_message_is_its_fields),
                TEST(no_value_becomes_a_field),
                TEST(what_does_not_fit_is_left_out_whole),
                TEST(nobody_there_is_away),
                TEST(a_full_queue_is_away_and_never_waits),
                TEST(a_path_is_no_longer_than_a_socket_has),
        };

        return cmocka_run_group_tests(tests, place_set_up, place_tear_down);
}
