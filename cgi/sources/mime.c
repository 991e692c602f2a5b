#include <dlfcn.h>
#include <gmime/gmime.h>
#include <stddef.h>
#include <string.h>

#include "base/log.h"
#include "sources/mime.h"

#define HEADERS "text/rfc822-headers"
#define HEADERS_MAX (64 * 1024)	/* bytes of a returned message's that are kept */

/* ---- the library ------------------------------------------------------ */

#define LIBRARY "libgmime-3.0.so.0"

/* It brings GLib and GIO, whose start takes longer than that of all the others
 * together: only who reads a message waits for it. */
#define GMIME_CALLS(X) \
	X(mime_init) X(mime_stream_mem_new) X(mime_stream_mem_new_with_buffer) \
	X(mime_stream_mem_get_byte_array) X(mime_parser_new_with_stream) \
	X(mime_parser_construct_message) X(mime_message_get_mime_part) \
	X(mime_message_part_get_type) X(mime_message_part_get_message) \
	X(mime_multipart_get_type) X(mime_multipart_get_count) \
	X(mime_multipart_get_part) X(mime_object_get_content_type) \
	X(mime_object_get_header) X(mime_object_get_headers) \
	X(mime_content_type_get_mime_type) X(mime_part_get_type) \
	X(mime_part_get_content) X(mime_text_part_get_type) \
	X(mime_text_part_get_text) X(mime_data_wrapper_write_to_stream) \
	X(ascii_strdown) X(free) X(object_unref) X(type_check_instance_is_a)

struct gmime {
#define X(name) __typeof__(g_##name) *name;
	GMIME_CALLS(X)
#undef X
};

/* Once loaded it stays. */
static bool load(struct gmime *g)
{
	static const struct { const char *name; size_t at; } calls[] = {
#define X(name) { "g_" #name, offsetof(struct gmime, name) },
		GMIME_CALLS(X)
#undef X
	};
	void *lib = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
	size_t i, n = sizeof(calls) / sizeof(*calls);

	for (i = 0; lib && i < n; i++) {
		void *call = dlsym(lib, calls[i].name);

		if (!call)
			break;
		memcpy((char *)g + calls[i].at, &call, sizeof(call));
	}
	if (lib && i == n) {
		g->mime_init();
		return true;
	}
	log_line(LOG_LINE_WARNING, "a message is read as if it were pasted: %s is not installed whole (Debian: libgmime-3.0-0, Enterprise Linux: gmime30)",
		 LIBRARY);
	return false;
}

static bool is_a(const struct gmime *g, void *o, GType type)
{
	return g->type_check_instance_is_a(o, type);
}

/* ---- what is kept ----------------------------------------------------- */

struct walk {
	struct gmime g;
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
	GMimeDataWrapper *content = w->g.mime_part_get_content(part);
	GMimeStream *memory = w->g.mime_stream_mem_new();
	GByteArray *bytes;
	char *text;

	if (is_a(&w->g, part, w->g.mime_text_part_get_type())) {
		text = w->g.mime_text_part_get_text((GMimeTextPart *)part);
		if (text)
			keep(w, type, w->returned, text, strlen(text));
		w->g.free(text);
	} else if (content && (!strncmp(type, "message/", 8) || !*type || !strcmp(type, HEADERS))) {
		w->g.mime_data_wrapper_write_to_stream(content, memory);
		bytes = w->g.mime_stream_mem_get_byte_array((GMimeStreamMem *)memory);
		if (bytes->len)
			keep(w, type, w->returned, (const char *)bytes->data,
			     strnlen((const char *)bytes->data, bytes->len));
	}
	w->g.object_unref(memory);
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
		headers = w->g.mime_object_get_headers((GMimeObject *)m, NULL);
		keep(w, HEADERS, true, headers, headers ? strnlen(headers, HEADERS_MAX) : 0);
		w->g.free(headers);
	}
	walk_object(w, w->g.mime_message_get_mime_part(m));
	w->returned = returned;
}

static void walk_multipart(struct walk *w, GMimeMultipart *parts, const char *type)
{
	bool report = w->report;
	int n = w->g.mime_multipart_get_count(parts);

	w->report = !strcmp(type, "multipart/report");
	for (int i = 0; i < n && w->out->nparts < BOUNCE_PARTS; i++)
		walk_object(w, w->g.mime_multipart_get_part(parts, i));
	w->report = report;
}

static void walk_object(struct walk *w, GMimeObject *o)
{
	GMimeContentType *content;
	char *mime, *type;

	if (!o || w->depth == MIME_DEPTH)
		return;
	w->depth++;
	content = w->g.mime_object_get_content_type(o);
	mime = content ? w->g.mime_content_type_get_mime_type(content) : NULL;
	type = w->g.ascii_strdown(mime ? mime : "", -1);
	if (is_a(&w->g, o, w->g.mime_multipart_get_type()))
		walk_multipart(w, (GMimeMultipart *)o, type);
	else if (is_a(&w->g, o, w->g.mime_message_part_get_type()))
		walk_message(w, w->g.mime_message_part_get_message((GMimeMessagePart *)o));
	else if (is_a(&w->g, o, w->g.mime_part_get_type()) && is_headers(type))
		walk_headers(w, (GMimePart *)o);
	else if (is_a(&w->g, o, w->g.mime_part_get_type()))
		walk_part(w, (GMimePart *)o, type);
	w->g.free(type);
	w->g.free(mime);
	w->depth--;
}

/* ---- the message ------------------------------------------------------ */

static const char *header(const struct gmime *g, GMimeMessage *m, const char *name, struct arena *a)
{
	const char *value = g->mime_object_get_header((GMimeObject *)m, name);

	return value ? arena_strdup(a, value) : NULL;
}

static bool has_a_header(const struct gmime *g, GMimeMessage *m)
{
	static const char *const names[] = {
		"From", "To", "Subject", "Date", "Received", "Return-Path", "Message-ID",
		"MIME-Version", "Content-Type", "Auto-Submitted", "X-Failed-Recipients",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++)
		if (g->mime_object_get_header((GMimeObject *)m, names[i]))
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
	if (!load(&w.g))
		return false;
	stream = w.g.mime_stream_mem_new_with_buffer(message.p, message.n);
	parser = w.g.mime_parser_new_with_stream(stream);
	m = w.g.mime_parser_construct_message(parser, NULL);
	found = m && has_a_header(&w.g, m);
	if (found) {
		out->subject = header(&w.g, m, "Subject", a);
		out->from = header(&w.g, m, "From", a);
		out->failed = header(&w.g, m, "X-Failed-Recipients", a);
		walk_object(&w, w.g.mime_message_get_mime_part(m));
	}
	if (m)
		w.g.object_unref(m);
	w.g.object_unref(parser);
	w.g.object_unref(stream);
	return found;
}
