#include <string.h>
#include <strings.h>

#include "mail/exim_list.h"

/* Named lists that one may lead to; of more than these nothing is known. */
#define LISTS_MAX 64

/* The text after "= " on the line "domainlist NAME = …" or "NAME = …". */
static bool find_line(struct slice bp, const char *kind, const char *name,
		      struct slice *value)
{
	struct slice line;

	while (slice_line(&bp, &line)) {
		struct slice left = slice_cut(&line, '=');

		left = slice_trim(left);
		if (kind) {
			if (!slice_starts(left, kind))
				continue;
			left.p += strlen(kind);
			left.n -= strlen(kind);
			left = slice_trim(left);
		}
		if (!slice_eq(left, name))
			continue;
		*value = slice_trim(line);
		return !slice_starts(*value, "<value not displayable>");
	}
	return false;
}

const char *exim_list_definition(struct slice bp, const char *name,
				 struct arena *a)
{
	struct slice value;

	return find_line(bp, "domainlist ", name, &value) ?
		arena_strndup(a, value.p, value.n) : NULL;
}

const char *exim_option(struct slice bp, const char *name, struct arena *a)
{
	struct slice value;

	return find_line(bp, NULL, name, &value) ?
		arena_strndup(a, value.p, value.n) : NULL;
}

/* A separator inside ${…} braces belongs to the expansion. */
struct slice exim_list_item(struct slice *rest, char separator)
{
	struct slice item = *rest;
	size_t i, depth = 0;

	for (i = 0; i < rest->n; i++) {
		char c = rest->p[i];

		if (c == '{' && (depth || (i && rest->p[i - 1] == '$')))
			depth++;
		else if (c == '}' && depth)
			depth--;
		else if (c == separator && !depth) {
			if (i + 1 < rest->n && rest->p[i + 1] == separator)
				i++;
			else
				break;
		}
	}
	item.n = i;
	i += i < rest->n;
	rest->p += i;
	rest->n -= i;
	return slice_trim(item);
}

char exim_list_separator(struct slice *list)
{
	struct slice s = slice_trim(*list);
	char c;

	if (!slice_starts(s, "<"))
		return ':';
	s.p++, s.n--;
	s = slice_trim(s);
	if (!s.n || (c = *s.p, strchr(";,|/ \t", c) == NULL && c > ' '))
		return ':';
	list->p = s.p + 1;
	list->n = s.n - 1;
	return *s.p;
}

static bool is_file(struct slice path, enum list_id *out)
{
	for (int l = 0; l < NLISTS; l++)
		if (slice_eq(path, list_path((enum list_id)l))) {
			*out = (enum list_id)l;
			return true;
		}
	return false;
}

enum lookup { LOOKUP_NONE, LOOKUP_EXACT, LOOKUP_LOOSE };

/* "lsearch", "partial3-lsearch*@", "wildlsearch,ret=key" … */
static enum lookup lookup_type(struct slice type)
{
	bool partial = slice_starts(type, "partial");
	struct slice name = slice_cut(&type, ',');

	if (partial)
		slice_cut(&name, '-');
	name = slice_trim(name);
	if (slice_eq(name, "lsearch"))
		return partial ? LOOKUP_LOOSE : LOOKUP_EXACT;
	if (slice_eq(name, "wildlsearch") || slice_eq(name, "nwildlsearch") ||
	    slice_eq(name, "lsearch*") || slice_eq(name, "lsearch*@"))
		return LOOKUP_LOOSE;
	return LOOKUP_NONE;
}

static void note(struct exim_reads *out, enum lookup type, struct slice path)
{
	enum list_id l;

	if (type == LOOKUP_NONE || !is_file(path, &l))
		return;
	out->reads[l] = true;
	if (type == LOOKUP_LOOSE)
		out->loose[l] = true;
}

/*
 * ${lookup{$domain}lsearch{/etc/localdomains}{$value}}: what it yields is one
 * more list item, the domain itself only when the result is written so.
 * Anything else inside ${…} is not followed.
 */
static void expansion(struct slice item, struct exim_reads *out)
{
	struct slice key, type, path, yield;

	item.p += strlen("${lookup");
	item.n -= strlen("${lookup");
	item = slice_trim(item);
	if (!slice_starts(item, "{"))
		return;
	slice_cut(&item, '{');
	key = slice_trim(slice_cut(&item, '}'));
	type = slice_trim(slice_cut(&item, '{'));
	path = slice_trim(slice_cut(&item, '}'));
	item = slice_trim(item);
	slice_cut(&item, '{');
	yield = slice_trim(slice_cut(&item, '}'));
	if (slice_eq(key, "$domain") && slice_eq(yield, "$domain"))
		note(out, lookup_type(type), path);
}

struct reading {
	struct slice bp;
	struct exim_reads *out;
	/* The lists that were begun: once more they would say the same. */
	const char *begun[LISTS_MAX];
	size_t nbegun;
};

static void list_reads(struct reading *r, struct slice list);

static bool begin(struct reading *r, const char *list)
{
	for (size_t i = 0; i < r->nbegun; i++)
		if (r->begun[i] == list)
			return false;
	if (r->nbegun == LISTS_MAX)
		return false;
	r->begun[r->nbegun++] = list;
	return true;
}

static void nested(struct reading *r, struct slice name)
{
	char text[128];
	struct slice list;

	if (!name.n || name.n >= sizeof(text))
		return;
	memcpy(text, name.p, name.n);
	text[name.n] = '\0';
	if (find_line(r->bp, "domainlist ", text, &list) && begin(r, list.p))
		list_reads(r, list);
}

static bool is_host(struct slice bp, struct slice item)
{
	struct slice name;

	return slice_eq(item, "@") || slice_eq(item, "$primary_hostname") ||
		slice_eq(item, "${primary_hostname}") ||
		(find_line(bp, NULL, "primary_hostname", &name) && item.n &&
		 name.n == item.n && !strncasecmp(name.p, item.p, item.n));
}

static void item_reads(struct reading *r, struct slice item)
{
	struct exim_reads *out = r->out;
	struct slice type;

	if (slice_starts(item, "+")) {
		item.p++, item.n--;
		nested(r, item);
	} else if (is_host(r->bp, item)) {
		out->names_host = true;
	} else if (slice_starts(item, "*") || slice_starts(item, "^")) {
		if (!out->wild.n)
			out->wild = item;
	} else if (slice_starts(item, "${lookup")) {
		expansion(item, out);
	} else if (slice_starts(item, "/")) {
		note(out, LOOKUP_LOOSE, item);	/* its lines are items */
	} else {
		type = slice_cut(&item, ';');
		item = slice_trim(item);
		if (slice_starts(item, ";"))	/* doubled: ';' separates */
			item.p++, item.n--;
		note(out, lookup_type(slice_trim(type)), slice_trim(item));
	}
}

/* Items are tried in order: what a negated one names is out before a later
 * item is asked, so such a file is not one that the list reads. */
static void list_reads(struct reading *r, struct slice list)
{
	char separator = exim_list_separator(&list);

	while (list.n) {
		struct slice item = exim_list_item(&list, separator);

		if (slice_starts(item, "!"))
			continue;
		item_reads(r, item);
	}
}

void exim_list_reads(struct slice bp, const char *name, struct exim_reads *out)
{
	struct reading r = { .bp = bp, .out = out };

	memset(out, 0, sizeof(*out));
	nested(&r, slice_of(name));
}

/* The word that follows `before` on the first line that starts with it. */
static const char *word_after(struct slice text, const char *before,
			      struct arena *a)
{
	struct slice line, word;

	while (slice_line(&text, &line)) {
		if (!slice_starts(line, before))
			continue;
		line.p += strlen(before);
		line.n -= strlen(before);
		line = slice_trim(line);
		word = slice_cut(&line, ' ');
		return word.n ? arena_strndup(a, word.p, word.n) : NULL;
	}
	return NULL;
}

const char *exim_version(struct slice bv, struct arena *a)
{
	return word_after(bv, "Exim version ", a);
}

const char *exim_config_file(struct slice bv, struct arena *a)
{
	return word_after(bv, "Configuration file is ", a);
}
