#include <string.h>

#include "base/json.h"
#include "http/api.h"
#include "http/problem.h"

static const char *bare(const char *name)
{
	return strncmp(name, "v1/", 3) ? name : name + 3;
}

/* Takes o and data over. */
static int envelope(json_object *o, const char *command, bool done, const char *reason,
		    json_object *data, struct response *rs)
{
	json_object *meta = json_object_new_object();
	int rc;

	json_put_number(meta, "version", 1);
	json_put_text(meta, "command", bare(command));
	json_put_number(meta, "result", done);
	json_put_text(meta, "reason", reason);
	json_object_object_add(o, "metadata", meta);
	json_object_object_add(o, "data", data);
	rs->content_type = done ? "application/json; charset=utf-8" : PROBLEM_TYPE;
	rc = buf_puts(&rs->body, json_object_to_json_string_ext(o,
					JSON_C_TO_STRING_PLAIN));
	json_object_put(o);
	return rc;
}

void api_refuse(const char *command, int status, const struct err *e,
		struct response *rs)
{
	json_object *o = json_object_new_object(), *data = json_object_new_object();

	problem_put(o, status, e->text);
	json_put_text(data, "error", err_name(e->code));
	rs->status = status;
	envelope(o, command, false, e->text, data, rs);
}

/* Asked for with format=text, for who reads no JSON: the data's "text" alone, as
 * what its "type" says. The types are our own constants. */
static int bare_text(const struct exchange *x, json_object *data, struct response *rs)
{
	int rc = buf_puts(&rs->body, json_text(data, "text"));

	rs->content_type = arena_strdup(x->rq->arena, json_text(data, "type"));
	json_object_put(data);
	return rc;
}

static bool wants_text(const struct exchange *x, json_object *data)
{
	const char *format = exchange_field(x, "format");

	return format && !strcmp(format, "text") && json_text(data, "text") &&
		json_text(data, "type");
}

/* A file of one of our own formats. */
static int file(json_object *data, const struct setup_format *format, struct response *rs)
{
	int rc;

	format->put(&rs->body, data);
	rc = rs->body.full ? -1 : 0;
	rs->content_type = format->type;
	rs->file_name = format->file_name;
	json_object_put(data);
	return rc;
}

static int put_answer(const struct exchange *x, json_object *data, struct response *rs)
{
	const struct setup_format *format = exchange_setup_format(x);

	if (format)
		return file(data, format, rs);
	return wants_text(x, data) ? bare_text(x, data, rs) :
		envelope(json_object_new_object(), x->route->name, true, "OK", data, rs);
}

void api_answer(const struct exchange *x, json_object *data, struct response *rs)
{
	struct err e;

	rs->status = 200;
	if (!put_answer(x, data, rs))
		return;
	rs->file_name = NULL;
	err_set(&e, ERR_LIMIT, "the answer is larger than %zu bytes: ask for less of it",
		rs->body.limit);
	rs->body.len = 0;
	rs->body.full = 0;
	api_refuse(x->route->name, 413, &e, rs);
}
