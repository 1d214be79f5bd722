/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* A journal as plimsolld would have left it, made with its own writer in a directory of its own; a moment at which it is
 * looked at, so that what is said does not depend on when; and whatever a view says of it.
 */

#include "cli/live_view.h"
#include "cli/verb.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/ratio.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/writer.h"
#include "plimsoll/model/note.h"
#include "plimsoll/model/workload.h"

#define MADE_NOW     (UINT64_C(1000000) * PL_USEC_PER_SEC)
#define MADE_WALL    (INT64_C(1800000000) * (int64_t) PL_USEC_PER_SEC) /* 2027-01-15T08:00:00Z */
#define MADE_STARTED (MADE_NOW - 3 * PL_USEC_PER_DAY - 4 * PL_USEC_PER_HOUR)

#define MADE_ID(digit)                                                                             \
        digit digit digit digit digit digit digit digit digit digit digit digit digit digit digit  \
                digit

static const struct pl_cli_style made_unicode = { .unicode = true };
static const struct pl_cli_style made_ascii = {};

struct made {
        struct test_stage stage;
        char path[TEST_PATH_MAX + 16]; /* of the journal */
        int dir_fd;
        struct pl_journal_writer writer;
        uint32_t row_count;
};

static inline void made_open(struct made *made, uint64_t file_bytes)
{
        const struct pl_journal_options options = {
                .file_bytes = file_bytes,
                .boot_id = { 'b', 'o', 'o', 't' },
                .now_usec = MADE_STARTED,
                .realtime_usec = (uint64_t) MADE_WALL,
        };
        struct pl_journal_opened opened;

        *made = (struct made){};
        test_stage_make(&made->stage);
        (void) snprintf(made->path, sizeof made->path, "%s/journal", made->stage.path);
        made->dir_fd = open(made->stage.path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        assert_true(made->dir_fd >= 0);
        assert_int_equal(
                pl_journal_writer_open(made->dir_fd, "journal", &options, &made->writer, &opened),
                0);
}

static inline void made_close(struct made *made)
{
        pl_journal_writer_close(&made->writer);
        (void) close(made->dir_fd);
        test_stage_remove(&made->stage);
}

/* Bytes over a part of the file, as a broken hand would. */
static inline void made_patch(struct made *made, uint64_t offset, const void *bytes, size_t size)
{
        _cleanup_close_ int fd = open(made->path, O_WRONLY | O_CLOEXEC);

        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, bytes, size, (off_t) offset), (ssize_t) size);
}

/* ---- what is in it ---- */

static inline struct pl_journal_state made_state(void)
{
        struct pl_journal_state state = {
                .pid = 812,
                .phase = PL_JOURNAL_RUNNING,
                .started_usec = MADE_STARTED,
                .version = "0.1.0",
                .in_force = { .digest = { 0x3f, 0x9a, 0x12, 0xc0, 0xd4, 0xe1, 0x77 },
                              .at_usec = MADE_NOW - 2 * PL_USEC_PER_HOUR - 5 * PL_USEC_PER_MINUTE,
                              .number = 1,
                              .profile_count = 5,
                              .file_count = 6 },
        };

        return state;
}

static inline struct pl_journal_host made_host(void)
{
        struct pl_journal_host host = {
                .sample = { .at_usec = MADE_NOW - 300 * PL_USEC_PER_MSEC,
                            .have = (UINT64_C(1) << sizeof(struct pl_host_sample) / 8) - 1,
                            .total_bytes = 16 * PL_GIB - 512 * PL_MIB,
                            .free_bytes = 1 * PL_GIB,
                            .available_bytes = 4 * PL_GIB + 102 * PL_MIB,
                            .swap_total_bytes = 4 * PL_GIB,
                            .swap_free_bytes = 4 * PL_GIB - 410 * PL_MIB,
                            .zram_bytes = 141 * PL_MIB,
                            .zram_data_bytes = 410 * PL_MIB,
                            .some_usec = 90 * PL_USEC_PER_SEC,
                            .full_usec = 40 * PL_USEC_PER_SEC,
                            .oom_kill_count = 2 },
                .verdict = { .end_usec = UINT64_MAX },
                .interval_usec = 100 * PL_USEC_PER_MSEC,
                .scanned_at_usec = MADE_NOW - 2100 * PL_USEC_PER_MSEC,
                .workload_count = 6,
                .profile_count = 3,
        };

        return host;
}

static inline struct pl_journal_row made_row(uint64_t id, enum pl_workload_kind kind, int runtime,
                                             const char *profile, const char *name,
                                             const char *unit, const char *path)
{
        struct pl_journal_row row = {
                .id = id,
                .parent_id = 2,
                .since_usec = MADE_NOW - PL_USEC_PER_HOUR,
                .at_usec = MADE_NOW - PL_USEC_PER_SEC,
                .kind = kind,
                .runtime = runtime,
                .profile = profile ? 1 : UINT32_MAX,
                .flags = PL_CGROUP_WORKLOAD | PL_CGROUP_POPULATED | PL_CGROUP_SCORE_KNOWN |
                         (profile ? (uint32_t) PL_CGROUP_PROFILE : 0),
        };

        if (profile)
                pl_journal_set_text(row.profile_name, sizeof row.profile_name, pl_span_of(profile));
        pl_journal_set_text(row.name, sizeof row.name, pl_span_of(name));
        pl_journal_set_text(row.unit, sizeof row.unit, pl_span_of(unit));
        pl_journal_set_path(row.path, sizeof row.path, pl_span_of(path));
        return row;
}

static inline void made_limit(struct pl_journal_row *row, enum pl_limit limit, uint64_t own,
                              uint64_t effective)
{
        row->limits.set |= UINT32_C(1) << limit;
        row->limits.values[limit] = own;
        row->effective.set |= UINT32_C(1) << limit;
        row->effective.values[limit] = effective;
}

/* Every figure, with memory split as by a server, and no limit. */
static inline void made_fill(struct pl_journal_row *row, uint64_t current_bytes,
                             uint64_t swap_bytes)
{
        row->sample = (struct pl_cgroup_sample){
                .at_usec = MADE_NOW - PL_USEC_PER_SEC,
                .stat_at_usec = MADE_NOW - 12 * PL_USEC_PER_SEC,
                .have = (UINT64_C(1) << sizeof(struct pl_cgroup_sample) / 8) - 1,
                .current_bytes = current_bytes,
                .swap_bytes = swap_bytes,
                .some_usec = 12300 * PL_USEC_PER_MSEC,
                .full_usec = 2 * PL_USEC_PER_SEC,
                .local_high = 7,
                .local_max = 3,
                .local_oom = 1,
                .local_oom_kill = 1,
                .oom_kill = 2,
                .anon_bytes = current_bytes / 2,
                .file_bytes = current_bytes / 4,
                .shmem_bytes = current_bytes / 16,
                .kernel_bytes = current_bytes / 8,
                .slab_unreclaimable_bytes = current_bytes / 32,
                .inactive_file_bytes = current_bytes / 8,
                .active_file_bytes = current_bytes / 16,
                .refault_anon = 17,
                .refault_file = 1234,
                .pgmajfault = 99,
                .pgscan = 4321,
        };
        made_limit(row, PL_LIMIT_MAX, PL_SIZE_MAX, PL_SIZE_MAX);
        made_limit(row, PL_LIMIT_HIGH, PL_SIZE_MAX, PL_SIZE_MAX);
        made_limit(row, PL_LIMIT_SWAP_MAX, PL_SIZE_MAX, PL_SIZE_MAX);
        made_limit(row, PL_LIMIT_MIN, 0, 0);
        made_limit(row, PL_LIMIT_LOW, 0, 0);
}

static inline void made_put(struct made *made, const struct pl_journal_row *row)
{
        assert_int_equal(pl_journal_put_row(&made->writer, made->row_count++, row), 0);
}

/* A step of some time ago: the host's stall then, and that of one cgroup. */
static inline void made_step(struct made *made, uint64_t step, uint64_t ago_usec,
                             uint64_t some_usec, const struct pl_journal_row *row,
                             uint64_t row_some_usec)
{
        struct pl_update update = { .kind = PL_UPDATE_SAMPLE };
        struct pl_snapshot snapshot = {
                .step = step,
                .now_usec = MADE_NOW - ago_usec,
                .host = made_host().sample,
        };

        snapshot.host.at_usec = snapshot.now_usec;
        snapshot.host.some_usec = some_usec;
        if (row) {
                update.id = row->id;
                update.sample = row->sample;
                update.sample.at_usec = snapshot.now_usec;
                update.sample.some_usec = row_some_usec;
                snapshot.updates = &update;
                snapshot.update_count = 1;
        }
        assert_int_equal(pl_journal_begin_step(&made->writer, &snapshot), 0);
        pl_journal_end_step(&made->writer, step);
}

/* Who stands on an ordinary host's board, and who would rather not be seen there. */
static inline void made_fill_board(struct made *made)
{
        static char long_name[256];
        struct pl_journal_row row;

        row = made_row(100, PL_WORKLOAD_CONTAINER, PL_RUNTIME_DOCKER, "api", "web", MADE_ID("0a1b"),
                       "/plimsoll.slice/plimsoll-api.slice/docker-" MADE_ID("0a1b") ".scope");
        made_fill(&row, 1341 * PL_MIB, 0);
        made_limit(&row, PL_LIMIT_MAX, 4 * PL_GIB, 2 * PL_GIB);
        made_limit(&row, PL_LIMIT_HIGH, 3 * PL_GIB, 3 * PL_GIB);
        made_limit(&row, PL_LIMIT_LOW, 512 * PL_MIB, 0);
        row.order = row.score_adj = -500;
        made_put(made, &row);
        made_step(made, 1, 11 * PL_USEC_PER_SEC, 90 * PL_USEC_PER_SEC - 88000, &row,
                  row.sample.some_usec - 24 * PL_USEC_PER_MSEC);

        row = made_row(101, PL_WORKLOAD_CONTAINER, PL_RUNTIME_DOCKER, "batch", "report",
                       MADE_ID("0a2c"),
                       "/plimsoll.slice/plimsoll-batch.slice/docker-" MADE_ID("0a2c") ".scope");
        made_fill(&row, 2150 * PL_MIB, 1126 * PL_MIB);
        made_limit(&row, PL_LIMIT_MAX, 8 * PL_GIB, 8 * PL_GIB);
        row.order = row.score_adj = 500;
        made_put(made, &row);

        row = made_row(102, PL_WORKLOAD_SERVICE, PL_RUNTIME_SYSTEMD, NULL, "sshd", "sshd.service",
                       "/system.slice/sshd.service");
        made_fill(&row, 14 * PL_MIB, 0);
        made_put(made, &row);

        row = made_row(103, PL_WORKLOAD_SESSION, PL_RUNTIME_SYSTEMD, NULL, "session 3 of user 1000",
                       "session-3.scope", "/user.slice/user-1000.slice/session-3.scope");
        made_fill(&row, 96 * PL_MIB, 0);
        row.sample.have = PL_CGROUP_BIT(current_bytes); /* no swap, no pressure, no memory.stat */
        row.limits = row.effective = (struct pl_journal_limits){};
        made_put(made, &row);

        row = made_row(104, PL_WORKLOAD_SERVICE, PL_RUNTIME_SYSTEMD, NULL, "idle", "idle.service",
                       "/system.slice/idle.service");
        row.flags &= ~(uint32_t) (PL_CGROUP_POPULATED | PL_CGROUP_SCORE_KNOWN);
        made_put(made, &row);

        row = made_row(105, PL_WORKLOAD_SERVICE, PL_RUNTIME_SYSTEMD, "worker",
                       "\x1B[2Jmail\ner\xFF", "\x1B]0;x\x07.service",
                       "/worker.slice/\x1B[31mevil\n.service");
        made_fill(&row, 700 * PL_MIB, 1);
        made_limit(&row, PL_LIMIT_MAX, 700 * PL_MIB, 700 * PL_MIB);
        made_put(made, &row);

        memset(long_name, 'x', sizeof long_name - 1);
        memcpy(long_name, "begins", 6);
        memcpy(long_name + sizeof long_name - 9, ".service", 8);
        row = made_row(106, PL_WORKLOAD_PLAIN, -1, NULL, long_name, long_name, "/");
        pl_journal_set_path(row.path, sizeof row.path, pl_span_of(long_name));
        row.flags &= ~(uint32_t) PL_CGROUP_SCORE_KNOWN;
        made_put(made, &row); /* without a memory controller: not one figure */

        row = made_row(2, PL_WORKLOAD_HOLDER, -1, NULL, "system.slice", "system.slice",
                       "/system.slice");
        row.flags = PL_CGROUP_POPULATED;
        made_put(made, &row);
}

static inline void made_fill_all(struct made *made)
{
        const struct pl_journal_state state = made_state();
        const struct pl_journal_host host = made_host();

        pl_journal_put_state(&made->writer, &state);
        pl_journal_put_host(&made->writer, &host);
        made_fill_board(made);
        pl_journal_put_heartbeat(&made->writer, MADE_NOW - PL_USEC_PER_SEC / 2);
}

/* ---- looking at it ---- */

static inline void made_look_at(const struct made *made, const struct pl_live_moment *moment,
                                struct pl_live *ret_live)
{
        struct pl_journal_reader reader;

        assert_int_equal(pl_journal_reader_open(made->dir_fd, "journal", &reader), 0);
        pl_live_look(&reader, moment, ret_live);
}

static inline void made_look(const struct made *made, struct pl_live *ret_live)
{
        const struct pl_live_moment moment = { .now_usec = MADE_NOW, .realtime_usec = MADE_WALL };

        made_look_at(made, &moment, ret_live);
}

/* A struct pl_cli as main() would have it, outside of any verb. What it says is whole after made_said(). */
struct made_cli {
        struct pl_cli cli;
        struct pl_text out, collected, words;
        char out_buffer[PL_CLI_OUT_MAX];
};

static struct made_cli made_cli;

static inline struct pl_cli *made_cli_begin(struct pl_cli_style style)
{
        struct made_cli *mine = &made_cli;

        mine->cli = (struct pl_cli){ .style = style, .emit = test_collect };
        pl_text_init(&mine->out, mine->out_buffer, sizeof mine->out_buffer);
        pl_text_init(&mine->collected, test_out, sizeof test_out);
        pl_text_init(&mine->words, test_words, sizeof test_words);
        mine->cli.out = &mine->out;
        mine->cli.words = &mine->words;
        mine->cli.emit_data = &mine->collected;
        return &mine->cli;
}

static inline struct pl_span made_said(void)
{
        assert_int_equal(pl_cli_flush(&made_cli.cli), 0);
        assert_false(made_cli.collected.cut);
        return pl_text_span(&made_cli.collected);
}

/* What was said against its file, and that it is tame. `show` prints paths whole, and they may be longer than a line. */
static inline void made_compare(const char *name)
{
        char path[128];

        (void) snprintf(path, sizeof path, "live/%s.txt", name);
        test_compare(made_said(), path);
        if (!strstr(name, "json") && !strstr(name, "wide") && !strstr(name, "show"))
                test_assert_tame(name, made_said());
}
