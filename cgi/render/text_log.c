#include <inttypes.h>

#include "base/json.h"
#include "render/text.h"
#include "render/text_words.h"

static void counted(FILE *out, json_object *list, const char *key)
{
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *o = json_object_array_get_idx(list, i);
		int64_t n = json_number(o, "count", 0), most = json_number(o, "at_most", n);

		text_say(out, "%10" PRId64 "  %s", n, text_word(o, key));
		if (most > n)
			fprintf(out, "  (or up to %" PRId64 ")", most);
		putc('\n', out);
	}
}

static void list_names(FILE *out, const char *title, json_object *kind)
{
	json_object *list = json_member(kind, "names");
	int64_t others = json_number(kind, "others", 0);

	if (!json_count(list))
		return;
	fprintf(out, "\n%s\n", title);
	counted(out, list, "name");
	if (json_flag(kind, "exact") != 1)
		fputs("            and more than could be told apart; rare ones are missing\n", out);
	else if (others)
		fprintf(out, "            and %" PRId64 " more\n", others);
}

void text_log_summary(FILE *out, json_object *o)
{
	json_object *probes = json_member(o, "probes");

	text_say(out, "%" PRId64 " lines, %s to %s", json_number(o, "lines", 0),
	    text_word(o, "from"), text_word(o, "to"));
	if (json_number(o, "old", 0))
		fprintf(out, ", %" PRId64 " older ones passed over",
			json_number(o, "old", 0));
	fputs("\n\nCauses\n", out);
	counted(out, json_member(o, "classes"), "class");
	list_names(out, "Domains that causes are about", json_member(o, "domains"));
	list_names(out, "Clients", json_member(o, "clients"));
	list_names(out, "Accounts", json_member(o, "accounts"));
	fprintf(out, "\nProbes: %" PRId64 " refusals (relaying, wrong logins) to %s%" PRId64
		" networks that nobody logged in from; the server is right to refuse them.\n",
		json_number(probes, "refusals", 0),
		json_flag(probes, "more") == 1 ? "more than " : "",
		json_number(probes, "networks", 0));
}

void text_rejections(FILE *out, json_object *o)
{
	json_object *days = json_member(o, "days");

	if (!o)
		return;
	text_say(out, "Refused or failed about it by the log, %s to %s", text_word(o, "from"),
		 text_word(o, "to"));
	putc('\n', out);
	if (!json_number(o, "count", 0))
		fputs("  nothing\n", out);
	for (size_t i = 0; i < json_count(days); i++) {
		json_object *day = json_object_array_get_idx(days, i);
		json_object *list = json_member(day, "classes");

		if (!json_count(list))
			continue;
		text_say(out, "  %s %7" PRId64, text_word(day, "day"), json_number(day, "count", 0));
		for (size_t j = 0; j < json_count(list); j++) {
			json_object *c = json_object_array_get_idx(list, j);

			text_say(out, "%s%s (%" PRId64 ")", j ? "; " : "  ", text_word(c, "title"),
				 json_number(c, "count", 0));
		}
		putc('\n', out);
	}
}
