/* SPDX-License-Identifier: Apache-2.0 */

#include <ctype.h>

#include "plimsoll/base/assert.h"
#include "plimsoll/base/macro.h"
#include "plimsoll/policy/schema.h"
#include "type.h"
#include "vocabulary_internal.h"

enum { ITEM_MAX = 4096 /* bytes of what is said of one key */ };

/* In mdoc(7) a hyphen is a minus only with a backslash, a sentence begins a line, and a line that begins with a dot or an
 * apostrophe is a request: no sentence of the vocabulary does. */
static void add_roff(struct pl_text *text, const char *string)
{
        for (; *string; string++) {
                bool is_end = string[0] == '.' && string[1] == ' ';

                if (*string == '\\')
                        pl_text_add(text, "\\e");
                else if (*string == '-')
                        pl_text_add(text, "\\-");
                else
                        pl_text_add_byte(text, *string);
                if (!is_end)
                        continue;
                string++;
                pl_assert(string[1] != '.' && string[1] != '\'');
                pl_text_add(text, "\n");
        }
}

/* "leak.restart" */
static void add_path(struct pl_text *text, const struct pl_section *section)
{
        const struct pl_section *path[PL_OBJECTS_DEPTH_MAX];
        size_t count = 0;

        for (; section && section->name; section = section->within) {
                pl_assert(count < PL_OBJECTS_DEPTH_MAX);
                path[count++] = section;
        }
        while (count-- > 0)
                pl_text_addf(text, "%s%s", path[count]->name, count ? "." : "");
}

static void add_words(struct pl_text *text, const struct pl_key *key)
{
        for (size_t i = 0; key->words[i]; i++) {
                pl_text_add(text, i ? ", " : ": ");
                add_roff(text, key->words[i]);
        }
}

/* "A duration from 0s to 10min; by default "10s"." */
static void add_nature(struct pl_text *text, const struct pl_key *key)
{
        size_t begin = text->length;

        add_roff(text, key->type->noun);
        if (text->length > begin)
                text->data[begin] = (char) toupper((unsigned char) text->data[begin]);
        if (key->words)
                add_words(text, key);
        if (key->type->range) {
                char buffer[PL_TYPE_TEXT_MAX];
                struct pl_text range;

                pl_text_init(&range, buffer, sizeof buffer);
                key->type->range(&range, key);
                pl_text_add(text, " from ");
                add_roff(text, buffer);
        }
        if (key->fallback) {
                pl_text_add(text, "; by default ");
                add_roff(text, key->fallback);
        }
        pl_text_add(text, key->flags & PL_KEY_REQUIRED ? "; required.\n" : ".\n");
}

static void add_key(struct pl_text *text, const struct pl_key *key)
{
        bool is_ahead = !key->object && !(key->flags & PL_KEY_WORKS);

        pl_text_addf(text, ".It Ic %s%s\n", key->name, is_ahead ? " Ns No *" : "");
        add_nature(text, key);
        add_roff(text, key->help);
        pl_text_add(text, "\n");
}

static int print(pl_json_sink sink, void *userdata, struct pl_text *text)
{
        int r = sink(userdata, pl_text_span(text));

        pl_assert(!text->cut);
        pl_text_clear(text);
        return r;
}

static int print_section(pl_json_sink sink, void *userdata, const struct pl_section *section)
{
        char buffer[ITEM_MAX];
        struct pl_text text;
        int r;

        pl_text_init(&text, buffer, sizeof buffer);
        if (section->name) {
                pl_text_add(&text, ".Ss ");
                add_path(&text, section);
                pl_text_add(&text, "\n");
        }
        add_roff(&text, section->object->help);
        pl_text_add(&text, "\n.Bl -tag -width Ds\n");
        r = print(sink, userdata, &text);
        for (size_t i = 0; r == 0 && i < section->object->count; i++) {
                add_key(&text, &section->object->keys[i]);
                r = print(sink, userdata, &text);
        }
        pl_text_add(&text, ".El\n");
        return r == 0 ? print(sink, userdata, &text) : r;
}

int pl_reference_print(pl_json_sink sink, void *userdata, enum pl_document_kind kind)
{
        struct pl_section sections[PL_SECTIONS_MAX];
        size_t count;
        int r = 0;

        pl_assert(sink);

        count = pl_vocabulary_sections(pl_vocabulary_object(kind), sections);
        for (size_t i = 0; r == 0 && i < count; i++)
                r = print_section(sink, userdata, &sections[i]);
        return r;
}
