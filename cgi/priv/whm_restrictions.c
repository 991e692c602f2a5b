#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "base/text.h"
#include "priv/commands.h"
#include "priv/files.h"
#include "priv/panel.h"
#include "priv/whm_restrictions.h"

#define CONFIG "var/cpanel/cpanel.config"
#define CONFIG_MAX (1u << 20)
#define FLAG "/var/cpanel/smtpgidonlytweak"

static bool is_on(struct slice text)
{
	struct slice line;
	bool on = false;

	while (slice_line(&text, &line))
		if (slice_eq(slice_trim(slice_cut(&line, '=')), "smtpmailgidonly"))
			on = slice_eq(slice_trim(line), "1");
	return on;
}

static int read_key(bool *on, struct err *e)
{
	int fd = files_open_roots(CONFIG, CONFIG_MAX, e), rc;
	struct arena a = ARENA_INIT;
	char *p;
	size_t n;

	*on = false;
	if (fd < 0)	/* on a server without WHM there is nothing to be on */
		return e->code == ERR_NOT_FOUND ? 0 : -1;
	rc = io_read_all(fd, CONFIG_MAX, &a, &p, &n, CONFIG, e);
	close(fd);
	if (!rc)
		*on = is_on((struct slice){ p, n });
	arena_clear(&a);
	return rc;
}

int whm_restrictions_read(struct whm_restrictions *r, struct err *e)
{
	struct stat st;

	r->flag = !lstat(FLAG, &st);
	if (!r->flag && errno != ENOENT && errno != ENOTDIR)
		return err_set(e, ERR_UNAVAILABLE, FLAG ": %s", strerror(errno));
	return read_key(&r->key, e);
}

static int ask(bool on, int lock, struct err *e)
{
	const char *const argv[] = {
		PATH_WHMAPI1, "--output=json", "set_tweaksetting",
		"key=smtpmailgidonly", on ? "value=1" : "value=0", NULL
	};
	struct whm_restrictions now = { .key = !on };
	char failed[200];

	if (command_change(argv, COMMAND_WRITE_MS, lock, failed, e))
		return -1;
	for (size_t i = 0; i < PANEL_READINGS; i++) {
		panel_pause(i);
		if (whm_restrictions_read(&now, e))
			return -1;
		if (now.key == on && now.flag == on)
			return 0;
	}
	return err_set(e, ERR_UNAVAILABLE,
		       "WHM was asked to turn its SMTP Restrictions %s; its setting is %s, and the flag " FLAG " is %s%s%s",
		       on ? "on" : "off", now.key ? "on" : "off",
		       now.flag ? "there" : "not there", *failed ? ": " : "", failed);
}

int whm_restrictions_set(bool on, int lock, struct err *e)
{
	struct whm_restrictions now;

	if (whm_restrictions_read(&now, e))
		return -1;
	if (on && (now.key || now.flag) && ask(false, lock, e))
		return -1;
	return ask(on, lock, e);
}

int whm_restrictions_renew(int lock, struct err *e)
{
	struct whm_restrictions now;

	if (whm_restrictions_read(&now, e))
		return -1;
	return now.key && now.flag ? whm_restrictions_set(true, lock, e) : 0;
}
