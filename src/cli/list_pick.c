/* SPDX-License-Identifier: Apache-2.0 */

/* All that is asked of a row is asked of one copy of it: the board changes while it is looked at, and a row that is read
 * twice may be somebody else's the second time.
 */

#include "list.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"

/* ---- who fits ---- */

static bool is_of_profile(const char *profile, const struct pl_journal_row *row)
{
        if (strcmp(profile, "none") == 0 && !pl_live_has_profile(row))
                return true;
        return pl_live_has_profile(row) && strcmp(profile, row->profile_name) == 0;
}

static bool fits(const struct pl_list_request *request, const struct pl_journal_row *row)
{
        if (request->profile && !is_of_profile(request->profile, row))
                return false;
        if (request->kind != PL_WORKLOAD_HOLDER && row->kind != (uint32_t) request->kind)
                return false;
        if (request->pattern_count == 0)
                return true;
        for (size_t i = 0; i < request->pattern_count; i++)
                if (pl_live_matches(row, request->patterns[i]))
                        return true;
        return false;
}

static void collect(struct pl_list *list, uint32_t used)
{
        const struct pl_journal_reader *reader = &list->live->reader;

        for (uint32_t i = 0; i < used; i++) {
                struct pl_journal_row *row = &list->rows[list->count];

                if (pl_journal_read_row(reader, i, row) != 0 || !pl_live_is_workload(row) ||
                    !fits(list->request, row))
                        continue;
                if (!list->request->all && !(row->flags & PL_CGROUP_POPULATED))
                        list->empty_count++;
                else
                        list->count++;
        }
}

/* ---- the order ---- */

const char *const *pl_list_key_words(void)
{
        static const char *const words[PL_LIST_KEYS + 1] = {
                [PL_LIST_NAME] = "name", [PL_LIST_PROFILE] = "profile",
                [PL_LIST_KIND] = "kind", [PL_LIST_CURRENT] = "current",
                [PL_LIST_MAX] = "max",   [PL_LIST_USE] = "use",
                [PL_LIST_SWAP] = "swap", [PL_LIST_STALL] = "stall",
                [PL_LIST_ADJ] = "adj",   [PL_LIST_AGE] = "age",
        };

        return words;
}

static bool is_text(enum pl_list_key key)
{
        return key == PL_LIST_NAME || key == PL_LIST_PROFILE || key == PL_LIST_KIND;
}

static void set_number(struct pl_list_entry *entry, enum pl_list_key key, uint64_t now_usec)
{
        const struct pl_journal_row *row = entry->row;
        uint32_t permyriad = 0;
        int32_t score_adj = 0;

        entry->is_known = true;
        switch (key) {
        case PL_LIST_CURRENT:
                entry->is_known = PL_LIVE_HAS(row, current_bytes);
                entry->number = row->sample.current_bytes;
                break;
        case PL_LIST_SWAP:
                entry->is_known = PL_LIVE_HAS(row, swap_bytes);
                entry->number = row->sample.swap_bytes;
                break;
        case PL_LIST_MAX:
                entry->is_known = pl_live_limit(&row->effective, PL_LIMIT_MAX, &entry->number);
                break;
        case PL_LIST_USE:
                entry->is_known = pl_live_use(row, &permyriad);
                entry->number = permyriad;
                break;
        case PL_LIST_STALL:
                entry->is_known = entry->stall->over_usec > 0;
                entry->number = entry->stall->some_permyriad;
                break;
        case PL_LIST_ADJ:
                entry->is_known = pl_live_score_adj(row, &score_adj);
                entry->number = (uint64_t) ((int64_t) score_adj - INT32_MIN);
                break;
        case PL_LIST_AGE:
                entry->number = now_usec > row->since_usec ? now_usec - row->since_usec : 0;
                break;
        case PL_LIST_NAME:
        case PL_LIST_PROFILE:
        case PL_LIST_KIND:
        case PL_LIST_KEYS:
                break;
        }
}

static int compare_texts(const struct pl_list_entry *a, const struct pl_list_entry *b,
                         enum pl_list_key key)
{
        if (key == PL_LIST_PROFILE)
                return strcmp(pl_live_has_profile(a->row) ? a->row->profile_name : "",
                              pl_live_has_profile(b->row) ? b->row->profile_name : "");
        if (key == PL_LIST_KIND)
                return strcmp(pl_live_kind_word(a->row), pl_live_kind_word(b->row));
        return strcmp(a->name, b->name);
}

/* Where two paths part: the end comes first, then what is below, then what only begins likewise. */
static int place_of(char byte)
{
        if (byte == '\0' || byte == '/')
                return byte == '/';
        return 2 + (unsigned char) byte;
}

/* "/a", "/a/b", "/a.slice" */
static int compare_paths(const char *a, const char *b)
{
        while (*a != '\0' && *a == *b) {
                a++;
                b++;
        }
        return place_of(*a) - place_of(*b);
}

/* By name, and by id where that is equal, so that the order is one and the same each time. */
static int compare_ties(const struct pl_list_entry *a, const struct pl_list_entry *b)
{
        int r = strcmp(a->name, b->name);

        return r != 0 ? r : (a->row->id > b->row->id) - (a->row->id < b->row->id);
}

static int compare(const void *left, const void *right, void *userdata)
{
        const struct pl_list_entry *a = left, *b = right;
        const struct pl_list_request *request = userdata;
        int r;

        if (request->tree) {
                r = compare_paths(a->row->path, b->row->path);
                return r != 0 ? r : compare_ties(a, b);
        }
        if (is_text(request->key))
                r = compare_texts(a, b, request->key);
        else if (a->is_known != b->is_known)
                return a->is_known ? -1 : 1; /* what is not known comes last, either way */
        else
                r = a->is_known ? (b->number > a->number) - (b->number < a->number) : 0;
        if (r == 0)
                return compare_ties(a, b);
        return request->reverse ? -r : r;
}

static void add_saturating(uint64_t *sum, uint64_t value)
{
        if (__builtin_add_overflow(*sum, value, sum))
                *sum = UINT64_MAX - 1; /* the last is "no limit" */
}

static void fill_entry(struct pl_list *list, size_t index)
{
        struct pl_list_entry *entry = &list->entries[index];
        const struct pl_journal_row *row = &list->rows[index];
        struct pl_text name;

        entry->row = row;
        entry->stall = &list->stalls[index];
        pl_text_init(&name, entry->name, sizeof entry->name);
        pl_live_add_raw_name(&name, row);
        set_number(entry, list->request->key, list->live->now_usec);
        if (PL_LIVE_HAS(row, current_bytes)) {
                add_saturating(&list->current_bytes, row->sample.current_bytes);
                list->measured_count++;
        }
        if (PL_LIVE_HAS(row, swap_bytes)) {
                add_saturating(&list->swap_bytes, row->sample.swap_bytes);
                list->has_swap = true;
        }
        list->has_ranks |= row->rank != 0;
        pl_standing_count_row(list->live, row, &list->limits);
        list->stall_usec = PL_MAX(list->stall_usec, entry->stall->over_usec);
}

int pl_list_pick(const struct pl_live *live, const struct pl_list_request *request,
                 struct pl_list *ret_list)
{
        uint32_t used = pl_journal_rows_used(&live->reader);
        struct pl_live_stall host;
        int r;

        pl_assert(live && request);
        pl_assert(ret_list);

        *ret_list = (struct pl_list){ .live = live, .request = request };
        ret_list->rows = malloc(PL_MAX(used, 1U) * sizeof *ret_list->rows);
        if (!ret_list->rows)
                return -ENOMEM;
        collect(ret_list, used);
        ret_list->stalls = calloc(PL_MAX(ret_list->count, (size_t) 1), sizeof *ret_list->stalls);
        ret_list->entries = calloc(PL_MAX(ret_list->count, (size_t) 1), sizeof *ret_list->entries);
        if (!ret_list->stalls || !ret_list->entries)
                return -ENOMEM;
        r = pl_live_stalls(live, ret_list->rows, ret_list->count, &host, ret_list->stalls);
        if (r < 0)
                return r;
        for (size_t i = 0; i < ret_list->count; i++)
                fill_entry(ret_list, i);
        qsort_r(ret_list->entries, ret_list->count, sizeof *ret_list->entries, compare,
                (void *) (uintptr_t) request);
        return 0;
}

void pl_list_done(struct pl_list *list)
{
        pl_assert(list);

        free(list->rows);
        free(list->stalls);
        free(list->entries);
        *list = (struct pl_list){};
}

size_t pl_list_shown(const struct pl_list *list)
{
        size_t lines_max = list->request->lines_max;

        return lines_max == 0 ? list->count : PL_MIN(list->count, lines_max);
}
