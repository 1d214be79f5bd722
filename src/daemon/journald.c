/* SPDX-License-Identifier: Apache-2.0 */

/* sd_journal_sendv() would be shorter, and it is what this must not be. It waits when journald's queue is full: a journald
 * that stands still, as it does on a host that is short of memory, would stop whoever writes there, just when he is
 * needed. And where there is no journald, as in the moment of its restart, it drops the message and reports success.
 *
 * So a datagram is sent here without waiting. The socket is not connected: whoever listens under the name at that moment
 * gets it, and a journald that was restarted needs no second thought.
 */

#include "journald.h"

#include <endian.h>
#include <errno.h>
#include <linux/sockios.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"

static const char system_path[] = "/run/systemd/journal/socket";

int pl_journald_init(struct pl_journald *journald, const char *path)
{
        struct pl_text text;

        pl_assert(journald);

        *journald = (struct pl_journald){ .address.sun_family = AF_UNIX, .fd = -1 };
        pl_text_init(&text, journald->address.sun_path, sizeof journald->address.sun_path);
        pl_text_add(&text, path ? path : system_path);
        return text.cut ? -ENAMETOOLONG : 0;
}

void pl_journald_done(struct pl_journald *journald)
{
        pl_assert(journald);

        if (journald->fd >= 0)
                (void) close(journald->fd);
        journald->fd = -1;
}

void pl_journald_begin(struct pl_journald_message *message)
{
        pl_assert(message);
        pl_text_init(&message->text, message->buffer, sizeof message->buffer);
}

/* What journald takes for a field: others it drops without a word, and those with a '_' in front are its own to set. */
static bool is_field(const char *field)
{
        return field[0] >= 'A' && field[0] <= 'Z' &&
               strspn(field, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") == strlen(field);
}

/* A newline ends a field, unless its length was said before. */
void pl_journald_add(struct pl_journald_message *message, const char *field, struct pl_span value)
{
        const uint64_t length = htole64(value.length);
        const bool is_line = value.length == 0 || !memchr(value.data, '\n', value.length);
        struct pl_text *text = &message->text;

        pl_assert(is_field(field));

        if (text->cut ||
            strlen(field) + sizeof length + value.length + 2 >= text->size - text->length) {
                text->cut = true;
                return;
        }
        pl_text_add(text, field);
        pl_text_add_byte(text, is_line ? '=' : '\n');
        if (!is_line)
                pl_text_add_span(text, pl_span((const char *) &length, sizeof length));
        pl_text_add_span(text, value);
        pl_text_add_byte(text, '\n');
        pl_assert(!text->cut);
}

void pl_journald_add_u64(struct pl_journald_message *message, const char *field, uint64_t value)
{
        char digits[24];
        struct pl_text text;

        pl_text_init(&text, digits, sizeof digits);
        pl_text_add_u64(&text, value);
        pl_journald_add(message, field, pl_text_span(&text));
}

/* A full queue, nobody there, no memory for the moment: all of that passes. What is too long stays so. */
static int outcome(int error)
{
        return error == EMSGSIZE ? -error : PL_JOURNALD_E_AWAY;
}

int pl_journald_send(struct pl_journald *journald, const struct pl_journald_message *message)
{
        struct pl_span bytes = pl_text_span(&message->text);

        pl_assert(bytes.length > 0);

        if (journald->fd < 0)
                journald->fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
        if (journald->fd < 0)
                return outcome(errno);
        if (sendto(journald->fd, bytes.data, bytes.length, MSG_DONTWAIT | MSG_NOSIGNAL,
                   (const struct sockaddr *) &journald->address, sizeof journald->address) < 0)
                return outcome(errno);
        return 0;
}

bool pl_journald_has_read(const struct pl_journald *journald)
{
        int unread_bytes = 0;

        pl_assert(journald);

        return journald->fd < 0 || ioctl(journald->fd, SIOCOUTQ, &unread_bytes) < 0 ||
               unread_bytes == 0;
}
