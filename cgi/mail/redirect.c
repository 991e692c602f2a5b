#include <string.h>
#include <strings.h>

#include "mail/cursor.h"
#include "mail/redirect.h"

static const struct {
	const char *word;
	enum forward_kind kind;
	bool to_the_end;
} words[] = {
	{ ":fail:", FORWARD_REFUSE, true }, { ":defer:", FORWARD_DEFER, true },
	{ ":blackhole:", FORWARD_DISCARD, false }, { ":include:", FORWARD_ODD, false },
	{ ":unknown:", FORWARD_ODD, false },
};

/* Where an item would begin, '#' makes the rest of the line a comment. */
static struct slice skip_separators(struct slice s)
{
	while (s.n && (*s.p == ',' || *s.p == ' ' || (*s.p >= '\t' && *s.p <= '\r') ||
		       *s.p == '#'))
		if (*s.p == '#')
			slice_cut(&s, '\n');
		else
			s = cursor_drop(s, 1);
	return s;
}

/* Up to the next comma that stands in no quotes. */
static struct slice cut_item(struct slice *rest)
{
	struct slice item = { rest->p, 0 };
	bool inside = false;

	while (item.n < rest->n && (inside || rest->p[item.n] != ',')) {
		if (rest->p[item.n] == '"')
			inside = !inside;
		else if (rest->p[item.n] == '\\' && item.n + 1 < rest->n)
			item.n++;
		item.n++;
	}
	*rest = cursor_drop(*rest, item.n);
	return slice_trim(item);
}

static bool is_quoted(struct slice s)
{
	return s.n >= 2 && *s.p == '"' && s.p[s.n - 1] == '"';
}

static struct slice without_quotes(struct slice s)
{
	return is_quoted(s) ? slice_trim((struct slice){ s.p + 1, s.n - 2 }) : s;
}

bool redirect_address(char out[ADDRESS_TEXT_MAX], struct slice s)
{
	const char *at = s.n ? memrchr(s.p, '@', s.n) : NULL;
	size_t local = at ? (size_t)(at - s.p) : 0;

	out[0] = '\0';
	if (local < 1 || local > 64)
		return false;
	for (size_t i = 0; i < local; i++)
		if (s.p[i] <= ' ' || s.p[i] >= 127 || s.p[i] == ',' || s.p[i] == '"')
			return false;
	if (!text_take_domain(out + local + 1, ADDRESS_TEXT_MAX - local - 1,
			      cursor_drop(s, local + 1))) {
		out[0] = '\0';
		return false;
	}
	memcpy(out, s.p, local + 1);
	out[local] = '\0';
	text_lower(out);
	out[local] = '@';
	return true;
}

/* "Name <a@b>": what stands between the brackets. */
static struct slice bare(struct slice s)
{
	const char *open = s.n && s.p[s.n - 1] == '>' ? memrchr(s.p, '<', s.n) : NULL;

	if (!open)
		return s;
	return (struct slice){ open + 1, (size_t)(s.p + s.n - open) - 2 };
}

static bool is_name(struct slice s)
{
	char name[33];

	cursor_take(&s, "\\");
	if (!s.n || s.n >= sizeof(name))
		return false;
	memcpy(name, s.p, s.n);
	name[s.n] = '\0';
	return text_is_account(text_lower(name));
}

static enum forward_kind plain_kind(struct slice s, char address[ADDRESS_TEXT_MAX])
{
	if (s.n && *s.p == '|')
		return FORWARD_PIPE;
	if (slice_eq(s, "/dev/null"))
		return FORWARD_DISCARD;
	if (s.n && *s.p == '/')
		return FORWARD_FILE;
	if (redirect_address(address, bare(s)))
		return FORWARD_ADDRESS;
	return is_name(s) ? FORWARD_ACCOUNT : FORWARD_ODD;
}

bool redirect_next(struct slice *rest, struct redirect_item *out)
{
	struct slice all = skip_separators(*rest), inner;

	memset(out, 0, sizeof(*out));
	*rest = all;
	if (!all.n)
		return false;
	inner = *all.p == '"' ? slice_trim(cursor_drop(all, 1)) : all;
	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++) {
		if (inner.n < strlen(words[i].word) ||
		    strncasecmp(inner.p, words[i].word, strlen(words[i].word)))
			continue;
		out->kind = words[i].kind;
		if (words[i].to_the_end)
			rest->n = 0;
		out->text = without_quotes(words[i].to_the_end ? slice_trim(all) :
					   cut_item(rest));
		return true;
	}
	out->text = without_quotes(cut_item(rest));
	out->kind = plain_kind(out->text, out->address);
	return true;
}
