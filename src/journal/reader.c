/* SPDX-License-Identifier: Apache-2.0 */

/* A reader maps the file for reading alone, so whatever goes wrong here cannot reach the writer. It uses the layout that
 * follows from the size of the file, not the offsets that stand in it, and copies a thing out before it looks at it.
 */

#include "plimsoll/journal/reader.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "block.h"
#include "header.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "words.h"

int pl_journal_reader_init(const void *image, size_t bytes, struct pl_journal_reader *ret_reader)
{
        struct pl_journal_reader reader = { .words = image };
        int r;

        pl_assert(image && (uintptr_t) image % sizeof(uint64_t) == 0);
        pl_assert(ret_reader);

        if (bytes < sizeof reader.header)
                return PL_JOURNAL_E_FOREIGN;
        pl_words_out(&reader.header, reader.words, sizeof reader.header / sizeof(uint64_t));
        r = pl_header_check(&reader.header, bytes, &reader.layout);
        if (r != 0)
                return r;

        *ret_reader = reader;
        return 0;
}

/* O_NONBLOCK so that a FIFO is refused and does not hang the open. */
static int open_file(int dir_fd, const char *name, int *ret_fd, struct stat *ret_status)
{
        _cleanup_close_ int fd = openat(dir_fd, name, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);

        if (fd < 0)
                switch (errno) {
                case ENOENT:
                case ENOTDIR:
                        return PL_JOURNAL_E_ABSENT;
                case EACCES:
                case EPERM:
                        return PL_JOURNAL_E_DENIED;
                case ENXIO: /* a socket */
                        return PL_JOURNAL_E_FOREIGN;
                default:
                        return -errno;
                }
        if (fstat(fd, ret_status) < 0)
                return -errno;
        if (!S_ISREG(ret_status->st_mode) ||
            (uint64_t) ret_status->st_size < sizeof(struct pl_journal_header))
                return PL_JOURNAL_E_FOREIGN;

        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

int pl_journal_reader_open(int dir_fd, const char *name, struct pl_journal_reader *ret_reader)
{
        _cleanup_close_ int fd = -1;
        struct stat status = {};
        size_t bytes;
        void *map;
        int r;

        pl_assert(name);
        pl_assert(ret_reader);

        r = open_file(dir_fd, name, &fd, &status);
        if (r != 0)
                return r;
        /* A larger file is none of ours; its first page says what it is. */
        bytes = (size_t) PL_MIN((uint64_t) status.st_size, PL_JOURNAL_BYTES_MAX + 1);
        map = mmap(NULL, bytes, PROT_READ, MAP_SHARED, fd, 0);
        if (map == MAP_FAILED)
                return -errno;
        r = pl_journal_reader_init(map, bytes, ret_reader);
        if (r != 0) {
                (void) munmap(map, bytes);
                return r;
        }

        ret_reader->mapped = true;
        ret_reader->device = status.st_dev;
        ret_reader->inode = status.st_ino;
        return 0;
}

void pl_journal_reader_close(struct pl_journal_reader *reader)
{
        pl_assert(reader);

        if (reader->mapped)
                (void) munmap((void *) (uintptr_t) reader->words,
                              (size_t) reader->layout.file_bytes);
        *reader = (struct pl_journal_reader){};
}

int pl_journal_reader_is_replaced(const struct pl_journal_reader *reader, int dir_fd,
                                  const char *name, bool *ret_replaced)
{
        struct stat status;

        pl_assert(reader->mapped);
        pl_assert(ret_replaced);

        if (fstatat(dir_fd, name, &status, 0) < 0)
                return errno == ENOENT ? PL_JOURNAL_E_ABSENT : -errno;
        *ret_replaced = status.st_dev != reader->device || status.st_ino != reader->inode;
        return 0;
}

void pl_journal_read_pulse(const struct pl_journal_reader *reader,
                           struct pl_journal_pulse *ret_pulse)
{
        const _Atomic uint64_t *words = reader->words;

        pl_assert(words);
        pl_assert(ret_pulse);

        ret_pulse->generation = pl_word_acquire(&words[pl_word_at(PL_JOURNAL_AT_GENERATION)]);
        ret_pulse->heartbeat_usec = pl_word_acquire(&words[pl_word_at(PL_JOURNAL_AT_HEARTBEAT)]);
        /* In this order, so that a step never seems to be done before it was begun. */
        ret_pulse->step_done = pl_word_acquire(&words[pl_word_at(PL_JOURNAL_AT_STEP_DONE)]);
        ret_pulse->step_begun = pl_word_acquire(&words[pl_word_at(PL_JOURNAL_AT_STEP_BEGUN)]);
}

static int read_block(const struct pl_journal_reader *reader, uint64_t offset, void *content,
                      size_t size)
{
        pl_assert(reader->words);
        pl_assert(content);
        pl_assert(offset + 2 * sizeof(uint64_t) + size <= reader->layout.file_bytes);

        return pl_block_read(&reader->words[pl_word_at(offset)], content, size);
}

/* The check says that these are the bytes which were meant, and not that whoever meant them ended his texts. */
#define END_TEXT(field) ((field)[sizeof(field) - 1] = '\0')

int pl_journal_read_state(const struct pl_journal_reader *reader,
                          struct pl_journal_state *ret_state)
{
        struct pl_journal_state state;
        int r = read_block(reader, PL_JOURNAL_AT_STATE, &state, sizeof state);

        if (r != 0)
                return r;
        if (state.phase >= PL_JOURNAL_PHASES)
                return PL_JOURNAL_E_CORRUPT;
        END_TEXT(state.version);
        END_TEXT(state.in_force.words);
        END_TEXT(state.refused.words);
        *ret_state = state;
        return 0;
}

int pl_journal_read_host(const struct pl_journal_reader *reader, struct pl_journal_host *ret_host)
{
        struct pl_journal_host host;
        int r = read_block(reader, reader->layout.host_offset, &host, sizeof host);

        if (r != 0)
                return r;
        if (host.sample.at_usec == 0)
                return PL_JOURNAL_E_EMPTY;
        if (host.verdict.scope >= PL_SCOPES || host.verdict.severity >= PL_SEVERITIES)
                return PL_JOURNAL_E_CORRUPT;
        *ret_host = host;
        return 0;
}

int pl_journal_read_ranking(const struct pl_journal_reader *reader,
                            struct pl_journal_ranking *ret_ranking)
{
        struct pl_journal_ranking ranking;
        int r = read_block(reader, reader->layout.ranking_offset, &ranking, sizeof ranking);

        if (r != 0)
                return r;
        if (ranking.at_usec == 0)
                return PL_JOURNAL_E_EMPTY;
        if (ranking.count > PL_CANDIDATES_MAX)
                return PL_JOURNAL_E_CORRUPT;
        *ret_ranking = ranking;
        return 0;
}

uint32_t pl_journal_rows_used(const struct pl_journal_reader *reader)
{
        pl_assert(reader->words);

        return (uint32_t) PL_MIN(
                pl_word_acquire(&reader->words[pl_word_at(PL_JOURNAL_AT_ROWS_USED)]),
                reader->layout.row_count);
}

int pl_journal_read_row(const struct pl_journal_reader *reader, uint32_t index,
                        struct pl_journal_row *ret_row)
{
        struct pl_journal_row row;
        int r;

        pl_assert(index < reader->layout.row_count);

        r = read_block(reader, reader->layout.rows_offset + (uint64_t) index * PL_JOURNAL_ROW_BYTES,
                       &row, sizeof row);
        if (r != 0)
                return r;
        if (row.id == 0)
                return PL_JOURNAL_E_EMPTY;
        END_TEXT(row.name);
        END_TEXT(row.unit);
        END_TEXT(row.profile_name);
        END_TEXT(row.path);
        *ret_row = row;
        return 0;
}
