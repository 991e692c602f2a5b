#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/log.h"
#include "base/paths.h"
#include "base/percent.h"
#include "priv/audit.h"
#include "priv/place.h"

int audit_open(struct err *e)
{
	int dir = place_open(PATH_LOG, 0750, e);

	if (dir < 0)
		return -1;
	close(dir);
	return place_file(PATH_LOG "/audit.log", O_WRONLY | O_APPEND, e);
}

struct pair {
	const char *key, *value;
};

/* "key=value " pairs; false when the line is full. */
static bool put(char *line, size_t size, size_t *n, const struct pair *p)
{
	int w = snprintf(line + *n, size - *n, "%s%s=", *n ? " " : "", p->key);

	if (w < 0 || (size_t)w >= size - *n)
		return false;
	*n += (size_t)w;
	if (!percent_encode(line + *n, size - *n, p->value))
		return false;
	*n += strlen(line + *n);
	return true;
}

static void time_text(char out[32])
{
	time_t now = time(NULL);
	struct tm tm;

	*out = '\0';
	if (gmtime_r(&now, &tm))
		strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &tm);
}

void audit_write(int audit, const char *act, const struct caller *c,
		 const struct entry *x)
{
	char line[ENTRY_LINE_MAX], at[32];
	const struct pair pairs[] = {
		{ "at", at }, { "act", act }, { "by", c->by }, { "door", c->door },
		{ "from", c->from }, { "account", x->account }, { "name", x->name },
		{ "before", x->before }, { "value", x->value }, { "after", x->after },
		{ "found", x->found }, { "state", x->state }, { "change", x->id },
		{ "text", x->text },
	};
	ssize_t written;
	size_t n = 0;

	time_text(at);
	for (size_t i = 0; i < sizeof(pairs) / sizeof(*pairs); i++)
		if (!put(line, sizeof(line) - 1, &n, &pairs[i]))
			break;
	line[n++] = '\n';
	written = write(audit, line, n);
	if (written != (ssize_t)n)
		log_line(LOG_LINE_ERROR, "audit.log cannot be written: %s",
			 written < 0 ? strerror(errno) : "only a part of the line was taken");
}
