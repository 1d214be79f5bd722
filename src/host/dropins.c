/* SPDX-License-Identifier: Apache-2.0 */

/* What systemd writes is two lines of comment, the section, and one assignment (unit_write_setting() in src/core/unit.c, 252 to
 * 257). The comment may change its words, so comments and sections are passed over; the assignment is compared.
 */

#include "plimsoll/host/dropins.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/base/text.h"

enum {
        NAME_BYTES = 256,
        PATH_BYTES = 320,
        /* Those of systemd have 160. */
        TEXT_MAX = 4096,
};

static const char *const properties[PL_LIMIT_COUNT] = {
        [PL_LIMIT_MIN] = "MemoryMin",
        [PL_LIMIT_LOW] = "MemoryLow",
        [PL_LIMIT_HIGH] = "MemoryHigh",
        [PL_LIMIT_MAX] = "MemoryMax",
        [PL_LIMIT_SWAP_MAX] = "MemorySwapMax",
        [PL_LIMIT_ZSWAP_MAX] = "MemoryZSwapMax",
        [PL_LIMIT_ZSWAP_WRITEBACK] = "MemoryZSwapWriteback",
};

/* By the first of them systemd finds it first; a unit has its drop-ins in one of them. */
static const char *const directories[] = { "run/systemd/system.control", "run/systemd/transient" };

/* Of units that have a cgroup. */
static const struct {
        const char *suffix, *section;
} types[] = {
        { ".service", "Service" }, { ".scope", "Scope" }, { ".slice", "Slice" },
        { ".socket", "Socket" },   { ".mount", "Mount" }, { ".swap", "Swap" },
};

const char *pl_dropin_property(enum pl_limit limit)
{
        pl_assert(limit < PL_LIMIT_COUNT);

        return properties[limit];
}

enum pl_limit pl_dropin_limit(struct pl_span property)
{
        unsigned i = 0;

        while (i < PL_LIMIT_COUNT && !(properties[i] && pl_span_equals(property, properties[i])))
                i++;
        return (enum pl_limit) i;
}

/* ---- names ---- */

/* VALID_CHARS of src/basic/unit-name.c: none of them leads out of a directory. */
static bool is_unit_byte(char byte)
{
        return (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || pl_is_digit(byte) ||
               (byte != '\0' && strchr(":-_.\\@", byte) != NULL);
}

const char *pl_dropin_section(const char *unit)
{
        const struct pl_span name = pl_span_of(unit);

        /* ".d" goes behind it. */
        if (name.length + 3 > NAME_BYTES)
                return NULL;
        for (size_t i = 0; i < name.length; i++)
                if (!is_unit_byte(name.data[i]))
                        return NULL;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(types); i++)
                if (pl_span_ends_with(name, types[i].suffix) &&
                    name.length > strlen(types[i].suffix))
                        return types[i].section;
        return NULL;
}

static bool is_unit(const char *unit)
{
        return pl_dropin_section(unit) != NULL;
}

static void directory_of(const char *above, const char *unit, char path[PATH_BYTES])
{
        struct pl_text text;

        pl_assert(is_unit(unit));

        pl_text_init(&text, path, PATH_BYTES);
        pl_text_addf(&text, "%s/%s.d", above, unit);
        pl_assert(!text.cut);
}

const char *pl_dropin_name(enum pl_limit limit, char name[PL_DROPIN_NAME_BYTES])
{
        struct pl_text text;

        pl_assert(limit < PL_LIMIT_COUNT && properties[limit]);

        pl_text_init(&text, name, PL_DROPIN_NAME_BYTES);
        pl_text_addf(&text, "50-%s.conf", properties[limit]);
        pl_assert(!text.cut);
        return name;
}

static int outcome(int error)
{
        switch (error) {
        case ENOENT:
        case ENOTDIR:
                return PL_DROPINS_E_ABSENT;
        case ELOOP: /* a link, which systemd does not make */
                return PL_DROPINS_E_OTHER;
        case EACCES:
        case EPERM:
        case EROFS:
                return PL_DROPINS_E_DENIED;
        default:
                return -error;
        }
}

static int open_directory(int root_fd, const char *above, const char *unit, int *ret_fd)
{
        char path[PATH_BYTES];
        int fd;

        directory_of(above, unit, path);
        fd = openat(root_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
        if (fd < 0)
                return outcome(errno);
        *ret_fd = fd;
        return 0;
}

/* ---- what one says ---- */

static int parse_value(struct pl_span text, enum pl_limit limit, uint64_t *ret_value)
{
        if (pl_limit_is_switch(limit)) {
                if (!pl_span_equals(text, "yes") && !pl_span_equals(text, "no"))
                        return PL_DROPINS_E_OTHER;
                *ret_value = pl_span_equals(text, "yes");
                return 0;
        }
        if (pl_span_equals(text, "infinity")) {
                *ret_value = PL_SIZE_MAX;
                return 0;
        }
        return pl_span_to_u64(text, ret_value) == 0 ? 0 : PL_DROPINS_E_OTHER;
}

/* Whether the line assigns nothing. */
static bool is_silent(struct pl_span line)
{
        return pl_span_empty(line) || line.data[0] == '#' || line.data[0] == ';' ||
               (line.data[0] == '[' && line.data[line.length - 1] == ']');
}

int pl_dropin_parse(struct pl_span text, enum pl_limit limit, uint64_t *ret_value)
{
        uint64_t value = 0;
        unsigned count = 0;

        pl_assert(limit < PL_LIMIT_COUNT && properties[limit]);
        pl_assert(ret_value);

        while (!pl_span_empty(text)) {
                struct pl_span line = pl_span_until(&text, '\n'), key;

                if (is_silent(line))
                        continue;
                key = pl_span_until(&line, '=');
                if (!pl_span_equals(key, properties[limit]) ||
                    parse_value(line, limit, &value) != 0 || count++ > 0)
                        return PL_DROPINS_E_OTHER;
        }
        if (count == 0)
                return PL_DROPINS_E_OTHER;
        *ret_value = value;
        return 0;
}

static int read_value(int dir_fd, const char *name, enum pl_limit limit, uint64_t *ret_value)
{
        _cleanup_close_ int fd = openat(dir_fd, name,
                                        O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY);
        char text[TEXT_MAX];
        struct stat status;
        ssize_t length;

        if (fd < 0)
                return outcome(errno);
        if (fstat(fd, &status) < 0)
                return -errno;
        if (!S_ISREG(status.st_mode) || status.st_size >= (off_t) sizeof text)
                return PL_DROPINS_E_OTHER;
        length = read(fd, text, sizeof text);
        if (length < 0)
                return outcome(errno);
        if (length == (ssize_t) sizeof text)
                return PL_DROPINS_E_OTHER;
        return pl_dropin_parse(pl_span(text, (size_t) length), limit, ret_value);
}

/* ---- looking and removing ---- */

static int find_in(int root_fd, const char *above, const char *unit, uint32_t *limits)
{
        _cleanup_close_ int dir_fd = -1;
        char name[PL_DROPIN_NAME_BYTES];
        int r = open_directory(root_fd, above, unit, &dir_fd);

        if (r != 0)
                return r == PL_DROPINS_E_ABSENT ? 0 : r;
        for (enum pl_limit i = 0; i < PL_LIMIT_COUNT; i++) {
                if (!properties[i])
                        continue;
                if (faccessat(dir_fd, pl_dropin_name(i, name), F_OK, AT_SYMLINK_NOFOLLOW) == 0)
                        *limits |= UINT32_C(1) << i;
                else if (errno != ENOENT)
                        return outcome(errno);
        }
        return 0;
}

int pl_dropins_find(int root_fd, const char *unit, uint32_t *ret_limits)
{
        uint32_t limits = 0;

        pl_assert(unit);
        pl_assert(ret_limits);

        if (!is_unit(unit))
                return PL_DROPINS_E_NAME;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++) {
                int r = find_in(root_fd, directories[i], unit, &limits);

                if (r != 0)
                        return r;
        }
        *ret_limits = limits;
        return 0;
}

int pl_dropins_read(int root_fd, const char *unit, enum pl_limit limit, uint64_t *ret_value)
{
        char name[PL_DROPIN_NAME_BYTES];

        pl_assert(unit);
        pl_assert(limit < PL_LIMIT_COUNT && properties[limit]);

        if (!is_unit(unit))
                return PL_DROPINS_E_NAME;
        (void) pl_dropin_name(limit, name);
        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++) {
                _cleanup_close_ int dir_fd = -1;
                int r = open_directory(root_fd, directories[i], unit, &dir_fd);

                if (r == 0)
                        r = read_value(dir_fd, name, limit, ret_value);
                if (r != PL_DROPINS_E_ABSENT)
                        return r;
        }
        return PL_DROPINS_E_ABSENT;
}

static int remove_in(int root_fd, const char *above, const char *unit, enum pl_limit limit,
                     uint64_t value)
{
        _cleanup_close_ int dir_fd = -1;
        char name[PL_DROPIN_NAME_BYTES], path[PATH_BYTES];
        uint64_t found = 0;
        int r = open_directory(root_fd, above, unit, &dir_fd);

        if (r != 0)
                return r;
        (void) pl_dropin_name(limit, name);
        r = read_value(dir_fd, name, limit, &found);
        if (r != 0)
                return r;
        if (found != value)
                return PL_DROPINS_E_OTHER;
        if (unlinkat(dir_fd, name, 0) < 0)
                return outcome(errno);
        directory_of(above, unit, path);
        (void) unlinkat(root_fd, path, AT_REMOVEDIR);
        return 0;
}

int pl_dropins_remove(int root_fd, const char *unit, enum pl_limit limit, uint64_t value)
{
        int whole = PL_DROPINS_E_ABSENT;

        pl_assert(unit);
        pl_assert(limit < PL_LIMIT_COUNT && properties[limit]);

        if (!is_unit(unit))
                return PL_DROPINS_E_NAME;
        for (size_t i = 0; i < PL_ARRAY_LENGTH(directories); i++) {
                int r = remove_in(root_fd, directories[i], unit, limit, value);

                if (r < 0 || r == PL_DROPINS_E_DENIED)
                        return r;
                if (r == 0 || whole == PL_DROPINS_E_ABSENT)
                        whole = r;
        }
        return whole;
}
