#include <string.h>
#include <unistd.h>

#include "priv/address_list.h"
#include "priv/field.h"
#include "priv/panel.h"
#include "priv/unblock.h"

static const struct uapi_call brutes = { .function = "get_cphulk_brutes", .lock = -1 };
static const struct uapi_call excessive = {
	.function = "get_cphulk_excessive_brutes", .lock = -1,
};
static const struct uapi_call black = {
	.function = "read_cphulk_records", .key = { "list_name", "skip_enabled_check" },
	.value = { "black", "1" }, .lock = -1,
};

/* Off: nothing is blocked by it, whatever it remembers. */
static bool is_off(const struct reply *r)
{
	return r->verdict == REPLY_REFUSED && strstr(r->why, "is disabled");
}

static int ask(const struct uapi_call *c, const char *ip, bool *listed, struct err *e)
{
	struct reply r;
	int fd = command_uapi_read(c, e), rc;

	if (fd < 0)
		return -1;
	rc = reply_read(fd, REPLY_HULK, ip, &r, e);
	close(fd);
	if (rc)
		return -1;
	if (r.verdict != REPLY_OK && !is_off(&r))
		return err_set(e, ERR_UNAVAILABLE, "WHM does not tell what cPHulk blocks: %s", r.why);
	*listed |= r.verdict == REPLY_OK && r.listed;
	return 0;
}

static int hulk_read(const char *account, const char *ip, char value[SETTING_MAX],
		     struct err *e)
{
	bool listed = false;

	(void)account;
	if (ask(&brutes, ip, &listed, e) || ask(&excessive, ip, &listed, e))
		return -1;
	field_print(value, SETTING_MAX, "%s", listed ? LISTED : NOT_LISTED);
	return 0;
}

static int black_read(const char *account, const char *ip, char value[SETTING_MAX],
		      struct err *e)
{
	bool listed = false;

	(void)account;
	if (ask(&black, ip, &listed, e))
		return -1;
	field_print(value, SETTING_MAX, "%s", listed ? LISTED : NOT_LISTED);
	return 0;
}

/* WHM's reply is a word; what is read afterwards decides. */
static int change(const struct uapi_call *c, const struct setting_act *x,
		  int (*read)(const char *, const char *, char *, struct err *),
		  char found[SETTING_MAX], char note[256], struct err *e)
{
	struct reply r;
	int rc = 0;

	note[0] = found[0] = '\0';
	panel_change(c, REPLY_WHM, &r);
	for (size_t i = 0; i < panel_readings(&r) && (!i || strcmp(found, x->value)); i++) {
		panel_pause(i);
		rc = read(x->account, x->name, found, e);
		if (rc)
			found[0] = '\0';
	}
	if (rc)
		return -1;
	if (strcmp(found, x->value))
		return err_set(e, ERR_UNAVAILABLE, "cPHulk was to have %s %s, and it is %s%s%s",
			       x->name, x->value, found, *r.why ? ": " : "", r.why);
	if (*r.why)
		field_print(note, 256, "it is so, but WHM's reply was: %s", r.why);
	return 0;
}

static int hulk_write(const struct setting_act *x, char found[SETTING_MAX],
		      char note[256], struct err *e)
{
	const struct uapi_call c = {
		.function = "flush_cphulk_login_history_for_ips",
		.key = { "ip" }, .value = { x->name },
		.deadline_ms = COMMAND_WRITE_MS, .lock = x->lock,
	};

	return change(&c, x, hulk_read, found, note, e);
}

static int black_write(const struct setting_act *x, char found[SETTING_MAX],
		       char note[256], struct err *e)
{
	const struct uapi_call c = {
		.function = strcmp(x->value, NOT_LISTED) ? "create_cphulk_record" :
			"delete_cphulk_record",
		.key = { "ip", "list_name" }, .value = { x->name, "black" },
		.deadline_ms = COMMAND_WRITE_MS, .lock = x->lock,
	};

	return change(&c, x, black_read, found, note, e);
}

const struct setting setting_hulk = {
	.what = "cPHulk's block", .of_server = true,
	.no_undo = "the logins that cPHulk had counted are forgotten",
	.read = hulk_read, .write = hulk_write,
};
const struct setting setting_hulk_black = {
	.what = "the entry in cPHulk's blacklist", .of_server = true,
	.read = black_read, .write = black_write,
};
