/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A journald for tests: a socket in the test's directory, and a reader of the protocol that was written from its description
 * and shares nothing with the writer.
 */

#include "journal/place.h"

#include <endian.h>
#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include "plimsoll/base/clock.h"

enum {
        FAKE_FIELDS_MAX = 64,
        /* Longer than anything that is waited for takes on the slowest machine. */
        FAKE_PATIENCE_MSEC = 60000,
        FAKE_FILLERS = 8,
};

struct fake_field {
        struct pl_span name;
        struct pl_span value;
};

static struct {
        int fd;
        char path[64];
        char datagram[16384];
        size_t count;
        struct fake_field fields[FAKE_FIELDS_MAX];
} fake = { .fd = -1 };

static inline struct sockaddr_un fake_address(void)
{
        struct sockaddr_un address = { .sun_family = AF_UNIX };

        (void) snprintf(fake.path, sizeof fake.path, "%s/socket", place_path);
        memcpy(address.sun_path, fake.path, sizeof fake.path);
        return address;
}

static inline void fake_open(void)
{
        const struct sockaddr_un address = fake_address();

        pl_assert(fake.fd < 0);
        fake.fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        assert_true(fake.fd >= 0);
        assert_int_equal(bind(fake.fd, (const struct sockaddr *) &address, sizeof address), 0);
}

static inline void fake_close(void)
{
        if (fake.fd < 0)
                return;
        (void) close(fake.fd);
        (void) unlink(fake.path);
        fake.fd = -1;
}

/* Puts the next field out of the rest. */
static inline struct fake_field fake_take_field(struct pl_span *rest)
{
        const char *end = memchr(rest->data, '\n', rest->length), *equals;
        struct fake_field field;
        uint64_t length;

        assert_non_null(end);
        field.name = pl_span(rest->data, (size_t) (end - rest->data));
        equals = memchr(field.name.data, '=', field.name.length);
        *rest = pl_span_from(*rest, field.name.length + 1);
        if (equals) {
                field.name.length = (size_t) (equals - field.name.data);
                field.value = pl_span(equals + 1, (size_t) (end - equals) - 1);
                return field;
        }
        assert_true(rest->length > sizeof length);
        memcpy(&length, rest->data, sizeof length);
        *rest = pl_span_from(*rest, sizeof length);
        field.value = pl_span(rest->data, (size_t) le64toh(length));
        assert_true(field.value.length < rest->length);
        assert_int_equal(rest->data[field.value.length], '\n');
        *rest = pl_span_from(*rest, field.value.length + 1);
        return field;
}

static inline void fake_parse(struct pl_span datagram)
{
        for (fake.count = 0; !pl_span_empty(datagram); fake.count++) {
                assert_true(fake.count < FAKE_FIELDS_MAX);
                fake.fields[fake.count] = fake_take_field(&datagram);
        }
}

/* The next message, if there is one within this time. */
static inline bool fake_receives_within(int patience_msec)
{
        struct pollfd fd = { .fd = fake.fd, .events = POLLIN };
        ssize_t length;

        if (poll(&fd, 1, patience_msec) != 1)
                return false;
        length = recv(fake.fd, fake.datagram, sizeof fake.datagram, MSG_DONTWAIT);
        assert_true(length > 0);
        fake_parse(pl_span(fake.datagram, (size_t) length));
        return true;
}

static inline void fake_receive(void)
{
        assert_true(fake_receives_within(FAKE_PATIENCE_MSEC));
}

/* Its one value; empty without it. */
static inline struct pl_span fake_value(const char *name)
{
        struct pl_span value = pl_span("", 0);
        size_t count = 0;

        for (size_t i = 0; i < fake.count; i++)
                if (pl_span_equals(fake.fields[i].name, name)) {
                        value = fake.fields[i].value;
                        count++;
                }
        if (count > 1)
                fail_msg("field %s came %zu times", name, count);
        return value;
}

static inline uint64_t fake_number(const char *name)
{
        uint64_t value = 0;

        if (pl_span_to_u64(fake_value(name), &value) != 0)
                fail_msg("field %s is no number", name);
        return value;
}

static inline void assert_field(const char *name, const char *wanted)
{
        struct pl_span value = fake_value(name);

        if (!pl_span_equals(value, wanted))
                fail_msg("field %s is \"%.*s\", not \"%s\"", name, (int) value.length, value.data,
                         wanted);
}

/* Stands still: takes no more messages from anybody. What fills the queue is the number of its messages, or else what each
 * sender may have under way. */
static inline size_t fake_fill(void)
{
        const struct sockaddr_un address = fake_address();
        size_t count = 0;

        for (int i = 0; i < FAKE_FILLERS; i++) {
                _cleanup_close_ int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
                const size_t before = count;

                while (sendto(fd, "FILL=1\n", 7, MSG_DONTWAIT, (const struct sockaddr *) &address,
                              sizeof address) == 7)
                        count++;
                assert_int_equal(errno, EAGAIN);
                if (count == before)
                        return count;
        }
        fail_msg("%zu messages do not fill the queue", count);
        return count;
}

static inline void fake_drain(size_t count)
{
        for (size_t i = 0; i < count; i++) {
                fake_receive();
                assert_field("FILL", "1");
        }
}
