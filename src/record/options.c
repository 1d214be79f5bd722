/* SPDX-License-Identifier: Apache-2.0 */

#include "options.h"

#include <getopt.h>

#include "plimsoll/base/clock.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/size.h"
#include "plimsoll/journal/history_writer.h"

#define KEEP_USEC     (14 * PL_USEC_PER_DAY)
#define KEEP_MIN_USEC PL_USEC_PER_HOUR
#define KEEP_MAX_USEC (3650 * PL_USEC_PER_DAY)
#define SIZE_BYTES    (200 * PL_MIB)

const char pl_record_help[] =
        "Usage: plimsoll-record [OPTION]\n"
        "\n"
        "Keeps what plimsolld writes down: what happened, and a row a minute for each workload, on "
        "disk and\n"
        "within a cap.\n"
        "\n"
        "  --keep=TIME      how long it is kept, 1h to 3650d (14d)\n"
        "  --size=BYTES     how much disk it takes at most, 16MiB to 16GiB (200MiB)\n"
        "  --directory=DIR  where (" PL_RECORD_DIRECTORY ")\n"
        "  --journal=FILE   of which journal (" PL_RECORD_JOURNAL ")\n"
        "  --once           write down what there is now, and end\n"
        "  --help           show this\n"
        "  --version        show the version\n"
        "\n"
        "See plimsoll-record(8), plimsoll-history(5).\n";

enum {
        OPTION_KEEP = 1,
        OPTION_SIZE,
        OPTION_DIRECTORY,
        OPTION_JOURNAL,
        OPTION_ONCE,
        OPTION_HELP,
        OPTION_VERSION,
};

static const struct option long_options[] = {
        { "keep", required_argument, NULL, OPTION_KEEP },
        { "size", required_argument, NULL, OPTION_SIZE },
        { "directory", required_argument, NULL, OPTION_DIRECTORY },
        { "journal", required_argument, NULL, OPTION_JOURNAL },
        { "once", no_argument, NULL, OPTION_ONCE },
        { "help", no_argument, NULL, OPTION_HELP },
        { "version", no_argument, NULL, OPTION_VERSION },
        {},
};

static bool complain(struct pl_text *words, const char *value, const char *what)
{
        pl_text_add_clean(words, pl_span_of(value));
        pl_text_addf(words, " %s", what);
        return false;
}

static bool take_keep(const char *value, struct pl_record_options *options, struct pl_text *words)
{
        if (pl_duration_parse(pl_span_of(value), &options->keep_usec, NULL) == 0 &&
            options->keep_usec >= KEEP_MIN_USEC && options->keep_usec <= KEEP_MAX_USEC)
                return true;
        return complain(words, value, "is not a time from 1h to 3650d, as --keep takes it");
}

static bool take_size(const char *value, struct pl_record_options *options, struct pl_text *words)
{
        if (pl_bytes_parse(pl_span_of(value), &options->size_bytes, NULL) == 0 &&
            options->size_bytes >= PL_HISTORY_SIZE_MIN &&
            options->size_bytes <= PL_HISTORY_SIZE_MAX)
                return true;
        return complain(words, value, "is not a size from 16MiB to 16GiB, as --size takes it");
}

static bool take_path(const char *value, const char **path, struct pl_text *words)
{
        *path = value;
        if (value[0] != '\0')
                return true;
        pl_text_add(words, "an empty path was given");
        return false;
}

static bool take(int option, const char *value, struct pl_record_options *options,
                 struct pl_text *words)
{
        switch (option) {
        case OPTION_KEEP:
                return take_keep(value, options, words);
        case OPTION_SIZE:
                return take_size(value, options, words);
        case OPTION_DIRECTORY:
                return take_path(value, &options->directory, words);
        case OPTION_JOURNAL:
                return take_path(value, &options->journal, words);
        case OPTION_ONCE:
                return options->once = true;
        case OPTION_HELP:
                return options->help = true;
        default:
                return options->version = true;
        }
}

bool pl_record_options_parse(int argc, char **argv, struct pl_record_options *ret_options,
                             struct pl_text *words)
{
        int option;

        *ret_options = (struct pl_record_options){ .directory = PL_RECORD_DIRECTORY,
                                                   .journal = PL_RECORD_JOURNAL,
                                                   .keep_usec = KEEP_USEC,
                                                   .size_bytes = SIZE_BYTES };
        opterr = 0;
        optind = 0; /* begins anew, also where somebody has read a command line before */
        while ((option = getopt_long(argc, argv, ":", long_options, NULL)) != -1) {
                if (option == ':')
                        return complain(words, argv[optind - 1], "needs a value");
                if (option == '?')
                        return complain(words, argv[optind - 1],
                                        "is not an option that is known, or takes no value");
                if (!take(option, optarg, ret_options, words))
                        return false;
        }
        return optind == argc ||
               complain(words, argv[optind], "is not expected: there are only options");
}
