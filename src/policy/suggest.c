/* SPDX-License-Identifier: Apache-2.0 */

/* People write the kernel's names ("memory.max", "oom_score_adj"), those of other systems ("mem_limit"), and put keys on the
 * wrong level. So a key is looked for where it stands first, then among the words of others, then everywhere in the
 * document by its own name and by that of its object before it, and at last in the other kinds of document.
 */

#include "suggest.h"

#include <string.h>
#include <strings.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/nearest.h"

enum { CANDIDATES_MAX = 256 /* two for each key of a kind of document */ };

static const char *nearest_of(const struct pl_object *object, const char *name)
{
        const char *names[PL_OBJECT_KEYS_MAX];

        for (size_t i = 0; i < object->count; i++)
                names[i] = object->keys[i].name;
        return pl_nearest(name, names, object->count);
}

/* "maximum" for "max": a key that the name begins with. */
static const char *beginning_of(const struct pl_object *object, const char *name)
{
        for (size_t i = 0; i < object->count; i++)
                if (pl_span_starts_with(pl_span_of(name), object->keys[i].name))
                        return object->keys[i].name;
        return NULL;
}

/* As keys are written: the kernel's dots are our underscores. */
static const char *in_our_words(char buffer[PL_KEY_PATH_MAX], const char *name)
{
        struct pl_text text;

        pl_text_init(&text, buffer, PL_KEY_PATH_MAX);
        pl_text_add(&text, name);
        for (size_t i = 0; i < text.length; i++)
                if (buffer[i] == '.' || buffer[i] == '-')
                        buffer[i] = '_';
        return buffer;
}

/* The names of all keys, as they are in one half and with their object's before them in the other. */
struct candidates {
        size_t count;
        const char *names[CANDIDATES_MAX];
        const char *keys[CANDIDATES_MAX];
        const char *sections[CANDIDATES_MAX];
        char joined[CANDIDATES_MAX][PL_KEY_PATH_MAX];
};

static void add_candidates(struct candidates *candidates, const struct pl_section *section)
{
        for (size_t k = 0; section->name && k < section->object->count; k++)
                for (int is_joined = 0; is_joined < 2; is_joined++) {
                        size_t i = candidates->count++;
                        struct pl_text text;

                        pl_assert(i < CANDIDATES_MAX);
                        pl_text_init(&text, candidates->joined[i], PL_KEY_PATH_MAX);
                        if (is_joined)
                                pl_text_addf(&text, "%s_", section->name);
                        pl_text_add(&text, section->object->keys[k].name);
                        candidates->names[i] = candidates->joined[i];
                        candidates->keys[i] = section->object->keys[k].name;
                        candidates->sections[i] = section->name;
                }
}

/* What Compose, Docker and Kubernetes call it, and what comes to mind. */
static const struct foreign {
        const char *word, *section, *key, *remark;
} foreigners[] = {
        { "name", NULL, "profile", "" },
        { "memorymax", "memory", "max", "" },
        { "memoryhigh", "memory", "high", "" },
        { "memorylow", "memory", "low", "" },
        { "memorymin", "memory", "min", "" },
        { "memoryswapmax", "memory", "swap_max", "" },
        { "oomscoreadj", "oom", "score_adj", "" },
        { "oomscoreadjust", "oom", "score_adj", "" },
        { "oompolicy", "memory", "oom_group", "" },
        { "oom_kill_disable", "oom", "score_adj", " -1000 is never killed" },
        { "kill_order", "oom", "order", "" },
        { "cgroup", "match", "path", "" },
        { "cgroup_parent", "match", "slice", "" },
        { "service", "match", "unit", "" },
        { "uid", "match", "owner", "" },
        { "user", "match", "owner", "" },
        { "stop_timeout", "ladder", "grace", "" },
        { "stop_grace_period", "ladder", "grace", "" },
        { "kill_signal", "ladder", "signal", "" },
        { "stop_signal", "ladder", "signal", "" },
        { "dry_run", NULL, "mode", " \"observe\" does nothing" },
        { "whitelist", NULL, "protect", "" },
        { "hard", "memory", "max", "" },
        { "soft", "memory", "low", "" },
        { "limit", "memory", "max", "" },
        { "limits", "memory", "max", "" },
        { "mem_limit", "memory", "max", "" },
        { "request", "memory", "low", "" },
        { "requests", "memory", "low", "" },
        { "reservation", "memory", "low", "" },
        { "mem_reservation", "memory", "low", "" },
        { "memory_reservation", "memory", "low", "" },
        { "swap", "memory", "swap_max", " It is swap alone, without the memory" },
        { "memory_swap", "memory", "swap_max", " It is swap alone, without the memory" },
        { "memswap_limit", "memory", "swap_max", " It is swap alone, without the memory" },
        { "priority", "oom", "order", "" },
        { "steps", "ladder", "rungs", "" },
        { "alarm", "leak", "alert", "" },
        { "name", "match", "container", "" },
        { "labels", "match", "label", "" },
        { "cmd", "after", "command", "" },
        { "post", "hooks", "after", "" },
        { "pre", "hooks", "before", "" },
        { "until", NULL, "expires", "" },
};

/* A word counts in the object that has the key, and on the top level where the object is. */
static bool suggest_foreign(struct pl_text *hint, const struct pl_section *sections, size_t count,
                            const struct pl_object *object, const char *name)
{
        for (size_t i = 0; i < PL_ARRAY_LENGTH(foreigners); i++) {
                const struct foreign *foreign = &foreigners[i];
                bool is_here = pl_object_find(object, foreign->key) < object->count;
                bool is_inside = false;

                if (strcasecmp(foreign->word, name) != 0)
                        continue;
                for (size_t s = 1; s < count && object == sections[0].object; s++)
                        is_inside |= foreign->section &&
                                     strcmp(sections[s].name, foreign->section) == 0;
                if (!is_here && !is_inside)
                        continue;
                pl_text_addf(hint, "did you mean \"%s\"", foreign->key);
                if (!is_here)
                        pl_text_addf(hint, " inside \"%s\"", foreign->section);
                pl_text_addf(hint, "?%s", foreign->remark);
                return true;
        }
        return false;
}

/* A key that another kind of document has on its top level. */
static bool suggest_kind(struct pl_text *hint, const struct pl_object *object, const char *name)
{
        for (unsigned kind = 0; kind < PL_DOCUMENT_KINDS; kind++) {
                const struct pl_object *root = pl_vocabulary_object(kind);

                if (root == object || pl_object_find(root, name) == root->count)
                        continue;
                pl_text_addf(hint, "it belongs into a \"%s\" file", root->name);
                return true;
        }
        return false;
}

static bool suggest_from_all(struct pl_text *hint, const struct pl_section *sections, size_t count,
                             const char *name)
{
        static struct candidates candidates; /* 20 KiB, and only ever for a moment */
        const char *nearest;

        candidates.count = 0;
        for (size_t i = 0; i < count; i++)
                add_candidates(&candidates, &sections[i]);
        nearest = pl_nearest(name, candidates.names, candidates.count);
        for (size_t i = 0; nearest && i < candidates.count; i++)
                if (candidates.names[i] == nearest)
                        pl_text_addf(hint, "did you mean \"%s\" inside \"%s\"?", candidates.keys[i],
                                     candidates.sections[i]);
        return nearest != NULL;
}

static bool suggest_here(struct pl_text *hint, const char *key)
{
        if (key)
                pl_text_addf(hint, "did you mean \"%s\"?", key);
        return key != NULL;
}

bool pl_suggest_key(struct pl_text *hint, const struct pl_object *root,
                    const struct pl_object *object, const char *name)
{
        struct pl_section sections[PL_SECTIONS_MAX];
        char ours[PL_KEY_PATH_MAX];
        size_t count;

        pl_assert(root);
        pl_assert(object);

        name = in_our_words(ours, name);
        count = pl_vocabulary_sections(root, sections);
        return suggest_foreign(hint, sections, count, object, name) ||
               suggest_here(hint, nearest_of(object, name)) ||
               (object == root && suggest_kind(hint, root, name)) ||
               suggest_from_all(hint, sections, count, name) ||
               suggest_here(hint, beginning_of(object, name));
}
