/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* cli - what the verbs of plimsoll share: the table of verbs, reading the command line, exit codes, and how text looks.
 *
 * A verb is one file with one struct pl_cli_verb. From that table come the parser, the help, `help --json`, and the test
 * that holds the manual pages to it. A verb composes its answer in cli->out (data) and cli->words (what is for a person)
 * and returns an exit code; main() writes both, so that a write that fails is noticed once, for every verb. An answer that
 * may be longer than PL_CLI_OUT_MAX is handed on in between: as text with pl_cli_flush(), as JSON by itself.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "plimsoll/base/text.h"
#include "plimsoll/json/write.h"

/* Design and plimsoll(1) say the same. A script may rely on them. */
enum pl_cli_exit {
        PL_CLI_FINE = 0,
        PL_CLI_FAILED = 1,
        PL_CLI_USAGE = 2,
        PL_CLI_POLICY = 3,
        PL_CLI_NO_DAEMON = 4,
        PL_CLI_DENIED = 5,
        PL_CLI_NOT_FOUND = 6,
        PL_CLI_FINDINGS = 7,
        PL_CLI_HOST_CANNOT = 8,
};

/* Grows by one when a key of the JSON goes or changes its meaning, not when one is added. */
#define PL_CLI_SCHEMA_VERSION UINT64_C(1)

enum {
        PL_CLI_VERBS_MAX = 64,
        PL_CLI_OPTIONS_MAX = 16, /* of one verb, with those that all have */
        PL_CLI_OPERANDS_MAX =
                64, /* more names than a person types; a shell's glob over a policy directory */
        PL_CLI_REPEATS_MAX = 64, /* of an option that may be given more than once */
        PL_CLI_NAME_MAX = 32,    /* of a verb or an option */
        PL_CLI_COLUMNS = 80,     /* every terminal has them, and a mail of a report keeps them */
        PL_CLI_OUT_MAX = 64 * 1024,
        PL_CLI_WORDS_MAX =
                64 *
                1024, /* a hundred findings of three lines each, and as much again for names of files */
};

struct pl_cli;

struct pl_cli_option {
        const char *name;     /* without the dashes */
        char letter;          /* '\0' when there is no short form */
        const char *argument; /* what to call it in the help; NULL when it takes none */
        const char *help;
};

struct pl_cli_example {
        const char *command;
        const char *purpose;
};

struct pl_cli_verb {
        const char *name;
        const char *summary;  /* one line, begins with a verb, no full stop */
        const char *operands; /* for the usage line: "[VERB]"; "" when there are none */
        size_t operands_max;
        const char *description;
        const struct pl_cli_option
                *options; /* its own, beside pl_cli_common_options; ends with a NULL name */
        const char
                *repeated; /* the option of its own that may be given more than once; NULL: none */
        const struct pl_cli_example *examples; /* ends with a NULL command */
        enum pl_cli_exit (*run)(struct pl_cli *cli);
};

/* --help, --json, --version: understood by all verbs and, before a verb, by plimsoll itself. */
extern const struct pl_cli_option pl_cli_common_options[];

/* How text may look where it goes. */
struct pl_cli_style {
        bool terminal; /* a person looks on, and a line may be written over */
        bool colour;
        bool unicode;
};

struct pl_cli {
        const struct pl_cli_verb *const *verbs; /* borrowed; ends with NULL */
        struct pl_cli_style style;
        struct pl_text *out;   /* borrowed */
        struct pl_text *words; /* borrowed */
        pl_json_sink emit;     /* where out goes when it is flushed */
        void *emit_data;       /* borrowed, for the sink */
        int error;             /* the first one of the sink */
        pl_json_sink say;      /* where words go as soon as something is flushed; NULL: they stay */
        void *say_data;        /* borrowed */

        /* What the parser found. */
        const struct pl_cli_verb *verb; /* NULL when there was none */
        bool help, json, version;
        const char *values
                [PL_CLI_OPTIONS_MAX]; /* of the verb's own options, by index; "" for one without argument */
        size_t repeat_count;
        const char *repeats
                [PL_CLI_REPEATS_MAX]; /* all values of the verb's repeated option, in order */
        size_t operand_count;
        const char *operands[PL_CLI_OPERANDS_MAX];
};

/* Reads the command line into the second half of *cli. PL_CLI_USAGE, with words that say what was meant, when it makes no
 * sense. An option may stand anywhere, but one of a verb's
 * that takes a value stands behind the verb or holds it ("--name=VALUE"); behind "--" everything is an operand. Pure but for the two texts. */
enum pl_cli_exit pl_cli_parse(struct pl_cli *cli, int count, const char *const *arguments);

/* Parses and runs. */
enum pl_cli_exit pl_cli_run(struct pl_cli *cli, int count, const char *const *arguments);

/* The verb of that name, or NULL; in the second case says so in words, with the likeliest that was meant. */
const struct pl_cli_verb *pl_cli_find_verb(struct pl_cli *cli, const char *name);

/* Printing more than there is room for */

/* Hands what is in cli->out to the sink and clears it; before it what is in cli->words to its own, so that a warning is read
 * before what it warns of. 0, or the first error of the sink: it is kept, and what comes later
 * is dropped, so that only a verb without an end has to look at it. -ENOBUFS when something did not fit into cli->out
 * before; then nothing is handed on and cli->out stays as it is, for half a line is no line. */
int pl_cli_flush(struct pl_cli *cli);

/* A sink that adds to cli->out and flushes that whenever it is full; userdata is the struct pl_cli. Returns what
 * pl_cli_flush() does. */
int pl_cli_emit(void *userdata, struct pl_span bytes);

/* Style */

enum pl_cli_mark {
        PL_CLI_MARK_OK,
        PL_CLI_MARK_WARNING,
        PL_CLI_MARK_PROBLEM,
        PL_CLI_MARK_NOT_KNOWN,
};

/* From the environment (NO_COLOR, TERM), the locale, and whether fd is a terminal. The locale must have been set. */
struct pl_cli_style pl_cli_style_of(int fd);

/* The sign for it, two columns wide in plain ASCII and one in Unicode, coloured where that is wanted. */
void pl_cli_add_mark(struct pl_text *text, struct pl_cli_style style, enum pl_cli_mark mark);
size_t pl_cli_mark_columns(struct pl_cli_style style);

/* Words in the colour of a sign, where that is wanted. */
void pl_cli_add_coloured(struct pl_text *text, struct pl_cli_style style, enum pl_cli_mark mark,
                         const char *words);

/* Foreign bytes as they are, but that control characters become '?', and so does what the locale cannot show. */
void pl_cli_add_plain(struct pl_text *text, struct pl_cli_style style, struct pl_span bytes);

/* Words, broken at blanks so that no line is longer than PL_CLI_COLUMNS, each line but the first behind `indent` blanks;
 * ends with a newline. `column` is where the first line stands already. A word that is longer than a line is not broken.
 * Control characters become '?', and so does what the locale cannot show. */
void pl_cli_add_wrapped(struct pl_text *text, struct pl_cli_style style, size_t column,
                        size_t indent, const char *words);

void pl_cli_add_blanks(struct pl_text *text, size_t count);

/* How many columns a text takes: one for each character. What we print ourselves has no wide ones. */
size_t pl_cli_columns(struct pl_span text);

/* JSON */

/* A writer that prints through pl_cli_emit(), with an object begun and schema_version in it; pl_cli_json_end() ends it. */
void pl_cli_json_begin(struct pl_cli *cli, struct pl_json_writer *writer);
void pl_cli_json_end(struct pl_json_writer *writer);

/* The verbs and what is said about them all */

extern const struct pl_cli_verb pl_cli_verb_apply;
extern const struct pl_cli_verb pl_cli_verb_cat_config;
extern const struct pl_cli_verb pl_cli_verb_check;
extern const struct pl_cli_verb pl_cli_verb_diff;
extern const struct pl_cli_verb pl_cli_verb_doctor;
extern const struct pl_cli_verb pl_cli_verb_drill;
extern const struct pl_cli_verb pl_cli_verb_events;
extern const struct pl_cli_verb pl_cli_verb_explain;
extern const struct pl_cli_verb pl_cli_verb_help;
extern const struct pl_cli_verb pl_cli_verb_list;
extern const struct pl_cli_verb pl_cli_verb_match;
extern const struct pl_cli_verb pl_cli_verb_pause;
extern const struct pl_cli_verb pl_cli_verb_protect;
extern const struct pl_cli_verb pl_cli_verb_rank;
extern const struct pl_cli_verb pl_cli_verb_release;
extern const struct pl_cli_verb pl_cli_verb_restore;
extern const struct pl_cli_verb pl_cli_verb_resume;
extern const struct pl_cli_verb pl_cli_verb_schema;
extern const struct pl_cli_verb pl_cli_verb_show;
extern const struct pl_cli_verb pl_cli_verb_status;
extern const struct pl_cli_verb pl_cli_verb_thaw;
extern const struct pl_cli_verb pl_cli_verb_version;

void pl_cli_add_overview(struct pl_cli *cli, struct pl_text *text);
void pl_cli_add_usage(struct pl_text *text, const struct pl_cli_verb *verb);
enum pl_cli_exit pl_cli_explain_verb(struct pl_cli *cli, const struct pl_cli_verb *verb);
enum pl_cli_exit pl_cli_print_version(struct pl_cli *cli);
