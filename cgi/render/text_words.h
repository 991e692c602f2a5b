#ifndef RENDER_TEXT_WORDS_H
#define RENDER_TEXT_WORDS_H

#include <json-c/json.h>
#include <stdio.h>

/* The one way out for text: whatever a terminal would obey is shown instead. */
__attribute__((format(printf, 2, 3)))
void text_say(FILE *out, const char *fmt, ...);

/* The text of a member for a sentence that has room for it in any case. */
const char *text_word(json_object *o, const char *key);

/* "label value" on a line of its own, when there is a value; the value of a
 * member; each of a list. */
void text_line(FILE *out, const char *label, const char *value);
void text_member(FILE *out, const char *label, json_object *o, const char *key);
void text_each(FILE *out, const char *label, json_object *list);

/* What a program printed, line by line. */
void text_lines(FILE *out, const char *label, const char *text);

/* What was refused about a domain (render/view_log.h); o may be NULL. */
void text_rejections(FILE *out, json_object *o);

/* How a mail program is set up (render/view_setup.h); o may be NULL. */
void text_setup(FILE *out, json_object *o);

#endif
