#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "priv/commands.h"
#include "priv/field.h"
#include "priv/reply.h"
#include "priv/routing.h"

#define READINGS 4

int routing_read(const char *account, const char *domain, struct routing *r,
		 struct err *e)
{
	const struct uapi_call c = {
		.account = account, .module = "Email", .function = "list_mxs",
		.key = { "domain" }, .value = { domain }, .lock = -1,
	};
	struct reply reply;
	int fd, rc;

	memset(r, 0, sizeof(*r));
	fd = command_uapi_read(&c, e);
	if (fd < 0)
		return -1;
	rc = reply_read(fd, REPLY_ROUTING, domain, &reply, e);
	close(fd);
	if (rc)
		return -1;
	if (reply.verdict != REPLY_OK)
		return err_set(e, ERR_UNAVAILABLE,
			       "cPanel does not tell the routing of %s: %s",
			       domain, reply.why);
	if (!reply.listed || !*reply.mxcheck)
		return err_set(e, ERR_NOT_FOUND,
			       "cPanel lists no routing for %s in the account %s",
			       domain, account);
	memcpy(r->mxcheck, reply.mxcheck, sizeof(r->mxcheck));
	memcpy(r->detected, reply.detected, sizeof(r->detected));
	return 0;
}

/* Asks for the change. A program that failed or was cut leaves it unclear. */
static void request(int lock, const char *account, const char *domain,
		    const char *value, struct reply *r)
{
	const struct uapi_call c = {
		.account = account, .module = "Email",
		.function = "set_always_accept",
		.key = { "domain", "mxcheck" }, .value = { domain, value },
		.deadline_ms = COMMAND_WRITE_MS, .lock = lock,
	};
	struct err e = { .text = "" };
	int status = 0, fd = command_uapi(&c, &status, &e);

	memset(r, 0, sizeof(*r));
	if (fd < 0 || reply_read(fd, REPLY_SET, NULL, r, &e))
		field_set(r, why, "%s", e.text);
	else if (status && r->verdict == REPLY_OK)
		field_set(r, why, "it ended with status %d", status);
	if (status && r->verdict == REPLY_OK)
		r->verdict = REPLY_UNCLEAR;
	if (fd >= 0)
		close(fd);
}

/* The first reading after a write may still be the old one. */
static int read_back(const char *account, const char *domain, const char *value,
		     size_t times, struct routing *found, struct err *e)
{
	static const int pauses_ms[READINGS] = { 0, 200, 500, 1000 };
	int rc = -1;

	for (size_t i = 0; i < times; i++) {
		const struct timespec nap = {
			.tv_sec = pauses_ms[i] / 1000,
			.tv_nsec = pauses_ms[i] % 1000 * 1000000L,
		};

		nanosleep(&nap, NULL);
		rc = routing_read(account, domain, found, e);
		if (!rc && !strcmp(found->mxcheck, value))
			break;
	}
	return rc;
}

int routing_write(int lock, const char *account, const char *domain,
		  const char *before, const char *value, struct routing *found,
		  char note[256], struct err *e)
{
	struct reply r;

	note[0] = '\0';
	request(lock, account, domain, value, &r);
	if (read_back(account, domain, value,
		      r.verdict == REPLY_REFUSED ? 1 : READINGS, found, e)) {
		memset(found, 0, sizeof(*found));
		return -1;
	}
	if (strcmp(found->mxcheck, value))
		return err_set(e, ERR_UNAVAILABLE,
			       "cPanel was asked to set the routing of %s to %s, and it is %s%s%s",
			       domain, value, found->mxcheck, *r.why ? ": " : "", r.why);
	/* Setting what was set already can only be judged by the reply. */
	if (r.verdict == REPLY_REFUSED && !strcmp(before, value))
		return err_set(e, ERR_UNAVAILABLE, "cPanel refused: %s", r.why);
	if (r.verdict != REPLY_OK)
		field_print(note, 256, "the value is in force, but cPanel's reply was: %s",
			    *r.why ? r.why : "unclear");
	return 0;
}
