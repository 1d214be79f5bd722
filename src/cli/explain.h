/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* explain - one decision, and all that belongs to it: what was seen, what was tried before, who else could have gone, what
 * became of it, and what would change it.
 *
 * The acts of a journal or a history are gone through in order (explain_walk.c), twice: to find the decision, and to gather
 * what belongs to it (explain_find.c). Policy files give the figures and the lines that it rests on (explain_policy.c). It is
 * put into words (explain_words.c, explain_choice.c, explain_why.c, explain_not.c, explain_hint.c) and printed (explain_print.c,
 * explain_table.c, explain_json.c).
 *
 * A decision is known by the number that every sentence about it has. Numbers begin anew when plimsolld does, so the newest
 * of a number is meant, and a time says which other.
 */

#include "live_view.h"
#include "plimsoll/journal/act.h"
#include "policy.h"

enum {
        /* As many as may be killed at once, and as there are measures before one is. */
        PL_EXPLAIN_MEASURES_MAX = 16,
        PL_EXPLAIN_IDS_MAX = 16,
        /* Of a sentence: a name, the figures and a file with its line. */
        PL_EXPLAIN_WORDS_MAX = 1024,
};

/* ---- walking ---- */

/* Between two starts of plimsolld, in which no number is given twice: the journal, and its first act. */
struct pl_explain_run {
        uint64_t journal, first;
};

struct pl_explain_seen {
        const struct pl_journal_act *act;
        struct pl_explain_run run;
        int64_t offset_usec; /* from CLOCK_BOOTTIME of its boot to the wall */
};

/* Where acts are. The history is taken where live is NULL. */
struct pl_explain_source {
        const struct pl_live *live; /* borrowed */
        int history_fd;             /* borrowed */
        int64_t realtime_usec;      /* now */
};

/* Calls for each act, the oldest first. What is spoilt or gone is passed over. 0 or an errno. */
typedef void pl_explain_visit(void *userdata, const struct pl_explain_seen *seen);
int pl_explain_walk(const struct pl_explain_source *source, pl_explain_visit *visit,
                    void *userdata);

bool pl_explain_is_same_run(struct pl_explain_run a, struct pl_explain_run b);

/* ---- what is wanted, and what is found ---- */

enum pl_explain_kind {
        /* But for what only ends something, or goes along with a kill; of one shortage a kill, end or alarm before what is milder. */
        PL_EXPLAIN_LAST,
        PL_EXPLAIN_NUMBER,
        PL_EXPLAIN_ABOUT, /* a workload */
};

struct pl_explain_wanted {
        enum pl_explain_kind kind;
        uint64_t number;
        const char *name; /* a pattern that was checked */
        size_t id_count;  /* cgroups on the board that are called so */
        uint64_t ids[PL_EXPLAIN_IDS_MAX];
        int64_t before_usec; /* CLOCK_REALTIME */
};

/* Whether a name of an act, or its cgroup, is the one that is wanted. */
bool pl_explain_is_called(const struct pl_explain_wanted *wanted, const char *name, uint64_t id);

/* A measure beside the one that is explained. */
struct pl_explain_measure {
        uint64_t number, at_usec, id, amount_bytes, deadline_usec;
        uint32_t measure;
        bool is_observed, has_outcome;
        struct pl_outcome outcome;
        char name[PL_JOURNAL_NAME_BYTES];
};

/* The last so many; `total` counts also those that made room. */
struct pl_explain_measures {
        size_t total;
        struct pl_explain_measure items[PL_EXPLAIN_MEASURES_MAX];
};

/* Whom it was done to, as far as acts or the board tell. */
struct pl_explain_whom {
        uint32_t kind;
        int32_t runtime;
        bool is_known; /* it is on the board still, which alone says the rest */
        bool is_by_process;
};

struct pl_explain {
        struct pl_live clock; /* of its boot: its times are printed by it */
        struct pl_explain_run run;
        struct pl_journal_act act;         /* the decision */
        struct pl_journal_act table;       /* the one with the candidates; type 0: none, or lost */
        struct pl_journal_act outcome;     /* type 0: there is none */
        struct pl_explain_measures before; /* for the same shortage */
        struct pl_explain_measures together; /* of the same choice */
        uint64_t over_usec;                  /* when the shortage was over; 0: not known */
        bool has_ended;                      /* plimsolld, after it had decided */
        struct pl_explain_whom whom;
        bool has_profile; /* whether its workload had one then is known; "": it had none */
        char profile[PL_JOURNAL_PROFILE_BYTES];
        uint64_t memory_bytes; /* of the host; 0: not known */
        bool has_digest;
        uint8_t digest[PL_JOURNAL_DIGEST_BYTES]; /* of the policy that was in force */
        size_t alike_count;                      /* older ones that are wanted as much */
        int64_t alike_usec;                      /* the newest of them, CLOCK_REALTIME */
        /* What the second process has done since, without a decision; type 0: nothing. Of the last and of a name. */
        struct pl_journal_act mate;
        struct pl_live mate_clock;

        /* Of all that was gone through. */
        uint64_t last_number;
        int64_t oldest_usec; /* CLOCK_REALTIME; 0: there was nothing */
};

enum { PL_EXPLAIN_E_NONE = 1 };

/* 0, NONE (the last part of *ret_explain tells what there was), or an errno. */
int pl_explain_find(const struct pl_explain_source *source, const struct pl_explain_wanted *wanted,
                    struct pl_explain *ret_explain);

/* From the oldest that is kept. */
size_t pl_explain_measure_count(const struct pl_explain_measures *measures);
const struct pl_explain_measure *pl_explain_measure_at(const struct pl_explain_measures *measures,
                                                       size_t index);

/* The candidates, or NULL. */
const struct pl_journal_decision *pl_explain_table(const struct pl_explain *explain);

/* How many there are, whatever a journal says. */
uint32_t pl_explain_candidate_count(const struct pl_journal_decision *table);

/* ---- the policy ---- */

/* Policy files as they are now: NULL where they cannot be read or have errors. */
struct pl_explain_policy {
        const struct pl_policy *policy; /* borrowed */
        bool is_then;                   /* it is the one that was in force */
        bool is_kept; /* what plimsolld has kept of it: its lines are nobody's to change */
};

struct pl_explain_policy pl_explain_hold_policy(const struct pl_policy *policy,
                                                const struct pl_explain *explain);

/* What is read of it. Large; to be released in any case, once. */
struct pl_explain_files {
        struct pl_cli_policy now, kept;
};

/* The files at `path`, or for NULL those of the system; and where these are not the policy of then, what plimsolld has kept of
 * that beside its journal. What is wrong with files is another verb's to say. */
struct pl_explain_policy pl_explain_read_policy(const struct pl_cli *cli, const char *path,
                                                const char *journal,
                                                const struct pl_explain *explain,
                                                struct pl_explain_files *ret_files);
void pl_explain_files_done(struct pl_explain_files *files);

/* "shortage.floor is 635 MiB, FILE:7" of what a piece of evidence was held against; nothing where there is no such key, or the
 * policy of then is not at hand. The floor's figure is the verdict's own. */
void pl_explain_add_figure(struct pl_text *text, const struct pl_explain_policy *policy,
                           const struct pl_verdict *verdict, uint32_t evidence);

/* The profile of that name; NULL: there is none. */
const struct pl_document *pl_explain_profile(const struct pl_explain_policy *policy,
                                             struct pl_span name);

/* " (FILE:7)" of the value, or "FILE" where the file does not give the key; nothing where that is not the file of then. */
void pl_explain_add_origin(struct pl_text *text, const struct pl_explain_policy *policy,
                           const struct pl_document *document, bool is_given,
                           struct pl_place place);
/* "FILE:7", likewise. */
void pl_explain_add_place(struct pl_text *text, const struct pl_document *document, bool is_given,
                          struct pl_place place);

/* ---- words ---- */

/* As the act has it, cleaned, and without its middle where it is long; or by its number; "the host" without one. */
void pl_explain_add_name(struct pl_text *text, const char *name, uint64_t id);

/* "batch/report was killed", "would have been killed", "was to be killed". */
void pl_explain_add_title(struct pl_text *text, const struct pl_explain *explain);
/* The same of any decision; the outcome may be NULL. */
void pl_explain_add_deed(struct pl_text *text, const struct pl_journal_decision *act,
                         const struct pl_outcome *outcome);
void pl_explain_add_seen(struct pl_text *text, const struct pl_explain *explain);
/* "more than all memory" of what no host of that size has. */
void pl_explain_add_bytes(struct pl_text *text, const struct pl_explain *explain, uint64_t bytes);
/* "1.00 GiB against 2.00 GiB". */
void pl_explain_add_amounts(struct pl_text *text, uint64_t a, const char *between, uint64_t b);
/* What can be taken back. */
bool pl_explain_is_mild(uint32_t measure);
/* "less is available than the floor"; NULL for one that this version does not know, or that is said elsewhere. */
const char *pl_explain_evidence_words(uint32_t evidence);
void pl_explain_add_scope(struct pl_text *text, const struct pl_journal_decision *decision);
void pl_explain_add_choice(struct pl_text *text, const struct pl_explain *explain);
/* "reclaim", "kill": as a word in a list of measures, with its amount and how it went. */
void pl_explain_add_measure(struct pl_text *text, const struct pl_explain *explain,
                            const struct pl_explain_measure *measure);
/* To an empty text. */
void pl_explain_add_effect(struct pl_text *text, const struct pl_explain *explain);
/* "14:02:11, 2 h ago: killed batch/report: ...", of its deed. */
void pl_explain_add_mate(struct pl_text *text, const struct pl_explain *explain);

/* "not needed": what a table has room for; NULL for a turn that this version does not know. */
const char *pl_explain_turn_words(uint32_t turn);

/* Why a candidate of the table went, or did not. */
void pl_explain_add_why(struct pl_text *text, const struct pl_journal_decision *table,
                        uint32_t index);

/* The rule by which the first is before the second: "its order is higher, +500 against 0". */
void pl_explain_add_rule(struct pl_text *text, const struct pl_journal_decision *table,
                         uint32_t first, uint32_t second);

/* One thing that would have changed it; nothing where there is none to say. */
void pl_explain_add_hint(struct pl_text *text, const struct pl_explain *explain,
                         const struct pl_explain_policy *policy);

/* ---- printing ---- */

/* Of one that is in no table: by what its row says now, or by whose shortage it was. */
struct pl_explain_absent {
        char name[PL_LIVE_NAME_BYTES];
        bool is_outside;
        const char *why;
};

struct pl_explain_request {
        bool all; /* candidates */
        const struct pl_explain_policy *policy;
        const struct pl_explain_wanted *why_not;        /* NULL: nobody is asked for */
        const struct pl_explain_absent *why_not_absent; /* NULL: it is in the table */
};

bool pl_explain_is_in_table(const struct pl_explain *explain,
                            const struct pl_explain_wanted *wanted);

/* `verdict` is NULL where nothing was decided. What there is to say of a name that is not found is said. */
enum pl_cli_exit pl_explain_find_absent(struct pl_cli *cli, const struct pl_live *live,
                                        const char *name, const struct pl_verdict *verdict,
                                        struct pl_explain_absent *ret_absent);

/* "system/sshd: it is not among ...". */
void pl_explain_add_absent(struct pl_text *text, const struct pl_explain_absent *absent);

void pl_explain_print(struct pl_cli *cli, const struct pl_explain *explain,
                      const struct pl_explain_request *request);
void pl_explain_print_table(struct pl_cli *cli, const struct pl_explain *explain, bool all);
void pl_explain_print_json(struct pl_cli *cli, const struct pl_explain *explain,
                           const struct pl_explain_request *request);

/* The whole answer where nothing was decided, about that name or at all: since when, and who would go first now. */
struct pl_explain_nothing {
        const struct pl_live *live; /* NULL: there is no journal */
        int64_t realtime_usec;
        int64_t since_usec; /* CLOCK_REALTIME, of the oldest act; 0: there is none */
        const char *name;   /* NULL: not about one */
        const struct pl_explain_absent *why_not; /* NULL: nobody is asked for */
        const struct pl_explain *mate; /* with a deed of the second process; NULL: there is none */
};
void pl_explain_print_nothing(struct pl_cli *cli, const struct pl_explain_nothing *nothing);
