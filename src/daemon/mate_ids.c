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
        [PL_NOTE_CONTENDED] = "cfca9c09c1f9405da93d2e6a82628819",
        [PL_NOTE_CALM] = "58d1c7efe2ec4fff814b9d9d8975a013",
        [PL_NOTE_LIMIT_REFUSED] = "86523d09caf045a193247afa69851daf",
        [PL_NOTE_LIMIT_LATE] = "b5604cb7f3e84ee4aa7a7587060d7987",
        [PL_NOTE_LIMIT_WAITS] = "dc74e6dea82641e089e2162f5da208b6",
        [PL_NOTE_RESTORED] = "8f277cdab07f46468da7582c6c3893d3",
        [PL_NOTE_NEVER_TOUCHED] = "243475ea93c84c6d93b33d400ad1da26",
        [PL_NOTE_SCORE_DENIED] = "0186f2c81f8c4cc5aaea112658d0d097",
        [PL_NOTE_NO_BUS] = "8b1a18aefa18496eaed678eff78998f3",
        [PL_NOTE_BUS_BACK] = "9ce09450ef7c4cb88f5ba34fd842e0ba",
        [PL_NOTE_NOT_TIDIED] = "acaaa9c4872a44cb8735d85bb7b0e90d",
        [PL_NOTE_SETTINGS] = "b2e40cf3a09944568a26eaf91a0ee9c9",
        [PL_NOTE_ORIGINALS_ASIDE] = "99e176c540b04d968648948c9bfe6cd2",
        [PL_NOTE_ORIGINALS_LOST] = "ab9a34cb566b48c09e263c9a0f0e9faa",
        [PL_NOTE_NO_CHECKPOINT] = "8a1c82df408d455f9861ece72fe32857",
        [PL_NOTE_NO_TRIGGERS] = "873f8e54da0448af9aa2eec0c4629f7c",
        [PL_NOTE_NO_LOCAL_TRIGGERS] = "927a9ebea4f34eb395b05732570dc116",
        [PL_NOTE_CANNOT_ACT] = "8904cc10e83645d8ac135394e591c7bd",
        [PL_NOTE_CAN_ACT] = "aa9d1ca8c5a946d4bf841aac582c5937",
        [PL_NOTE_CANNOT_RELEASE] = "0873214926534d318c86dd7dbaa8ea0e",
        [PL_NOTE_THAWED] = "6a881339b3d94dd5b7ac7bd6c40eb633",
        [PL_NOTE_NOT_THAWED] = "5614b64fb4b24fa2b7bd016e66d46e29",
        [PL_NOTE_DOWN] = "36734a735b3d4102864f9a40b52e7e04",
        [PL_NOTE_NOT_DOWN] = "0f6afb174f0f43c18acf6a1ff6d1730d",
        [PL_NOTE_UP] = "939692c625a948ccbbbbf85d650d0b89",
        [PL_NOTE_DRILL] = "5872399088a8405e9c8e8e52598d3952",
        [PL_NOTE_MATE_ACTED] = "63472ac1b48d4097bab756bfd482df59",
        [PL_NOTE_ARMED] = "2140605cc35944c99958f650ef79cd00",
        [PL_NOTE_NOT_UP] = "ecf2ad31a8e14c4093c1369bfa432236",
        [PL_NOTE_NO_NAME] = "72374dca98a64ebfa1b10fe02ef78b91",
        [PL_NOTE_NOT_ALONE] = "a557daaf6c784f168dbd26584d9b2a1e",
};

static const char *const news_ids[PL_MATE_NEWS] = {
        [PL_MATE_STUCK] = "a13805d715624129b0d837844869fa2b",
        [PL_MATE_MOVES] = "dda4093e0f4344be897087667b8df7bd",
        [PL_MATE_DIED] = "496157a2669e4f87acb514120c9ef6c9",
        [PL_MATE_LOST] = "b0c678b7627c49ba8fed576192efc15d",
        [PL_MATE_ACTED] = "0148de3e576b48a9bc4a45a9beb2301a",
        [PL_MATE_THAWED] = "09f376b5edf34f3897519cd25635606c",
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
