/* SPDX-License-Identifier: Apache-2.0 */

/* What a killed writer leaves is put right before the next one shows itself: first the rings, whose marks say whether this
 * is a journal at all, then the board, which is emptied, for the next daemon counts its workloads anew. Each step can be
 * done twice, so that a writer killed here is no different from one killed later.
 */

#include "plimsoll/journal/writer.h"

#include <errno.h>
#include <sys/mman.h>
#include <unistd.h>

#include "act.h"
#include "block.h"
#include "file.h"
#include "header.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "ring.h"
#include "snapshot.h"
#include "words.h"

/* ---- opening ---- */

static int map(struct pl_journal_writer *writer, int fd, const struct pl_journal_options *options)
{
        void *words;
        int r = pl_journal_layout(options->file_bytes, &writer->layout);

        pl_assert(r == 0);

        /* Touched now, so that an append finds every page in its place. */
        words = mmap(NULL, (size_t) options->file_bytes, PROT_READ | PROT_WRITE,
                     MAP_SHARED | MAP_POPULATE, fd, 0);
        if (words == MAP_FAILED)
                return -errno;
        writer->words = words;
        return 0;
}

static void unmap(struct pl_journal_writer *writer)
{
        if (writer->words)
                (void) munmap((void *) (uintptr_t) writer->words,
                              (size_t) writer->layout.file_bytes);
        writer->words = NULL;
}

static _Atomic uint64_t *word_at(const struct pl_journal_writer *writer, uint64_t offset)
{
        return &writer->words[pl_word_at(offset)];
}

static _Atomic uint64_t *row_at(const struct pl_journal_writer *writer, uint64_t index)
{
        return word_at(writer, writer->layout.rows_offset + index * PL_JOURNAL_ROW_BYTES);
}

static void empty_board(struct pl_journal_writer *writer, uint64_t *cleared_count)
{
        static const struct pl_journal_row nobody;
        static const struct pl_journal_host no_host;
        static const struct pl_journal_ranking no_ranking;

        pl_word_release(word_at(writer, PL_JOURNAL_AT_ROWS_USED), 0);
        for (uint64_t i = 0; i < writer->layout.row_count; i++) {
                _Atomic uint64_t *row = row_at(writer, i);

                *cleared_count += pl_block_is_torn(row);
                if (!pl_block_is_unused(row))
                        pl_block_write(row, &nobody, sizeof nobody);
        }
        pl_block_write(word_at(writer, writer->layout.host_offset), &no_host, sizeof no_host);
        pl_block_write(word_at(writer, writer->layout.ranking_offset), &no_ranking,
                       sizeof no_ranking);
}

static int recover(struct pl_journal_writer *writer, struct pl_journal_opened *opened)
{
        for (enum pl_journal_ring ring = 0; ring < PL_JOURNAL_RINGS; ring++) {
                int r = pl_ring_recover(writer->words, &writer->layout, ring, &writer->next[ring],
                                        &opened->cleared_count);

                if (r != 0)
                        return r;
        }
        return 0;
}

/* A generation is counted when its writer has the journal in order. */
static void take_over(struct pl_journal_writer *writer, const struct pl_journal_options *options,
                      struct pl_journal_opened *opened)
{
        _Atomic uint64_t *generation = word_at(writer, PL_JOURNAL_AT_GENERATION);
        _Atomic uint64_t *begun = word_at(writer, PL_JOURNAL_AT_STEP_BEGUN);
        _Atomic uint64_t *done = word_at(writer, PL_JOURNAL_AT_STEP_DONE);
        const struct pl_journal_state state = {
                .pid = (uint32_t) getpid(),
                .phase = PL_JOURNAL_STARTING,
                .started_usec = options->now_usec,
        };

        empty_board(writer, &opened->cleared_count);
        if (pl_word_get(begun) != pl_word_get(done))
                opened->unfinished_step = pl_word_get(begun);
        pl_word_set(done, 0);
        pl_word_release(begun, 0);
        pl_journal_put_state(writer, &state);
        pl_journal_put_heartbeat(writer, options->now_usec);
        opened->generation = pl_word_get(generation) + 1;
        pl_word_release(generation, opened->generation);
}

static int continue_old(struct pl_journal_writer *writer, int dir_fd, const char *name,
                        struct pl_journal_options *options, struct pl_journal_opened *opened)
{
        _cleanup_close_ int fd = -1;
        int r = pl_file_open_old(dir_fd, name, options, &fd);

        if (r == 0)
                r = map(writer, fd, options);
        if (r == 0)
                r = recover(writer, opened);
        if (r != 0) {
                unmap(writer);
                return r;
        }
        take_over(writer, options, opened);
        opened->continued = true;
        return 0;
}

static void fill_in(struct pl_journal_writer *writer, const struct pl_journal_options *options)
{
        struct pl_journal_header header = pl_header_make(&writer->layout);

        memcpy(header.boot_id, options->boot_id, sizeof header.boot_id);
        header.created_usec = options->now_usec;
        header.created_realtime_usec = options->realtime_usec;
        pl_header_seal(&header);
        pl_words_in(writer->words, &header, sizeof header / sizeof(uint64_t));
        writer->next[PL_JOURNAL_ACTS] = 1;
        writer->next[PL_JOURNAL_SAMPLES] = 1;
}

/* What is there is put aside when the new one is whole, if it could be gone on with. */
static int begin_new(struct pl_journal_writer *writer, int dir_fd, const char *name,
                     const struct pl_journal_options *options, struct pl_journal_opened *opened)
{
        _cleanup_close_ int fd = -1;
        int r = pl_file_make(dir_fd, name, options, &fd);

        if (r != 0)
                return r;
        r = map(writer, fd, options);
        if (r == 0) {
                fill_in(writer, options);
                take_over(writer, options, opened);
                if (opened->aside == PL_JOURNAL_E_OTHER_SIZE)
                        r = pl_file_put_aside(dir_fd, name);
                if (r == 0)
                        r = pl_file_show(dir_fd, name);
        }
        if (r != 0) {
                unmap(writer);
                pl_file_unmake(dir_fd, name);
        }
        return r;
}

/* Whether that outcome speaks of what lies there, and not of our trouble in looking. */
static bool is_of_no_use(int r)
{
        return r == PL_JOURNAL_E_FOREIGN || r == PL_JOURNAL_E_BYTE_ORDER ||
               r == PL_JOURNAL_E_VERSION || r == PL_JOURNAL_E_CORRUPT ||
               r == PL_JOURNAL_E_OTHER_BOOT;
}

/* Locked memory is a help and no need. */
static void finish(struct pl_journal_writer *writer, const struct pl_journal_options *options,
                   struct pl_journal_opened *opened)
{
        if (options->lock_memory &&
            mlock((const void *) (uintptr_t) writer->words, (size_t) writer->layout.file_bytes) < 0)
                opened->lock_error = errno;
}

static bool is_possible(const struct pl_journal_options *options)
{
        return options->file_bytes >= PL_JOURNAL_BYTES_MIN &&
               options->file_bytes <= PL_JOURNAL_BYTES_MAX &&
               options->file_bytes % PL_JOURNAL_PAGE_BYTES == 0;
}

static int open_locked(struct pl_journal_writer *writer, int dir_fd, const char *name,
                       const struct pl_journal_options *options, struct pl_journal_opened *opened)
{
        struct pl_journal_options as_it_is = *options;
        int r = continue_old(writer, dir_fd, name, &as_it_is, opened);

        if (r == PL_JOURNAL_E_OTHER_SIZE) {
                *opened = (struct pl_journal_opened){ .aside = r };
                r = begin_new(writer, dir_fd, name, options, opened);
                if (r != PL_JOURNAL_E_NO_SPACE)
                        return r;
                *opened = (struct pl_journal_opened){};
                return continue_old(writer, dir_fd, name, &as_it_is, opened);
        }
        if (is_of_no_use(r)) {
                *opened = (struct pl_journal_opened){ .aside = r };
                r = pl_file_put_aside(dir_fd, name);
                if (r == 0)
                        r = PL_JOURNAL_E_ABSENT;
        }
        if (r == PL_JOURNAL_E_ABSENT)
                r = begin_new(writer, dir_fd, name, options, opened);
        return r;
}

int pl_journal_lock(int dir_fd, const char *name, int *ret_fd)
{
        pl_assert(name && ret_fd);

        return pl_file_lock(dir_fd, name, ret_fd);
}

int pl_journal_writer_open(int dir_fd, const char *name, const struct pl_journal_options *options,
                           struct pl_journal_writer *ret_writer,
                           struct pl_journal_opened *ret_opened)
{
        _cleanup_(pl_journal_writer_close) struct pl_journal_writer writer = { .lock_fd = -1 };
        struct pl_journal_opened opened = {};
        int r;

        pl_assert(name && options && ret_writer && ret_opened);
        pl_assert(is_possible(options));

        *ret_writer = writer;
        r = options->is_locked ? 0 : pl_file_lock(dir_fd, name, &writer.lock_fd);
        if (r == 0)
                r = open_locked(&writer, dir_fd, name, options, &opened);
        if (r != 0)
                return r;
        finish(&writer, options, &opened);

        *ret_opened = opened;
        *ret_writer = PL_TAKE(writer, (struct pl_journal_writer){ .lock_fd = -1 });
        return 0;
}

int pl_journal_writer_open_memory(int fd, const struct pl_journal_options *options,
                                  struct pl_journal_writer *ret_writer,
                                  struct pl_journal_opened *ret_opened)
{
        _cleanup_(pl_journal_writer_close) struct pl_journal_writer writer = { .lock_fd = -1 };
        struct pl_journal_opened opened = {};
        int r;

        pl_assert(options && ret_writer && ret_opened);
        pl_assert(is_possible(options));

        *ret_writer = writer;
        r = pl_file_allocate(fd, options->file_bytes);
        if (r == 0)
                r = map(&writer, fd, options);
        if (r != 0)
                return r;
        fill_in(&writer, options);
        take_over(&writer, options, &opened);
        finish(&writer, options, &opened);

        *ret_opened = opened;
        *ret_writer = PL_TAKE(writer, (struct pl_journal_writer){ .lock_fd = -1 });
        return 0;
}

void pl_journal_writer_close(struct pl_journal_writer *writer)
{
        pl_assert(writer);

        unmap(writer);
        pl_cleanup_close(&writer->lock_fd);
        *writer = (struct pl_journal_writer){ .lock_fd = -1 };
}

/* ---- the board ---- */

void pl_journal_put_state(struct pl_journal_writer *writer, const struct pl_journal_state *state)
{
        pl_assert(writer->words);
        pl_assert(state->phase < PL_JOURNAL_PHASES);

        pl_block_write(word_at(writer, PL_JOURNAL_AT_STATE), state, sizeof *state);
}

void pl_journal_put_host(struct pl_journal_writer *writer, const struct pl_journal_host *host)
{
        pl_assert(writer->words);
        pl_assert(host->verdict.scope < PL_SCOPES && host->verdict.severity < PL_SEVERITIES);

        pl_block_write(word_at(writer, writer->layout.host_offset), host, sizeof *host);
}

void pl_journal_put_ranking(struct pl_journal_writer *writer,
                            const struct pl_journal_ranking *ranking)
{
        pl_assert(writer->words);
        pl_assert(ranking->count <= PL_CANDIDATES_MAX);

        pl_block_write(word_at(writer, writer->layout.ranking_offset), ranking, sizeof *ranking);
}

void pl_journal_put_heartbeat(struct pl_journal_writer *writer, uint64_t now_usec)
{
        pl_assert(writer->words);

        pl_word_release(word_at(writer, PL_JOURNAL_AT_HEARTBEAT), now_usec);
}

int pl_journal_put_row(struct pl_journal_writer *writer, uint32_t index,
                       const struct pl_journal_row *row)
{
        _Atomic uint64_t *used;

        pl_assert(writer->words);
        pl_assert(row->id != 0);

        if (index >= writer->layout.row_count)
                return PL_JOURNAL_E_FULL;
        pl_block_write(row_at(writer, index), row, sizeof *row);
        used = word_at(writer, PL_JOURNAL_AT_ROWS_USED);
        if (pl_word_get(used) <= index)
                pl_word_release(used, UINT64_C(1) + index);
        return 0;
}

void pl_journal_clear_row(struct pl_journal_writer *writer, uint32_t index)
{
        static const struct pl_journal_row nobody;

        pl_assert(writer->words);

        if (index < writer->layout.row_count)
                pl_block_write(row_at(writer, index), &nobody, sizeof nobody);
}

/* ---- the rings ---- */

void pl_journal_write_act(struct pl_journal_writer *writer, const struct pl_journal_act *act)
{
        uint64_t *next = &writer->next[PL_JOURNAL_ACTS];
        struct pl_journal_record record;

        pl_assert(writer->words);

        if (act->type == PL_JOURNAL_DECISION) {
                pl_decision_write(writer, act);
                return;
        }
        pl_act_encode(act, &record);
        pl_ring_write(writer->words, &writer->layout, PL_JOURNAL_ACTS, *next, &record);
        pl_ring_publish(writer->words, PL_JOURNAL_ACTS, (*next)++);
}

int pl_journal_begin_step(struct pl_journal_writer *writer, const struct pl_snapshot *snapshot)
{
        int r;

        pl_assert(writer->words);

        r = pl_snapshot_write(writer, snapshot);
        pl_word_release(word_at(writer, PL_JOURNAL_AT_STEP_BEGUN), snapshot->step);
        return r;
}

int pl_journal_write_checkpoint(struct pl_journal_writer *writer,
                                const struct pl_snapshot *snapshot, uint64_t records_max)
{
        pl_assert(writer->words);
        pl_assert(snapshot->flags & PL_SNAPSHOT_CHECKPOINT);

        if (pl_snapshot_count(snapshot) > records_max)
                return PL_JOURNAL_E_TOO_LONG;
        return pl_snapshot_write(writer, snapshot);
}

void pl_journal_end_step(struct pl_journal_writer *writer, uint64_t step)
{
        pl_assert(writer->words);

        pl_word_release(word_at(writer, PL_JOURNAL_AT_STEP_DONE), step);
}
