/* SPDX-License-Identifier: Apache-2.0 */
#pragma once

/* doctor - what plimsolld needs of a host, whether it is there, why it matters, and what to do.
 *
 * Facts are collected (doctor_collect.c and what it calls), judged without a look at the host (doctor_findings.c,
 * doctor_host.c), and printed (doctor_print.c). So every host there is can be judged in a test, by writing its facts down.
 */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cli.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/host/fitness.h"
#include "plimsoll/host/killers.h"
#include "plimsoll/kernel/features.h"

enum {
        PL_DOCTOR_FINDINGS_MAX = 32, /* a topic each, and one for each killer */
        PL_DOCTOR_WORDS_MAX = 256,   /* five lines of the second column */
        PL_DOCTOR_ADVICE_MAX = 2,
};

enum pl_doctor_systemd_state {
        PL_DOCTOR_SYSTEMD_ABSENT, /* process 1 is something else */
        PL_DOCTOR_SYSTEMD_SILENT, /* it is process 1, and does not answer on the bus */
        PL_DOCTOR_SYSTEMD_ANSWERS,
};

struct pl_doctor_systemd {
        enum pl_doctor_systemd_state state;
        char init_name[PL_FEATURES_NAME_MAX]; /* what process 1 calls itself */
        char version[PL_FEATURES_NAME_MAX];   /* "252.39-1~deb12u1" */
        uint32_t major;                       /* 252; 0 when not known */
};

struct pl_doctor_swap {
        bool known;
        uint64_t total_bytes; /* 0: none */
        bool on_zram;
        bool on_disk; /* a partition or a file */
        bool zswap;   /* switched on */
};

struct pl_doctor_facts {
        struct pl_features features;
        struct pl_doctor_swap swap;
        struct pl_doctor_systemd systemd;
        struct pl_killers killers;
};

struct pl_doctor_finding {
        const char *id;    /* for scripts; stays */
        const char *title; /* for people */
        enum pl_cli_mark mark;
        bool blocks; /* plimsolld cannot run with this; only with a problem */
        char found[PL_DOCTOR_WORDS_MAX];
        char why[PL_DOCTOR_WORDS_MAX];
        size_t advice_count;
        char advice[PL_DOCTOR_ADVICE_MAX][PL_DOCTOR_WORDS_MAX];
};

struct pl_doctor_report {
        size_t count;
        struct pl_doctor_finding findings[PL_DOCTOR_FINDINGS_MAX]; /* in the order of the topics */
        size_t problem_count, warning_count, not_known_count;
        bool can_run;
};

/* Collecting. Roots are borrowed. */
int pl_doctor_collect(struct pl_doctor_facts *ret_facts); /* of this host: 0 or −errno */
void pl_doctor_collect_systemd(int proc_fd, struct pl_file_buffer *buffer,
                               struct pl_doctor_systemd *ret_systemd); /* waits 2 s at most */

/* The number at the beginning of what systemd calls its version; 0 when there is none. Pure. */
uint32_t pl_doctor_systemd_major(const char *version);

/* Judging. Pure. */
void pl_doctor_judge(const struct pl_doctor_facts *facts, struct pl_doctor_report *ret_report);
enum pl_cli_exit pl_doctor_exit(const struct pl_doctor_report *report);

/* A topic writes one finding. What it does not say is: all is well. */
struct pl_doctor_topic {
        const char *id;
        const char *title;
        void (*judge)(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding);
};
extern const struct pl_doctor_topic pl_doctor_tree_topics[]; /* end with a NULL id */
extern const struct pl_doctor_topic pl_doctor_host_topics[];

/* For topics. The words behind found take the place of earlier ones; advice is added. */
void pl_doctor_found(struct pl_doctor_finding *finding, enum pl_cli_mark mark, const char *format,
                     ...) PL_PRINTF(3, 4);
void pl_doctor_why(struct pl_doctor_finding *finding, const char *words);
void pl_doctor_advise(struct pl_doctor_finding *finding, const char *format, ...) PL_PRINTF(2, 3);

/* Says so when a fact is not known, and how to find it out; whether it did. */
bool pl_doctor_not_known(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding,
                         enum pl_fact fact);

/* Takes what speaks against this host, in the words in which plimsolld refuses it; whether anything does. */
bool pl_doctor_blocked(const struct pl_doctor_facts *facts, struct pl_doctor_finding *finding,
                       enum pl_fitness_topic topic);

/* Printing, into cli->out. Pure. */
void pl_doctor_print(struct pl_cli *cli, const struct pl_doctor_facts *facts,
                     const struct pl_doctor_report *report);
void pl_doctor_print_json(struct pl_cli *cli, const struct pl_doctor_facts *facts,
                          const struct pl_doctor_report *report);
