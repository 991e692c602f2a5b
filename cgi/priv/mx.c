#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "priv/field.h"
#include "priv/mx.h"
#include "priv/panel.h"
#include "priv/routing.h"

/* What cPanel answers to an edit with another serial number. */
#define STALE_SERIAL "serial number"

/* ---- reading ---------------------------------------------------------- */

static int read_zone(const char *account, const char *domain, struct reply *r,
		     struct err *e)
{
	const struct uapi_call c = {
		.account = account, .module = "DNS", .function = "parse_zone",
		.key = { "zone" }, .value = { domain }, .lock = -1,
	};
	int fd = command_uapi_read(&c, e), rc;

	if (fd < 0)
		return -1;
	rc = reply_read(fd, REPLY_ZONE, domain, r, e);
	close(fd);
	if (rc)
		return -1;
	if (r->verdict != REPLY_OK)
		return err_set(e, ERR_UNAVAILABLE,
			       "cPanel does not tell the zone of %s: %s", domain, r->why);
	if (!r->listed)
		return err_set(e, ERR_NOT_FOUND,
			       "no zone on this server begins at %s", domain);
	return 0;
}

static int text_of(const struct reply *r, const char *domain,
		   char value[SETTING_MAX], struct err *e)
{
	struct mx_line lines[MX_LINES_MAX];

	for (uint32_t i = 0; i < r->zone.n; i++)
		lines[i] = r->zone.mx[i].record;
	if (!r->zone.odd && mx_text_print(value, SETTING_MAX, lines, r->zone.n))
		return 0;
	return err_set(e, ERR_DENIED,
		       "the MX records of %s are too many or too odd to be put back later; edit them in WHM » DNS Functions » DNS Zone Manager",
		       domain);
}

int mx_read(const char *account, const char *domain, char value[SETTING_MAX],
	    uint32_t *serial, struct err *e)
{
	struct reply r;

	if (read_zone(account, domain, &r, e) || text_of(&r, domain, value, e))
		return -1;
	*serial = r.zone.serial;
	return 0;
}

static int read_value(const char *account, const char *domain,
		      char value[SETTING_MAX], struct err *e)
{
	uint32_t ignored;

	return mx_read(account, domain, value, &ignored, e);
}

/* ---- one edit --------------------------------------------------------- */

struct edit {
	struct uapi_call call;
	char serial[16], key[MX_LINES_MAX][16], value[MX_LINES_MAX][700];
	size_t n;
};

static void add_argument(struct edit *x, const char *key)
{
	snprintf(x->key[x->n], sizeof(x->key[x->n]), "%s-%zu", key, x->n);
	x->call.key[2 + x->n] = x->key[x->n];
	x->call.value[2 + x->n] = x->value[x->n];
	x->n++;
}

/* The names were checked: nothing in them needs an escape. */
static void put_record(struct edit *x, const struct mx_line *m, const char *line)
{
	snprintf(x->value[x->n], sizeof(x->value[x->n]),
		 "{%s\"dname\":\"%s.\",\"ttl\":%u,\"record_type\":\"MX\",\"data\":[\"%u\",\"%s%s\"]}",
		 line, x->call.value[0], m->ttl, m->preference, m->host,
		 strcmp(m->host, ".") ? "." : "");
}

static bool same(const struct mx_line *a, const struct mx_line *b)
{
	return a->preference == b->preference && a->ttl == b->ttl &&
		!strcmp(a->host, b->host);
}

/* Takes what both have off both lists. */
static void drop_common(struct reply_mx *old, size_t *nold, struct mx_line *new,
			size_t *nnew)
{
	for (size_t i = 0; i < *nold;) {
		size_t j = 0;

		while (j < *nnew && !same(&old[i].record, &new[j]))
			j++;
		if (j == *nnew) {
			i++;
			continue;
		}
		old[i] = old[--*nold];
		new[j] = new[--*nnew];
	}
}

/* Records that go are edited into those that come, so that they keep their
 * place in the zone; the others are removed or added. */
static void fill_edit(struct edit *x, struct reply_mx *old, size_t nold,
		      struct mx_line *new, size_t nnew)
{
	char line[40];

	drop_common(old, &nold, new, &nnew);
	for (size_t i = 0; i < nold || i < nnew; i++) {
		if (i >= nnew) {
			snprintf(x->value[x->n], sizeof(x->value[x->n]), "%u", old[i].line);
			add_argument(x, "remove");
		} else if (i >= nold) {
			put_record(x, &new[i], "");
			add_argument(x, "add");
		} else {
			snprintf(line, sizeof(line), "\"line_index\":%u,", old[i].line);
			put_record(x, &new[i], line);
			add_argument(x, "edit");
		}
	}
}

/* Asks for the edit of the zone as `now` has it. */
static void request(const struct setting_act *x, const struct reply *now,
		    const char *value, struct reply *r)
{
	struct edit edit = { .call = {
		.account = x->account, .module = "DNS", .function = "mass_edit_zone",
		.key = { "zone", "serial" }, .value = { x->name, edit.serial },
		.deadline_ms = COMMAND_WRITE_MS, .lock = x->lock,
	} };
	struct reply_mx old[MX_LINES_MAX];
	struct mx_line new[MX_LINES_MAX];
	size_t n;

	if (!mx_text_parse(value, new, &n)) {
		memset(r, 0, sizeof(*r));
		field_set(r, why, "that is no set of MX records");
		return;
	}
	memcpy(old, now->zone.mx, sizeof(old));
	snprintf(edit.serial, sizeof(edit.serial), "%u", now->zone.serial);
	fill_edit(&edit, old, now->zone.n, new, n);
	panel_change(&edit.call, REPLY_PLAIN, r);
}

/* ---- what became of it ------------------------------------------------ */

static int read_back(const struct setting_act *x, const char *value, size_t times,
		     struct reply *r, char found[SETTING_MAX], struct err *e)
{
	int rc = -1;

	for (size_t i = 0; i < times; i++) {
		panel_pause(i);
		rc = read_zone(x->account, x->name, r, e) || text_of(r, x->name, found, e);
		if (!rc && !strcmp(found, value))
			break;
	}
	if (rc)
		found[0] = '\0';
	return rc ? -1 : 0;
}

/* Why the edit must not stand, in why; false: it may. */
static bool went_wrong(const struct setting_act *x, const struct reply *before,
		       const struct reply *after, const char *routing, char why[200])
{
	char now[SETTING_MAX];
	struct err e;

	if (memcmp(before->zone.rest, after->zone.rest, sizeof(before->zone.rest)))
		field_print(why, 200, "something else in the zone of %s changed at the same time", x->name);
	else if (routing_in_force(x->account, x->name, now, &e))
		field_print(why, 200, "Email Routing of %s cannot be read any more", x->name);
	else if (strcmp(now, routing))
		field_print(why, 200, "Email Routing of %s moved with it, from %s to %s",
			    x->name, routing, now);
	else
		return false;
	return true;
}

/* Puts x->before back; found is what stands afterwards. */
static int take_back(const struct setting_act *x, const struct reply *now,
		     const char *why, char found[SETTING_MAX], struct err *e)
{
	struct reply reply, after;

	request(x, now, x->before, &reply);
	if (read_back(x, x->before, PANEL_READINGS, &after, found, e))
		return err_set(e, ERR_UNAVAILABLE,
			       "%s; the old MX was put back, and cannot be read now", why);
	return err_set(e, ERR_UNAVAILABLE, "%s; %s", why,
		       strcmp(found, x->before) ? "and the old MX could not be put back" :
		       "the old MX is back");
}

static int refused(const struct setting_act *x, const struct reply *r,
		   const char *found, struct err *e)
{
	bool stale = r->verdict == REPLY_REFUSED && strstr(r->why, STALE_SERIAL);

	return err_set(e, stale ? ERR_STALE : ERR_UNAVAILABLE,
		       "%s%s was to have the MX “%s” and has “%s”%s%s",
		       stale ? "changed meanwhile: " : "", x->name, x->value, found,
		       *r->why ? ": cPanel says: " : "", r->why);
}

static int write_value(const struct setting_act *x, char found[SETTING_MAX],
		       char note[256], struct err *e)
{
	char routing[SETTING_MAX], why[200];
	struct reply before, reply, after;

	note[0] = found[0] = '\0';
	if (read_zone(x->account, x->name, &before, e) ||
	    text_of(&before, x->name, found, e) ||
	    routing_in_force(x->account, x->name, routing, e))
		return -1;
	if (strcmp(found, x->before))
		return err_set(e, ERR_STALE,
			       "changed meanwhile: the MX of %s was “%s” and is “%s”",
			       x->name, x->before, found);
	request(x, &before, x->value, &reply);
	if (read_back(x, x->value, panel_readings(&reply), &after, found, e))
		return -1;
	if (strcmp(found, x->value))
		return refused(x, &reply, found, e);
	if (went_wrong(x, &before, &after, routing, why))
		return take_back(x, &after, why, found, e);
	if (reply.verdict != REPLY_OK)
		field_print(note, 256, "the MX is in force, but cPanel's reply was: %s",
			    *reply.why ? reply.why : "unclear");
	return 0;
}

const struct setting setting_mx = {
	.what = "the MX", .read = read_value, .write = write_value,
};
