/* SPDX-License-Identifier: Apache-2.0 */

/* A process and a path lead to a cgroup without anybody's help; a name is what plimsolld calls somebody, and is looked up in
 * its journal. Whoever it is, it is then asked of the cgroup itself who lives there, as the daemon asks: the journal may be
 * older than what is there now.
 */

#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "live_view.h"
#include "match.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/nearest.h"
#include "plimsoll/kernel/process.h"

enum {
        PID_MAX = 4 * 1024 * 1024, /* PID_MAX_LIMIT of a 64-bit kernel: what is above is no pid */
        SHOWN_MAX = 400,           /* bytes of a path in a message */
        LIKELY_MAX = 256, /* names in one directory among which a likely one is looked for */
};

struct looking {
        struct pl_cli *cli;
        const struct pl_roots *roots;
        struct pl_match_target *target;
};

/* ---- in words ---- */

static void add_shown(struct pl_cli *cli, struct pl_span words)
{
        pl_cli_add_plain(cli->words, cli->style,
                         pl_span(words.data, PL_MIN(words.length, (size_t) SHOWN_MAX)));
        if (words.length > SHOWN_MAX)
                pl_text_add(cli->words, "...");
}

static enum pl_cli_exit say(struct pl_cli *cli, struct pl_span what, const char *sentence,
                            const char *advice, enum pl_cli_exit exit_code)
{
        pl_text_add(cli->words, "plimsoll: ");
        add_shown(cli, what);
        pl_text_addf(cli->words, " %s\n", sentence);
        if (advice)
                pl_text_addf(cli->words, "%s %s\n", pl_live_arrow(cli->style), advice);
        return exit_code;
}

static int not_hidden(const struct dirent *entry)
{
        return entry->d_type == DT_DIR && entry->d_name[0] != '.' &&
               strlen(entry->d_name) < PL_NEAREST_MAX;
}

/* Of the cgroups in a directory, the one whose name is most like this. */
static bool find_likely(int root_fd, struct pl_span directory, struct pl_span name,
                        char ret_likely[PL_NEAREST_MAX])
{
        char path[PL_CGROUP_PATH_MAX], wanted[PL_NEAREST_MAX];
        const char *names[LIKELY_MAX];
        struct dirent **entries = NULL;
        const char *nearest;
        int count;

        if (directory.length >= sizeof path || name.length >= sizeof wanted)
                return false;
        memcpy(path, directory.data, directory.length);
        path[directory.length] = '\0';
        memcpy(wanted, name.data, name.length);
        wanted[name.length] = '\0';
        count = scandirat(root_fd, directory.length > 0 ? path : ".", &entries, not_hidden, NULL);
        for (int i = 0; i < PL_MIN(count, (int) LIKELY_MAX); i++)
                names[i] = entries[i]->d_name;
        nearest = count > 0 ? pl_nearest(wanted, names, (size_t) PL_MIN(count, (int) LIKELY_MAX))
                            : NULL;
        if (nearest)
                memcpy(ret_likely, nearest, strlen(nearest) + 1);
        for (int i = 0; i < count; i++)
                free(entries[i]);
        free(entries);
        return nearest != NULL;
}

/* How far a path exists, without its slash in front: the bytes before the first part that does not. */
static size_t existing_length(int root_fd, struct pl_span path)
{
        struct pl_span rest = path;
        char part_path[PL_CGROUP_PATH_MAX];
        size_t length = 0;

        while (!pl_span_empty(rest)) {
                struct pl_span part = pl_span_until(&rest, '/');
                size_t end = (size_t) (part.data - path.data) + part.length;

                if (end >= sizeof part_path)
                        break;
                memcpy(part_path, path.data, end);
                part_path[end] = '\0';
                if (!pl_span_empty(part) && faccessat(root_fd, part_path, F_OK, 0) < 0)
                        break;
                length = end;
        }
        return length;
}

static enum pl_cli_exit say_absent(const struct looking *looking, struct pl_span path)
{
        struct pl_cli *cli = looking->cli;
        int root_fd = looking->roots->cgroup_fd;
        char likely[PL_NEAREST_MAX];
        struct pl_span below = path, there, rest;

        pl_text_add(cli->words, "plimsoll: there is no cgroup ");
        add_shown(cli, path);
        pl_text_add(cli->words, "\n");
        pl_span_skip(&below, '/');
        there = pl_span(below.data, existing_length(root_fd, below));
        rest = pl_span_from(below, there.length);
        pl_span_skip(&rest, '/');
        if (!find_likely(root_fd, there, pl_span_until(&rest, '/'), likely)) {
                pl_text_add(cli->words, "'systemd-cgls' shows those that there are.\n");
                return PL_CLI_NOT_FOUND;
        }
        pl_text_add(cli->words, there.length > 0 ? "Did you mean '/" : "Did you mean '");
        add_shown(cli, there);
        pl_text_add(cli->words, "/");
        add_shown(cli, pl_span_of(likely));
        pl_text_add(cli->words, "'?\n");
        return PL_CLI_NOT_FOUND;
}

static enum pl_cli_exit say_outcome(const struct looking *looking, struct pl_span path, int r)
{
        struct pl_cli *cli = looking->cli;

        switch (r) {
        case PL_FILE_E_ABSENT:
                return say_absent(looking, path);
        case PL_FILE_E_GONE:
                return say(cli, path, "has just gone", NULL, PL_CLI_NOT_FOUND);
        case PL_FILE_E_DENIED:
                return say(cli, path, "may not be looked at by you", "sudo plimsoll match ...",
                           PL_CLI_DENIED);
        case PL_FILE_E_TOO_BIG:
                return say(cli, path, "is longer than any path", NULL, PL_CLI_NOT_FOUND);
        case PL_WHO_E_ABOVE:
                return say(cli, path, "lies above the root of the cgroups that are seen here",
                           "look from the host, outside of any container", PL_CLI_NOT_FOUND);
        default:
                return say(cli, path,
                           r < 0 ? strerrordesc_np(-r) : "is not what such a cgroup should be",
                           NULL, PL_CLI_FAILED);
        }
}

/* ---- a path ---- */

/* "/system.slice", and in brackets whose it is if a process led there. */
static void add_place(struct pl_text *text, const struct pl_match_target *target)
{
        pl_text_add(text, target->who.path);
        if (target->pid != 0)
                pl_text_addf(text, " (of process %lu)", (unsigned long) target->pid);
}

/* Whoever lives there must be somebody. */
static enum pl_cli_exit judge(const struct looking *looking)
{
        const struct pl_workload_identity *identity = &looking->target->who.identity;
        char buffer[PL_CGROUP_PATH_MAX + PL_CLI_COLUMNS];
        struct pl_text place;

        if (identity->kind != PL_WORKLOAD_HOLDER)
                return PL_CLI_FINE;
        pl_text_init(&place, buffer, sizeof buffer);
        add_place(&place, looking->target);
        if (strcmp(identity->path, "/") == 0)
                return say(looking->cli, pl_text_span(&place),
                           "is the root, which belongs to nobody: the kernel's own threads live "
                           "there, and who was never given a cgroup",
                           NULL, PL_CLI_NOT_FOUND);
        return say(looking->cli, pl_text_span(&place),
                   "is no workload: it holds workloads, and each of them has its own profile",
                   "name one of them: 'plimsoll list' shows them", PL_CLI_NOT_FOUND);
}

static enum pl_cli_exit look_at_path(const struct looking *looking, struct pl_span path)
{
        struct pl_match_target *target = looking->target;
        int r = pl_who_find(looking->roots->cgroup_fd, path, &target->who, &target->id);

        return r == 0 ? judge(looking) : say_outcome(looking, path, r);
}

/* ---- a process ---- */

static enum pl_cli_exit say_no_process(struct pl_cli *cli, uint32_t pid)
{
        pl_text_addf(cli->words, "plimsoll: there is no process %lu, or it is hidden from you\n",
                     (unsigned long) pid);
        return PL_CLI_NOT_FOUND;
}

static enum pl_cli_exit say_of_process(struct pl_cli *cli, uint32_t pid, const char *sentence,
                                       const char *advice, enum pl_cli_exit exit_code)
{
        char buffer[32];
        struct pl_text who;

        pl_text_init(&who, buffer, sizeof buffer);
        pl_text_addf(&who, "process %lu", (unsigned long) pid);
        return say(cli, pl_text_span(&who), sentence, advice, exit_code);
}

/* The kernel marks a cgroup that was removed with a word behind its path, which may be a part of the name. */
static enum pl_cli_exit look_at_its_path(const struct looking *looking, uint32_t pid,
                                         const struct pl_process_cgroup *cgroup)
{
        static const size_t mark_length = sizeof " (deleted)" - 1;
        struct pl_match_target *target = looking->target;
        struct pl_span whole = pl_span(cgroup->path.data, cgroup->path.length + mark_length);

        if (!cgroup->deleted)
                return look_at_path(looking, cgroup->path);
        if (pl_who_find(looking->roots->cgroup_fd, whole, &target->who, &target->id) == 0)
                return judge(looking);
        return say_of_process(looking->cli, pid, "lives in a cgroup that was removed", NULL,
                              PL_CLI_NOT_FOUND);
}

static enum pl_cli_exit look_at_process(const struct looking *looking, uint32_t pid)
{
        static struct pl_file_buffer buffer;
        struct pl_process_stat stat;
        struct pl_process_cgroup cgroup;
        _cleanup_close_ int fd = -1;
        int r = pl_process_open(looking->roots->proc_fd, (pid_t) pid, &fd);

        looking->target->pid = pid;
        if (r == 0 && pl_process_read_stat(fd, &buffer, &stat) == 0 &&
            pl_process_is_kernel_thread(&stat))
                return say_of_process(looking->cli, pid,
                                      "is a thread of the kernel, which belongs to nobody", NULL,
                                      PL_CLI_NOT_FOUND);
        if (r == 0)
                r = pl_process_read_cgroup(fd, &buffer, &cgroup);
        if (r == 0)
                return look_at_its_path(looking, pid, &cgroup);
        if (r == PL_FILE_E_GONE)
                return say_no_process(looking->cli, pid);
        if (r == PL_FILE_E_ABSENT)
                return say_of_process(looking->cli, pid, "is in no cgroup of version 2",
                                      "plimsoll doctor", PL_CLI_HOST_CANNOT);
        if (r == PL_FILE_E_DENIED)
                return say_of_process(looking->cli, pid, "may not be looked at by you",
                                      "sudo plimsoll match ...", PL_CLI_DENIED);
        return say_of_process(looking->cli, pid,
                              r < 0 ? strerrordesc_np(-r)
                                    : "has a cgroup file that is not understood",
                              NULL, PL_CLI_FAILED);
}

/* ---- a name ---- */

/* A path on the board may be cut; the cgroup of that id has the whole. */
static bool find_by_id(int root_fd, uint64_t id, struct pl_match_target *target)
{
        static struct pl_cgroup_walk walk;
        const struct pl_cgroup_walk_bounds bounds = { PL_CGROUP_DEPTH_MAX, PL_CGROUP_COUNT_MAX };
        struct pl_cgroup_visit visit;
        bool found = false;
        int r = pl_cgroup_walk_init(&walk, root_fd, bounds);

        while (r == 0 && !found && (r = pl_cgroup_walk_next(&walk, &visit)) != PL_CGROUP_E_END) {
                found = r == 0 && visit.id == id &&
                        pl_who_find(root_fd, pl_span_of(visit.path), &target->who, &target->id) ==
                                0;
                r = 0;
        }
        pl_cgroup_walk_done(&walk);
        return found;
}

/* A number is more often meant as a process than as a name, and is told to be neither. */
static enum pl_cli_exit find_name(struct pl_cli *cli, const struct pl_live *live, const char *name,
                                  struct pl_journal_row *ret_row)
{
        bool is_number = name[0] != '\0' && name[strspn(name, "0123456789")] == '\0';
        char buffer[PL_CLI_COLUMNS];
        struct pl_cli quiet = *cli;
        struct pl_text unsaid;
        enum pl_cli_exit exit_code;

        pl_text_init(&unsaid, buffer, sizeof buffer);
        if (is_number)
                quiet.words = &unsaid;
        exit_code = pl_live_find(&quiet, live, name, ret_row);
        if (!is_number || exit_code == PL_CLI_FINE)
                return exit_code;
        if (exit_code == PL_CLI_NOT_FOUND)
                return say(cli, pl_span_of(name),
                           "is nobody: no process has that number, and no workload that name",
                           "plimsoll list --all", exit_code);
        return pl_live_find(cli, live, name, ret_row); /* which says what it may mean */
}

static enum pl_cli_exit look_at_name(const struct looking *looking, const char *journal,
                                     const char *name)
{
        struct pl_match_target *target = looking->target;
        int root_fd = looking->roots->cgroup_fd;
        struct pl_live live;
        struct pl_journal_row row;
        enum pl_cli_exit exit_code = pl_live_open_named(looking->cli, journal, &live);

        if (exit_code != PL_CLI_FINE) {
                pl_text_add(looking->cli->words,
                            "A path such as /system.slice/nginx.service, or a pid, can be looked "
                            "at without it.\n");
                return exit_code;
        }
        exit_code = find_name(looking->cli, &live, name, &row);
        pl_live_close(&live);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        if ((pl_who_find(root_fd, pl_span_of(row.path), &target->who, &target->id) == 0 &&
             target->id == row.id) ||
            find_by_id(root_fd, row.id, target))
                return judge(looking);
        return say(looking->cli, pl_span_of(row.path), "has gone, or is another one by now", NULL,
                   PL_CLI_NOT_FOUND);
}

/* ---- any ---- */

/* As a cgroup file shows it, from what a person copies out of a shell. */
static struct pl_span path_of(const char *operand)
{
        static const char mount[] = "/sys/fs/cgroup";
        struct pl_span path = pl_span_of(operand);
        struct pl_span below = pl_span_from(path, sizeof mount - 1);

        if (pl_span_starts_with(path, mount) &&
            (pl_span_empty(below) || pl_span_starts_with(below, "/")))
                return below;
        return path;
}

enum pl_cli_exit pl_match_look(struct pl_cli *cli, const struct pl_roots *roots,
                               const char *journal, const char *operand,
                               struct pl_match_target *ret_target)
{
        const struct looking looking = { cli, roots, ret_target };
        uint32_t pid;

        pl_assert(cli && roots);
        pl_assert(operand && ret_target);

        ret_target->pid = 0;
        if (roots->cgroup_fd < 0)
                return say(cli, pl_span_of("cgroup v2"), "is not mounted here", "plimsoll doctor",
                           PL_CLI_HOST_CANNOT);
        if (operand[0] == '/')
                return look_at_path(&looking, path_of(operand));
        if (pl_span_to_u32(pl_span_of(operand), &pid) == 0 && pid > 0 && pid <= PID_MAX)
                return look_at_process(&looking, pid);
        return look_at_name(&looking, journal, operand);
}
