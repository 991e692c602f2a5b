#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "cli/progress.h"
#include "render/text.h"

#define BAR_WIDTH 30
#define ERASE_LINE "\r\033[K"

bool progress_is_watched(void)
{
	const char *term = getenv("TERM");

	return isatty(STDERR_FILENO) && term && *term && strcmp(term, "dumb");
}

struct progress progress_begin(void)
{
	return (struct progress){ .bar = progress_is_watched() };
}

void progress_end(struct progress *p)
{
	if (p->drawn)
		fputs(ERASE_LINE, stderr);
	p->drawn = false;
}

/* The findings of the first look that has any, afterwards how many there are. */
static void say_found(struct progress *p, json_object *o)
{
	json_object *list = json_member(o, "findings");

	if (!json_count(list))
		return;
	progress_end(p);
	fprintf(stderr, "so far %lld critical, %lld warnings (preliminary: not all was asked yet)\n",
		(long long)json_number(o, "critical", 0),
		(long long)json_number(o, "warning", 0));
	for (size_t i = 0; i < json_count(list) && !p->told; i++)
		text_first_finding(stderr, json_object_array_get_idx(list, i));
	p->told = true;
}

static void draw(struct progress *p, const char *phase, int64_t done, int64_t total)
{
	int filled = total > 0 && done >= 0 && done <= total ?
		(int)((double)done / (double)total * BAR_WIDTH) : 0;

	fputs(ERASE_LINE, stderr);
	fprintf(stderr, "%-8s [", phase);
	for (int i = 0; i < BAR_WIDTH; i++)
		putc(i < filled ? '#' : ' ', stderr);
	putc(']', stderr);
	if (total)
		fprintf(stderr, " %lld of %lld", (long long)done, (long long)total);
	p->drawn = true;
}

void progress_say(void *ctx, json_object *o)
{
	int64_t done = json_number(o, "done", 0), total = json_number(o, "total", 0);
	const char *phase = json_text(o, "phase");
	struct progress *p = ctx;

	if (!phase)
		return;
	say_found(p, o);
	if (json_member(o, "findings"))
		return;
	if (p->bar)
		draw(p, phase, done, total);
	else if (total)
		fprintf(stderr, "%s: %lld of %lld\n", phase, (long long)done, (long long)total);
	else
		fprintf(stderr, "%s\n", phase);
}
