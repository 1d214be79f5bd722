/* SPDX-License-Identifier: Apache-2.0 */

/* Nothing is forgotten before all of it is done: a run that is ended is begun anew, finds what is back already, and does the
 * rest.
 */

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "boot.h"
#include "host_settings.h"
#include "look.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/format.h"
#include "plimsoll/journal/writer.h"
#include "say.h"
#include "tidy.h"
#include "undo_internal.h"

enum {
        BYTES_WORDS = 32,
        SUMMARY_BYTES = 256,
};

/* ---- opening ---- */

static enum pl_daemon_exit explain(const struct pl_undo_options *options, int r)
{
        if (r == PL_JOURNAL_E_LOCKED) {
                pl_say_error("plimsolld is running, and keeps limits applied\n"
                             "→ plimsoll restore, or systemctl stop plimsolld first");
                return PL_DAEMON_OCCUPIED;
        }
        if (r == PL_JOURNAL_E_DENIED || r == -EACCES) {
                pl_say_error("%s may not be written\n→ run plimsolld --restore as root",
                             options->directory);
                return PL_DAEMON_DENIED;
        }
        pl_say_error("%s cannot be opened: %s", options->directory,
                     r < 0 ? strerrordesc_np(-r) : "it is not a directory of ours");
        return PL_DAEMON_FAILED;
}

static enum pl_daemon_exit explain_log(const struct pl_undo_options *options, int r)
{
        if (r == PL_ORIGINALS_E_DENIED) {
                pl_say_error("%s/originals may not be read or written\n"
                             "→ run plimsolld --restore as root",
                             options->directory);
                return PL_DAEMON_DENIED;
        }
        pl_say_error("%s/originals cannot be opened: %s", options->directory,
                     r < 0                          ? strerrordesc_np(-r)
                     : r == PL_ORIGINALS_E_NO_SPACE ? "no room is left"
                                                    : "it is not a log of ours");
        return PL_DAEMON_FAILED;
}

bool pl_undo_say_lost(const char *directory, const char *name,
                      const struct pl_originals_opened *opened)
{
        const bool is_strange = opened->aside == PL_ORIGINALS_E_VERSION ||
                                opened->aside == PL_ORIGINALS_E_FOREIGN;

        if (is_strange)
                pl_say_error("%s/%s was no log of this version and is %s.old now: what it knew is "
                             "not put back",
                             directory, name, name);
        if (opened->spoilt_count > 0)
                pl_say_error("%s/%s was spoilt in %ju places: what stood there is not put back",
                             directory, name, (uintmax_t) opened->spoilt_count);
        return is_strange || opened->spoilt_count > 0;
}

/* *ret_any: there is a log. */
static enum pl_daemon_exit open_log(struct pl_undoing *run, bool *ret_any)
{
        const struct pl_undo_options *options = run->options;
        struct pl_originals_opened opened;
        uint8_t boot_id[16];
        int r;

        *ret_any = false;
        run->dir_fd = open(options->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        if (run->dir_fd < 0)
                return errno == ENOENT ? PL_DAEMON_FINE : explain(options, -errno);
        r = pl_journal_lock(run->dir_fd, "journal", &run->lock_fd);
        if (r != 0)
                return explain(options, r);
        /* None is begun for the sake of looking. */
        if (faccessat(run->dir_fd, "originals", F_OK, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
                return PL_DAEMON_FINE;
        pl_boot_id_read(options->roots.proc_fd, boot_id);
        r = pl_originals_open(&run->originals, run->dir_fd, boot_id, &opened);
        if (r != 0)
                return explain_log(options, r);
        *ret_any = true;
        run->has_trouble |= pl_undo_say_lost(options->directory, "originals", &opened);
        return PL_DAEMON_FINE;
}

static void close_all(struct pl_undoing *run)
{
        pl_systemd_close(&run->systemd);
        pl_table_done(&run->ids);
        pl_table_done(&run->paths);
        free(run->ones);
        pl_originals_close(&run->originals);
        pl_cleanup_close(&run->lock_fd);
        pl_cleanup_close(&run->dir_fd);
}

/* ---- what is left ---- */

static void format_value(enum pl_limit limit, uint64_t value, char words[BYTES_WORDS])
{
        struct pl_text text;

        pl_text_init(&text, words, BYTES_WORDS);
        if (pl_limit_is_switch(limit))
                pl_text_add_u64(&text, value);
        else
                pl_bytes_format(&text, value);
}

static void say_left(const struct pl_undo_one *one, const struct pl_original_cgroup *noted,
                     enum pl_limit limit)
{
        char path[PL_ORIGINALS_PATH_BYTES], goal[BYTES_WORDS], use[BYTES_WORDS];
        struct pl_text text;

        pl_text_init(&text, path, sizeof path);
        pl_text_add_clean(&text, pl_span_of(noted->path));
        format_value(limit, one->goal.values[limit], goal);
        format_value(PL_LIMIT_MAX, one->current_bytes, use);
        if (one->refused & UINT32_C(1) << limit)
                pl_say_error("%s: %s cannot be %s again: it is not taken", path,
                             pl_limit_file(limit), goal);
        else if (limit == PL_LIMIT_MAX && one->current_bytes != PL_SIZE_MAX)
                pl_say_error("%s: %s was %s, and %s are in use", path, pl_limit_file(limit), goal,
                             use);
        else
                pl_say_error("%s: %s is not %s again", path, pl_limit_file(limit), goal);
}

/* ---- the end ---- */

static void count(struct pl_undoing *run, const struct pl_undo_one *one)
{
        const uint32_t left = one->is_there ? one->waiting | one->refused : 0;
        const uint32_t back = one->restored & ~(left | one->others);

        run->counts.cgroups += back != 0;
        run->counts.limits += (uint32_t) __builtin_popcount(back);
        run->counts.others += (uint32_t) __builtin_popcount(one->others);
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++)
                if (left & UINT32_C(1) << i) {
                        say_left(one, pl_undo_noted(run, one), i);
                        run->counts.left++;
                }
}

/* What is done is forgotten; what could not be forgotten is found to be done by the next run. What systemd holds still it may
 * write again at any time: what was there before is needed then. */
static void forget(struct pl_undoing *run, const struct pl_undo_one *one)
{
        const uint32_t held = one->is_clean ? 0 : pl_undo_held(pl_undo_noted(run, one));
        const struct pl_limits none = {};

        if (!one->is_there && one->is_clean && !run->is_partial)
                (void) pl_originals_drop_cgroup(&run->originals, one->id);
        if (!one->is_there)
                return;
        if (one->is_clean)
                (void) pl_originals_keep_limits(&run->originals, one->id, &none);
        (void) pl_originals_drop_limits(&run->originals, one->id,
                                        ~(one->waiting | one->refused | held));
}

static void finish(struct pl_undoing *run)
{
        for (uint32_t i = 0; i < run->one_count; i++)
                if (run->ones[i].is_chosen) {
                        count(run, &run->ones[i]);
                        forget(run, &run->ones[i]);
                }
}

static void add_count(struct pl_text *text, uint32_t count, const char *what)
{
        pl_text_addf(text, "%u %s%s", count, what, count == 1 ? "" : "s");
}

static void say_back(const struct pl_undo_counts *counts)
{
        char buffer[SUMMARY_BYTES];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        add_count(&text, counts->limits, "limit");
        pl_text_add(&text, " of ");
        add_count(&text, counts->cgroups, "cgroup");
        pl_text_add(&text, ", the oom_score_adj of ");
        pl_text_addf(&text, "%u process%s", counts->processes, counts->processes == 1 ? "" : "es");
        pl_text_add(&text, ", ");
        add_count(&text, counts->dropins, "drop-in");
        pl_text_add(&text, " removed");
        (void) pl_say_words("Put back: %s.\n", buffer);
        if (counts->others > 0)
                (void) pl_say_words("Changed by somebody else since, and left: %u of the limits.\n",
                                    counts->others);
}

static void say_summary(const struct pl_undoing *run)
{
        const struct pl_undo_counts *counts = &run->counts;

        say_back(counts);
        if (counts->processes_left > 0)
                pl_say_error("not all of the processes have their oom_score_adj back: up to %u "
                             "have not",
                             counts->processes_left);
        if (counts->left > 0 || counts->processes_left > 0 || run->has_trouble)
                pl_say_error("not all is back; plimsolld --restore tries again");
}

/* ---- one run ---- */

static bool is_any_chosen(const struct pl_undoing *run)
{
        for (uint32_t i = 0; i < run->one_count; i++)
                if (run->ones[i].is_chosen)
                        return true;
        return false;
}

/* A name that nothing has, and never had, is a mistake. */
static bool is_known(const struct pl_undoing *run)
{
        if (!run->options->path || is_any_chosen(run) ||
            faccessat(run->options->roots.cgroup_fd, run->options->path, F_OK, 0) == 0)
                return true;
        pl_say_error("there is no cgroup of that path, and nothing is noted of one");
        return false;
}

static enum pl_daemon_exit undo_all(struct pl_undoing *run)
{
        int r = pl_undo_gather(run);

        if (r != 0) {
                pl_say_error("%s", strerrordesc_np(-r));
                return PL_DAEMON_FAILED;
        }
        if (!is_known(run))
                return PL_DAEMON_FAILED;
        pl_undo_limits(run);
        if (pl_undo_units(run))
                pl_undo_limits(run);
        pl_undo_processes(run);
        finish(run);
        say_summary(run);
        if (run->has_trouble || run->counts.left > 0 || run->counts.processes_left > 0)
                return PL_DAEMON_FAILED;
        /* Of what the daemon had listed nothing is there any more. */
        if (!run->options->path)
                (void) pl_tidy_forget(run->dir_fd);
        return PL_DAEMON_FINE;
}

enum pl_daemon_exit pl_undo_run(const struct pl_undo_options *options)
{
        static struct pl_undoing run;
        enum pl_daemon_exit exit_code;
        bool any;

        pl_assert(options && options->directory);
        pl_assert(options->roots.cgroup_fd >= 0);

        memset(&run, 0, offsetof(struct pl_undoing, buffer));
        run.options = options;
        run.dir_fd = run.lock_fd = -1;
        run.originals.fd = run.originals.dir_fd = -1;
        run.page_bytes = (uint64_t) sysconf(_SC_PAGESIZE);
        exit_code = open_log(&run, &any);
        if (exit_code == PL_DAEMON_FINE && any)
                exit_code = undo_all(&run);
        else if (exit_code == PL_DAEMON_FINE)
                (void) pl_say_words("Nothing is noted that could be put back.\n");
        close_all(&run);
        return exit_code;
}

/* ---- plimsolld --restore ---- */

/* As people write it: "/sys/fs/cgroup/system.slice/x.service/" is "system.slice/x.service". */
static enum pl_daemon_exit take_path(const char *path, char buffer[PL_CGROUP_PATH_MAX])
{
        static const char mount[] = "/sys/fs/cgroup";
        struct pl_span rest = pl_span_of(path);
        struct pl_text text;

        if (strcmp(path, mount) == 0 || pl_span_starts_with(rest, "/sys/fs/cgroup/"))
                rest = pl_span_from(rest, strlen(mount));
        pl_span_skip(&rest, '/');
        while (pl_span_ends_with(rest, "/"))
                rest.length--;
        pl_text_init(&text, buffer, PL_CGROUP_PATH_MAX);
        pl_text_add_span(&text, rest);
        if (text.cut) {
                pl_say_error("no cgroup has a path as long as this one");
                return PL_DAEMON_FAILED;
        }
        if (text.length == 0) {
                pl_say_error("the root is nobody's cgroup\n"
                             "→ plimsolld --restore, without a path, puts everything back");
                return PL_DAEMON_USAGE;
        }
        return PL_DAEMON_FINE;
}

static enum pl_daemon_exit undo_host(const struct pl_daemon_options *options, int proc_fd)
{
        const struct pl_host_settings_options settings = { proc_fd, options->journal_directory,
                                                           options->directories };

        return pl_host_settings_restore(&settings);
}

/* A tree that somebody names is none of systemd's. */
static enum pl_daemon_exit undo(const struct pl_daemon_options *options,
                                const struct pl_roots *roots)
{
        char buffer[PL_CGROUP_PATH_MAX];
        _cleanup_close_ int root_fd = -1;
        struct pl_undo_options undo = { .roots = *roots,
                                        .directory = options->journal_directory,
                                        .patience_usec = PL_UNDO_PATIENCE_USEC };
        enum pl_daemon_exit exit_code, host_code = PL_DAEMON_FINE;

        if (roots->cgroup_fd < 0 || roots->proc_fd < 0) {
                pl_say_error("there is no tree of cgroups of version 2, or no /proc");
                return PL_DAEMON_FAILED;
        }
        if (options->restore_path) {
                exit_code = take_path(options->restore_path, buffer);
                if (exit_code != PL_DAEMON_FINE)
                        return exit_code;
                undo.path = buffer;
        }
        if (!options->cgroup_root)
                root_fd = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        undo.root_fd = root_fd;
        exit_code = pl_undo_run(&undo);
        if (exit_code == PL_DAEMON_OCCUPIED || undo.path || options->cgroup_root)
                return exit_code;
        host_code = undo_host(options, roots->proc_fd);
        return exit_code == PL_DAEMON_FINE ? host_code : exit_code;
}

/* What plimsolld could be of use for is no question here: what it has changed is put back anywhere. */
enum pl_daemon_exit pl_undo(const struct pl_daemon_options *options)
{
        static struct pl_look look;
        enum pl_daemon_exit exit_code = pl_look_open(options, &look);

        if (exit_code == PL_DAEMON_FAILED)
                return exit_code;
        exit_code = undo(options, &look.roots);
        pl_look_close(&look);
        return exit_code;
}
