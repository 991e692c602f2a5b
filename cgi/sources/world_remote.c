#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "sources/dns_client.h"
#include "sources/outside.h"
#include "sources/own_file.h"
#include "sources/probe_pace.h"
#include "sources/whm_http.h"
#include "sources/world.h"

struct world_remote {
	struct world w;
	struct whm_http *http;
	char *resolver;		/* NULL: the system's */
	int ca;			/* a copy of --ca; -1: none */
	int pace;		/* of probes; -1: pace_error says why not */
	int pace_error;
};

static int whm(struct world *w, const char *function, const char *form,
	       struct buf *reply, struct err *e)
{
	return whm_http_call(((struct world_remote *)w)->http, function, form, reply, e);
}

static int file(struct world *w, enum world_file f, struct world_mode *mode,
		struct err *e)
{
	(void)w;
	(void)mode;
	return err_set(e, ERR_NOT_FOUND, "%s is on another server, whose API hands out no files",
		       world_files[f].row);
}

static int dns(struct world *w, struct dns_batch *b, struct err *e)
{
	return dns_client_run(((struct world_remote *)w)->resolver, b, e);
}

static int resolvers(struct world *w, struct ip *out, size_t max, size_t *n,
		     struct err *e)
{
	return dns_client_resolvers(((struct world_remote *)w)->resolver, out, max, n, e);
}

static int reach(struct world *w, const struct ip *to, size_t count, struct arena *a,
		 char **out, size_t *n, struct err *e)
{
	const struct world_remote *r = (struct world_remote *)w;

	if (r->pace < 0 && r->pace_error != EPERM)
		return err_set(e, ERR_UNAVAILABLE, "%s, without which nobody is probed: %s",
			       PATH_OUTSIDE_LAST, strerror(r->pace_error));
	if (r->pace >= 0 && probe_pace_take(r->pace, to, count, e))
		return -1;
	return outside_reach(to, count, a, out, n, e);
}

static void close_remote(struct world *w)
{
	struct world_remote *r = (struct world_remote *)w;

	if (r->http)
		whm_http_free(r->http);
	if (r->ca >= 0)
		close(r->ca);
	if (r->pace >= 0)
		close(r->pace);
	free(r->resolver);
	free(r);
}

static const struct world_ops ops = {
	.kind = "remote", .whm = whm, .file = file, .dns = dns,
	.resolvers = resolvers, .reach = reach, .close = close_remote,
};

/* libcurl reads the certificates by a path and later, when we may no longer be
 * allowed to: it gets the path of a copy. */
static int copy_ca(struct world_remote *r, const char *path, char link[32], struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice text;
	int rc = own_file_read(path, 022, "the certificate file", &a, &text, e);

	if (!rc) {
		r->ca = io_memfd("certificates", text.p, text.n);
		snprintf(link, 32, "/proc/self/fd/%d", r->ca);
		if (r->ca < 0)
			rc = err_set(e, ERR_UNAVAILABLE, "no memory file for the certificates");
	}
	arena_clear(&a);
	return rc;
}

static int read_login(const char *path, struct whm_login *login, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct slice text;
	int rc = own_file_read(path, 077, "the token file", &a, &text, e);

	if (!rc) {
		rc = whm_login_parse(login, text, e);
		explicit_bzero((char *)(uintptr_t)text.p, text.n);
	}
	arena_clear(&a);
	return rc;
}

static int set_up(struct world_remote *r, const char *url, const char *token_file,
		  const char *ca, struct err *e)
{
	struct whm_address address;
	struct whm_login login;
	char link[32];
	int rc;

	if (whm_address_parse(&address, slice_of(url), e) ||
	    (ca && copy_ca(r, ca, link, e)))
		return -1;
	rc = read_login(token_file, &login, e);
	if (!rc) {
		r->http = whm_http_new(&address, &login, ca ? link : NULL, e);
		rc = r->http ? 0 : -1;
	}
	explicit_bzero(&login, sizeof(login));
	return rc;
}

struct world *world_remote(const char *url, const char *token_file, const char *ca,
			   const char *resolver, bool probes, struct err *e)
{
	struct world_remote *r = calloc(1, sizeof(*r));

	if (!r)
		abort();
	r->ca = -1;
	r->pace = probes ? probe_pace_open() : -1;
	r->pace_error = probes ? errno : ENOENT;
	r->w.ops = &ops;
	r->w.now = (int64_t)time(NULL);
	r->w.resolver_is_public = resolver != NULL;
	r->resolver = resolver ? strdup(resolver) : NULL;
	r->w.resolver = r->resolver;
	/* A core file, or a debugger of the same account, would have the token. */
	prctl(PR_SET_DUMPABLE, 0);
	if (set_up(r, url, token_file, ca, e)) {
		close_remote(&r->w);
		return NULL;
	}
	r->w.panel = whm_http_server(r->http);
	return &r->w;
}
