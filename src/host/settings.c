/* SPDX-License-Identifier: Apache-2.0 */

#include "plimsoll/host/settings.h"

#include "plimsoll/base/assert.h"

static const struct {
        const char *name, *file;
} settings[PL_SETTINGS] = {
        [PL_SETTING_SWAPPINESS] = { "vm.swappiness", "sys/vm/swappiness" },
        [PL_SETTING_WATERMARK_SCALE_FACTOR] = { "vm.watermark_scale_factor",
                                                "sys/vm/watermark_scale_factor" },
        [PL_SETTING_MIN_FREE_KBYTES] = { "vm.min_free_kbytes", "sys/vm/min_free_kbytes" },
};

const char *pl_setting_name(enum pl_setting setting)
{
        pl_assert(setting < PL_SETTINGS);

        return settings[setting].name;
}

int pl_setting_read(int proc_fd, enum pl_setting setting, struct pl_file_buffer *buffer,
                    int64_t *ret_value)
{
        uint64_t value;
        int r;

        pl_assert(setting < PL_SETTINGS);
        pl_assert(ret_value);

        r = pl_file_read(proc_fd, settings[setting].file, buffer);
        if (r == 0)
                r = pl_file_parse_u64(pl_file_span(buffer), &value);
        if (r != 0)
                return r;
        if (value > INT32_MAX)
                return PL_FILE_E_MALFORMED;
        *ret_value = (int64_t) value;
        return 0;
}

static int write_value(int proc_fd, enum pl_setting setting, int64_t value,
                       struct pl_file_buffer *buffer)
{
        int64_t actual;
        int r;

        pl_assert(value >= 0);

        r = pl_file_write_i64(proc_fd, settings[setting].file, value);
        if (r == 0)
                r = pl_setting_read(proc_fd, setting, buffer, &actual);
        if (r != 0)
                return r;
        return actual == value ? 0 : PL_SETTING_E_IGNORED;
}

static struct pl_original_value who(enum pl_setting setting, int64_t before)
{
        return (struct pl_original_value){ .kind = PL_ORIGINAL_SETTING,
                                           .number = setting,
                                           .before = before };
}

int pl_setting_apply(struct pl_originals *originals, int proc_fd, enum pl_setting setting,
                     int64_t value, struct pl_file_buffer *buffer,
                     struct pl_setting_change *ret_change)
{
        const struct pl_original_value *noted;
        struct pl_original_value one = who(setting, 0);
        int64_t found;
        int r;

        pl_assert(originals && ret_change);

        r = pl_setting_read(proc_fd, setting, buffer, &found);
        if (r != 0)
                return r;
        noted = pl_originals_find_value(originals, &one);
        *ret_change = (struct pl_setting_change){ noted ? noted->before : found, found };
        if (found == value)
                return 0;
        one.before = found;
        r = pl_originals_note_value(originals, &one);
        if (r == 0 || r == PL_ORIGINALS_E_EXISTS)
                r = pl_originals_set_value(originals, &one, value, found);
        if (r != 0)
                return PL_SETTING_E_UNNOTED;
        return write_value(proc_fd, setting, value, buffer);
}

int pl_setting_restore(struct pl_originals *originals, int proc_fd, enum pl_setting setting,
                       struct pl_file_buffer *buffer, struct pl_setting_change *ret_change)
{
        const struct pl_original_value one = who(setting, 0), *noted;
        bool is_ours;
        int64_t found;
        int r;

        pl_assert(originals && ret_change);

        noted = pl_originals_find_value(originals, &one);
        if (!noted)
                return PL_SETTING_E_NOT_OURS;
        r = pl_setting_read(proc_fd, setting, buffer, &found);
        if (r != 0)
                return r;
        *ret_change = (struct pl_setting_change){ noted->before, found };
        is_ours = found != noted->before && pl_original_value_is_ours(noted, found);
        if (is_ours)
                r = write_value(proc_fd, setting, noted->before, buffer);
        /* What could not be forgotten is found to be as it was the next time. */
        if (r == 0)
                (void) pl_originals_drop_value(originals, &one);
        if (r != 0)
                return r;
        return is_ours || found == ret_change->before ? 0 : PL_SETTING_E_OTHER;
}
