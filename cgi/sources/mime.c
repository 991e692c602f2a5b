#include <gmime/gmime.h>
#include <string.h>

#include "sources/mime.h"

#define HEADERS "text/rfc822-headers"
#define HEADERS_MAX (64 * 1024)	/* bytes of a returned message's that are kept */

struct walk {
	struct bounce_message *out;
	struct arena *arena;
	size_t left;	/* bytes that may still be kept */
	int depth;
	bool report;	/* inside a multipart/report */
	bool returned;
};

static void keep(struct walk *w, const char *type, bool returned, const char *text,
		 size_t n)
{
	struct bounce_part *p = &w->out->part[w->out->nparts];

	if (w->out->nparts == BOUNCE_PARTS || !text)
		return;
	if (n > w->left)
		n = w->left;
	w->left -= n;
	p->type = arena_strdup(w->arena, type);
	p->text = (struct slice){ arena_strndup(w->arena, text, n), n };
	p->returned = returned;
	p->headers = returned && !strcmp(type, HEADERS);
	w->out->nparts++;
}

/* ---- bodies ----------------------------------------------------------- */

static void walk_object(struct walk *w, GMimeObject *o);

/* arena_strndup stops at a NUL byte, so the text does as well. */
static void walk_part(struct walk *w, GMimePart *part, const char *type)
{
	GMimeDataWrapper *content = g_mime_part_get_content(part);
	GMimeStream *memory = g_mime_stream_mem_new();
	GByteArray *bytes;
	char *text;

	if (GMIME_IS_TEXT_PART(part)) {
		text = g_mime_text_part_get_text(GMIME_TEXT_PART(part));
		if (text)
			keep(w, type, w->returned, text, strlen(text));
		g_free(text);
	} else if (content && (!strncmp(type, "message/", 8) || !*type || !strcmp(type, HEADERS))) {
		g_mime_data_wrapper_write_to_stream(content, memory);
		bytes = g_mime_stream_mem_get_byte_array(GMIME_STREAM_MEM(memory));
		if (bytes->len)
			keep(w, type, w->returned, (const char *)bytes->data,
			     strnlen((const char *)bytes->data, bytes->len));
	}
	g_object_unref(memory);
}

/* RFC 6522, RFC 6533 */
static bool is_headers(const char *type)
{
	return !strcmp(type, HEADERS) || !strcmp(type, "message/rfc822-headers") ||
		!strcmp(type, "message/global-headers");
}

/* All that comes back of a message. */
static void walk_headers(struct walk *w, GMimePart *part)
{
	bool returned = w->returned;

	w->returned = true;
	walk_part(w, part, HEADERS);
	w->returned = returned;
}

/* In a report it is the message that comes back; elsewhere somebody forwards
 * a report. */
static void walk_message(struct walk *w, GMimeMessage *m)
{
	bool returned = w->returned;
	char *headers;

	if (!m)
		return;
	w->returned = returned || w->report;
	if (w->returned) {
		headers = g_mime_object_get_headers(GMIME_OBJECT(m), NULL);
		keep(w, HEADERS, true, headers, headers ? strnlen(headers, HEADERS_MAX) : 0);
		g_free(headers);
	}
	walk_object(w, g_mime_message_get_mime_part(m));
	w->returned = returned;
}

static void walk_multipart(struct walk *w, GMimeMultipart *parts, const char *type)
{
	bool report = w->report;
	int n = g_mime_multipart_get_count(parts);

	w->report = !strcmp(type, "multipart/report");
	for (int i = 0; i < n && w->out->nparts < BOUNCE_PARTS; i++)
		walk_object(w, g_mime_multipart_get_part(parts, i));
	w->report = report;
}

static void walk_object(struct walk *w, GMimeObject *o)
{
	GMimeContentType *content;
	char *mime, *type;

	if (!o || w->depth == MIME_DEPTH)
		return;
	w->depth++;
	content = g_mime_object_get_content_type(o);
	mime = content ? g_mime_content_type_get_mime_type(content) : NULL;
	type = g_ascii_strdown(mime ? mime : "", -1);
	if (GMIME_IS_MULTIPART(o))
		walk_multipart(w, GMIME_MULTIPART(o), type);
	else if (GMIME_IS_MESSAGE_PART(o))
		walk_message(w, g_mime_message_part_get_message(GMIME_MESSAGE_PART(o)));
	else if (GMIME_IS_PART(o) && is_headers(type))
		walk_headers(w, GMIME_PART(o));
	else if (GMIME_IS_PART(o))
		walk_part(w, GMIME_PART(o), type);
	g_free(type);
	g_free(mime);
	w->depth--;
}

/* ---- the message ------------------------------------------------------ */

static const char *header(GMimeMessage *m, const char *name, struct arena *a)
{
	const char *value = g_mime_object_get_header(GMIME_OBJECT(m), name);

	return value ? arena_strdup(a, value) : NULL;
}

static bool has_a_header(GMimeMessage *m)
{
	static const char *const names[] = {
		"From", "To", "Subject", "Date", "Received", "Return-Path", "Message-ID",
		"MIME-Version", "Content-Type", "Auto-Submitted", "X-Failed-Recipients",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (g_mime_object_get_header(GMIME_OBJECT(m), names[i]))
			return true;
	return false;
}

bool mime_read(struct slice message, struct arena *a, struct bounce_message *out)
{
	struct walk w = { .out = out, .arena = a, .left = BOUNCE_TEXT_MAX };
	GMimeStream *stream;
	GMimeParser *parser;
	GMimeMessage *m;
	bool found;

	memset(out, 0, sizeof(*out));
	g_mime_init();
	stream = g_mime_stream_mem_new_with_buffer(message.p, message.n);
	parser = g_mime_parser_new_with_stream(stream);
	m = g_mime_parser_construct_message(parser, NULL);
	found = m && has_a_header(m);
	if (found) {
		out->subject = header(m, "Subject", a);
		out->from = header(m, "From", a);
		out->failed = header(m, "X-Failed-Recipients", a);
		walk_object(&w, g_mime_message_get_mime_part(m));
	}
	if (m)
		g_object_unref(m);
	g_object_unref(parser);
	g_object_unref(stream);
	return found;
}
