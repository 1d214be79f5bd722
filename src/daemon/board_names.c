/* SPDX-License-Identifier: Apache-2.0 */

/* A container is a number until its runtime's files have been read, which takes a moment and another thread. Until then it is
 * nobody's: no profile takes hold of it and none may take it, for a name or a label may be what protects it. A runtime
 * writes first and starts then, so that an answer comes at once as a rule. What is not there yet is asked for again, and
 * who has no name PATIENCE_USEC after it was asked for first is judged by its path alone, and that is said.
 *
 * A container can be renamed: every PL_BOARD_NAMES_EVERY looks it is asked whether the file is another one by now.
 */

#include <stdlib.h>
#include <string.h>

#include "board_internal.h"
#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/who.h"
#include "plimsoll/policy/match.h"

/* Docker and podman write before they make the cgroup; this is for who does not, and for a disk that has to be waited for. */
#define PATIENCE_USEC (2 * PL_USEC_PER_SEC)
/* As long as it cannot even be asked for, because thousands are. */
#define TURN_USEC (20 * PL_USEC_PER_SEC)
/* Between two questions after the same: 50 ms, and then twice as long each time. */
#define AGAIN_USEC     (50 * PL_USEC_PER_MSEC)
#define AGAIN_MAX_USEC (30 * PL_USEC_PER_SEC)

static struct pl_board_naming *naming_of(const struct pl_board *board, uint32_t index)
{
        return index < board->place_count ? board->places[index].naming : NULL;
}

static bool is_waiting(const struct pl_board_naming *naming)
{
        return naming->due_usec != PL_BOARD_NEVER || naming->until_usec != 0;
}

static void count(struct pl_board *board, const struct pl_board_naming *naming, uint32_t by)
{
        if (is_waiting(naming))
                board->unnamed_count += by;
        if (naming->until_usec != 0)
                board->awaited_count += by;
}

static void set_times(struct pl_board *board, struct pl_board_naming *naming, uint64_t due_usec,
                      uint64_t until_usec)
{
        count(board, naming, UINT32_MAX);
        naming->due_usec = due_usec;
        naming->until_usec = until_usec;
        count(board, naming, 1);
}

/* ---- who has names ---- */

bool pl_board_expect_names(struct pl_board *board, uint32_t index,
                           const struct pl_census_identity *who, uint64_t now_usec)
{
        struct pl_names_question question;
        struct pl_board_naming *naming;

        pl_assert(!board->places[index].naming);

        if (!board->options.namer || !pl_who_question(&who->parts, &question))
                return true;
        naming = calloc(1, sizeof *naming);
        if (!naming)
                return false;
        naming->due_usec = PL_BOARD_NEVER;
        naming->is_users = question.uid != 0;
        board->places[index].naming = naming;
        set_times(board, naming, now_usec, now_usec + TURN_USEC);
        return true;
}

void pl_board_forget_names(struct pl_board *board, uint32_t index)
{
        struct pl_board_naming *naming = naming_of(board, index);

        if (!naming)
                return;
        set_times(board, naming, PL_BOARD_NEVER, 0);
        pl_names_free(naming->names);
        free(naming);
        board->places[index].naming = NULL;
}

bool pl_board_awaits_names(const struct pl_board *board, uint32_t index)
{
        const struct pl_board_naming *naming = naming_of(board, index);

        return naming && naming->until_usec != 0;
}

bool pl_board_is_untold(const struct pl_board *board, uint32_t index)
{
        const struct pl_board_naming *naming = naming_of(board, index);

        return naming && naming->is_untold;
}

void pl_board_set_untold(struct pl_board *board, uint32_t index, bool is_untold)
{
        struct pl_board_naming *naming = naming_of(board, index);

        pl_assert(naming);

        naming->is_untold = is_untold;
}

void pl_board_dress(const struct pl_board *board, uint32_t index, struct pl_census_identity *who)
{
        const struct pl_board_naming *naming = naming_of(board, index);

        if (naming && naming->names)
                pl_who_dress(who, naming->names);
}

/* Of the words with their ends. The words themselves are gone with the policy before. */
static uint64_t sum_of(const char *const *items, size_t count)
{
        uint64_t sum = UINT64_C(14695981039346656037);

        for (size_t i = 0; i < count; i++)
                for (size_t j = 0; j == 0 || items[i][j - 1] != '\0'; j++)
                        sum = (sum ^ (unsigned char) items[i][j]) * UINT64_C(1099511628211);
        return sum;
}

/* What was kept is what another policy had asked for: nobody is judged by that. */
static void expect_all_again(struct pl_board *board, uint64_t now_usec)
{
        for (uint32_t i = 0; i < board->place_count; i++) {
                struct pl_board_naming *naming = board->places[i].naming;

                if (!naming)
                        continue;
                naming->stamp = (struct pl_names_stamp){};
                naming->attempts = 0;
                set_times(board, naming, now_usec, now_usec + TURN_USEC);
        }
}

void pl_board_set_labels(struct pl_board *board, const struct pl_policy *policy, uint64_t now_usec)
{
        const uint64_t sum_before = board->labels_sum;
        const char **items = NULL;
        size_t count = 0;

        board->lacks_labels = policy && pl_policy_labels(policy, &items, &count) < 0;
        free(board->labels);
        board->labels = items;
        board->label_count = count;
        board->labels_sum = sum_of(items, count);
        /* Another policy may ask for the same, as one does of which an order has ended. */
        if (policy && board->labels_sum != sum_before)
                expect_all_again(board, now_usec);
}

/* ---- who stays without ---- */

static void say_why(struct pl_board *board, uint32_t index, int result, uint64_t now_usec)
{
        char words[PL_JOURNAL_WORDS_BYTES];
        struct pl_text text;

        pl_text_init(&text, words, sizeof words);
        pl_board_find_name(board, pl_census_at(&board->census, index)->id, words);
        text.length = strlen(words);
        pl_text_add(&text, ": ");
        pl_text_add(&text, pl_names_why(result));
        pl_logbook_say_once(board->options.logbook, now_usec,
                            &(struct pl_logbook_note){ .code = PL_NOTE_NO_NAME, .words = words });
}

/* Why is what came of the last question, if there was an answer. */
static void give_up(struct pl_board *board, uint32_t index, uint64_t now_usec)
{
        const struct pl_board_naming *naming = naming_of(board, index);

        say_why(board, index, naming->attempts > 0 ? naming->result : PL_NAMES_E_LATE, now_usec);
        pl_board_take_name(board, index, NULL, now_usec);
}

/* ---- asking ---- */

void pl_board_ask_name_again(struct pl_board *board, uint32_t index, uint64_t now_usec)
{
        struct pl_board_naming *naming = naming_of(board, index);

        if (naming && !naming->is_asked && naming->due_usec == PL_BOARD_NEVER)
                set_times(board, naming, now_usec, naming->until_usec);
}

/* False: no more of its kind can be asked now. */
static bool ask(struct pl_board *board, uint32_t index, struct pl_board_naming *naming,
                uint64_t now_usec)
{
        struct pl_census_identity who;
        struct pl_names_question question;

        if (pl_census_identity(&board->census, index, &who) != 0 ||
            !pl_who_question(&who.parts, &question)) {
                set_times(board, naming, now_usec + AGAIN_USEC, naming->until_usec);
                return true;
        }
        question.tag = pl_census_at(&board->census, index)->id;
        question.stamp = naming->stamp;
        if (pl_namer_put(board->options.namer, &question) != 0)
                return false;
        naming->is_asked = true;
        set_times(board, naming, PL_BOARD_NEVER,
                  naming->until_usec != 0 && naming->attempts == 0 ? now_usec + PATIENCE_USEC
                                                                   : naming->until_usec);
        return true;
}

static void wake_by(struct pl_board *board, uint64_t at_usec, uint64_t now_usec)
{
        if (at_usec > now_usec)
                board->names_due_usec = PL_MIN(board->names_due_usec, at_usec);
}

/* All places are gone over, which for the most that there can be takes some 50 µs. */
void pl_board_ask_names(struct pl_board *board, uint64_t now_usec)
{
        bool has_room[PL_NAMER_THREADS] = { true, true };

        board->names_due_usec = PL_BOARD_NEVER;
        if (board->unnamed_count == 0)
                return;
        for (uint32_t i = 0; i < board->place_count; i++) {
                struct pl_board_naming *naming = board->places[i].naming;

                if (!naming || !is_waiting(naming))
                        continue;
                if (naming->until_usec != 0 && naming->until_usec <= now_usec)
                        give_up(board, i, now_usec);
                if (has_room[naming->is_users] && naming->due_usec <= now_usec && !naming->is_asked)
                        has_room[naming->is_users] = ask(board, i, naming, now_usec);
                wake_by(board, naming->due_usec, now_usec);
                wake_by(board, naming->until_usec, now_usec);
        }
        /* Who finds none does so when an answer has been taken; and if that is lost, in a second. */
        if (!has_room[0] || !has_room[1])
                wake_by(board, now_usec + PL_USEC_PER_SEC, now_usec);
}

/* ---- answers ---- */

/* Asked again after twice the time. */
static void fail(struct pl_board *board, uint32_t index, int result, uint64_t now_usec)
{
        struct pl_board_naming *naming = naming_of(board, index);
        uint64_t again_usec = AGAIN_USEC << PL_MIN(naming->attempts, UINT32_C(16));

        naming->attempts++;
        naming->result = result;
        set_times(board, naming, now_usec + PL_MIN(again_usec, AGAIN_MAX_USEC), naming->until_usec);
        /* Who can call his cgroups what he likes is not spared for that. */
        if (naming->is_users && naming->until_usec != 0)
                give_up(board, index, now_usec);
}

static void on_answer(struct pl_board *board, const struct pl_names_answer *answer,
                      uint64_t now_usec)
{
        const struct pl_names_keys keys = { board->label_count, board->labels };
        struct pl_names_question question;
        struct pl_board_naming *naming;
        struct pl_census_identity who;
        struct pl_names *names = NULL;
        int r = answer->result;
        uint32_t index;

        /* It may have gone since. */
        if (pl_census_find(&board->census, answer->tag, &index) != 0 ||
            !(naming = naming_of(board, index)))
                return;
        naming->is_asked = false;
        if (r == PL_NAMES_E_SAME)
                return;
        if (r == 0 && pl_census_identity(&board->census, index, &who) != 0)
                r = PL_NAMES_E_LATE;
        if (r == 0 && pl_who_question(&who.parts, &question))
                r = pl_names_read(answer->format, pl_span(answer->text, answer->length),
                                  pl_span_of(question.id), &keys, &names);
        if (r != 0) {
                fail(board, index, r, now_usec);
                return;
        }
        naming->stamp = answer->stamp;
        naming->attempts = 0;
        pl_board_take_name(board, index, names, now_usec);
}

bool pl_board_take_names(struct pl_board *board, uint64_t now_usec)
{
        struct pl_names_answer answer;

        /* One at a time: of a user's it is he who says how long it takes to read. */
        if (!board->options.namer || !pl_namer_take(board->options.namer, &answer))
                return false;
        on_answer(board, &answer, now_usec);
        free(answer.text);
        return true;
}

/* NULL: it is waited for no longer, and what was known of it stays. */
void pl_board_keep_names(struct pl_board *board, uint32_t index, struct pl_names *names)
{
        struct pl_board_naming *naming = naming_of(board, index);

        if (names) {
                pl_names_free(naming->names);
                naming->names = names;
                set_times(board, naming, PL_BOARD_NEVER, 0);
        } else
                set_times(board, naming, naming->due_usec, 0);
}
