/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* journald - messages to the system's log: a message is one datagram of fields, as
 * https://systemd.io/JOURNAL_NATIVE_PROTOCOL/ has it.
 *
 * Never blocks, never allocates, and never loses a message without saying so. A value may be any bytes: none can become
 * another field.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>

#include "plimsoll/base/span.h"
#include "plimsoll/base/text.h"

enum {
        PL_JOURNALD_E_AWAY = 1, /* it does not take messages now: not there, or too busy. Later. */
};

enum {
        /* A sentence, a path and a dozen short fields are some 2 KiB. Far below what a datagram may have. */
        PL_JOURNALD_MESSAGE_BYTES = 4096,
};

struct pl_journald {
        struct sockaddr_un address;
        int fd; /* owned; −1: none yet */
};

struct pl_journald_message {
        struct pl_text text;
        char buffer[PL_JOURNALD_MESSAGE_BYTES];
};

/* NULL is where the system has it. -ENAMETOOLONG. Nothing is opened before the first message. */
int pl_journald_init(struct pl_journald *journald, const char *path);
void pl_journald_done(struct pl_journald *journald);

/* Fields are added whole or not at all: one that does not fit any more is left out, with all after it. */
void pl_journald_begin(struct pl_journald_message *message);
void pl_journald_add(struct pl_journald_message *message, const char *field, struct pl_span value);
void pl_journald_add_u64(struct pl_journald_message *message, const char *field, uint64_t value);

/* PL_JOURNALD_E_AWAY, or a negative errno for a message that can never be sent. */
int pl_journald_send(struct pl_journald *journald, const struct pl_journald_message *message);

/* Whether all that was sent has been taken up. */
bool pl_journald_has_read(const struct pl_journald *journald);
