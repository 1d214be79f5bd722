/* SPDX-License-Identifier: Apache-2.0 */

/* Done here and not by plimsolld: who wants something to go on wants it also from a daemon that does not move. */

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "live_view.h"
#include "match.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/thaw.h"
#include "plimsoll/kernel/features.h"

enum { OPTION_ALL, OPTION_DRY_RUN, OPTION_JOURNAL };

static const struct pl_cli_option options[] = {
        [OPTION_ALL] = { "all", 'a', NULL, "Everybody whom plimsolld holds still" },
        [OPTION_DRY_RUN] = { "dry-run", 'n', NULL, "Say who it is, and let nobody go" },
        [OPTION_JOURNAL] = { "journal", '\0', "FILE",
                             "Look for names in this journal, and not in that of plimsolld" },
        {},
};

struct letting_go {
        struct pl_cli *cli;
        struct pl_thaw *thaw;
        struct pl_json_writer writer;
        bool is_denied;
};

/* ---- words ---- */

static void add_path(struct pl_text *text, const struct pl_cli *cli,
                     const struct pl_thaw_found *found)
{
        pl_text_add(text, "/");
        pl_cli_add_plain(text, cli->style, pl_span_of(found->path));
}

static const char *reason_of(const struct pl_thaw_found *found)
{
        if (found->outcome == PL_FILE_E_DENIED)
                return "you may not write it";
        if (found->outcome == PL_FILE_E_MALFORMED || found->outcome == PL_FILE_E_TOO_BIG)
                return "its files are not understood";
        return strerrordesc_np(found->outcome < 0 ? -found->outcome : found->error);
}

/* Behind the name, or "it", of one that stands still through another. */
static void add_above(struct pl_text *text, const struct pl_thaw_found *found,
                      struct pl_cli_style style)
{
        if (found->above_length == 0) {
                pl_text_add(text, " stands still, and no cgroup seen here holds it");
                return;
        }
        pl_text_add(text, " is held still through /");
        pl_cli_add_plain(text, style, pl_span(found->path, found->above_length));
}

/* What is not as it was asked for is no data. */
static void say_trouble(struct pl_cli *cli, const struct pl_thaw_found *found)
{
        pl_text_add(cli->words, "plimsoll: ");
        add_path(cli->words, cli, found);
        if (found->result == PL_THAW_ABOVE) {
                add_above(cli->words, found, cli->style);
                pl_text_add(cli->words, "\n");
        } else if (found->result == PL_THAW_FOREIGN)
                pl_text_add(cli->words, " is held still by somebody else, and stays so\n");
        else
                pl_text_addf(cli->words, " cannot be let go: %s\n", reason_of(found));
}

static void tell(void *to, const struct pl_thaw_found *found)
{
        struct letting_go *going = to;
        struct pl_cli *cli = going->cli;

        going->is_denied = going->is_denied || found->outcome == PL_FILE_E_DENIED;
        if (found->result != PL_THAW_DONE && found->result != PL_THAW_NOT) {
                say_trouble(cli, found);
                return;
        }
        add_path(cli->out, cli, found);
        if (found->result == PL_THAW_NOT)
                pl_text_add(cli->out, " is held still by nobody\n");
        else
                pl_text_add(cli->out,
                            going->thaw->options.is_dry ? " would go on\n" : " goes on\n");
        (void) pl_cli_flush(cli);
}

/* ---- JSON ---- */

static void put_reason(struct pl_json_writer *writer, const struct pl_thaw_found *found)
{
        char buffer[PL_CGROUP_PATH_MAX + 64];
        struct pl_text text;

        pl_text_init(&text, buffer, sizeof buffer);
        if (found->result == PL_THAW_FAILED)
                pl_text_add(&text, reason_of(found));
        else if (found->result == PL_THAW_ABOVE) {
                pl_text_add(&text, "it");
                add_above(&text, found, (struct pl_cli_style){ .unicode = true });
        }
        if (text.length > 0)
                pl_json_put_string(writer, "reason", pl_text_span(&text));
        else
                pl_json_put_null(writer, "reason");
}

static void put(void *to, const struct pl_thaw_found *found)
{
        static const char *const states[] = { [PL_THAW_DONE] = "let-go",
                                              [PL_THAW_NOT] = "free",
                                              [PL_THAW_FOREIGN] = "foreign",
                                              [PL_THAW_ABOVE] = "above",
                                              [PL_THAW_FAILED] = "failed" };
        struct letting_go *going = to;
        struct pl_json_writer *writer = &going->writer;
        char buffer[PL_CGROUP_PATH_MAX + 1];
        struct pl_text path;

        going->is_denied = going->is_denied || found->outcome == PL_FILE_E_DENIED;
        pl_text_init(&path, buffer, sizeof buffer);
        pl_text_add(&path, "/");
        pl_text_add(&path, found->path);
        pl_json_object_begin(writer);
        pl_json_put_string(writer, "path", pl_text_span(&path));
        pl_json_put_u64(writer, "cgroup_id", found->id);
        pl_json_put_string(writer, "state",
                           pl_span_of(going->thaw->options.is_dry && found->result == PL_THAW_DONE
                                              ? "held"
                                              : states[found->result]));
        put_reason(writer, found);
        pl_json_object_end(writer);
}

/* ---- letting go ---- */

static int run_text(struct letting_go *going)
{
        struct pl_thaw *thaw = going->thaw;
        int r;

        thaw->tell = tell;
        r = pl_thaw_run(thaw);
        if (r == 0 && thaw->options.id_count == 0 && thaw->counts[PL_THAW_DONE] == 0 &&
            thaw->counts[PL_THAW_FAILED] == 0)
                pl_text_add(going->cli->out, "Nobody is held still by plimsolld.\n");
        return r;
}

static int run_json(struct letting_go *going)
{
        struct pl_thaw *thaw = going->thaw;
        struct pl_json_writer *writer = &going->writer;
        int r;

        thaw->tell = put;
        pl_cli_json_begin(going->cli, writer);
        pl_json_put_bool(writer, "dry_run", thaw->options.is_dry);
        pl_json_key(writer, "cgroups");
        pl_json_array_begin(writer);
        r = pl_thaw_run(thaw);
        pl_json_array_end(writer);
        pl_json_put_bool(writer, "complete", r == 0 && !thaw->is_partial);
        pl_cli_json_end(writer);
        return r;
}

/* One that has just gone is held by nobody any more. */
static enum pl_cli_exit let_go(struct pl_cli *cli, struct pl_thaw *thaw)
{
        struct letting_go going = { .cli = cli, .thaw = thaw };
        int r;

        thaw->to = &going;
        r = cli->json ? run_json(&going) : run_text(&going);
        if (r != 0) {
                pl_text_addf(cli->words, "plimsoll: the cgroups cannot be looked at: %s\n",
                             strerrordesc_np(-r));
                return PL_CLI_FAILED;
        }
        if (thaw->is_partial)
                pl_text_add(cli->words, "plimsoll: not all of the cgroups could be looked at\n");
        if (going.is_denied) {
                pl_text_addf(cli->words, "%s sudo plimsoll thaw\n", pl_live_arrow(cli->style));
                return PL_CLI_DENIED;
        }
        return thaw->is_partial || thaw->counts[PL_THAW_FAILED] > 0 ||
                               thaw->counts[PL_THAW_FOREIGN] > 0 || thaw->counts[PL_THAW_ABOVE] > 0
                       ? PL_CLI_FAILED
                       : PL_CLI_FINE;
}

/* ---- who is meant ---- */

/* A path is the cgroup itself, and a name the workload of that name. What is not there is said. */
static enum pl_cli_exit find(struct pl_cli *cli, const struct pl_roots *roots, const char *operand,
                             uint64_t *ret_id)
{
        static const char mount[] = "/sys/fs/cgroup/";
        static struct pl_match_target target;
        const char *path = operand[0] == '/' ? operand : NULL;
        _cleanup_close_ int fd = -1;
        enum pl_cli_exit exit_code;

        if (path && strncmp(path, mount, strlen(mount)) == 0)
                path += strlen(mount) - 1;
        while (path && *path == '/')
                path++;
        if (path && path[0] != '\0' && pl_file_open_directory(roots->cgroup_fd, path, &fd) == 0 &&
            pl_cgroup_id(fd, ret_id) == 0)
                return PL_CLI_FINE;
        exit_code = pl_match_look(cli, roots, cli->values[OPTION_JOURNAL], operand, &target);
        *ret_id = target.id;
        return exit_code;
}

static enum pl_cli_exit let_go_named(struct pl_cli *cli, const struct pl_roots *roots,
                                     struct pl_thaw *thaw)
{
        uint64_t ids[PL_CLI_OPERANDS_MAX];
        enum pl_cli_exit exit_code = PL_CLI_FINE;

        for (size_t i = 0; exit_code == PL_CLI_FINE && i < cli->operand_count; i++)
                exit_code = find(cli, roots, cli->operands[i], &ids[i]);
        if (exit_code != PL_CLI_FINE)
                return exit_code;
        thaw->options.ids = ids;
        thaw->options.id_count = cli->operand_count;
        return let_go(cli, thaw);
}

/* The kernel's trees; −1 where there is none. */
static int open_cgroups(int proc_fd)
{
        static struct pl_file_buffer buffer;
        struct pl_cgroup_mounts mounts;

        if (proc_fd < 0 || pl_cgroup_mounts_read(proc_fd, &buffer, &mounts) != 0 ||
            mounts.unified_path[0] == '\0')
                return -1;
        return open(mounts.unified_path, O_RDONLY | O_CLOEXEC | O_DIRECTORY);
}

static enum pl_cli_exit run(struct pl_cli *cli)
{
        static struct pl_thaw thaw;
        _cleanup_close_ int proc_fd = open("/proc", O_RDONLY | O_CLOEXEC | O_DIRECTORY);
        _cleanup_close_ int cgroup_fd = open_cgroups(proc_fd);
        const struct pl_roots roots = { cgroup_fd, proc_fd, -1, -1 };

        if ((cli->operand_count > 0) == (cli->values[OPTION_ALL] != NULL)) {
                pl_text_add(cli->words,
                            "plimsoll: thaw needs either names of workloads or --all\n");
                return PL_CLI_USAGE;
        }
        if (cgroup_fd < 0) {
                pl_text_addf(cli->words,
                             "plimsoll: cgroup v2 is not mounted here\n%s plimsoll doctor\n",
                             pl_live_arrow(cli->style));
                return PL_CLI_HOST_CANNOT;
        }
        thaw.options = (struct pl_thaw_options){ .cgroup_fd = cgroup_fd,
                                                 .is_dry = cli->values[OPTION_DRY_RUN] != NULL };
        return cli->values[OPTION_ALL] ? let_go(cli, &thaw) : let_go_named(cli, &roots, &thaw);
}

const struct pl_cli_verb pl_cli_verb_thaw = {
        .name = "thaw",
        .summary = "Let go of workloads that plimsolld holds still",
        .operands = "NAME...|--all",
        .operands_max = PL_CLI_OPERANDS_MAX,
        .description =
                "Lets these workloads go on that plimsolld has frozen while memory was short: at "
                "once, by itself, whether plimsolld runs or not. Who is frozen by somebody else, a "
                "paused container for instance, stays so. A plimsolld that runs may freeze one "
                "again when memory is short again; 'plimsoll pause' keeps it from that. Exits with "
                "1 when somebody who was named is held still by somebody else, or through a cgroup "
                "above.",
        .options = options,
        .examples =
                (const struct pl_cli_example[]){
                        { "plimsoll thaw --all", "Let everybody go on" },
                        { "plimsoll thaw batch/report", "One workload alone" },
                        { "plimsoll thaw --all --dry-run", "Who is held still?" },
                        {},
                },
        .run = run,
};
