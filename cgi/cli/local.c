#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/json.h"
#include "base/paths.h"
#include "cli/answer.h"
#include "cli/command.h"
#include "cli/local.h"
#include "engine/ask.h"
#include "sources/dns_client.h"

int give_up_root(struct err *e)
{
	const struct passwd *pw;
	uid_t uid = 65534;
	gid_t gid = 65534;

	if (geteuid() != 0)
		return 0;
	pw = getpwnam(ACCOUNT_SCAN);
	if (pw) {
		uid = pw->pw_uid;
		gid = pw->pw_gid;
	}
	if (setgroups(0, NULL) || setresgid(gid, gid, gid) ||
	    setresuid(uid, uid, uid) || setuid(0) == 0)
		return err_set(e, ERR_BUG, "root could not be given up");
	return 0;
}

static void say_progress(void *ctx, json_object *o)
{
	int64_t total = json_number(o, "total", 0);
	const char *phase = json_text(o, "phase");

	(void)ctx;
	if (!phase)
		return;
	if (total)
		fprintf(stderr, "%s: %lld of %lld\n", phase,
			(long long)json_number(o, "done", 0), (long long)total);
	else
		fprintf(stderr, "%s\n", phase);
}

int place_status(json_object *result)
{
	json_object *list = json_member(result, "findings");

	if (json_flag(result, "blind") == 1)
		return EXIT_BLIND;
	for (size_t i = 0; i < json_count(list); i++) {
		const char *s = json_text(json_object_array_get_idx(list, i), "severity");

		if (s && (!strcmp(s, "critical") || !strcmp(s, "warning")))
			return EXIT_FOUND;
	}
	return EXIT_FINE;
}

int place_ask(const struct place *p, json_object *request, bool progress,
	      json_object **result, struct err *e)
{
	void (*say)(void *, json_object *) = progress ? say_progress : NULL;
	struct world *w;
	struct ip ip;
	size_t n;
	int rc;

	if (p->resolver && dns_client_resolvers(p->resolver, &ip, 1, &n, e))
		return -1;
	if (!p->root && !p->world) {
		json_put_text(request, "resolver", p->resolver);
		return scan_ask(request, say, NULL, result, e);
	}
	w = p->root ? world_root(p->root, p->resolver, e) : world_recording(p->world, e);
	if (!w)
		return -1;
	rc = give_up_root(e);
	if (!rc)
		rc = answer_request(w, request, say, NULL, result, e);
	w->ops->close(w);
	return rc;
}
