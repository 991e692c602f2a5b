#include <string.h>

#include "mail/cursor.h"
#include "mail/home_file.h"

static bool ends_in(const char *name, const char *end)
{
	size_t n = strlen(name), k = strlen(end);

	return n >= k && !strcmp(name + n - k, end);
}

static enum home_language language_of(const char *name, struct slice text)
{
	if (ends_in(name, ".sieve"))
		return HOME_SIEVE;
	if (filter_is_headed(text, FILTER_HEAD))
		return HOME_FILTER;
	return filter_is_headed(text, "Sieve filter") ? HOME_SIEVE : HOME_ADDRESSES;
}

void home_file_init(struct home_file *h, const char *name, struct slice text)
{
	*h = (struct home_file){ .language = language_of(name, text), .rest = text };
	mail_filter_init(&h->filter, text, 0);
	sieve_init(&h->sieve, text);
}

static bool next_filtered(struct home_file *h, struct home_command *out)
{
	static const enum forward_kind kinds[] = {
		[FILTER_DELIVER] = FORWARD_ADDRESS, [FILTER_SAVE] = FORWARD_FILE,
		[FILTER_PIPE] = FORWARD_PIPE, [FILTER_FAIL] = FORWARD_REFUSE,
		[FILTER_DISCARD] = FORWARD_DISCARD, [FILTER_ANSWER] = FORWARD_ODD,
	};
	struct filter_command x;

	if (!mail_filter_next(&h->filter, &x))
		return false;
	out->kind = kinds[x.verb];
	out->line = x.line;
	out->text = x.text;
	out->conditional = x.conditional;
	out->copy = x.unseen;
	out->answers = x.verb == FILTER_ANSWER;
	memcpy(out->address, x.address, sizeof(out->address));
	return true;
}

static bool next_scripted(struct home_file *h, struct home_command *out)
{
	static const enum forward_kind kinds[] = {
		[SIEVE_REDIRECT] = FORWARD_ADDRESS, [SIEVE_FILEINTO] = FORWARD_FILE,
		[SIEVE_KEEP] = FORWARD_FILE, [SIEVE_DISCARD] = FORWARD_DISCARD,
		[SIEVE_REJECT] = FORWARD_REFUSE, [SIEVE_VACATION] = FORWARD_ODD,
		[SIEVE_INCLUDE] = FORWARD_ODD,
	};
	struct sieve_command x;

	if (!sieve_next(&h->sieve, &x))
		return false;
	out->kind = kinds[x.action];
	out->line = x.line;
	out->text = x.text;
	out->conditional = x.conditional;
	/* A vacation leaves the message where it goes, and so may what is included. */
	out->answers = x.action == SIEVE_VACATION;
	out->copy = x.copy || out->answers || x.action == SIEVE_INCLUDE;
	memcpy(out->address, x.address, sizeof(out->address));
	return true;
}

/* A comma or the end of a line ends an item; '#' begins a comment. */
static bool next_listed(struct home_file *h, struct home_command *out)
{
	struct redirect_item x;

	while (!redirect_next(&h->line, &x))
		if (!slice_line(&h->rest, &h->line))
			return false;
		else
			h->at++;
	out->kind = x.kind;
	out->line = h->at;
	out->text = x.text;
	memcpy(out->address, x.address, sizeof(out->address));
	return true;
}

bool home_file_next(struct home_file *h, struct home_command *out)
{
	static bool (*const next[])(struct home_file *, struct home_command *) = {
		[HOME_FILTER] = next_filtered, [HOME_SIEVE] = next_scripted,
		[HOME_ADDRESSES] = next_listed,
	};

	memset(out, 0, sizeof(*out));
	if (!next[h->language](h, out))
		return false;
	if (out->kind == FORWARD_ADDRESS && !*out->address)
		out->kind = FORWARD_ODD;
	return true;
}
