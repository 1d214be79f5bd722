/* SPDX-License-Identifier: Apache-2.0 */

/* Writes history of everything there is to a directory, and prints what our reader reads of it, a line for each entry. For
 * history_page.py.
 */

#include "journal/swept.h"

#include <inttypes.h>

static void print_words(const void *bytes, size_t size)
{
        for (size_t at = 0; at < size; at += sizeof(uint64_t)) {
                uint64_t word;

                memcpy(&word, (const char *) bytes + at, sizeof word);
                printf(" %" PRIx64, word);
        }
        printf("\n");
}

static void print_one(const struct pl_history_entry *entry, void *userdata)
{
        const struct pl_history_workload *workload = entry->workload;

        (void) userdata;
        printf("%d %" PRIu64 " %" PRIu64 " %x %" PRIu64, entry->kind, entry->at.realtime_usec,
               entry->at.boot_usec, entry->identity.boot_id[0], entry->identity.created_usec);
        if (entry->kind == PL_HISTORY_WORKLOAD)
                printf(" %s %s %s %s", workload->name, workload->unit, workload->profile_name,
                       workload->path);
        if (workload)
                printf(" %" PRIu64 " %" PRIu64 " %u %d %u %u %d %d %u", workload->id,
                       workload->parent_id, workload->kind, workload->runtime, workload->flags,
                       workload->state, workload->order, workload->score_adj, workload->limits.set);
        if (workload)
                print_words(workload->effective.values, sizeof workload->effective.values);
        if (entry->sample)
                print_words(entry->sample, sizeof *entry->sample);
        else if (entry->host)
                print_words(entry->host, sizeof *entry->host);
        else if (entry->act)
                printf(" %" PRIu64 " %u %" PRIu64 "\n", entry->act->sequence, entry->act->type,
                       entry->act->at_usec);
        else if (!workload)
                printf("\n");
}

int main(int argc, char **argv)
{
        struct pl_journal_writer journal = kept_journal(7, 70);
        const struct pl_journal_reader reader = kept_journal_reader();
        uint64_t made = 9;

        if (argc != 2)
                return 2;
        place_fd = open(argv[1], O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        pl_assert(place_fd >= 0);
        for (uint64_t day = 1; day < 4; day++) {
                const struct pl_history_time now = { day * PL_USEC_PER_DAY, 5000 + day };

                kept_open_writer(&writer);
                for (int i = 0; i < 20; i++)
                        made_write_act(&journal);
                pl_assert(write_sweep(&now, &seven, WORKLOADS, &made) == 0);
                pl_assert(write_sweep(&now, &seven, WORKLOADS, &made) == 0);
                pl_assert(kept_record_acts(&writer, &reader, &now) == 0);
                pl_assert(pl_history_tidy(&writer, &now) == 0);
                pl_history_writer_close(&writer);
        }
        (void) kept_each(print_one, NULL);
        return 0;
}
