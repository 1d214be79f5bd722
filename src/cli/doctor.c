/* SPDX-License-Identifier: Apache-2.0 */

#include "doctor.h"

#include <string.h>

static enum pl_cli_exit run(struct pl_cli *cli)
{
        struct pl_doctor_facts facts;
        struct pl_doctor_report report;
        int r;

        r = pl_doctor_collect(&facts);
        if (r < 0) {
                pl_text_addf(cli->words, "plimsoll: cannot look at this host: %s\n",
                             strerrordesc_np(-r));
                return PL_CLI_FAILED;
        }
        pl_doctor_judge(&facts, &report);
        if (cli->json)
                pl_doctor_print_json(cli, &facts, &report);
        else
                pl_doctor_print(cli, &facts, &report);
        return pl_doctor_exit(&report);
}

const struct pl_cli_verb pl_cli_verb_doctor = {
        .name = "doctor",
        .summary = "Say what this host lacks, why it matters, and what to do",
        .operands = "",
        .description =
                "Looks at everything plimsolld needs of a host and uses where it is there: the "
                "kernel, how it was booted, what is mounted, systemd, swap, and who else ends "
                "processes to save memory. Changes nothing. As an ordinary user some things cannot "
                "be found out; they are marked with a question mark. Exits with 0 when only "
                "warnings remain, 7 when there is a problem, 8 when plimsolld cannot run here.",
        .examples =
                (const struct pl_cli_example[]){
                        { "sudo plimsoll doctor", "Find out everything" },
                        { "plimsoll doctor --json", "For a script, with the facts behind it" },
                        {},
                },
        .run = run,
};
