#include <stdarg.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/command.h"

const struct command_word *const all_commands[] = {
	&command_scan, &command_show, &command_fix, &command_undo,
	&command_history, &command_explain, &command_log, &command_probe,
	&command_checks, &command_fixes, &command_record, &command_metrics,
	&command_doctor, &command_scan_service, NULL,
};

int usage_error(const struct command_word *c, const char *fmt, ...)
{
	char text[512], clean[1024];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	fprintf(stderr, "relaydoctor %s: %s\nusage: relaydoctor %s %s\n", c->name,
		text_printable(clean, sizeof(clean), text), c->name, c->usage);
	return EXIT_USAGE;
}

int failed(const struct err *e)
{
	char clean[2048];

	fprintf(stderr, "relaydoctor: %s\n",
		text_printable(clean, sizeof(clean), e->text));
	return e->code == ERR_INPUT || e->code == ERR_NOT_FOUND ? EXIT_USAGE :
		e->code == ERR_UNAVAILABLE ? EXIT_BLIND : EXIT_FOUND;
}

void print_json(json_object *o)
{
	puts(json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN |
					    JSON_C_TO_STRING_NOSLASHESCAPE));
	json_object_put(o);
}
