#include <string.h>

#include "base/json.h"
#include "render/text.h"
#include "render/text_words.h"

static void decided(FILE *out, json_object *d)
{
	if (!d)
		return;
	text_say(out, "    decided by: \"%s\" in %s line %lld (%s)", text_word(d, "verb"),
		 text_word(d, "file"), (long long)json_number(d, "line", 0),
		 text_word(d, "acl"));
	putc('\n', out);
	text_member(out, "    it asks: ", d, "asks");
	text_member(out, "    the client is in: ", d, "list");
}

static const char *because(json_object *r)
{
	static const struct {
		const char *word, *text;
	} says[] = {
		{ "login", ", because the client has logged in" },
		{ "address", ", because of the client's address" },
		{ "domain", ", because the domain is one of this server's" },
	};

	for (size_t i = 0; i < sizeof(says) / sizeof(*says); i++)
		if (!strcmp(text_word(r, "because"), says[i].word))
			return says[i].text;
	return "";
}

static void recipient(FILE *out, json_object *r)
{
	text_say(out, "%s: %s%s", text_word(r, "address"), text_word(r, "verdict"),
		 because(r));
	putc('\n', out);
	text_say(out, "    reply to %s: %lld", text_word(r, "stage"),
		 (long long)json_number(r, "code", 0));
	putc('\n', out);
	text_lines(out, "        ", text_word(r, "reply"));
	decided(out, json_member(r, "decided_by"));
}

void text_relay(FILE *out, json_object *o)
{
	json_object *list = json_member(o, "recipients"), *limits = json_member(o, "limits");
	const char *user = json_text(o, "user");

	text_say(out, "From %s to port %lld of %s, %s%s:", text_word(o, "client"),
		 (long long)json_number(o, "port", 0), text_word(o, "server"),
		 user ? "logged in as " : "not logged in", user ? user : "");
	putc('\n', out);
	for (size_t i = 0; i < json_count(list); i++)
		recipient(out, json_object_array_get_idx(list, i));
	for (size_t i = 0; i < json_count(limits); i++)
		text_member(out, "Limit: ", json_object_array_get_idx(limits, i), "text");
	text_member(out, "", o, "never");
}
