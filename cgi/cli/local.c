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
#include "cli/progress.h"
#include "engine/ask.h"
#include "render/text.h"
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

bool place_take(struct place *p, int c, const char *value)
{
	const struct { int c; const char **at; } options[] = {
		{ 'r', &p->root }, { 'w', &p->world }, { 's', &p->server },
		{ 't', &p->token_file }, { 'C', &p->ca }, { 'R', &p->resolver },
	};

	for (size_t i = 0; i < sizeof(options) / sizeof(*options); i++)
		if (options[i].c == c) {
			*options[i].at = value;
			return true;
		}
	return false;
}

int place_check(const struct place *p, const struct command_word *c)
{
	if (!!p->root + !!p->world + !!p->server > 1)
		return usage_error(c, "--root, --world and --server exclude each other");
	if (p->server && !p->token_file)
		return usage_error(c, "--server needs --token-file, the file with its API token");
	if (!p->server && (p->token_file || p->ca))
		return usage_error(c, "--token-file and --ca belong to --server");
	return EXIT_FINE;
}

int request_add(json_object *request, const char *list, const char *value)
{
	json_object *array = json_member(request, list);

	if (!array) {
		array = json_object_new_array();
		json_object_object_add(request, list, array);
	}
	json_object_array_add(array, json_new_text(value));
	return 0;
}

json_object *place_members(json_object *o)
{
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	struct err ignored;	/* what we printed can be read */
	json_object *same = json_read(text, strlen(text), "the answer", &ignored);

	json_object_put(o);
	return same;
}

int place_status(json_object *result)
{
	json_object *list = json_member(result, "findings");
	json_object *summary = json_member(result, "summary");

	if (json_flag(result, "blind") == 1)
		return EXIT_BLIND;
	if (json_number(summary, "critical", 0) || json_number(summary, "warning", 0))
		return EXIT_FOUND;
	for (size_t i = 0; i < json_count(list); i++) {
		json_object *x = json_object_array_get_idx(list, i);
		const char *s = json_member(x, "muted") ? NULL : json_text(x, "severity");

		if (s && (!strcmp(s, "critical") || !strcmp(s, "warning")))
			return EXIT_FOUND;
	}
	return EXIT_FINE;
}

static struct world *open_world(const struct place *p, bool probes, struct err *e)
{
	if (p->server)
		return world_remote(p->server, p->token_file, p->ca, p->resolver, probes, e);
	return p->root ? world_root(p->root, p->resolver, e) : world_recording(p->world, e);
}

static int ask(const struct place *p, json_object *request, struct progress *progress,
	       json_object **result, struct err *e)
{
	void (*say)(void *, json_object *) = progress ? progress_say : NULL;
	struct world *w;
	int rc;

	if (!p->root && !p->world && !p->server) {
		json_put_text(request, "resolver", p->resolver);
		return scan_ask(request, say, progress, result, e);
	}
	w = open_world(p, json_flag(request, "probe") == 1, e);
	if (!w)
		return -1;
	w->state_dir = p->state;
	rc = give_up_root(e);
	if (!rc)
		rc = answer_request(w, request, say, progress, result, e);
	w->ops->close(w);
	return rc;
}

int place_ask(const struct place *p, json_object *request, bool tell,
	      json_object **result, struct err *e)
{
	struct progress progress = progress_begin();
	struct ip ip;
	size_t n;
	int rc;

	if (p->resolver && dns_client_resolvers(p->resolver, &ip, 1, &n, e))
		return -1;
	rc = ask(p, request, tell ? &progress : NULL, result, e);
	progress_end(&progress);
	return rc;
}
