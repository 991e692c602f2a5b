#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/text.h"
#include "priv/field.h"
#include "priv/listener.h"
#include "priv/panel.h"
#include "priv/sockets.h"

#define LIST_MAX (1u << 20)
#define START_MS 15000

bool listener_split(const char *name, unsigned *port, int *family)
{
	struct slice rest = slice_of(name), number = slice_cut(&rest, '/');
	uint64_t n;

	*family = slice_eq(rest, "IPv4") ? 4 : 6;
	if (!slice_uint(number, 65535, &n) || !n || (*family == 6 && !slice_eq(rest, "IPv6")) ||
	    *number.p == '0')
		return false;
	*port = (unsigned)n;
	return true;
}

/* "tcp   0: 00000000:0019 …": the port of the local end; 0: no such line. */
static unsigned local_port(struct slice line)
{
	char text[80];
	unsigned port;

	if (line.n >= sizeof(text))
		line.n = sizeof(text) - 1;
	memcpy(text, line.p, line.n);
	text[line.n] = '\0';
	return sscanf(text, "%*s %*[0-9]: %*[0-9A-Fa-f]:%4x", &port) == 1 ? port : 0;
}

/* A socket of IPv6 may serve IPv4 as well: only a conversation tells. */
static bool has_listener(struct slice text, unsigned port, int family)
{
	struct slice line;

	while (slice_line(&text, &line)) {
		bool six = slice_starts(line, "tcp6 ");

		if ((six || (family == 4 && slice_starts(line, "tcp "))) &&
		    local_port(line) == port)
			return true;
	}
	return false;
}

static int read_value(const char *account, const char *name, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice text;
	unsigned port;
	int family, fd, rc;
	char *p;

	(void)account;
	if (!listener_split(name, &port, &family))
		return err_set(e, ERR_INPUT, "that is no port");
	fd = sockets_listening(e);
	if (fd < 0)
		return -1;
	rc = io_read_all(fd, LIST_MAX, &a, &p, &text.n, "the list of sockets", e);
	close(fd);
	if (!rc) {
		text.p = p;
		field_print(value, SETTING_MAX, "%s", has_listener(text, port, family) ?
			    LISTENING : NOT_LISTENING);
	}
	arena_clear(&a);
	return rc;
}

static int write_value(const struct setting_act *x, char found[SETTING_MAX],
		       char note[256], struct err *e)
{
	static const struct timespec nap = { .tv_nsec = 250000000 };
	/* A daemon that is started would hold an inherited lock for ever. */
	const struct uapi_call c = {
		.function = "restartservice", .key = { "service" }, .value = { "exim" },
		.deadline_ms = 2 * COMMAND_WRITE_MS, .lock = -1,
	};
	struct reply r;
	int64_t until;
	int rc;

	note[0] = found[0] = '\0';
	panel_change(&c, REPLY_WHM, &r);
	until = io_monotonic_ms() + START_MS;
	while (!(rc = read_value(NULL, x->name, found, e)) && strcmp(found, x->value) &&
	       r.verdict != REPLY_REFUSED && io_monotonic_ms() < until)
		nanosleep(&nap, NULL);
	if (rc) {
		found[0] = '\0';
		return -1;
	}
	if (strcmp(found, x->value))
		return err_set(e, ERR_UNAVAILABLE, "WHM was asked to restart Exim, and on %s it is %s%s%s",
			       x->name, found, *r.why ? ": " : "", r.why);
	if (*r.why)
		field_print(note, 256, "it listens, but WHM's reply was: %s", r.why);
	return 0;
}

const struct setting setting_listener = {
	.what = "the port", .of_server = true,
	.no_undo = "a restart leaves nothing to put back",
	.read = read_value, .write = write_value,
};
