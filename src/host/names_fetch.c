/* SPDX-License-Identifier: Apache-2.0 */

/* Docker has a file for each container. So have containerd and CRI-O, in the bundle that they make for the runtime below them;
 * it says something of Kubernetes' alone. podman, and containerd for all others, have a database.
 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "names_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/text.h"
#include "plimsoll/identity/bolt.h"
#include "plimsoll/identity/sqlite.h"
#include "plimsoll/model/profile.h"

enum {
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

typedef int look_function(const struct pl_names_fetching *fetch, const struct pl_pages *pages,
                          struct pl_page_bytes *text);

/* While somebody writes to it, it is looked into again. */
static int read_database(const struct pl_names_fetching *fetch, int dir_fd, const char *path,
                         look_function *look, struct pl_page_bytes *text)
{
        _cleanup_close_ int fd = -1;
        const struct pl_pages pages = { read_piece, &fd };
        int r = pl_names_open_file(fetch, dir_fd, path, &fd);

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

static int look_into_libpod_bolt(const struct pl_names_fetching *fetch,
                                 const struct pl_pages *pages, struct pl_page_bytes *text)
{
        const struct pl_bolt_way way = {
                3, { pl_span_of("ctr"), pl_span_of(fetch->question->id), pl_span_of("config") }
        };

        return pl_bolt_find(pages, &way, text);
}

static int look_into_libpod_sqlite(const struct pl_names_fetching *fetch,
                                   const struct pl_pages *pages, struct pl_page_bytes *text)
{
        const struct pl_sqlite_place place = { .table = pl_span_of("ContainerConfig"),
                                               .key = pl_span_of(fetch->question->id),
                                               .column = LIBPOD_JSON };

        return pl_sqlite_find(pages, &place, text);
}

/* The image first, and then each label. */
static int look_into_containerd(const struct pl_names_fetching *fetch, const struct pl_pages *pages,
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

/* The directory of a runtime: the system's, or what a user has of it in his home. */
static int open_place(const struct pl_names_fetching *fetch, const char *place,
                      const char **in_home, int *ret_fd)
{
        if (pl_names_are_users(fetch))
                return pl_names_open_home(fetch, ret_fd);
        *in_home = "";
        return pl_names_open_directory(fetch->root_fd, place, ret_fd);
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

static int fetch_docker(const struct pl_names_fetching *fetch, struct pl_page_bytes *text)
{
        const char *in_home = ".local/share/docker/";
        _cleanup_close_ int fd = -1;
        char path[PL_NAMES_PATH_MAX];
        int r = open_place(fetch, fetch->places->docker, &in_home, &fd);

        if (r != 0)
                return r;
        fetch->answer->format = PL_NAMES_DOCKER;
        set_path(path, in_home, "containers/", fetch->question->id, "/config.v2.json");
        return pl_names_read_file(fetch, fd, path, text);
}

/* Where both are there, podman goes on with the older one. */
static int fetch_podman(const struct pl_names_fetching *fetch, struct pl_page_bytes *text)
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

static int fetch_bundle(const struct pl_names_fetching *fetch, const char *place,
                        const char *before, const char *behind, struct pl_page_bytes *text)
{
        _cleanup_close_ int fd = -1;
        char path[PL_NAMES_PATH_MAX];
        int r = pl_names_open_directory(fetch->root_fd, place, &fd);

        if (r != 0)
                return r;
        fetch->answer->format = PL_NAMES_OCI;
        set_path(path, before, fetch->question->id, behind, "");
        return pl_names_read_file(fetch, fd, path, text);
}

static int fetch_crio(const struct pl_names_fetching *fetch, struct pl_page_bytes *text)
{
        return fetch_bundle(fetch, fetch->places->crio, "overlay-containers/",
                            "/userdata/config.json", text);
}

/* Whoever does not know which of the two it is asks for the first. */
static int fetch_pods(const struct pl_names_fetching *fetch, struct pl_page_bytes *text)
{
        int r = fetch_bundle(fetch, fetch->places->bundles, "io.containerd.runtime.v2.task/k8s.io/",
                             "/config.json", text);

        return r == PL_NAMES_E_ABSENT ? fetch_crio(fetch, text) : r;
}

static int fetch_containerd(const struct pl_names_fetching *fetch, struct pl_page_bytes *text)
{
        _cleanup_close_ int fd = -1;
        int r;

        if (fetch->question->is_in_pod)
                return fetch_pods(fetch, text);
        r = pl_names_open_directory(fetch->root_fd, fetch->places->containerd, &fd);
        if (r != 0)
                return r;
        fetch->answer->format = PL_NAMES_LABELS;
        return read_database(fetch, fd, "io.containerd.metadata.v1.bolt/meta.db",
                             look_into_containerd, text);
}

static int fetch_text(const struct pl_names_fetching *fetch, struct pl_page_bytes *text)
{
        switch (fetch->question->runtime) {
        case PL_RUNTIME_DOCKER:
                return fetch_docker(fetch, text);
        case PL_RUNTIME_PODMAN:
                return fetch_podman(fetch, text);
        case PL_RUNTIME_CONTAINERD:
                return pl_names_are_users(fetch) ? PL_NAMES_E_ABSENT
                                                 : fetch_containerd(fetch, text);
        case PL_RUNTIME_CRIO:
                return pl_names_are_users(fetch) ? PL_NAMES_E_ABSENT : fetch_crio(fetch, text);
        default:
                return PL_NAMES_E_ABSENT;
        }
}

void pl_names_fetch(int root_fd, const struct pl_names_places *places,
                    const struct pl_names_question *question, struct pl_names_answer *ret_answer)
{
        struct pl_page_bytes text = { .size = question->uid == 0 ? PL_NAMES_TEXT_MAX
                                                                 : PL_NAMES_USERS_TEXT_MAX };
        const struct pl_names_fetching fetch = { root_fd, places, question, ret_answer };

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
