/* SPDX-License-Identifier: Apache-2.0 */

/* A file is whole when it gets its name: plimsolld reads whatever it finds. What was there before is read first, so that all
 * can be put back when the order is refused.
 */

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "live_view.h"
#include "order.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"

enum {
        /* Everybody may read what is in force, and root alone may change it. */
        DIRECTORY_MODE = 0755,
        FILE_MODE = 0644,
        BEFORE_MAX = 1024 * 1024, /* bytes of a file that lies there under the name of an order */
};

/* ---- words ---- */

static enum pl_cli_exit say_denied(struct pl_order_call *call)
{
        struct pl_cli *cli = call->cli;

        pl_text_add(cli->words, "plimsoll: orders are written into ");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(call->directory));
        pl_text_addf(cli->words, ", which you may not\n%s sudo plimsoll %s ...\n",
                     pl_live_arrow(cli->style), cli->verb ? cli->verb->name : "");
        return PL_CLI_DENIED;
}

static enum pl_cli_exit say_why_not(struct pl_order_call *call, int r)
{
        struct pl_cli *cli = call->cli;

        pl_assert(r < 0);

        if (r == -EACCES || r == -EPERM || r == -EROFS)
                return say_denied(call);
        pl_text_add(cli->words, "plimsoll: cannot write into ");
        pl_cli_add_plain(cli->words, cli->style, pl_span_of(call->directory));
        pl_text_addf(cli->words, ": %s\n", strerrordesc_np(-r));
        return PL_CLI_FAILED;
}

/* ---- the directory ---- */

/* What it is in, without a slash at its end; "." of a name alone. */
static void parent_of(const char *directory, char ret_parent[PATH_MAX])
{
        const char *slash = strrchr(directory, '/');
        struct pl_text parent;

        pl_text_init(&parent, ret_parent, PATH_MAX);
        if (!slash)
                pl_text_add(&parent, ".");
        else
                pl_text_add_span(
                        &parent,
                        pl_span(directory, slash > directory ? (size_t) (slash - directory) : 1));
}

/* As far up as there is something, which is where it would be made. */
static int may_write(const char *directory)
{
        char path[PATH_MAX], parent[PATH_MAX];
        struct pl_text text;

        pl_text_init(&text, path, sizeof path);
        pl_text_add(&text, directory);
        while (faccessat(AT_FDCWD, path, W_OK | X_OK, AT_EACCESS) < 0) {
                if (errno != ENOENT)
                        return -errno;
                parent_of(path, parent);
                if (strcmp(parent, path) == 0)
                        return -ENOENT;
                memcpy(path, parent, sizeof path);
        }
        return 0;
}

enum pl_cli_exit pl_order_may_write(struct pl_order_call *call)
{
        int r;

        pl_assert(call && call->directory[0] != '\0');

        r = may_write(call->directory);
        return r == 0 ? PL_CLI_FINE : say_why_not(call, r);
}

/* Whatever mask this process has. */
static int make_directory(const char *path)
{
        if (mkdir(path, DIRECTORY_MODE) < 0)
                return errno == EEXIST ? 0 : -errno;
        return chmod(path, DIRECTORY_MODE) < 0 ? -errno : 0;
}

static int open_directory(const char *path, int *ret_fd)
{
        char parent[PATH_MAX];
        int r = make_directory(path);

        if (r == -ENOENT) {
                parent_of(path, parent);
                r = make_directory(parent);
                if (r == 0)
                        r = make_directory(path);
        }
        if (r < 0)
                return r;
        *ret_fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        return *ret_fd < 0 ? -errno : 0;
}

/* ---- files ---- */

static int write_new(int dir_fd, const char *name, struct pl_span text)
{
        _cleanup_close_ int fd = openat(
                dir_fd, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, FILE_MODE);

        if (fd < 0)
                return -errno;
        if (fchmod(fd, FILE_MODE) < 0)
                return -errno;
        return pl_fd_write_all(fd, text);
}

/* A hidden file is none of the policy's. */
static int put_file(int dir_fd, const char *name, struct pl_span text)
{
        char hidden[32];
        struct pl_text label;
        int r;

        pl_text_init(&label, hidden, sizeof hidden);
        pl_text_addf(&label, ".order.%d", (int) getpid());
        pl_assert(!label.cut);
        (void) unlinkat(dir_fd, hidden, 0); /* of a process of that number that was killed */
        r = write_new(dir_fd, hidden, text);
        if (r == 0 && renameat(dir_fd, hidden, dir_fd, name) < 0)
                r = -errno;
        if (r < 0)
                (void) unlinkat(dir_fd, hidden, 0);
        return r;
}

static int remove_file(int dir_fd, const char *name)
{
        return unlinkat(dir_fd, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* What cannot be kept is not touched. */
static int read_before(int dir_fd, struct pl_order_change *change)
{
        int r = pl_fd_read_file(dir_fd, change->name, BEFORE_MAX, &change->before,
                                &change->before_length);

        switch (r) {
        case PL_FD_E_ABSENT:
                return 0;
        case PL_FD_E_DENIED:
                return -EACCES;
        case PL_FD_E_NOT_REGULAR:
                return -EISDIR;
        case PL_FD_E_TOO_BIG:
                return -EFBIG;
        default:
                return r;
        }
}

static int make(int dir_fd, struct pl_order_change *change)
{
        int r = read_before(dir_fd, change);

        if (r == 0 && change->text)
                r = put_file(dir_fd, change->name, pl_span_of(change->text));
        else if (r == 0)
                r = remove_file(dir_fd, change->name);
        change->is_done = r == 0;
        return r;
}

static int undo(int dir_fd, struct pl_order_change *change)
{
        if (!change->is_done)
                return 0;
        change->is_done = false;
        return change->before ? put_file(dir_fd, change->name,
                                         pl_span(change->before, change->before_length))
                              : remove_file(dir_fd, change->name);
}

/* What comes is there before anything goes: nobody is without either for a moment. */
enum pl_cli_exit pl_order_write(struct pl_order_call *call)
{
        _cleanup_close_ int dir_fd = -1;
        int r;

        pl_assert(call && !call->is_dry);

        r = open_directory(call->directory, &dir_fd);
        for (int goes = 0; goes < 2; goes++)
                for (size_t i = 0; r == 0 && i < call->change_count; i++)
                        if ((call->changes[i].text == NULL) == goes)
                                r = make(dir_fd, &call->changes[i]);
        if (r == 0)
                return PL_CLI_FINE;
        pl_order_take_back(call);
        return say_why_not(call, r);
}

void pl_order_take_back(struct pl_order_call *call)
{
        _cleanup_close_ int dir_fd = open(call->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        int r = dir_fd < 0 ? -errno : 0;

        for (size_t i = call->change_count; dir_fd >= 0 && i > 0; i--) {
                int result = undo(dir_fd, &call->changes[i - 1]);

                r = r == 0 ? result : r;
        }
        if (r == 0)
                return;
        pl_text_add(call->cli->words, "plimsoll: what was written into ");
        pl_cli_add_plain(call->cli->words, call->cli->style, pl_span_of(call->directory));
        pl_text_addf(call->cli->words, " cannot be taken back: %s\n", strerrordesc_np(-r));
}

/* Should that fail, it ends by itself all the same. */
void pl_order_clear(struct pl_order_call *call)
{
        _cleanup_close_ int dir_fd = open(call->directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

        for (size_t i = 0; dir_fd >= 0 && i < call->change_count; i++)
                if (call->changes[i].is_done && call->changes[i].is_momentary)
                        (void) remove_file(dir_fd, call->changes[i].name);
}
