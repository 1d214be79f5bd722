/* SPDX-License-Identifier: Apache-2.0 */

/* The JSON is a tree of any shape, the vocabulary says what it should be: both are gone through together, with the levels
 * that are open on a stack of our own, and every value that is wrong is said and passed over. An object begins as a copy
 * of its defaults; what is not wrong is written over them.
 */

#include "plimsoll/policy/document.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/base/nearest.h"
#include "plimsoll/json/read.h"
#include "suggest.h"
#include "type.h"
#include "vocabulary_internal.h"
#include "walk.h"

static const char *const kind_names[PL_DOCUMENT_KINDS] = {
        [PL_DOCUMENT_PROFILE] = "profile",
        [PL_DOCUMENT_HOST] = "host",
        [PL_DOCUMENT_ORDER] = "order",
};

/* An object, or a list of objects, that is being read. */
struct level {
        const struct pl_object *object;
        const struct pl_json_value *value;
        const struct pl_json_value *next; /* member or element to read */
        char *base;                       /* of the object, or of the list's next element */
        bool is_list;
};

struct reader {
        struct pl_reading reading;
        const struct pl_object *root;
        struct level levels[2 * PL_OBJECTS_DEPTH_MAX];
        size_t depth;
        int error; /* -ENOMEM */
};

static void enter(struct reader *reader, const struct pl_object *object,
                  const struct pl_json_value *value, void *base, bool is_list)
{
        pl_assert(reader->depth < PL_ARRAY_LENGTH(reader->levels));

        reader->levels[reader->depth++] = (struct level){
                .object = object,
                .value = value,
                .next = value->child,
                .base = base,
                .is_list = is_list,
        };
}

static void say_unknown(struct reader *reader, const struct level *level,
                        const struct pl_json_value *member)
{
        char buffer[PL_DIAG_WORDS_MAX];
        struct pl_text hint;

        pl_diag_error(reader->reading.diag, reader->reading.file, member->key_place,
                      "unknown key \"%s\"", member->key);
        /* Looking for what was meant takes far longer than reading a key, and a file may hold thousands. */
        if (reader->reading.diag->newest == PL_DIAG_ENTRIES_MAX)
                return;
        pl_text_init(&hint, buffer, sizeof buffer);
        if (pl_suggest_key(&hint, reader->root, level->object, member->key))
                pl_diag_hint(reader->reading.diag, "%s", buffer);
        else
                pl_diag_hint(reader->reading.diag, "plimsoll.json(5) lists the keys");
}

static bool begin_list(struct reader *reader, const struct pl_key *key,
                       const struct pl_json_value *value, struct pl_selectors *list)
{
        if (value->type == PL_JSON_OBJECT)
                return pl_type_wrong(&reader->reading, key, value, "write [ ] around it",
                                     "\"%s\" has to be a list of objects, not an object",
                                     key->name);
        if (!pl_type_is(&reader->reading, key, value, PL_JSON_ARRAY))
                return false;
        if (value->count < key->least)
                return pl_type_wrong(&reader->reading, key, value,
                                     "write { \"path\": \"**\" } for every workload",
                                     "\"%s\" is empty and holds for nobody", key->name);
        if (value->count > key->most)
                return pl_type_wrong(&reader->reading, key, value, "say more with patterns",
                                     "\"%s\" has at most %lld entries", key->name,
                                     (long long) key->most);
        if (value->count > 0) {
                list->entries = calloc(value->count, sizeof *list->entries);
                reader->error = list->entries ? 0 : -ENOMEM;
        }
        list->count = list->entries ? value->count : 0;
        if (list->entries)
                enter(reader, key->object, value, list->entries, true);
        return reader->error == 0;
}

static void begin_object(struct reader *reader, const struct pl_object *object,
                         const struct pl_json_value *value, void *base)
{
        memcpy(base, object->fallback, object->size);
        enter(reader, object, value, base, false);
}

static void read_member(struct reader *reader, struct level *level,
                        const struct pl_json_value *member)
{
        size_t index = pl_object_find(level->object, member->key);
        char *base =
                level->base; /* the level may move its place on the stack's top no more once entered */
        const struct pl_key *key;
        bool is_well;

        if (index == level->object->count) {
                say_unknown(reader, level, member);
                return;
        }
        key = &level->object->keys[index];
        if (key->type == &pl_type_objects) {
                is_well = begin_list(reader, key, member, (void *) (base + key->offset));
        } else if (key->type == &pl_type_object) {
                is_well = pl_type_is(&reader->reading, key, member, PL_JSON_OBJECT);
                if (is_well)
                        begin_object(reader, key->object, member, base + key->offset);
        } else {
                is_well = key->type->read(&reader->reading, key, member, base + key->offset);
        }
        if (!is_well)
                return;
        *pl_fields_set(base) |= UINT32_C(1) << index;
        pl_fields_at(base)[index] = member->place;
}

static void read_element(struct reader *reader, struct level *level,
                         const struct pl_json_value *element)
{
        char *base = level->base;

        level->base += level->object->size;
        if (element->type == PL_JSON_OBJECT) {
                begin_object(reader, level->object, element, base);
                return;
        }
        pl_diag_error(reader->reading.diag, reader->reading.file, element->place,
                      "an entry has to be an object, not %s", pl_json_type_name(element->type));
        pl_diag_hint(reader->reading.diag, "such as { \"label\": \"plimsoll.profile=batch\" }");
}

/* Whether a key that is not known was meant for this one, and has been told of. */
static bool is_mistyped(const struct level *level, const struct pl_key *key)
{
        for (const struct pl_json_value *member = level->value->child; member;
             member = member->next)
                if (pl_object_find(level->object, member->key) == level->object->count &&
                    pl_nearest(member->key, &key->name, 1))
                        return true;
        return false;
}

/* What can only be said once an object is over. Whether a key was given is asked of the text, for one whose value is wrong
 * is not missing. */
static void end_object(struct reader *reader, const struct level *level)
{
        for (size_t i = 0; i < level->object->count; i++) {
                const struct pl_key *key = &level->object->keys[i];

                if (!(key->flags & PL_KEY_REQUIRED) || pl_json_member(level->value, key->name) ||
                    is_mistyped(level, key))
                        continue;
                pl_diag_error(reader->reading.diag, reader->reading.file, level->value->place,
                              "\"%s\" is missing here", key->name);
                pl_diag_hint(reader->reading.diag, "%s", key->help);
        }
        if (level->object->is_never_empty && level->value->count == 0) {
                pl_diag_error(reader->reading.diag, reader->reading.file, level->value->place,
                              "an empty object says nothing of who is meant");
                pl_diag_hint(reader->reading.diag, "%s",
                             level->object == &pl_object_k8s
                                     ? "write { \"pod\": \"*\" } for every pod"
                                     : "write { \"path\": \"**\" } for every workload");
        }
}

static int read_object(struct reader *reader, const struct pl_json_value *value, void *base)
{
        begin_object(reader, reader->root, value, base);
        while (reader->depth > 0 && reader->error == 0) {
                struct level *level = &reader->levels[reader->depth - 1];
                const struct pl_json_value *next = level->next;

                if (next) {
                        level->next = next->next;
                        if (level->is_list)
                                read_element(reader, level, next);
                        else
                                read_member(reader, level, next);
                        continue;
                }
                if (!level->is_list)
                        end_object(reader, level);
                reader->depth--;
        }
        return reader->error;
}

/* The member that would say what the file is, but for a slip: "profil"; *ret_name is what was meant. */
static const struct pl_json_value *find_slip(const struct pl_json_value *root,
                                             const char **ret_name)
{
        for (const struct pl_json_value *member = root->child; member; member = member->next) {
                *ret_name = pl_nearest(member->key, kind_names, PL_DOCUMENT_KINDS);
                if (*ret_name)
                        return member;
        }
        return NULL;
}

/* By a key that only one kind has, so that all else in it is told as well; that the name is missing is told at its end. */
static bool guess_kind(const struct pl_json_value *root, enum pl_document_kind *ret_kind)
{
        static const struct {
                const char *key;
                enum pl_document_kind kind;
        } telling[] = {
                { "match", PL_DOCUMENT_PROFILE }, { "memory", PL_DOCUMENT_PROFILE },
                { "oom", PL_DOCUMENT_PROFILE },   { "protect", PL_DOCUMENT_HOST },
                { "shortage", PL_DOCUMENT_HOST }, { "expires", PL_DOCUMENT_ORDER },
        };

        for (size_t i = 0; i < PL_ARRAY_LENGTH(telling); i++)
                if (pl_json_member(root, telling[i].key)) {
                        *ret_kind = telling[i].kind;
                        return true;
                }
        return false;
}

static int find_kind(const struct pl_reading *reading, const struct pl_json_value *root,
                     enum pl_document_kind *ret_kind)
{
        const struct pl_json_value *found = NULL, *slip;
        const char *name = NULL;

        if (root->type != PL_JSON_OBJECT) {
                pl_diag_error(reading->diag, reading->file, root->place,
                              "a policy file holds one object, not %s",
                              pl_json_type_name(root->type));
                pl_diag_hint(reading->diag, "begin it with {");
                return PL_DOCUMENT_E_INVALID;
        }
        for (unsigned kind = 0; kind < PL_DOCUMENT_KINDS; kind++) {
                const struct pl_json_value *member = pl_json_member(root, kind_names[kind]);

                if (member && found) {
                        pl_diag_error(reading->diag, reading->file, member->key_place,
                                      "a file is either a \"%s\" or a \"%s\"", found->key,
                                      member->key);
                        pl_diag_hint(reading->diag, "write two files");
                        return PL_DOCUMENT_E_INVALID;
                }
                if (member) {
                        found = member;
                        *ret_kind = kind;
                }
        }
        if (found || guess_kind(root, ret_kind))
                return 0;
        slip = find_slip(root, &name);
        pl_diag_error(reading->diag, reading->file, slip ? slip->key_place : root->place,
                      "neither a \"profile\" nor a \"host\" nor an \"order\"");
        if (slip)
                pl_diag_hint(reading->diag, "did you mean \"%s\" by \"%s\"?", name, slip->key);
        else
                pl_diag_hint(reading->diag, "say which it is: \"profile\": \"NAME\"");
        return PL_DOCUMENT_E_INVALID;
}

/* What one key says by the way of another. */
static void settle(struct pl_document *document)
{
        struct pl_profile *profile = &document->profile;

        if (document->kind != PL_DOCUMENT_PROFILE)
                return;
        if (!PL_HAS(&profile->oom, PL_OOM_ORDER))
                profile->oom.order = profile->oom.score_adj;
        if (!PL_HAS(&profile->oom, PL_OOM_KILL) && PL_HAS(&profile->memory, PL_MEMORY_OOM_GROUP) &&
            !profile->memory.oom_group)
                profile->oom.kill = PL_KILL_PROCESS;
}

/* Bytes of the document's strings, with their NULs: a string without its quotes is two bytes shorter than its source. */
static size_t measure_strings(const struct pl_json_document *json)
{
        size_t bytes = 0;

        for (size_t i = 0; i < pl_json_count(json); i++)
                if (pl_json_at(json, i)->type == PL_JSON_STRING)
                        bytes += pl_json_at(json, i)->source.length;
        return bytes;
}

/* One piece of memory, with the strings behind the document: the origin is the first. */
static struct pl_document *make(const struct pl_json_document *json, const char *origin,
                                enum pl_document_kind kind, struct pl_text *ret_kept)
{
        size_t size = strlen(origin) + 1 + measure_strings(json) + 1;
        struct pl_document *document = malloc(sizeof *document + size);
        char *kept;

        if (!document)
                return NULL;
        kept = (char *) (document + 1);
        pl_text_init(ret_kept, kept, size);
        pl_text_add(ret_kept, origin);
        pl_text_add_byte(ret_kept, '\0');
        document->kind = kind;
        document->origin = kept;
        return document;
}

int pl_document_parse_partly(const struct pl_document_source *source, struct pl_diag *diag,
                             struct pl_document **ret_document)
{
        _cleanup_(pl_cleanup_json_document) struct pl_json_document *json = NULL;
        _cleanup_(pl_cleanup_document) struct pl_document *document = NULL;
        struct pl_text kept;
        struct reader reader = { .reading = { diag, source->origin, &kept } };
        enum pl_document_kind kind;
        size_t errors;
        int r;

        pl_assert(source->origin && source->first_line > 0);
        pl_assert(diag);
        pl_assert(ret_document);

        errors = diag->errors;
        r = pl_vocabulary_prepare();
        if (r < 0)
                return r;
        r = pl_json_parse_at(source->text, source->origin, source->first_line, diag, &json);
        if (r != 0)
                return r < 0 ? r : PL_DOCUMENT_E_INVALID;
        r = find_kind(&reader.reading, pl_json_root(json), &kind);
        if (r != 0)
                return r;

        document = make(json, source->origin, kind, &kept);
        if (!document)
                return -ENOMEM;
        reader.root = pl_vocabulary_object(kind);
        r = read_object(&reader, pl_json_root(json), &document->profile);
        if (r != 0)
                return r;
        settle(document);
        document->is_partial = diag->errors > errors;
        r = document->is_partial ? PL_DOCUMENT_E_INVALID : 0;
        *ret_document = PL_TAKE(document, NULL);
        return r;
}

int pl_document_parse(const struct pl_document_source *source, struct pl_diag *diag,
                      struct pl_document **ret_document)
{
        _cleanup_(pl_cleanup_document) struct pl_document *document = NULL;
        int r;

        pl_assert(ret_document);

        r = pl_document_parse_partly(source, diag, &document);
        if (r == 0)
                *ret_document = PL_TAKE(document, NULL);
        return r;
}

void pl_document_free(struct pl_document *document)
{
        if (!document)
                return;
        if (document->kind == PL_DOCUMENT_PROFILE)
                free(document->profile.match.entries);
        else if (document->kind == PL_DOCUMENT_HOST)
                free(document->host.protect.entries);
        free(document);
}

const char *pl_document_kind_name(enum pl_document_kind kind)
{
        pl_assert(kind < PL_DOCUMENT_KINDS);
        return kind_names[kind];
}

const char *pl_document_name(const struct pl_document *document)
{
        pl_assert(document);

        if (document->kind == PL_DOCUMENT_PROFILE)
                return document->profile.name;
        if (document->kind == PL_DOCUMENT_HOST)
                return document->host.name;
        return pl_object_order.keys[PL_ORDER_VERB].words[document->order.verb];
}

bool pl_document_ahead(const struct pl_document *document, size_t index, struct pl_text *path)
{
        struct pl_walk walk;
        enum pl_step step;

        pl_assert(document);

        pl_walk_init(&walk, document);
        while ((step = pl_walk_next(&walk)) != PL_STEP_DONE) {
                if (step != PL_STEP_VALUE || walk.key->flags & PL_KEY_WORKS)
                        continue;
                if (index-- == 0) {
                        pl_walk_add_path(path, &walk);
                        return true;
                }
        }
        return false;
}
