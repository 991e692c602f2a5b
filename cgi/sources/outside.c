#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/reach.h"
#include "mail/probe.h"
#include "sources/interfaces.h"
#include "sources/outside.h"

#define TEXT_MAX (32u << 10)
#define HOSTS_MAX (2 * (OUTSIDE_HOSTS + 1))

static const uint16_t ports[] = { 25, 465, 587 };

#define PORTS (sizeof(ports) / sizeof(*ports))

_Static_assert(HOSTS_MAX * PORTS <= REACH_MAX, "all of them are asked at once");

/* ---- asking ------------------------------------------------------------- */

static bool is_here(const struct ip *own, size_t n, const struct ip *ip)
{
	for (size_t i = 0; i < n; i++)
		if (ip_equal(&own[i], ip))
			return true;
	return ip->family && ip_is_loopback(ip);
}

static size_t tries_of(const struct ip *to, size_t n, struct reach_try out[REACH_MAX])
{
	size_t k = 0;

	for (size_t i = 0; i < n && i < HOSTS_MAX; i++)
		for (size_t p = 0; p < PORTS; p++)
			out[k++] = (struct reach_try){ to[i], ports[p], ports[p] != 465 };
	return k;
}

/* All outcomes fit the pipe. */
static int connect_all(const struct reach_try *tries, size_t n,
		       struct reach_outcome all[REACH_MAX], struct err *e)
{
	struct reach_outcome one;
	int ends[2];

	if (pipe2(ends, O_CLOEXEC))
		return err_set(e, ERR_UNAVAILABLE, "no pipe: %s", strerror(errno));
	reach_connect(tries, n, ends[1]);
	close(ends[1]);
	while (read(ends[0], &one, sizeof(one)) == (ssize_t)sizeof(one))
		if (one.index < n)
			all[one.index] = one;
	close(ends[0]);
	return 0;
}

int outside_reach(const struct ip *to, size_t n, struct arena *a, char **out, size_t *len,
		  struct err *e)
{
	struct reach_outcome all[REACH_MAX] = { { .index = 0 } };
	struct buf b = BUF_INIT(TEXT_MAX);
	struct reach_try tries[REACH_MAX];
	size_t ntries = tries_of(to, n, tries), nown;
	struct ip *own;

	if (interfaces_list(a, &own, &nown, e) || connect_all(tries, ntries, all, e))
		return -1;
	buf_puts(&b, "probe 1 1 -\n");
	for (size_t i = 0; i < ntries; i++) {
		all[i].kept_here |= is_here(own, nown, &all[i].offender);
		all[i].ends_here |= is_here(own, nown, &tries[i].to);
		reach_print(&b, "nobody", &tries[i], &all[i]);
	}
	*out = arena_strndup(a, b.data, b.len);
	*len = b.len;
	buf_free(&b);
	return 0;
}

/* ---- whom --------------------------------------------------------------- */

/* The first `most` of either family that the public internet can reach. */
static void choose(const struct ip *ips, size_t count, unsigned most, struct ip *to, size_t *n)
{
	unsigned of[2] = { 0, 0 };

	for (size_t i = 0; i < count; i++)
		if (!ip_is_private(&ips[i]) && of[ips[i].family == 6]++ < most)
			to[(*n)++] = ips[i];
}

void outside_gather(struct world *w, const struct ip *control, size_t ncontrol,
		    struct facts *f, struct arena *a)
{
	struct outside_facts *o = &f->ports.outside;
	struct ip to[HOSTS_MAX];
	struct err e;
	size_t n = 0, len;
	char *text;

	o->asked = true;
	if (!w->ops->reach) {
		o->why = "only another server's ports are seen from outside";
		return;
	}
	choose(f->own, f->nown, OUTSIDE_HOSTS, to, &n);
	if (!n) {
		o->why = "no public address of the server is known";
		return;
	}
	choose(control, ncontrol, 1, to, &n);
	if (w->ops->reach(w, to, n, a, &text, &len, &e))
		o->why = arena_strdup(a, e.text);
	else
		probe_read((struct slice){ text, len }, a, &o->probe);
}
