/* SPDX-License-Identifier: Apache-2.0 */

/* Every change is written first and remembered afterwards: when writing fails, memory and file still say the same, which is what
 * they said before.
 */

#include "plimsoll/host/originals.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "originals_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"

/* ---- life cycle ---- */

static bool is_put_aside(int r)
{
        return r == PL_ORIGINALS_E_OTHER_BOOT || r == PL_ORIGINALS_E_VERSION ||
               r == PL_ORIGINALS_E_FOREIGN;
}

static int put_aside(const struct pl_originals *originals)
{
        return renameat(originals->dir_fd, PL_ORIGINALS_NAME, originals->dir_fd,
                        PL_ORIGINALS_NAME_OLD) < 0
                       ? pl_originals_outcome(errno)
                       : 0;
}

static uint64_t live_bytes(const struct pl_originals *originals)
{
        return sizeof(struct pl_originals_header) +
               originals->cgroups.pool.count * pl_originals_record_bytes(PL_ORIGINALS_CGROUP) +
               originals->values.pool.count * pl_originals_record_bytes(PL_ORIGINALS_VALUE);
}

static int begin(struct pl_originals *originals, struct pl_originals_opened *opened)
{
        int r = pl_originals_store_init(originals);

        if (r == 0)
                r = pl_originals_read(originals, opened);
        if (is_put_aside(r)) {
                opened->aside = r;
                r = put_aside(originals);
                if (r == 0)
                        r = PL_ORIGINALS_E_ABSENT;
        }
        originals->live_bytes = live_bytes(originals);
        if (r == PL_ORIGINALS_E_ABSENT)
                return pl_originals_rewrite(originals);
        /* So that what is spoilt is told once. Whoever restores has to read even where nothing can be written. */
        if (r == 0 && opened->spoilt_count > 0)
                (void) pl_originals_rewrite(originals);
        return r;
}

int pl_originals_open(struct pl_originals *originals, int dir_fd, const uint8_t boot_id[16],
                      struct pl_originals_opened *ret_opened)
{
        int r;

        pl_assert(originals);
        pl_assert(boot_id);
        pl_assert(ret_opened);

        *originals = (struct pl_originals){ .dir_fd = dir_fd,
                                            .fd = -1,
                                            .seed = pl_originals_seed(boot_id) };
        *ret_opened = (struct pl_originals_opened){};
        memcpy(originals->boot_id, boot_id, sizeof originals->boot_id);
        (void) unlinkat(dir_fd, PL_ORIGINALS_NAME_NEW, 0);
        r = begin(originals, ret_opened);
        if (r != 0) {
                pl_originals_close(originals);
                return r;
        }
        ret_opened->cgroup_count = originals->cgroups.pool.count;
        ret_opened->value_count = originals->values.pool.count;
        return 0;
}

void pl_originals_close(struct pl_originals *originals)
{
        pl_assert(originals);

        pl_cleanup_close(&originals->fd);
        pl_originals_store_done(originals);
        *originals = (struct pl_originals){ .dir_fd = -1, .fd = -1 };
}

/* ---- one change ---- */

int pl_originals_commit(struct pl_originals *originals, struct pl_originals_record *record)
{
        uint64_t key;
        struct pl_originals_shelf *shelf = pl_originals_shelf_of(originals, record, &key);
        uint32_t index;
        bool new;
        int r = pl_originals_reserve(shelf, key, &index, &new);

        if (r != 0)
                return r;
        r = pl_originals_append(originals, record);
        if (r != 0) {
                if (new)
                        pl_originals_release(shelf, key, index);
                return r;
        }
        memcpy(pl_pool_at(&shelf->pool, index), &record->cgroup, shelf->pool.object_size);
        originals->live_bytes = live_bytes(originals);
        pl_originals_tidy(originals);
        return 0;
}

int pl_originals_forget(struct pl_originals *originals, struct pl_originals_record *record)
{
        uint64_t key;
        struct pl_originals_shelf *shelf = pl_originals_shelf_of(originals, record, &key);
        uint32_t index;
        int r;

        if (pl_table_find(&shelf->index, key, &index) != 0)
                return PL_ORIGINALS_E_ABSENT;
        r = pl_originals_append(originals, record);
        if (r != 0)
                return r;
        pl_originals_release(shelf, key, index);
        originals->live_bytes = live_bytes(originals);
        pl_originals_tidy(originals);
        return 0;
}
