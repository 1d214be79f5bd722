/* SPDX-License-Identifier: Apache-2.0 */

/* Docker has a file for each container. So have containerd and CRI-O, in the bundle that they make for the runtime below them;
 * it says something of Kubernetes' alone. podman, and containerd for all others, have a database.
 *
 * These files are root's, and his directories may be wherever he wants: links on the way to them are followed. What is in them
 * was put there by a runtime, which leaves no links. A user's own containers are written down in his home, and he can put
 * there what he likes: something that never answers, a link to somebody else's, a pipe. So nothing is followed, nothing of
 * another file system is opened, and what is opened must be a file of his.
 */

#include "plimsoll/host/names.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/identity/bolt.h"
#include "plimsoll/identity/sqlite.h"
#include "plimsoll/model/profile.h"

enum {
        /* Of a user's entry, where a directory service has put many words into it. */
        PASSWD_LINE_MAX = 16 * 1024,
        /* Another transaction came in between: as often as this it is read again. */
        ATTEMPTS = 4,
        /* Of podman's table of containers: what its JSON is in. */
        LIBPOD_JSON = 3,
};

const struct pl_names_places pl_names_usual_places = {
        .docker = "var/lib/docker",
        .podman = "var/lib/containers/storage",
        .containerd = "var/lib/containerd",
        .bundles = "run/containerd",
        .crio = "run/containers/storage",
};

/* What is being fetched, and for whom. */
struct fetch {
        int root_fd;
        const struct pl_names_places *places;
        const struct pl_names_question *question;
        struct pl_names_answer *answer;
};

static bool is_users(const struct fetch *fetch)
{
        return fetch->question->uid != 0;
}

/* ---- files ---- */

static int outcome_of(int error)
{
        switch (error) {
        case ENOENT:
        case ENOTDIR:
                return PL_NAMES_E_ABSENT;
        case ELOOP:
        case EACCES:
        case EPERM:
                return PL_NAMES_E_REFUSED;
        default:
                return -error;
        }
}

/* A directory of root's choice; of a user, the one that /etc/passwd says is his home. */
static int open_directory(int dir_fd, const char *path, int *ret_fd)
{
        int fd = openat(dir_fd, path, O_PATH | O_DIRECTORY | O_CLOEXEC);

        if (fd < 0)
                return outcome_of(errno);
        *ret_fd = fd;
        return 0;
}

/* One more part of the way. A link is no directory. */
static int enter(const struct fetch *fetch, int *dir_fd, struct pl_span part)
{
        char name[PL_CGROUP_NAME_MAX + 1];
        struct stat above, below;
        int fd;

        pl_assert(part.length < sizeof name);

        memcpy(name, part.data, part.length);
        name[part.length] = '\0';
        fd = openat(*dir_fd, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return errno == ENOTDIR ? PL_NAMES_E_REFUSED : outcome_of(errno);
        if (is_users(fetch) &&
            (fstat(*dir_fd, &above) < 0 || fstat(fd, &below) < 0 || above.st_dev != below.st_dev)) {
                (void) close(fd);
                return PL_NAMES_E_REFUSED;
        }
        (void) close(*dir_fd);
        *dir_fd = fd;
        return 0;
}

/* Part by part, and not by openat2(), which RestrictSUIDSGID= of our unit forbids. */
static int open_below(const struct fetch *fetch, int dir_fd, const char *path, int *ret_fd)
{
        _cleanup_close_ int at_fd = fcntl(dir_fd, F_DUPFD_CLOEXEC, 0);
        struct pl_span rest = pl_span_of(path), part;
        int fd, r = at_fd < 0 ? -errno : 0;

        part = pl_span_until(&rest, '/');
        while (r == 0 && !pl_span_empty(rest)) {
                r = enter(fetch, &at_fd, part);
                part = pl_span_until(&rest, '/');
        }
        if (r != 0)
                return r;
        fd = openat(at_fd, part.data, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_NOFOLLOW | O_CLOEXEC);
        if (fd < 0)
                return outcome_of(errno);
        *ret_fd = fd;
        return 0;
}

static struct pl_names_stamp stamp_of(const struct stat *status)
{
        return (struct pl_names_stamp){
                .device = status->st_dev,
                .inode = status->st_ino,
                .size = (uint64_t) status->st_size,
                .changed_nsec = status->st_mtim.tv_sec * INT64_C(1000000000) +
                                status->st_mtim.tv_nsec,
        };
}

/* An ordinary file of whom the containers are, and not the one that was read before. */
static int open_file(const struct fetch *fetch, int dir_fd, const char *path, int *ret_fd)
{
        _cleanup_close_ int fd = -1;
        struct stat status;
        int r = open_below(fetch, dir_fd, path, &fd);

        if (r != 0)
                return r;
        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode) || status.st_uid != fetch->question->uid)
                return PL_NAMES_E_REFUSED;
        fetch->answer->stamp = stamp_of(&status);
        if (memcmp(&fetch->answer->stamp, &fetch->question->stamp, sizeof fetch->answer->stamp) ==
            0)
                return PL_NAMES_E_SAME;
        *ret_fd = PL_TAKE_FD(fd);
        return 0;
}

/* To its end, or as much as there may be of it. */
static int read_text(int fd, struct pl_page_bytes *text)
{
        while (text->length < text->size) {
                ssize_t length = read(fd, text->data + text->length, text->size - text->length);

                if (length < 0 && errno == EINTR)
                        continue;
                if (length < 0)
                        return -errno;
                if (length == 0)
                        return 0;
                text->length += (size_t) length;
        }
        return PL_NAMES_E_TOO_BIG;
}

static int read_file(const struct fetch *fetch, int dir_fd, const char *path,
                     struct pl_page_bytes *text)
{
        _cleanup_close_ int fd = -1;
        int r = open_file(fetch, dir_fd, path, &fd);

        return r == 0 ? read_text(fd, text) : r;
}

/* ---- databases ---- */

static int read_piece(void *from, uint64_t offset, void *to, size_t length)
{
        int fd = *(const int *) from;

        while (length > 0) {
                ssize_t part;

                if (offset > INT64_MAX - length)
                        return PL_PAGES_E_MALFORMED;
                part = pread(fd, to, length, (off_t) offset);
                if (part < 0 && errno == EINTR)
                        continue;
                if (part < 0)
                        return -errno;
                if (part == 0)
                        return PL_PAGES_E_MALFORMED;
                to = (char *) to + part;
                offset += (uint64_t) part;
                length -= (size_t) part;
        }
        return 0;
}

static int outcome_of_pages(int r)
{
        switch (r) {
        case PL_PAGES_E_ABSENT:
                return PL_NAMES_E_ABSENT;
        case PL_PAGES_E_TOO_BIG:
                return PL_NAMES_E_TOO_BIG;
        case PL_PAGES_E_MALFORMED:
        case PL_PAGES_E_CHANGED:
                return PL_NAMES_E_INVALID;
        default:
                return r;
        }
}

typedef int look_function(const struct fetch *fetch, const struct pl_pages *pages,
                          struct pl_page_bytes *text);

/* While somebody writes to it, it is looked into again. */
static int read_database(const struct fetch *fetch, int dir_fd, const char *path,
                         look_function *look, struct pl_page_bytes *text)
{
        _cleanup_close_ int fd = -1;
        const struct pl_pages pages = { read_piece, &fd };
        int r = open_file(fetch, dir_fd, path, &fd);

        if (r != 0)
                return r;
        for (int i = 0; i < ATTEMPTS; i++) {
                text->length = 0;
                r = look(fetch, &pages, text);
                if (r != PL_PAGES_E_CHANGED && r != PL_PAGES_E_MALFORMED)
                        break;
        }
        return outcome_of_pages(r);
}

static int look_into_libpod_bolt(const struct fetch *fetch, const struct pl_pages *pages,
                                 struct pl_page_bytes *text)
{
        const struct pl_bolt_way way = {
                3, { pl_span_of("ctr"), pl_span_of(fetch->question->id), pl_span_of("config") }
        };

        return pl_bolt_find(pages, &way, text);
}

static int look_into_libpod_sqlite(const struct fetch *fetch, const struct pl_pages *pages,
                                   struct pl_page_bytes *text)
{
        const struct pl_sqlite_place place = { .table = pl_span_of("ContainerConfig"),
                                               .key = pl_span_of(fetch->question->id),
                                               .column = LIBPOD_JSON };

        return pl_sqlite_find(pages, &place, text);
}

/* The image first, and then each label. */
static int look_into_containerd(const struct fetch *fetch, const struct pl_pages *pages,
                                struct pl_page_bytes *text)
{
        const char *space = fetch->question->space[0] ? fetch->question->space : "default";
        struct pl_bolt_way way = { 5,
                                   { pl_span_of("v1"), pl_span_of(space), pl_span_of("containers"),
                                     pl_span_of(fetch->question->id), pl_span_of("image") } };
        int r = pl_bolt_find(pages, &way, text);

        if (r != 0 && r != PL_PAGES_E_ABSENT)
                return r;
        if (text->length == text->size)
                return PL_PAGES_E_TOO_BIG;
        text->data[text->length++] = '\0';
        way.keys[way.count - 1] = pl_span_of("labels");
        r = pl_bolt_find_pairs(pages, &way, text);
        /* Who has neither is not written down. */
        return r == PL_PAGES_E_ABSENT && text->length > 1 ? 0 : r;
}

/* ---- runtimes ---- */

static FILE *open_passwd(const struct fetch *fetch)
{
        int fd = openat(fetch->root_fd, "etc/passwd", O_RDONLY | O_CLOEXEC);
        FILE *file = fd < 0 ? NULL : fdopen(fd, "re");

        if (!file)
                pl_cleanup_close(&fd);
        return file;
}

/* Where a user's own files begin. */
static int open_home(const struct fetch *fetch, int *ret_fd)
{
        FILE *file = open_passwd(fetch);
        char line[PASSWD_LINE_MAX];
        struct passwd entry, *found;
        int r = PL_NAMES_E_ABSENT;

        if (!file)
                return r;
        while (fgetpwent_r(file, &entry, line, sizeof line, &found) == 0)
                if (entry.pw_uid == fetch->question->uid && entry.pw_dir[0] == '/') {
                        r = open_directory(fetch->root_fd, entry.pw_dir + 1, ret_fd);
                        break;
                }
        (void) fclose(file);
        return r;
}

/* The directory of a runtime: the system's, or what a user has of it in his home. */
static int open_place(const struct fetch *fetch, const char *place, const char **in_home,
                      int *ret_fd)
{
        if (is_users(fetch))
                return open_home(fetch, ret_fd);
        *in_home = "";
        return open_directory(fetch->root_fd, place, ret_fd);
}

static void set_path(char path[PL_NAMES_PATH_MAX], const char *a, const char *b, const char *c,
                     const char *d)
{
        struct pl_text text;

        pl_text_init(&text, path, PL_NAMES_PATH_MAX);
        pl_text_add(&text, a);
        pl_text_add(&text, b);
        pl_text_add(&text, c);
        pl_text_add(&text, d);
        pl_assert(!text.cut);
}

static int fetch_docker(const struct fetch *fetch, struct pl_page_bytes *text)
{
        const char *in_home = ".local/share/docker/";
        _cleanup_close_ int fd = -1;
        char path[PL_NAMES_PATH_MAX];
        int r = open_place(fetch, fetch->places->docker, &in_home, &fd);

        if (r != 0)
                return r;
        fetch->answer->format = PL_NAMES_DOCKER;
        set_path(path, in_home, "containers/", fetch->question->id, "/config.v2.json");
        return read_file(fetch, fd, path, text);
}

/* Where both are there, podman goes on with the older one. */
static int fetch_podman(const struct fetch *fetch, struct pl_page_bytes *text)
{
        const char *in_home = ".local/share/containers/storage/";
        _cleanup_close_ int fd = -1;
        char path[PL_NAMES_PATH_MAX];
        int r = open_place(fetch, fetch->places->podman, &in_home, &fd);

        if (r != 0)
                return r;
        fetch->answer->format = PL_NAMES_LIBPOD;
        set_path(path, in_home, "libpod/bolt_state.db", "", "");
        r = read_database(fetch, fd, path, look_into_libpod_bolt, text);
        if (r != PL_NAMES_E_ABSENT)
                return r;
        set_path(path, in_home, "db.sql", "", "");
        return read_database(fetch, fd, path, look_into_libpod_sqlite, text);
}

static int fetch_bundle(const struct fetch *fetch, const char *place, const char *before,
                        const char *behind, struct pl_page_bytes *text)
{
        _cleanup_close_ int fd = -1;
        char path[PL_NAMES_PATH_MAX];
        int r = open_directory(fetch->root_fd, place, &fd);

        if (r != 0)
                return r;
        fetch->answer->format = PL_NAMES_OCI;
        set_path(path, before, fetch->question->id, behind, "");
        return read_file(fetch, fd, path, text);
}

static int fetch_containerd(const struct fetch *fetch, struct pl_page_bytes *text)
{
        _cleanup_close_ int fd = -1;
        int r;

        if (fetch->question->is_in_pod)
                return fetch_bundle(fetch, fetch->places->bundles,
                                    "io.containerd.runtime.v2.task/k8s.io/", "/config.json", text);
        r = open_directory(fetch->root_fd, fetch->places->containerd, &fd);
        if (r != 0)
                return r;
        fetch->answer->format = PL_NAMES_LABELS;
        return read_database(fetch, fd, "io.containerd.metadata.v1.bolt/meta.db",
                             look_into_containerd, text);
}

static int fetch_crio(const struct fetch *fetch, struct pl_page_bytes *text)
{
        return fetch_bundle(fetch, fetch->places->crio, "overlay-containers/",
                            "/userdata/config.json", text);
}

static int fetch_text(const struct fetch *fetch, struct pl_page_bytes *text)
{
        switch (fetch->question->runtime) {
        case PL_RUNTIME_DOCKER:
                return fetch_docker(fetch, text);
        case PL_RUNTIME_PODMAN:
                return fetch_podman(fetch, text);
        case PL_RUNTIME_CONTAINERD:
                return is_users(fetch) ? PL_NAMES_E_ABSENT : fetch_containerd(fetch, text);
        case PL_RUNTIME_CRIO:
                return is_users(fetch) ? PL_NAMES_E_ABSENT : fetch_crio(fetch, text);
        default:
                return PL_NAMES_E_ABSENT;
        }
}

void pl_names_fetch(int root_fd, const struct pl_names_places *places,
                    const struct pl_names_question *question, struct pl_names_answer *ret_answer)
{
        struct pl_page_bytes text = { .size = question->uid == 0 ? PL_NAMES_TEXT_MAX
                                                                 : PL_NAMES_USERS_TEXT_MAX };
        const struct fetch fetch = { root_fd, places, question, ret_answer };

        pl_assert(root_fd >= 0);
        pl_assert(question->id[0] != '\0' && !strchr(question->id, '/'));

        *ret_answer = (struct pl_names_answer){ .tag = question->tag };
        text.data = malloc(text.size);
        ret_answer->result = text.data ? fetch_text(&fetch, &text) : -ENOMEM;
        if (ret_answer->result != 0) {
                free(text.data);
                return;
        }
        ret_answer->length = text.length;
        ret_answer->text = text.data;
}
