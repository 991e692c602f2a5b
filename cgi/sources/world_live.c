#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "priv/client.h"
#include "sources/ahead.h"
#include "sources/dns_client.h"
#include "sources/interfaces.h"
#include "sources/smtp_client.h"

#define OUTPUT_MAX (32u << 20)

struct world_live {
	struct world w;
	struct priv_client helper;
	struct ahead *ahead;
	char *resolver;		/* NULL: the system's */
	char hostname[256];
};

static int file(struct world *w, enum world_file f, struct world_mode *mode,
		struct err *e)
{
	struct world_live *l = (struct world_live *)w;
	int fd = priv_read(&l->helper, "open_file", world_files[f].row, NULL, e);

	*mode = world_mode_of(fd);
	return fd;
}

static int command(struct world *w, enum world_command c, const char *arg,
		   const char *arg2, struct arena *a, char **out, size_t *n,
		   struct err *e)
{
	struct world_live *l = (struct world_live *)w;
	int fd, rc;

	if (ahead_take(l->ahead, c, arg, arg2, a, out, n, &rc, e))
		return rc;
	fd = priv_read(&l->helper, world_command_name(c), arg, arg2, e);
	if (fd < 0)
		return -1;
	rc = io_read_all(fd, OUTPUT_MAX, a, out, n, world_command_name(c), e);
	close(fd);
	return rc;
}

static void ask_ahead(struct world *w, const struct world_question *q, size_t n,
		      void (*progress)(void *ctx, size_t done, size_t total),
		      void *ctx)
{
	ahead_ask(((struct world_live *)w)->ahead, q, n, progress, ctx);
}

static int dns(struct world *w, struct dns_batch *b, struct err *e)
{
	return dns_client_run(((struct world_live *)w)->resolver, b, e);
}

static int resolvers(struct world *w, struct ip *out, size_t max, size_t *n,
		     struct err *e)
{
	return dns_client_resolvers(((struct world_live *)w)->resolver, out,
				    max, n, e);
}

static int addresses(struct world *w, struct arena *a, struct ip **out,
		     size_t *n, struct err *e)
{
	(void)w;
	return interfaces_list(a, out, n, e);
}

static int talk(struct world *w, const struct smtp_place *to, struct arena *a,
		char **out, size_t *n, struct err *e)
{
	(void)w;
	return smtp_client_talk(to, a, out, n, e);
}

static void close_live(struct world *w)
{
	struct world_live *l = (struct world_live *)w;

	priv_close(&l->helper);
	ahead_free(l->ahead);
	free(l->resolver);
	free(l);
}

static const struct world_ops ops = {
	.kind = "live", .file = file, .command = command,
	.ahead = ask_ahead, .dns = dns,
	.resolvers = resolvers, .addresses = addresses, .talk = talk,
	.close = close_live,
};

struct world *world_live(const char *resolver, struct err *e)
{
	struct world_live *l = calloc(1, sizeof(*l));

	if (!l)
		abort();
	if (priv_open(&l->helper, e)) {
		free(l);
		return NULL;
	}
	l->w.ops = &ops;
	l->ahead = ahead_new();
	l->w.now = (int64_t)time(NULL);
	l->w.resolver_is_public = resolver != NULL;
	l->resolver = resolver ? strdup(resolver) : NULL;
	l->w.resolver = l->resolver;
	l->w.state_dir = PATH_SCAN_STATE;
	if (!gethostname(l->hostname, sizeof(l->hostname) - 1))
		l->w.hostname = l->hostname;
	return &l->w;
}
