/* SPDX-License-Identifier: Apache-2.0 */

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/policy/match.h"

/* "KEY" or "KEY=GLOB". */
static size_t key_length(const char *wanted)
{
        return strcspn(wanted, "=");
}

static int compare(const void *a, const void *b)
{
        const char *x = *(const char *const *) a, *y = *(const char *const *) b;
        size_t length = key_length(x), other = key_length(y);
        int order = memcmp(x, y, length < other ? length : other);

        return order != 0 ? order : (length > other) - (length < other);
}

/* Where there is room for them; how many there are. */
static size_t gather(const struct pl_selector *selector, const char **items, size_t count)
{
        for (size_t i = 0; i < selector->labels.count; i++, count++)
                if (items)
                        items[count] = selector->labels.items[i];
        return count;
}

static size_t gather_list(const struct pl_selectors *selectors, const char **items, size_t count)
{
        for (size_t i = 0; i < selectors->count; i++)
                count = gather(&selectors->entries[i], items, count);
        return count;
}

static size_t gather_all(const struct pl_policy *policy, const char **items)
{
        size_t count = 0;

        for (size_t i = 0; i < policy->profile_count; i++)
                count = gather_list(&policy->profiles[i]->profile.match, items, count);
        for (size_t i = 0; i < policy->order_count; i++)
                count = gather(&policy->orders[i]->order.workload, items, count);
        if (policy->host)
                count = gather_list(&policy->host->host.protect, items, count);
        return count;
}

static size_t without_doubles(const char **items, size_t count)
{
        size_t kept = 0;

        qsort(items, count, sizeof *items, compare);
        for (size_t i = 0; i < count; i++)
                if (kept == 0 || compare(&items[kept - 1], &items[i]) != 0)
                        items[kept++] = items[i];
        return kept;
}

int pl_policy_labels(const struct pl_policy *policy, const char ***ret_items, size_t *ret_count)
{
        const char **items;
        size_t count;

        pl_assert(policy && ret_items && ret_count);

        count = gather_all(policy, NULL);
        /* One more than needed: none at all is no failure. */
        items = calloc(count + 1, sizeof *items);
        if (!items)
                return -ENOMEM;
        (void) gather_all(policy, items);
        *ret_count = without_doubles(items, count);
        *ret_items = items;
        return 0;
}
