#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "priv/address_list.h"
#include "priv/unblock.h"

static const struct address_list list = { "etc", "spammeripblocks", false };

static int read_value(const char *account, const char *ip, char value[SETTING_MAX],
		      struct err *e)
{
	(void)account;
	return address_list_read(&list, ip, value, e);
}

/* The text as it is to be, in a. */
static int wanted(const struct setting_act *x, struct slice text, struct arena *a,
		  struct slice *out, struct err *e)
{
	struct address_entry entry;
	struct slice line;
	unsigned number;

	*out = text;
	if (!strcmp(x->value, NOT_LISTED)) {
		if (address_entries(&list, text, x->name, &entry))
			*out = address_text_without(text, &entry, a);
		return 0;
	}
	if (!address_value_split(x->value, &number, &line))
		return err_set(e, ERR_BUG, "the line that was there is not known");
	*out = address_text_with(text, number, line, a);
	return 0;
}

static int replace(const struct setting_act *x, struct arena *a, struct err *e)
{
	struct address_file f;
	struct slice text;
	int dir, rc;

	if (address_file_read(&list, a, &f, e) || wanted(x, f.text, a, &text, e))
		return -1;
	if (!f.st.st_mode)
		return err_set(e, ERR_NOT_FOUND, "/etc/spammeripblocks is not there any more");
	dir = open("/etc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (dir < 0)
		return err_set(e, ERR_UNAVAILABLE, "/etc: %s", strerror(errno));
	rc = io_replace_like(dir, list.name, &f.st, text.p ? text.p : "", text.n, e);
	close(dir);
	return rc;
}

const struct setting setting_spammers = {
	.what = "the entry in spammeripblocks", .of_server = true,
	.read = read_value, .apply = replace,
};
