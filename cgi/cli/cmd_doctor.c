#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/paths.h"
#include "cli/command.h"
#include "cli/installation.h"
#include "render/text_words.h"

static int run(int argc, char **argv);

const struct command_word command_doctor = {
	.name = "doctor",
	.usage = "[--json]",
	.help = "this installation itself: is all in place, and what mends it",
	.about = "Exit status: 0 all is in place; 1 something is not; 3 nothing is seen to be wrong,\n"
		 "but something could not be told.\n",
	.run = run,
};

const char *fit_name(enum fit fit)
{
	static const char *const names[] = { "ok", "wrong", "unknown" };

	return names[fit];
}

void installation_row(struct installation *in, const char *part, enum fit fit,
		      const char *subject, const char *how, const char *mend,
		      const char *fmt, ...)
{
	json_object *row = json_object_new_object();
	char text[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	json_put_text(row, "part", part);
	json_put_text(row, "state", fit_name(fit));
	json_put_text(row, "subject", subject);
	json_put_text(row, "text", text);
	json_put_text(row, "how", how);
	json_put_text(row, "mend", mend);
	json_object_array_add(in->rows, row);
	in->wrong += fit == FIT_WRONG;
	in->unknown += fit == FIT_UNKNOWN;
}

static void print(const struct installation *in)
{
	for (size_t i = 0; i < json_count(in->rows); i++) {
		json_object *row = json_object_array_get_idx(in->rows, i);

		text_say(stdout, "%-8s %s %s: %s (%s)", text_word(row, "state"),
			 text_word(row, "part"), text_word(row, "subject"),
			 text_word(row, "text"), text_word(row, "how"));
		putchar('\n');
		text_line(stdout, "         to mend it: ", json_text(row, "mend"));
	}
	printf("%zu in place, %zu wrong, %zu not known\n",
	       json_count(in->rows) - in->wrong - in->unknown, in->wrong, in->unknown);
}

static json_object *told(const struct installation *in)
{
	json_object *o = json_object_new_object();

	json_put_text(o, "schema", "relaydoctor/1");
	json_put_number(o, "wrong", (int64_t)in->wrong);
	json_put_number(o, "unknown", (int64_t)in->unknown);
	json_object_object_add(o, "installation", in->rows);
	return o;
}

static int run(int argc, char **argv)
{
	struct installation in = { .rows = json_object_new_array() };
	bool json = argc == 2 && !strcmp(argv[1], "--json");
	struct err e;

	if (argc > 1 && !json) {
		json_object_put(in.rows);
		return usage_error(&command_doctor, "it takes no words");
	}
	if (geteuid()) {
		json_object_put(in.rows);
		err_set(&e, ERR_UNAVAILABLE, "the installation can be looked at by root alone");
		return failed(&e);
	}
	if (installation_is_absent()) {
		installation_row(&in, "program", FIT_WRONG, "Relay Doctor",
				 PATH_LIBEXEC ", " PATH_CLI,
				 "./install.sh --install on a cPanel & WHM server; "
				 "./install.sh --demo shows it on any other machine",
				 "is not installed on this machine");
	} else {
		installation_files(&in);
		installation_panel(&in);
	}
	if (json) {
		print_json(told(&in));
	} else {
		print(&in);
		json_object_put(in.rows);
	}
	return in.wrong ? EXIT_FOUND : in.unknown ? EXIT_BLIND : EXIT_FINE;
}
