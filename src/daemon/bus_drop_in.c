/* SPDX-License-Identifier: Apache-2.0 */

/* The drop-ins of a unit, as systemd names them. They are read as files: what systemd holds of a unit does not say which of
 * them it comes from. Of all with one name only one counts, and of all that count the one whose name sorts last: ours and
 * those of `systemctl set-property` are 50-PROPERTY.conf. In which section of the file it stands does not matter, since no
 * other section has a setting of that name.
 *
 * PID 1 has read these very paths, so what would hang a reader has hung it before; but what is no regular file any more is
 * passed over, and a long one as well.
 */

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "bus_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/fd.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/host/dropins.h"

/* A drop-in has a few lines. */
enum { DROP_IN_BYTES_MAX = 64 * 1024 };

/* ---- what it says ---- */

static bool read_switch(struct pl_span value, uint64_t *ret_value)
{
        static const char *const words[2][6] = {
                { "no", "false", "0", "off", "n", "f" },
                { "yes", "true", "1", "on", "y", "t" },
        };

        for (unsigned i = 0; i < 2; i++)
                for (unsigned k = 0; k < PL_ARRAY_LENGTH(words[i]); k++)
                        if (pl_span_equals(value, words[i][k])) {
                                *ret_value = i;
                                return true;
                        }
        return false;
}

static enum pl_bus_setting read_value(struct pl_span value, enum pl_limit limit,
                                      uint64_t *ret_bytes)
{
        if (pl_limit_is_switch(limit))
                return read_switch(value, ret_bytes) ? PL_BUS_SETS_BYTES : PL_BUS_SETS_OTHER;
        /* Nothing is the default, whatever was said before. */
        if (pl_span_empty(value) || pl_span_equals(value, "infinity")) {
                const bool is_promise = limit == PL_LIMIT_MIN || limit == PL_LIMIT_LOW;

                *ret_bytes = is_promise && pl_span_empty(value) ? 0 : PL_SIZE_MAX;
                return PL_BUS_SETS_BYTES;
        }
        return pl_bytes_parse(value, ret_bytes, NULL) == 0 ? PL_BUS_SETS_BYTES : PL_BUS_SETS_OTHER;
}

enum pl_bus_setting pl_bus_read_setting(struct pl_span text, enum pl_limit limit,
                                        uint64_t *ret_bytes)
{
        enum pl_bus_setting setting = PL_BUS_SETS_NOTHING;
        const char *key = pl_dropin_property(limit);

        pl_assert(key);

        while (!pl_span_empty(text)) {
                struct pl_span value = pl_span_until(&text, '\n');
                struct pl_span name = pl_span_until(&value, '=');

                /* A line without '=' is all name. */
                if (pl_span_equals(pl_span_trim(name), key) && value.data > name.data + name.length)
                        setting = read_value(pl_span_trim(value), limit, ret_bytes);
        }
        return setting;
}

static enum pl_bus_setting read_file(const char *path, enum pl_limit limit, uint64_t *ret_bytes)
{
        _cleanup_free_ char *data = NULL;
        size_t length;

        if (pl_fd_read_file(AT_FDCWD, path, DROP_IN_BYTES_MAX, &data, &length) != 0)
                return PL_BUS_SETS_NOTHING;
        return pl_bus_read_setting(pl_span(data, length), limit, ret_bytes);
}

/* What systemd would make of it is not worked out, as of a share; if it is what is found, it says so. */
static bool says_what_is_found(const char *path, const struct pl_bus_question *question)
{
        uint64_t bytes;

        switch (read_file(path, question->limit, &bytes)) {
        case PL_BUS_SETS_BYTES:
                return pl_bus_as_file(question->limit, bytes) == question->found_bytes;
        case PL_BUS_SETS_OTHER:
                return true;
        case PL_BUS_SETS_NOTHING:
        default:
                return false;
        }
}

/* ---- what its name and its age say ---- */

static const char *name_of(const char *path)
{
        const char *slash = strrchr(path, '/');

        return slash ? slash + 1 : path;
}

/* Where systemd puts what is set at runtime; transient is for units that have no file of their own. */
static bool is_set_by_call(const char *path)
{
        return strstr(path, "/system.control/") || strstr(path, "/transient/");
}

/* "50-MemoryMax.conf" of any limit: some of these may be our own. */
static bool is_of_limit(const char *name)
{
        char own[PL_DROPIN_NAME_BYTES];

        for (unsigned i = 0; i < PL_LIMIT_COUNT; i++)
                if (pl_dropin_property(i) && strcmp(name, pl_dropin_name(i, own)) == 0)
                        return true;
        return false;
}

/* Files have the time of day. Somebody who sets the clock moves them all; what would come to lie in the future is no sign. */
static bool is_younger(const char *path, uint64_t good_usec)
{
        const uint64_t now_usec = pl_clock_now_usec();
        struct timespec now;
        struct stat status;
        int64_t age_usec;

        if (stat(path, &status) < 0 || clock_gettime(CLOCK_REALTIME, &now) < 0)
                return false;
        age_usec = (int64_t) (now.tv_sec - status.st_mtim.tv_sec) * (int64_t) PL_USEC_PER_SEC +
                   (now.tv_nsec - status.st_mtim.tv_nsec) / 1000;
        return age_usec >= 0 && good_usec < now_usec && (uint64_t) age_usec < now_usec - good_usec;
}

static void keep(char kept[PATH_MAX], const char *path)
{
        struct pl_text text;

        pl_text_init(&text, kept, PATH_MAX);
        pl_text_add(&text, path);
}

void pl_bus_trace(struct pl_bus_traces *traces, const struct pl_bus_question *question,
                  const char *path)
{
        const char *name = name_of(path);
        const bool is_set = is_set_by_call(path);
        char own[PL_DROPIN_NAME_BYTES];
        int order;

        pl_assert(traces && question && path);

        if (is_set && strncmp(name, "50-", 3) == 0 && !is_of_limit(name) &&
            is_younger(path, question->good_usec))
                keep(traces->newer, path);
        if (!pl_dropin_property(question->limit))
                return;
        /* If ours did not say what we had set, an old one may well be our own of before. */
        order = strcmp(name, pl_dropin_name(question->limit, own));
        if (order > 0 && strcmp(name, name_of(traces->later)) >= 0 &&
            says_what_is_found(path, question))
                keep(traces->later, path);
        else if (order == 0 && is_set && question->found_bytes != question->set_bytes &&
                 (question->was_kept || is_younger(path, question->good_usec)) &&
                 says_what_is_found(path, question))
                keep(traces->same, path);
}
