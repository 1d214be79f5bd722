/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* status - how plimsolld is, and the host with it: looked up once (status.c), then said (status_print.c, status_armed.c,
 * status_limits.c, status_next.c, status_short.c, status_json.c).
 */

#include "live_standing.h"
#include "plimsoll/journal/act.h"
#include "plimsoll/model/profile.h"

enum {
        PL_STATUS_ANSWERS = PL_DRIFT_YIELD + 1, /* of enum pl_drift */
        PL_STATUS_WORDS_MAX = 256,              /* of what was decided */
};

/* The last decision, but for what only ends something; or what the second process has done since. */
struct pl_status_decided {
        uint64_t number;  /* 0: it was the second process */
        uint64_t at_usec; /* 0: there was nothing */
        uint64_t id;
        uint32_t measure;
        bool is_observed, has_outcome;
        struct pl_outcome outcome;
        char name[PL_JOURNAL_NAME_BYTES]; /* any bytes */
        char words[PL_STATUS_WORDS_MAX];  /* what was done, and what became of it, in words */
};

enum pl_status_armed_state {
        PL_STATUS_UNKNOWN,
        PL_STATUS_OBSERVING,
        PL_STATUS_PAUSED,
        PL_STATUS_ARMED,
        PL_STATUS_CANNOT_ACT, /* armed, and its self-test failed */
        PL_STATUS_ARMED_STATES,
};

struct pl_status {
        const struct pl_live *live; /* borrowed */
        struct pl_live_stall stall; /* of the host */
        /* Workloads with a process in them, those of them with a profile, and the ones without a process. */
        uint32_t populated_count, profile_count, empty_count;
        /* Of the acts that are still there, since this daemon has started. */
        uint64_t alarm_count, note_count;
        struct pl_status_decided decided; /* likewise */
        /* Of acting: what the engine was given, the last self-test that failed, and the pause that is in force. */
        bool has_settings, has_pause;
        struct pl_settings settings;
        struct pl_journal_note cannot_act;
        uint64_t cannot_act_usec;        /* 0: none */
        int64_t pause_until_sec;         /* CLOCK_REALTIME; 0: until it is withdrawn */
        struct pl_standing_count limits; /* of all workloads, also those without a process */
        /* Changes of limits by others, likewise: by what was done about them, and the last one. */
        uint64_t drift_counts[PL_STATUS_ANSWERS], drift_count;
        uint64_t drift_at_usec;
        struct pl_journal_drift drift;
        char drift_name[PL_LIVE_NAME_BYTES]; /* whose that was: any bytes */
        /* Who would go first, if there is a ranking; 0: nobody may be taken. */
        bool has_ranking;
        bool next_grows; /* so fast that it stands where it stands for that */
        uint64_t next_id;
        char next_name[PL_LIVE_NAME_BYTES]; /* any bytes */
};

/* 0 or -ENOMEM. */
int pl_status_look(const struct pl_live *live, struct pl_status *ret_status);

/* The last policy was refused, and an older one or none is in force. */
bool pl_status_is_refused(const struct pl_status *status);

/* "3f9a12c0d4e1": as much of a digest as tells policies apart. False, and nothing, for one of zeros: there was none. */
bool pl_status_add_digest(struct pl_text *text, const struct pl_journal_policy *policy);

/* What a script goes by: 0 while it is well or starting; PL_CLI_POLICY when the last policy was refused, PL_CLI_FINDINGS when it
 * is armed and cannot act, PL_CLI_FAILED when it is stuck, PL_CLI_NO_DAEMON when it is not running. */
enum pl_cli_exit pl_status_exit(const struct pl_status *status);

/* Where there is no journal: what plimsoll-record saw last, in the directory of its history. The time is that of the wall.
 * False: it has seen nothing, or may not be asked. */
bool pl_status_look_back(int history_fd, int64_t realtime_usec, struct pl_live *ret_live);
void pl_status_print_history(struct pl_cli *cli, const struct pl_live *live);
/* NULL: there is none. */
void pl_status_print_history_json(struct pl_cli *cli, const struct pl_live *live);

void pl_status_print(struct pl_cli *cli, const struct pl_status *status);
/* Of limits that are not as wanted, and of those that somebody else has changed. */
void pl_status_print_limits(struct pl_cli *cli, const struct pl_status *status);
void pl_status_print_line(struct pl_cli *cli, enum pl_cli_mark mark, const char *title,
                          const char *words);
/* Who is at the head of the ranking, and how he is called, as his row comes by. */
void pl_status_look_next(struct pl_status *status);
void pl_status_name_next(struct pl_status *status, const struct pl_journal_row *row);
void pl_status_print_next(struct pl_cli *cli, const struct pl_status *status);
void pl_status_put_next(struct pl_json_writer *writer, const struct pl_status *status);
void pl_status_put_limits(struct pl_json_writer *writer, const struct pl_status *status);
enum pl_status_armed_state pl_status_armed_state(const struct pl_status *status);
/* 0 or -ENOMEM. */
int pl_status_look_settings(struct pl_status *status);
/* An act of the daemon that runs, the newest first: what it says of acting. */
void pl_status_take_act(struct pl_status *status, const struct pl_journal_act *act);
/* Whether it acts, and below what. */
void pl_status_print_armed(struct pl_cli *cli, const struct pl_status *status);
void pl_status_put_armed(struct pl_json_writer *writer, const struct pl_status *status);
/* The last decision of the daemon that runs, and what became of it. */
void pl_status_look_decided(struct pl_status *status);
/* How short of memory the host is, and the last decision. */
void pl_status_print_short(struct pl_cli *cli, const struct pl_status *status);
void pl_status_put_short(struct pl_json_writer *writer, const struct pl_status *status);
void pl_status_print_json(struct pl_cli *cli, const struct pl_status *status);
