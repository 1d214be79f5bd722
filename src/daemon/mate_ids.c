/* SPDX-License-Identifier: Apache-2.0 */

/* One for each thing of which the catalogue says something else. Made by `systemd-id128 new`; tests/lint/catalog holds this
 * table and the catalogue to each other.
 */

#include "mate_ids.h"

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/model/note.h"

static const char *const type_ids[PL_JOURNAL_TYPES] = {
        [PL_JOURNAL_STARTED] = "934e3e8165064cd78b6d84cc7a872582",
        [PL_JOURNAL_ENDED] = "a8df8e75da3a480090f3dd84770e6a53",
        [PL_JOURNAL_IN_FORCE] = "ae08d61480b24d0a97b57a38c230fd7b",
        [PL_JOURNAL_REFUSED] = "fed251dcbe90418d911877a651d3740e",
        [PL_JOURNAL_DECISION] = "ffcdb855fc4f442db7b97869e84c8fe2",
        [PL_JOURNAL_OUTCOME] = "dcbb737cdf3b44a3993d85f81cf35b46",
        [PL_JOURNAL_DRIFT] = "8bf36e4d90f64c9fb70d5470f010ba84",
        [PL_JOURNAL_ORDER] = "d7252d0775404d3fa7cbff9013ee21c6",
        [PL_JOURNAL_GAP] = "483ae1b0a6754e19a2dae7815549072e",
};

static const char *const note_ids[PL_NOTES] = {
        [PL_NOTE_WORKLOADS] = "f9dd067eecec4b5498c01c3b99666cd3",
        [PL_NOTE_HOLDERS] = "2e1adb83f6de4cafbee5b50c0cb3ac78",
        [PL_NOTE_DEPTH] = "63f1a8f395784a43b17218f052dee174",
        [PL_NOTE_FILES] = "7a04c1a4a0bb4148bac8568f838216c4",
        [PL_NOTE_WATCHES] = "d8c1d44596434e25859912df0e212a3c",
        [PL_NOTE_INOTIFY] = "1746067e84f340df9f20fd597e6df356",
        [PL_NOTE_OVERFLOW] = "7764a15bb762410a86e4d2990f58e065",
        [PL_NOTE_DENIED] = "6003b39ebc5047e7a3a421d0d3445891",
        [PL_NOTE_ROWS] = "ce40e6bccf324df1a473fa431ea5ae76",
        [PL_NOTE_POLICY_UNWATCHED] = "5310ba57708946f29b9b70a4ca960d2e",
        [PL_NOTE_POLICY_UNKEPT] = "37c31f326e044632befe35e0936c4282",
        [PL_NOTE_JOURNAL_SMALL] = "5c01c37a7cc54d70afce190becd3d950",
        [PL_NOTE_JOURNAL_UNSEEN] = "140ad800ade44ec89f4692d6df41e275",
        [PL_NOTE_JOURNAL_SEEN] = "462a09eb674d4b6c85248fa58433e9c8",
        [PL_NOTE_UNLOCKED] = "beba03f66aee47808776de2d481cb7a2",
        [PL_NOTE_UNFINISHED] = "bf4f4414851a4e26bc5ca7d450e30116",
        [PL_NOTE_RESUMED] = "45975f27ece54f02b1914bcd3b7e52dd",
        [PL_NOTE_CLOCK] = "dee64a0aaf334dda861dd8158e8d7fe0",
        [PL_NOTE_SCAN_LATE] = "f3d76b3dcafd4573bdcedd79e6efb97e",
        [PL_NOTE_NO_PRESSURE] = "cb192157733e48d89bd4dc56b9277e1a",
        [PL_NOTE_SAMPLE_FAILED] = "b1f81a4867f341a6adcc1868d55f9fde",
};

static const char *const news_ids[PL_MATE_NEWS] = {
        [PL_MATE_STUCK] = "a13805d715624129b0d837844869fa2b",
        [PL_MATE_MOVES] = "dda4093e0f4344be897087667b8df7bd",
        [PL_MATE_DIED] = "496157a2669e4f87acb514120c9ef6c9",
        [PL_MATE_LOST] = "b0c678b7627c49ba8fed576192efc15d",
};

static bool is_note(uint32_t type)
{
        return type == PL_JOURNAL_ALARM || type == PL_JOURNAL_NOTE;
}

bool pl_mate_reports(uint32_t type)
{
        return is_note(type) || (type < PL_ARRAY_LENGTH(type_ids) && type_ids[type]);
}

const char *pl_mate_act_id(const struct pl_journal_act *act)
{
        pl_assert(pl_mate_reports(act->type));

        if (!is_note(act->type))
                return type_ids[act->type];
        return act->note.code < PL_ARRAY_LENGTH(note_ids) ? note_ids[act->note.code] : NULL;
}

const char *pl_mate_news_id(enum pl_mate_news news)
{
        pl_assert((unsigned) news < PL_MATE_NEWS);
        return news_ids[news];
}
