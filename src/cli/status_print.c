/* SPDX-License-Identifier: Apache-2.0 */

/* One line says whether all is well. What is not as it should be stands out by its mark, and says what to do; what does not
 * apply to this host has no line.
 */

#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/ratio.h"
#include "status.h"

enum {
        TITLE_COLUMNS = 10, /* "pressure" and a gap */
        INDENT = 2,
};

/* ---- lines ---- */

void pl_status_print_line(struct pl_cli *cli, enum pl_cli_mark mark, const char *title,
                          const char *words)
{
        const struct pl_live_line line = { mark, title, TITLE_COLUMNS };

        pl_live_print_line(cli, &line, words);
}

static void print_line(struct pl_cli *cli, const char *title, const char *words)
{
        pl_status_print_line(cli, PL_CLI_MARK_OK, title, words);
}

static void print_advice(struct pl_cli *cli, const char *title, const char *words)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_text_addf(text, "%s %s", pl_live_arrow(cli->style), words);
        print_line(cli, title, sentence.buffer);
}

static void add_count(struct pl_text *text, uint64_t count, const char *word)
{
        pl_text_addf(text, "%llu %s%s", (unsigned long long) count, word, count == 1 ? "" : "s");
}

/* ---- the headline ---- */

static void add_workloads(struct pl_text *text, const struct pl_status *status)
{
        add_count(text, status->populated_count, "workload");
        pl_text_addf(text, ", %u under a profile", status->profile_count);
}

static void print_marked(struct pl_cli *cli, enum pl_cli_mark mark, const char *words)
{
        if (mark == PL_CLI_MARK_OK)
                pl_cli_add_coloured(cli->out, cli->style, mark,
                                    cli->style.unicode ? "\xE2\x97\x8F" : "*");
        else
                pl_cli_add_mark(cli->out, cli->style, mark);
        pl_text_add(cli->out, " ");
        pl_cli_add_wrapped(cli->out, cli->style,
                           mark == PL_CLI_MARK_OK ? INDENT : pl_cli_mark_columns(cli->style) + 1,
                           INDENT, words);
}

/* "plimsolld 0.1.0, watching, up 3 days 4 h: 41 workloads, 38 under a profile" */
static void print_well(struct pl_cli *cli, const struct pl_status *status)
{
        const struct pl_live *live = status->live;
        const bool cannot_act = pl_status_armed_state(status) == PL_STATUS_CANNOT_ACT;
        const char *mode = cannot_act ? "armed but cannot act" : pl_live_mode_word(live);
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_text_add(text, "plimsolld");
        if (live->state.version[0] != '\0') /* not before it has said it itself */
                pl_text_addf(text, " %s", live->state.version);
        if (live->state.phase == PL_JOURNAL_STOPPING)
                mode = "stopping";
        if (mode)
                pl_text_addf(text, ", %s", mode);
        pl_text_add(text, ", up ");
        pl_duration_format_short(text, live->now_usec > live->state.started_usec
                                               ? live->now_usec - live->state.started_usec
                                               : 0);
        pl_text_add(text, ": ");
        add_workloads(text, status);
        print_marked(cli, cannot_act ? PL_CLI_MARK_PROBLEM : PL_CLI_MARK_OK, sentence.buffer);
}

/* What is the matter, what to do, and whom it saw. */
static void print_trouble(struct pl_cli *cli, const struct pl_status *status)
{
        struct pl_live_sentence trouble, workloads;
        struct pl_span rest, line;

        pl_live_format_trouble(pl_live_begin(&trouble), cli->style, status->live);
        rest = pl_text_span(&trouble.text);
        line = pl_span_until(&rest, '\n');
        trouble.buffer[line.length] = '\0';
        print_marked(cli,
                     status->live->health == PL_LIVE_STARTING ? PL_CLI_MARK_WARNING
                                                              : PL_CLI_MARK_PROBLEM,
                     trouble.buffer);
        line = pl_span_until(&rest, '\n');
        if (!pl_span_empty(line)) {
                pl_cli_add_blanks(cli->out, INDENT);
                pl_cli_add_plain(cli->out, cli->style, line);
                pl_text_add(cli->out, "\n");
        }
        if (status->live->health == PL_LIVE_STARTING)
                return;
        add_workloads(pl_live_begin(&workloads), status);
        print_line(cli, "saw", workloads.buffer);
}

/* ---- the host ---- */

static bool has(const struct pl_live *live, uint64_t bits)
{
        return live->has_host && (live->host.sample.have & bits) == bits;
}

static void print_memory(struct pl_cli *cli, const struct pl_live *live)
{
        const struct pl_host_sample *sample = &live->host.sample;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!has(live, PL_HOST_BIT(total_bytes) | PL_HOST_BIT(available_bytes)) ||
            sample->available_bytes > sample->total_bytes) {
                print_line(cli, "memory", "not known yet");
                return;
        }
        pl_bytes_format_short(text, sample->total_bytes - sample->available_bytes);
        pl_text_add(text, " of ");
        pl_bytes_format_short(text, sample->total_bytes);
        pl_text_add(text, " used, ");
        pl_bytes_format_short(text, sample->available_bytes);
        pl_text_add(text, " available");
        print_line(cli, "memory", sentence.buffer);
}

static void print_swap(struct pl_cli *cli, const struct pl_live *live)
{
        const struct pl_host_sample *sample = &live->host.sample;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!has(live, PL_HOST_BIT(swap_total_bytes) | PL_HOST_BIT(swap_free_bytes)) ||
            sample->swap_free_bytes > sample->swap_total_bytes) {
                print_line(cli, "swap", "not known yet");
                return;
        }
        if (sample->swap_total_bytes == 0) {
                print_line(cli, "swap", "none");
                return;
        }
        pl_bytes_format_short(text, sample->swap_total_bytes - sample->swap_free_bytes);
        pl_text_add(text, " of ");
        pl_bytes_format_short(text, sample->swap_total_bytes);
        pl_text_add(text, " used");
        print_line(cli, "swap", sentence.buffer);
}

/* "410 MiB in 140 MiB of RAM (2.9:1)": of zram and zswap, where they hold anything. */
static void print_compressed(struct pl_cli *cli, const char *title, uint64_t data_bytes,
                             uint64_t ram_bytes)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);
        uint64_t tenths;

        if (data_bytes == 0 || ram_bytes == 0)
                return;
        pl_bytes_format_short(text, data_bytes);
        pl_text_add(text, " of swap in ");
        pl_bytes_format_short(text, ram_bytes);
        pl_text_add(text, " of memory");
        tenths = pl_ratio_scale(data_bytes, 10, ram_bytes);
        pl_text_addf(text, " (%llu.%llu:1)", (unsigned long long) tenths / 10,
                     (unsigned long long) tenths % 10);
        print_line(cli, title, sentence.buffer);
}

static void print_compressors(struct pl_cli *cli, const struct pl_live *live)
{
        const struct pl_host_sample *sample = &live->host.sample;

        if (has(live, PL_HOST_BIT(zram_bytes) | PL_HOST_BIT(zram_data_bytes)))
                print_compressed(cli, "zram", sample->zram_data_bytes, sample->zram_bytes);
        if (has(live, PL_HOST_BIT(zswap_bytes) | PL_HOST_BIT(zswapped_bytes)))
                print_compressed(cli, "zswap", sample->zswapped_bytes, sample->zswap_bytes);
}

static void print_pressure(struct pl_cli *cli, const struct pl_status *status)
{
        const struct pl_live_stall *stall = &status->stall;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (status->live->has_host &&
            !has(status->live, PL_HOST_BIT(some_usec) | PL_HOST_BIT(full_usec))) {
                print_line(cli, "pressure", "not measured by this kernel (plimsoll doctor)");
                return;
        }
        if (stall->over_usec == 0) {
                print_line(cli, "pressure", "not known yet");
                return;
        }
        pl_text_add(text, "some ");
        pl_live_add_percent(text, stall->some_permyriad);
        pl_text_add(text, ", full ");
        pl_live_add_percent(text, stall->full_permyriad);
        pl_text_add(text, " of the last ");
        pl_duration_format_short(text, stall->over_usec);
        print_line(cli, "pressure", sentence.buffer);
}

static void print_looks(struct pl_cli *cli, const struct pl_live *live)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!live->has_host)
                return;
        pl_text_add(text, "at the host ");
        pl_live_add_ago(text, live, live->host.sample.at_usec);
        if (live->host.scanned_at_usec > 0) {
                pl_text_add(text, ", at everybody ");
                pl_live_add_ago(text, live, live->host.scanned_at_usec);
        }
        print_line(cli, "looked", sentence.buffer);
}

/* ---- the policy ---- */

static void print_policy(struct pl_cli *cli, const struct pl_live *live)
{
        const struct pl_journal_policy *policy = &live->state.in_force;
        struct pl_live_sentence digest, sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (live->state.pid == 0) { /* of what could not be read */
                print_line(cli, "policy", "not known");
                return;
        }
        if (!pl_status_add_digest(pl_live_begin(&digest), policy)) {
                pl_status_print_line(cli, PL_CLI_MARK_WARNING, "policy",
                                     "none: nobody has a profile");
                return;
        }
        add_count(text, policy->profile_count, "profile");
        if (policy->order_count > 0) {
                pl_text_add(text, " and ");
                add_count(text, policy->order_count, "order");
        }
        pl_text_add(text, " from ");
        add_count(text, policy->file_count, "file");
        pl_text_addf(text, " (%s), in force for ", digest.buffer);
        pl_duration_format_short(
                text, live->now_usec > policy->at_usec ? live->now_usec - policy->at_usec : 0);
        if (policy->warning_count > 0) {
                pl_text_add(text, "; ");
                add_count(text, policy->warning_count, "warning");
                pl_text_add(text, ": plimsoll check");
        }
        print_line(cli, "policy", sentence.buffer);
}

static void print_refused(struct pl_cli *cli, const struct pl_status *status)
{
        const struct pl_journal_policy *policy = &status->live->state.refused;
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!pl_status_is_refused(status))
                return;
        pl_text_add(text, policy->number > 0 ? "a newer policy, " : "the policy, ");
        pl_live_add_ago(text, status->live, policy->at_usec);
        pl_text_add(text, ", for ");
        add_count(text, policy->error_count, "error");
        if (policy->words[0] != '\0')
                pl_text_addf(text, ": %s", policy->words);
        pl_status_print_line(cli, PL_CLI_MARK_PROBLEM, "REFUSED", sentence.buffer);
        print_advice(cli, "", "plimsoll check");
}

/* ---- the rest ---- */

static void print_alarms(struct pl_cli *cli, const struct pl_status *status)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (status->alarm_count == 0 && status->note_count == 0)
                return;
        if (status->alarm_count > 0)
                add_count(text, status->alarm_count, "alarm");
        if (status->alarm_count > 0 && status->note_count > 0)
                pl_text_add(text, " and ");
        if (status->note_count > 0)
                add_count(text, status->note_count, "note");
        pl_text_add(text, " since it started: plimsoll events");
        pl_status_print_line(cli, status->alarm_count > 0 ? PL_CLI_MARK_WARNING : PL_CLI_MARK_OK,
                             "notes", sentence.buffer);
}

static void print_unlisted(struct pl_cli *cli, const struct pl_live *live)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (!live->has_host || live->host.unlisted_count == 0)
                return;
        add_count(text, live->host.unlisted_count, "workload");
        pl_text_addf(text, " %s no place in the journal: not matched, not measured, not shown",
                     live->host.unlisted_count == 1 ? "has" : "have");
        pl_status_print_line(cli, PL_CLI_MARK_WARNING, "unlisted", sentence.buffer);
}

static void print_empty(struct pl_cli *cli, const struct pl_status *status)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        if (status->empty_count == 0)
                return;
        add_count(text, status->empty_count, "more workload");
        pl_text_add(text, " without a process (plimsoll list --all)");
        print_line(cli, "empty", sentence.buffer);
}

void pl_status_print(struct pl_cli *cli, const struct pl_status *status)
{
        pl_assert(cli);
        pl_assert(status && status->live);

        if (status->live->health == PL_LIVE_WELL)
                print_well(cli, status);
        else
                print_trouble(cli, status);
        pl_status_print_armed(cli, status);
        pl_status_print_short(cli, status);
        print_empty(cli, status);
        print_memory(cli, status->live);
        print_swap(cli, status->live);
        print_compressors(cli, status->live);
        print_pressure(cli, status);
        print_looks(cli, status->live);
        pl_status_print_next(cli, status);
        print_policy(cli, status->live);
        print_refused(cli, status);
        pl_status_print_limits(cli, status);
        print_unlisted(cli, status->live);
        print_alarms(cli, status);
}

void pl_status_print_history(struct pl_cli *cli, const struct pl_live *live)
{
        struct pl_live_sentence sentence;
        struct pl_text *text = pl_live_begin(&sentence);

        pl_assert(cli);
        pl_assert(live);

        pl_text_add(text, "plimsoll-record saw this host last ");
        pl_live_add_ago(text, live, live->host.sample.at_usec);
        pl_text_addf(text, ": %u workloads, %u under a profile.", live->host.workload_count,
                     live->host.profile_count);
        pl_cli_add_wrapped(cli->out, cli->style, 0, 0, sentence.buffer);
        print_memory(cli, live);
        print_swap(cli, live);
        print_compressors(cli, live);
}
