#include "base/json.h"
#include "render/text_words.h"

void text_setup(FILE *out, json_object *o)
{
	json_object *missing = json_member(o, "missing");

	if (!o)
		return;
	putc('\n', out);
	text_say(out, "Mail program for %s, by what this server's ports offer:",
		 text_word(o, "user"));
	putc('\n', out);
	text_lines(out, "  ", text_word(o, "sheet"));
	text_each(out, "  Not offered: ", missing);
	text_line(out, "  ", "Seen from the server itself: a firewall before it may keep clients away all the same.");
}
