/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* write - JSON written as it is made: nothing is kept but the nesting, so a document may be longer than memory.
 *
 * Never allocates; blocks where its sink does. Invariant: what has reached the sink is the beginning of one valid
 * JSON document in valid UTF-8. Whatever would break that is a mistake of the caller's and asserted against: a value
 * without a key in an object, a key outside of one, an end that closes something else, nesting deeper than
 * PL_JSON_DEPTH_MAX.
 *
 * Only the sink can fail. Its first negative return is kept, what is written later is dropped, and
 * pl_json_writer_finish() hands it up, so that calls in between need no checking.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/span.h"
#include "plimsoll/json/bounds.h"

enum {
        /* What is gathered before the sink is called: a line of a record, so that few system calls are made. */
        PL_JSON_WRITER_BUFFER = 1024,
};

/* Takes all of the bytes or returns a negative errno. The bytes are its own only until it returns. */
typedef int (*pl_json_sink)(void *userdata, struct pl_span bytes);

struct pl_json_writer_options {
        pl_json_sink sink;
        void *userdata; /* borrowed, for the sink */
        bool pretty;    /* a member a line, two blanks a level; else one line without blanks */
};

struct pl_json_writer {
        struct pl_json_writer_options options;
        uint32_t objects; /* a bit for each open level, from the outermost: no array, an object */
        unsigned depth;   /* how many are open */
        bool empty;       /* nothing is in the innermost yet */
        bool behind_key;  /* the next value is a member's */
        bool has_value;   /* the document's one value was begun */
        int error;        /* the first one of the sink */
        size_t length;    /* of what waits in the buffer */
        char buffer[PL_JSON_WRITER_BUFFER];
};

/* Life cycle: the memory is the caller's, so there is nothing to release. */
void pl_json_writer_init(struct pl_json_writer *writer,
                         const struct pl_json_writer_options *options);

/* Ends the document with a newline and gives the rest to the sink. Asserts that one value was written and all is
 * closed. 0 or the sink's first error. The writer is then ready for another document, a line of a stream say; an
 * error stays. */
int pl_json_writer_finish(struct pl_json_writer *writer);

void pl_json_object_begin(struct pl_json_writer *writer);
void pl_json_object_end(struct pl_json_writer *writer);
void pl_json_array_begin(struct pl_json_writer *writer);
void pl_json_array_end(struct pl_json_writer *writer);

/* The name of the value that follows. That names in an object differ is the caller's business. */
void pl_json_key(struct pl_json_writer *writer, const char *key);

/* Any bytes: what is not UTF-8 becomes U+FFFD, and the control characters, DEL, C1 and the marks that turn the
 * direction of writing are escaped, so that a hostile name cannot do to a terminal what it could not do in words. */
void pl_json_string(struct pl_json_writer *writer, struct pl_span string);

void pl_json_u64(struct pl_json_writer *writer, uint64_t value);
void pl_json_i64(struct pl_json_writer *writer, int64_t value);
void pl_json_bool(struct pl_json_writer *writer, bool value);
void pl_json_null(struct pl_json_writer *writer);

/* A number in fixed point, with all of its decimals (at most 18): 1234 with 2 is 12.34, −5 with 2 is -0.05. */
void pl_json_fixed(struct pl_json_writer *writer, int64_t value, unsigned decimals);

/* A number as it stands in a document that was read: pl_json_value.source. Asserted to be one. */
void pl_json_number(struct pl_json_writer *writer, struct pl_span source);

/* Members of an object: key and value in one. */
void pl_json_put_string(struct pl_json_writer *writer, const char *key, struct pl_span string);
void pl_json_put_u64(struct pl_json_writer *writer, const char *key, uint64_t value);
void pl_json_put_i64(struct pl_json_writer *writer, const char *key, int64_t value);
void pl_json_put_bool(struct pl_json_writer *writer, const char *key, bool value);
void pl_json_put_null(struct pl_json_writer *writer, const char *key);
void pl_json_put_fixed(struct pl_json_writer *writer, const char *key, int64_t value,
                       unsigned decimals);

/* A sink that writes to a file descriptor; userdata is an int *, the fd. */
int pl_json_sink_fd(void *userdata, struct pl_span bytes);

/* A sink that adds to a struct pl_text; -ENOBUFS once that is full. */
int pl_json_sink_text(void *userdata, struct pl_span bytes);
