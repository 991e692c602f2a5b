#include <string.h>
#include <time.h>
#include <unistd.h>

#include "priv/field.h"
#include "priv/panel.h"

void panel_change(const struct uapi_call *c, enum reply_kind kind, struct reply *r)
{
	struct err e = { .text = "" };
	int status = 0, fd = command_uapi(c, &status, &e);

	memset(r, 0, sizeof(*r));
	if (fd < 0 || reply_read(fd, kind, NULL, r, &e))
		field_set(r, why, "%s", e.text);
	else if (status && r->verdict == REPLY_OK)
		field_set(r, why, "it ended with status %d", status);
	if (status && r->verdict == REPLY_OK)
		r->verdict = REPLY_UNCLEAR;
	if (fd >= 0)
		close(fd);
}

void panel_pause(size_t i)
{
	static const int pauses_ms[PANEL_READINGS] = { 0, 200, 500, 1000 };
	const struct timespec nap = {
		.tv_sec = pauses_ms[i] / 1000,
		.tv_nsec = pauses_ms[i] % 1000 * 1000000L,
	};

	nanosleep(&nap, NULL);
}

size_t panel_readings(const struct reply *r)
{
	return r->verdict == REPLY_REFUSED ? 1 : PANEL_READINGS;
}

int panel_read_back(const struct setting *s, const struct setting_act *x,
		    const struct reply *r, char found[SETTING_MAX], char note[256],
		    struct err *e)
{
	size_t times = panel_readings(r);
	int rc = -1;

	note[0] = '\0';
	for (size_t i = 0; i < times; i++) {
		panel_pause(i);
		rc = s->read(x->account, x->name, found, e);
		if (!rc && !strcmp(found, x->value))
			break;
	}
	if (rc) {
		found[0] = '\0';
		return -1;
	}
	if (strcmp(found, x->value))
		return err_set(e, ERR_UNAVAILABLE,
			       "cPanel was asked to set %s of %s to %s, and it is %s%s%s",
			       s->what, x->name, x->value, found, *r->why ? ": " : "", r->why);
	if (*r->why)
		field_print(note, 256, "the value is in force, but cPanel's reply was: %s", r->why);
	return 0;
}
