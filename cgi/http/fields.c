#include <stdlib.h>
#include <string.h>

#include "base/ip.h"
#include "base/json.h"
#include "core/finding.h"
#include "http/fields.h"

/* ---- reading ----------------------------------------------------------- */

static int add(struct fields *f, const char *name, const char *value,
	       struct err *e)
{
	bool may_be_long = f->long_name && !strcmp(name, f->long_name);

	if (strlen(name) > FIELD_NAME_MAX ||
	    strlen(value) > (may_be_long ? FIELD_LONG_MAX : FIELD_VALUE_MAX))
		return err_set(e, ERR_LIMIT, "the field %.*s is too long",
			       FIELD_NAME_MAX, name);
	if (fields_get(f, name))
		return err_set(e, ERR_INPUT, "the field %s comes twice", name);
	if (f->n == FIELDS_MAX)
		return err_set(e, ERR_LIMIT, "more than %d fields", FIELDS_MAX);
	f->pair[f->n].name = name;
	f->pair[f->n++].value = value;
	return 0;
}

static int add_item(struct fields *f, const char *name, const char *value,
		    struct err *e)
{
	if (strlen(name) > FIELD_NAME_MAX || strlen(value) > FIELD_VALUE_MAX)
		return err_set(e, ERR_LIMIT, "the field %.*s is too long",
			       FIELD_NAME_MAX, name);
	if (f->list_name && strcmp(f->list_name, name))
		return err_set(e, ERR_INPUT, "a request has one list, not %s and %s",
			       f->list_name, name);
	if (f->nlist == FIELDS_LIST_MAX)
		return err_set(e, ERR_LIMIT, "more than %d %s", FIELDS_LIST_MAX, name);
	f->list_name = name;
	f->list = arena_grow(f->arena, f->list, f->nlist, &f->cap_list, sizeof(*f->list));
	f->list[f->nlist++] = value;
	return 0;
}

/* "name[]" is an item of the list "name". */
static int add_form(struct fields *f, const char *name, const char *value,
		    struct err *e)
{
	size_t n = strlen(name);

	if (n < 3 || strcmp(name + n - 2, "[]"))
		return add(f, name, value, e);
	return add_item(f, arena_strndup(f->arena, name, n - 2), value, e);
}

static int hex(char c)
{
	return c >= '0' && c <= '9' ? c - '0' : c >= 'a' && c <= 'f' ? c - 'a' + 10 :
		c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* NULL when an escape is broken or a NUL is in it. */
static const char *decode(struct arena *a, struct slice s)
{
	char *out = arena_zalloc(a, s.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < s.n; i++) {
		int high, low;

		if (s.p[i] != '%') {
			out[n++] = s.p[i] == '+' ? ' ' : s.p[i];
		} else {
			high = i + 2 < s.n ? hex(s.p[i + 1]) : -1;
			low = high >= 0 ? hex(s.p[i + 2]) : -1;
			if (low < 0)
				return NULL;
			out[n++] = (char)(high << 4 | low);
			i += 2;
		}
		if (!out[n - 1])
			return NULL;
	}
	return out;
}

int fields_read_form(struct fields *f, struct slice text, struct err *e)
{
	while (text.n) {
		struct slice value = slice_cut(&text, '&');
		struct slice key = slice_cut(&value, '=');
		const char *name = decode(f->arena, key);
		const char *content = decode(f->arena, value);

		if (!key.n && !value.n)
			continue;
		if (!name || !content)
			return err_set(e, ERR_INPUT, "a field is not encoded as a form is");
		if (add_form(f, name, content, e))
			return -1;
	}
	return 0;
}

/* NULL: it is no text, or one with a NUL in it. */
static const char *text_of(struct arena *a, json_object *v)
{
	const char *text = json_object_is_type(v, json_type_string) ?
		json_object_get_string(v) : NULL;

	return text && strlen(text) == (size_t)json_object_get_string_len(v) ?
		arena_strdup(a, text) : NULL;
}

static int add_array(struct fields *f, const char *name, json_object *v,
		     struct err *e)
{
	if (!json_count(v) || strchr(name, '.'))
		return err_set(e, ERR_INPUT, "the list %.*s is empty, or within something",
			       FIELD_NAME_MAX, name);
	for (size_t i = 0; i < json_count(v); i++) {
		const char *text = text_of(f->arena, json_object_array_get_idx(v, i));

		if (!text)
			return err_set(e, ERR_INPUT, "the list %.*s is not one of texts",
				       FIELD_NAME_MAX, name);
		if (add_item(f, arena_strdup(f->arena, name), text, e))
			return -1;
	}
	return 0;
}

static int add_json(struct fields *f, const char *name, json_object *v,
		    struct err *e)
{
	const char *text;

	switch (json_object_get_type(v)) {
	case json_type_null:
		return 0;
	case json_type_array:
		return add_array(f, name, v, e);
	case json_type_string:
		text = text_of(f->arena, v);
		if (!text)
			break;
		return add(f, name, text, e);
	case json_type_int:
	case json_type_boolean:
		return add(f, name, arena_strdup(f->arena, json_object_get_string(v)), e);
	default:
		break;
	}
	return err_set(e, ERR_INPUT, "the field %.*s is not a text", FIELD_NAME_MAX,
		       name);
}

static int add_members(struct fields *f, const char *prefix, json_object *o,
		       struct err *e)
{
	json_object_object_foreach(o, key, v) {
		const char *name = arena_printf(f->arena, "%s%s", prefix, key);
		int rc;

		if (!*prefix && json_object_is_type(v, json_type_object))
			rc = add_members(f, arena_printf(f->arena, "%s.", key), v, e);
		else
			rc = add_json(f, name, v, e);
		if (rc)
			return -1;
	}
	return 0;
}

int fields_read_json(struct fields *f, struct slice text, struct err *e)
{
	json_object *o = json_read(text.p, text.n, "the request's body", e);
	int rc;

	if (!json_object_is_type(o, json_type_object)) {
		json_object_put(o);
		return err_set(e, ERR_INPUT, "the request's body is not one JSON object");
	}
	rc = add_members(f, "", o, e);
	json_object_put(o);
	return rc;
}

/* ---- checking ---------------------------------------------------------- */

static bool only(const char *s, size_t most, const char *extra)
{
	size_t n = 0;

	for (; s[n]; n++)
		if (!((s[n] >= 'a' && s[n] <= 'z') || (s[n] >= '0' && s[n] <= '9') ||
		      strchr(extra, s[n])))
			return false;
	return n > 0 && n <= most;
}

static bool is_line(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < ' ' || *s == 0x7f)
			return false;
	return true;
}

static bool is_any(const char *s)
{
	return *s != '\0';
}

static bool is_finding(const char *s)
{
	size_t n = strcspn(s, ":");
	char check[64];

	if (n >= sizeof(check) || !s[n] || !s[n + 1])
		return false;
	memcpy(check, s, n);
	check[n] = '\0';
	return only(check, sizeof(check), "_") && is_line(s);
}

static bool is_address(const char *s)
{
	struct ip ip;

	return ip_parse(&ip, s) && !ip_is_unspecified(&ip);
}

static const char *canonical(struct arena *a, const char *s)
{
	char text[IP_TEXT_MAX];
	struct ip ip;

	return ip_parse(&ip, s) ? arena_strdup(a, ip_text(text, &ip)) : s;
}

static bool is_mail(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "0123456789!#$%&'*+/=?^_{|}~.-");

	return n > 0 && n <= 64 && s[n] == '@' && text_is_domain(s + n + 1);
}

static bool is_login(const char *s)
{
	return text_is_account(s) || is_mail(s);
}

static bool is_change(const char *s)
{
	return only(s, 31, "-");
}

static bool is_word(const char *s)
{
	return only(s, 64, "_");
}

static bool is_path(const char *s)
{
	return only(s, 64, "_/");
}

static bool is_severity(const char *s)
{
	for (int i = SEV_CRITICAL; i <= SEV_INFO; i++)
		if (!strcmp(s, severity_name((enum severity)i)))
			return true;
	return false;
}

static bool is_number(const char *s)
{
	uint64_t v;

	return slice_uint(slice_of(s), 1000000, &v) && v > 0;
}

static bool is_flag(const char *s)
{
	return !strcmp(s, "true") || !strcmp(s, "false");
}

static bool is_digest(const char *s)
{
	return strlen(s) == 64 && strspn(s, "0123456789abcdef") == 64;
}

static bool is_nonce(const char *s)
{
	return strspn(s, "0123456789abcdef.") == strlen(s) && strlen(s) < 128;
}

static bool is_key(const char *s)
{
	size_t n = strspn(s, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
			  "0123456789._:-");

	return n > 0 && n <= 128 && !s[n];
}

static const struct {
	bool (*holds)(const char *s);
	const char *what;
} types[NFIELD_TYPES] = {
	[FIELD_DOMAIN] = { text_is_domain, "a domain name such as example.com" },
	[FIELD_ADDRESS] = { is_address, "one IP address, such as 192.0.2.1 or 2001:db8::1, without a network's length and without an interface" },
	[FIELD_MAILBOX] = { text_is_mailbox, "what stands before the @ of a mailbox, in lower case" },
	[FIELD_MAIL] = { is_mail, "a mail address such as name@example.com, without quotes and blanks" },
	[FIELD_LOGIN] = { is_login, "a login: a mail address or an account" },
	[FIELD_ACCOUNT] = { text_is_account, "the name of an account" },
	[FIELD_FINDING] = { is_finding, "a finding such as check:example.com" },
	[FIELD_CHANGE] = { is_change, "the id of a change" },
	[FIELD_WORD] = { is_word, "a word of letters, digits and _" },
	[FIELD_PATH] = { is_path, "a name such as v1/status" },
	[FIELD_SEVERITY] = { is_severity, "one of critical, warning, unknown, info" },
	[FIELD_NUMBER] = { is_number, "a number from 1" },
	[FIELD_FLAG] = { is_flag, "true or false" },
	[FIELD_DIGEST] = { is_digest, "a digest of 64 hex digits" },
	[FIELD_NONCE] = { is_nonce, "a form's nonce" },
	[FIELD_KEY] = { is_key, "at most 128 letters, digits, dots, colons, - and _" },
	[FIELD_TEXT] = { is_line, "one line of text" },
	[FIELD_LONG] = { is_any, "a text" },
	[FIELD_FINDINGS] = { is_finding, "a list of findings such as check:example.com" },
	[FIELD_PARAM] = { is_line, "one line of text" },
};

static const struct field *row_of(const struct field *table, const char *name)
{
	for (; table->name; table++) {
		size_t n = strlen(table->name);

		if (table->type == FIELD_PARAM ?
		    !strncmp(name, table->name, n) && only(name + n, 31, "_") :
		    !strcmp(name, table->name))
			return table;
	}
	return NULL;
}

static bool came(const struct fields *f, const struct field *row)
{
	return row->type == FIELD_FINDINGS ? f->nlist > 0 :
		fields_get(f, row->name) != NULL;
}

/* The list is the table's, and each of it of its type. */
static int check_list(struct fields *f, const struct field *table,
		      enum fields_others others, struct err *e)
{
	const struct field *row = f->list_name ? row_of(table, f->list_name) : NULL;

	if (row && row->type != FIELD_FINDINGS)
		row = NULL;
	if (f->list_name && !row && others == FIELDS_OTHERS_REFUSED)
		return err_set(e, ERR_INPUT, "there is no list %s here", f->list_name);
	if (!row)
		f->nlist = 0;
	for (size_t i = 0; i < f->nlist; i++)
		if (!types[row->type].holds(f->list[i]))
			return err_set(e, ERR_INPUT, "%.100s in %s is not %s", f->list[i],
				       f->list_name, "a finding such as check:example.com");
	return 0;
}

static int check_required(const struct fields *f, const struct field *table,
			  struct err *e)
{
	for (; table->name; table++)
		if (table->required && !came(f, table))
			return err_set(e, ERR_INPUT, "the field %s is missing: %s",
				       table->name, types[table->type].what);
	return 0;
}

int fields_check(struct fields *f, const struct field *table,
		 enum fields_others others, struct err *e)
{
	size_t kept = 0;

	for (size_t i = 0; i < f->n; i++) {
		const char *name = f->pair[i].name, *value = f->pair[i].value;
		const struct field *row = row_of(table, name);

		if (row && row->type == FIELD_FINDINGS)
			return err_set(e, ERR_INPUT, "%s is a list", name);
		if (!row && others == FIELDS_OTHERS_REFUSED)
			return err_set(e, ERR_INPUT, "there is no field %s here", name);
		if (!row || !*value)
			continue;
		if (!types[row->type].holds(value))
			return err_set(e, ERR_INPUT, "%s is not %s", name,
				       types[row->type].what);
		if (row->type == FIELD_DOMAIN)
			value = text_lower(arena_strdup(f->arena, value));
		if (row->type == FIELD_ADDRESS)
			value = canonical(f->arena, value);
		f->pair[kept].name = name;
		f->pair[kept++].value = value;
	}
	f->n = kept;
	return check_list(f, table, others, e) || check_required(f, table, e) ? -1 : 0;
}

int fields_take(struct fields *f, const struct field *row, const char **value,
		struct err *e)
{
	*value = NULL;
	for (size_t i = 0; i < f->n && !*value; i++)
		if (!strcmp(f->pair[i].name, row->name)) {
			*value = f->pair[i].value;
			f->pair[i] = f->pair[--f->n];
		}
	if (!*value || types[row->type].holds(*value))
		return 0;
	return err_set(e, ERR_INPUT, "%s is not %s", row->name, types[row->type].what);
}

/* ---- using ------------------------------------------------------------- */

const char *fields_get(const struct fields *f, const char *name)
{
	for (size_t i = 0; i < f->n; i++)
		if (!strcmp(f->pair[i].name, name))
			return f->pair[i].value;
	return NULL;
}

bool fields_flag(const struct fields *f, const char *name)
{
	const char *s = fields_get(f, name);

	return s && !strcmp(s, "true");
}

long fields_number(const struct fields *f, const char *name, long otherwise)
{
	const char *s = fields_get(f, name);

	return s ? strtol(s, NULL, 10) : otherwise;
}

json_object *fields_list(const struct fields *f)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < f->nlist; i++)
		json_object_array_add(list, json_new_text(f->list[i]));
	return list;
}

json_object *fields_under(const struct fields *f, const char *prefix)
{
	json_object *o = json_object_new_object();
	size_t n = strlen(prefix);

	for (size_t i = 0; i < f->n; i++)
		if (!strncmp(f->pair[i].name, prefix, n))
			json_put_text(o, f->pair[i].name + n, f->pair[i].value);
	return o;
}
