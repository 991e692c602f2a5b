#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/text.h"
#include "priv/commands.h"
#include "priv/field.h"
#include "priv/firewalld.h"

#define ZONE_MAX 17	/* firewalld's own limit, of an interface name's length */

/* Bit 0: the rules that run have it open; bit 1: the permanent ones. */
static const char *const words[] = {
	"closed", "open until firewall-cmd --reload", "closed until firewall-cmd --reload",
	"open"
};

#define NWORDS 4

static unsigned bits_of(const char *word)
{
	unsigned i = 0;

	while (i < NWORDS && strcmp(words[i], word))
		i++;
	return i;
}

bool valid_firewalld_port(const char *value)
{
	return bits_of(value) < NWORDS;
}

bool valid_firewalld_port_name(const char *name)
{
	static const char *const ports[] = { "25 in ", "465 in ", "587 in " };
	static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"0123456789_-";

	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++) {
		const char *zone = name + strlen(ports[i]);
		size_t n;

		if (strncmp(name, ports[i], strlen(ports[i])))
			continue;
		n = strlen(zone);
		return n && n <= ZONE_MAX && *zone != '-' && strspn(zone, allowed) == n;
	}
	return false;
}

/* The arguments of one call, in room that the caller keeps. */
struct call {
	char zone[32], act[32];
	const char *argv[5];
};

static void call(struct call *c, const char *act, const char *name, bool permanent)
{
	struct slice zone = slice_of(name), port = slice_cut(&zone, ' ');
	size_t n = 0;

	slice_cut(&zone, ' ');
	field_set(c, zone, "--zone=%s", zone.p);
	field_set(c, act, "%s=%.*s/tcp", act, (int)port.n, port.p);
	c->argv[n++] = PATH_FIREWALL_CMD;
	if (permanent)
		c->argv[n++] = "--permanent";
	c->argv[n++] = c->zone;
	c->argv[n++] = c->act;
	c->argv[n] = NULL;
}

/* "yes" with status 0, "no" with status 1, anything else with another. */
static int query(const char *name, bool permanent, struct err *e)
{
	char said[8] = "";
	struct call c;
	ssize_t n;
	int fd;

	call(&c, "--query-port", name, permanent);
	fd = command_output(c.argv, 1, e);
	if (fd < 0)
		return -1;
	n = read(fd, said, sizeof(said) - 1);
	close(fd);
	if (n > 0 && !strcmp(said, "yes\n"))
		return 1;
	if (n > 0 && !strcmp(said, "no\n"))
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "firewall-cmd did not say whether the port is open");
}

static int look(const char *name, unsigned *bits, struct err *e)
{
	int now, permanent;

	if (access(PATH_FIREWALL_CMD, X_OK))
		return err_set(e, ERR_NOT_FOUND, "firewalld is not installed: there is no "
			       PATH_FIREWALL_CMD);
	now = query(name, false, e);
	permanent = now < 0 ? -1 : query(name, true, e);
	if (permanent < 0)
		return -1;
	*bits = (unsigned)(now | permanent << 1);
	return 0;
}

static int read_value(const char *account, const char *name, char value[SETTING_MAX],
		      struct err *e)
{
	unsigned bits;

	(void)account;
	if (look(name, &bits, e))
		return -1;
	field_print(value, SETTING_MAX, "%s", words[bits]);
	return 0;
}

static int set(const struct setting_act *x, bool permanent, bool open, struct err *e)
{
	char failed[200];
	struct call c;

	call(&c, open ? "--add-port" : "--remove-port", x->name, permanent);
	if (command_change(c.argv, COMMAND_READ_MS, x->lock, failed, e))
		return -1;
	return *failed ? err_set(e, ERR_UNAVAILABLE, "%s", failed) : 0;
}

/* The running rules first: what they cannot take is not kept for the next start. */
static int apply(const struct setting_act *x, struct arena *a, struct err *e)
{
	unsigned now, wanted = bits_of(x->value);

	(void)a;
	if (look(x->name, &now, e))
		return -1;
	for (int i = 0; i < 2; i++)
		if ((now ^ wanted) & 1u << i && set(x, i, wanted & 1u << i, e))
			return -1;
	return 0;
}

const struct setting setting_firewalld_port = {
	.what = "the opening", .of_server = true, .guarded = true, .alone = true,
	.read = read_value, .apply = apply,
};
