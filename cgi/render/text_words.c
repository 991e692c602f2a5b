#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"
#include "base/utf8.h"
#include "render/text_words.h"

#define PIECE_MAX 4096	/* a longer text is cut */

void text_say(FILE *out, const char *fmt, ...)
{
	char piece[PIECE_MAX];
	struct slice rest;
	va_list ap;
	size_t n;

	va_start(ap, fmt);
	vsnprintf(piece, sizeof(piece), fmt, ap);
	va_end(ap);
	for (rest = slice_of(piece); rest.n; rest.p += n, rest.n -= n) {
		size_t bad = utf8_unshown(rest);

		n = bad ? bad : utf8_length(rest);
		if (!bad)
			fwrite(rest.p, 1, n, out);
		for (size_t i = 0; i < bad; i++)
			fprintf(out, "\\x%02x", (unsigned char)rest.p[i]);
	}
}

const char *text_word(json_object *o, const char *key)
{
	const char *s = json_text(o, key);

	return s ? s : "-";
}

void text_line(FILE *out, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	text_say(out, "%s%s", label, value);
	putc('\n', out);
}

void text_member(FILE *out, const char *label, json_object *o, const char *key)
{
	text_line(out, label, json_text(o, key));
}

void text_each(FILE *out, const char *label, json_object *list)
{
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);

		text_line(out, label, o ? json_object_get_string(o) : NULL);
	}
}

void text_lines(FILE *out, const char *label, const char *text)
{
	while (text && *text) {
		size_t n = strcspn(text, "\n");

		text_say(out, "%s%.*s", label, n < PIECE_MAX ? (int)n : PIECE_MAX, text);
		putc('\n', out);
		text += n + (text[n] == '\n');
	}
}
