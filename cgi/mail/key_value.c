#include <string.h>

#include "mail/key_value.h"

static bool take_key(struct key_value_pair *out, struct slice key)
{
	while (key.n && key.p[key.n - 1] == '.')
		key.n--;
	out->raw = key;
	out->is_domain = text_take_domain(out->key, KEY_TEXT_MAX, key);
	if (out->is_domain)
		return true;	/* what nearly every key is */
	if (!key.n || key.n >= KEY_TEXT_MAX || memchr(key.p, '\0', key.n))
		return false;
	memcpy(out->key, key.p, key.n);
	out->key[key.n] = '\0';
	text_lower(out->key);
	return true;
}

void key_value_init(struct key_value *k, struct slice text)
{
	k->rest = text;
	k->line = 0;
	if (slice_starts(k->rest, "\xef\xbb\xbf")) {
		k->rest.p += 3;
		k->rest.n -= 3;
	}
}

bool key_value_next(struct key_value *k, struct key_value_pair *out)
{
	struct slice line;

	while (slice_line(&k->rest, &line)) {
		struct slice value = line, before = slice_cut(&value, ':');
		struct slice key = slice_trim(before);

		k->line++;
		if (before.n == line.n || slice_starts(key, "#") || !take_key(out, key))
			continue;
		out->line = k->line;
		out->value = slice_trim(value);
		return true;
	}
	return false;
}
