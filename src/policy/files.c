/* SPDX-License-Identifier: Apache-2.0 */

/* The list is kept sorted while it grows: it has at most PL_POLICY_FILES_MAX items, directories are added in the order of
 * their names, and so almost all are added at its end.
 *
 * A mask is an item without a text and not the absence of one, so that a directory that is added later can replace it, and
 * so that it replaces what is below by the same rule as any other file.
 */

#include "files.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

enum { ROOM_AT_FIRST = 64, DIRECTORIES_KNOWN_MAX = 16 };

struct pl_policy_names {
        size_t count, room;
        char **items;
        size_t directory_count;
        struct {
                dev_t device;
                ino_t inode;
        } directories[DIRECTORIES_KNOWN_MAX];
};

const char *const pl_policy_directories[] = {
        "/usr/lib/plimsoll/policies.d",
        "/run/plimsoll/policies.d",
        "/etc/plimsoll/policies.d",
        NULL,
};

static int prepare_names(struct pl_policy_files *files)
{
        if (!files->names)
                files->names = calloc(1, sizeof *files->names);
        return files->names ? 0 : -ENOMEM;
}

/* Arrays double when they are full. */
static size_t larger(size_t room)
{
        return room > 0 ? room * 2 : ROOM_AT_FIRST;
}

static int make_room_for_name(struct pl_policy_names *names)
{
        char **moved;

        if (names->count < names->room)
                return 0;
        moved = reallocarray(names->items, larger(names->room), sizeof *moved);
        if (!moved)
                return -ENOMEM;
        names->items = moved;
        names->room = larger(names->room);
        return 0;
}

int pl_files_keep(struct pl_policy_files *files, struct pl_span first, struct pl_span second,
                  const char **ret_name)
{
        struct pl_policy_names *names;
        char *name;
        int r;

        pl_assert(files);
        pl_assert(ret_name);

        r = prepare_names(files);
        if (r != 0)
                return r;
        names = files->names;
        r = make_room_for_name(names);
        if (r != 0)
                return r;
        name = malloc(first.length + second.length + 1);
        if (!name)
                return -ENOMEM;

        memcpy(name, first.data, first.length);
        memcpy(name + first.length, second.data, second.length);
        name[first.length + second.length] = '\0';
        names->items[names->count++] = name;
        *ret_name = name;
        return 0;
}

bool pl_files_is_new_directory(struct pl_policy_files *files, const struct stat *status)
{
        struct pl_policy_names *names;

        pl_assert(files && files->names); /* whoever asks has kept the name of a file in it */
        pl_assert(status);

        names = files->names;
        for (size_t i = 0; i < names->directory_count; i++)
                if (names->directories[i].device == status->st_dev &&
                    names->directories[i].inode == status->st_ino)
                        return false;
        if (names->directory_count < DIRECTORIES_KNOWN_MAX) {
                names->directories[names->directory_count].device = status->st_dev;
                names->directories[names->directory_count].inode = status->st_ino;
                names->directory_count++;
        }
        return true;
}

const char *pl_origin_mistake(struct pl_span origin)
{
        if (origin.length > PL_ORIGIN_MAX)
                return "the name is longer than 4095 bytes";
        for (size_t i = 0; i < origin.length; i++)
                if ((unsigned char) origin.data[i] < 0x20 || origin.data[i] == 0x7F)
                        return "the name has control characters";
        return NULL;
}

const char *pl_origin_name(const char *origin)
{
        const char *slash = strrchr(origin, '/');

        return slash ? slash + 1 : origin;
}

/* The index of the first that does not sort before the name. */
static size_t find(const struct pl_policy_files *files, const char *name, bool *ret_found)
{
        size_t low = 0, high = files->count;

        /* In order, which is how they come from a directory. */
        if (high > 0 && strcmp(files->items[high - 1].name, name) < 0)
                low = high;
        while (low < high) {
                size_t middle = low + (high - low) / 2;

                if (strcmp(files->items[middle].name, name) < 0)
                        low = middle + 1;
                else
                        high = middle;
        }
        *ret_found = low < files->count && strcmp(files->items[low].name, name) == 0;
        return low;
}

const struct pl_policy_file *pl_files_find(const struct pl_policy_files *files, const char *name)
{
        bool found;
        size_t index = find(files, name, &found);

        return found ? &files->items[index] : NULL;
}

void pl_files_note_replaced(const struct pl_policy_files *files, const char *origin,
                            struct pl_diag *diag)
{
        const struct pl_policy_file *old = pl_files_find(files, pl_origin_name(origin));

        if (!old)
                return;
        pl_diag_note(diag, origin, (struct pl_place){}, "this replaces %s, which has the same name",
                     old->origin);
        pl_diag_hint(diag, "rename one of them if both are meant");
}

static int refuse_count(const char *origin, struct pl_diag *diag)
{
        pl_diag_error(diag, origin, (struct pl_place){},
                      "there are more than %d policy files, and no more are read",
                      PL_POLICY_FILES_MAX);
        pl_diag_hint(diag,
                     "one profile can mean many workloads: give it more entries in \"match\"");
        return PL_FILES_E_FULL;
}

static int refuse_bytes(const char *origin, struct pl_diag *diag)
{
        pl_diag_error(diag, origin, (struct pl_place){},
                      "with this file the policy is longer than %d MiB, and no more is read",
                      PL_POLICY_TEXT_MAX / (1024 * 1024));
        pl_diag_hint(diag, "remove files, or shorten them");
        return PL_FILES_E_FULL;
}

static int insert(struct pl_policy_files *files, size_t index)
{
        if (files->count == files->room) {
                struct pl_policy_file *moved = reallocarray(files->items, larger(files->room),
                                                            sizeof *moved);

                if (!moved)
                        return -ENOMEM;
                files->items = moved;
                files->room = larger(files->room);
        }
        memmove(&files->items[index + 1], &files->items[index],
                (files->count - index) * sizeof *files->items);
        files->items[index] = (struct pl_policy_file){};
        files->count++;
        return 0;
}

int pl_files_put(struct pl_policy_files *files, struct pl_policy_file file, struct pl_diag *diag)
{
        _cleanup_free_ char *text = file.text;
        struct pl_policy_file *item;
        size_t index, others;
        bool found;
        int r;

        pl_assert(files && files->text_bytes <= PL_POLICY_TEXT_MAX);
        pl_assert(file.origin);
        pl_assert(file.text || file.length == 0);

        file.name = pl_origin_name(file.origin);
        index = find(files, file.name, &found);
        others = files->text_bytes - (found ? files->items[index].length : 0);
        if (file.length > PL_POLICY_TEXT_MAX - others)
                return refuse_bytes(file.origin, diag);
        if (!found && files->count == PL_POLICY_FILES_MAX)
                return refuse_count(file.origin, diag);
        r = found ? 0 : insert(files, index);
        if (r != 0)
                return r;

        item = &files->items[index];
        free(item->text);
        *item = file;
        item->text = PL_TAKE_PTR(text);
        files->text_bytes = others + file.length;
        return 0;
}

void pl_files_remove(struct pl_policy_files *files, const char *origin)
{
        size_t index;
        bool found;

        pl_assert(files && origin);

        index = find(files, pl_origin_name(origin), &found);
        if (!found || strcmp(files->items[index].origin, origin) != 0)
                return;
        files->text_bytes -= files->items[index].length;
        free(files->items[index].text);
        files->count--;
        memmove(&files->items[index], &files->items[index + 1],
                (files->count - index) * sizeof *files->items);
}

void pl_files_done(struct pl_policy_files *files)
{
        pl_assert(files);

        for (size_t i = 0; i < files->count; i++)
                free(files->items[i].text);
        free(files->items);
        if (files->names) {
                for (size_t i = 0; i < files->names->count; i++)
                        free(files->names->items[i]);
                free(files->names->items);
                free(files->names);
        }
        *files = (struct pl_policy_files){};
}
