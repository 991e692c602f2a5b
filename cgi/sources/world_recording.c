#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "sources/recorder.h"

#define WORLD_JSON_MAX (512u << 20)

struct world_recording {
	struct world w;
	struct arena arena;
	json_object *world;
	int fd[NWORLD_FILES];
	struct err why[NWORLD_FILES];
};

static int file(struct world *w, enum world_file f, struct world_mode *mode,
		struct err *e)
{
	struct world_recording *r = (struct world_recording *)w;
	json_object *o;
	int fd;

	if (r->fd[f] < 0) {
		*e = r->why[f];
		return -1;
	}
	o = json_member(json_member(r->world, "modes"), world_files[f].row);
	mode->mode = (unsigned)json_number(o, "mode", 0644);
	mode->uid = (unsigned)json_number(o, "uid", 0);
	fd = fcntl(r->fd[f], F_DUPFD_CLOEXEC, 3);
	if (fd < 0 || lseek(fd, 0, SEEK_SET) < 0)
		return err_set(e, ERR_UNAVAILABLE, "%s cannot be read again",
			       world_files[f].row);
	return fd;
}

/* The error that a command met when it was recorded, or that it was not asked:
 * its release did not know the question yet, or the answer was never needed. */
static int failure(json_object *o, const char *key, struct err *e)
{
	const char *text = json_text(o, "text");
	int64_t code = json_number(o, "code", ERR_UNAVAILABLE);

	if (!text || code <= ERR_NONE || code > ERR_BUG)
		return err_set(e, ERR_NOT_FOUND, "the recording was made without asking for '%.200s'", key);
	return err_set(e, (enum errcode)code, "%s", text);
}

static int command(struct world *w, enum world_command c, const char *arg,
		   const char *arg2, struct arena *a, char **out, size_t *n,
		   struct err *e)
{
	struct world_recording *r = (struct world_recording *)w;
	char key[600];
	const char *text;

	recording_command_key(key, c, arg, arg2);
	text = json_text(json_member(r->world, "commands"), key);
	if (!text)
		return failure(json_member(json_member(r->world, "failures"), key), key, e);
	*out = arena_strdup(a, text);
	*n = strlen(text);
	return 0;
}

static void replay(struct world_recording *r, struct dns_batch *b,
		   const struct dns_question *q, void *tag)
{
	enum dns_status status;
	unsigned char *packet = NULL;
	struct arena a = ARENA_INIT;
	const char *text;
	json_object *o;
	char key[340];
	size_t n = 0;

	recording_dns_key(key, q);
	o = json_member(json_member(r->world, "dns"), key);
	text = json_text(o, "packet");
	status = (enum dns_status)json_number(o, "status", DNS_TIMEOUT);
	if ((unsigned)status > DNS_MALFORMED)
		status = DNS_MALFORMED;
	if (text && recording_decode(text, &a, &packet, &n))
		status = DNS_MALFORMED, packet = NULL;
	b->answer(b, tag, status, packet, n);
	arena_clear(&a);
}

static int dns(struct world *w, struct dns_batch *b, struct err *e)
{
	struct dns_question q;
	void *tag;

	(void)e;
	while (b->next(b, &q, &tag))
		replay((struct world_recording *)w, b, &q, tag);
	return 0;
}

static size_t take_ips(json_object *list, struct ip *out, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < json_count(list) && n < max; i++) {
		json_object *o = json_object_array_get_idx(list, i);

		if (o && ip_parse(&out[n], json_object_get_string(o)))
			n++;
	}
	return n;
}

static int resolvers(struct world *w, struct ip *out, size_t max, size_t *n,
		     struct err *e)
{
	struct world_recording *r = (struct world_recording *)w;

	(void)e;
	*n = take_ips(json_member(r->world, "resolvers"), out, max);
	return 0;
}

static int addresses(struct world *w, struct arena *a, struct ip **out,
		     size_t *n, struct err *e)
{
	struct world_recording *r = (struct world_recording *)w;
	json_object *list = json_member(r->world, "addresses");

	(void)e;
	*out = arena_zalloc(a, (json_count(list) + 1) * sizeof(**out));
	*n = take_ips(list, *out, json_count(list));
	return 0;
}

static int talk(struct world *w, const struct smtp_place *to, struct arena *a,
		char **out, size_t *n, struct err *e)
{
	struct world_recording *r = (struct world_recording *)w;
	const char *text;
	char key[80];

	recording_talk_key(key, to);
	text = json_text(json_member(r->world, "talks"), key);
	if (!text)
		return err_set(e, ERR_UNAVAILABLE, "the recording has no conversation with %s", key);
	*out = arena_strdup(a, text);
	*n = strlen(text);
	return 0;
}

/* Whoever was asked then. */
static int reach(struct world *w, const struct ip *to, size_t count, struct arena *a,
		 char **out, size_t *n, struct err *e)
{
	const char *text = json_text(((struct world_recording *)w)->world, "outside");

	(void)to;
	(void)count;
	if (!text)
		return err_set(e, ERR_NOT_FOUND, "the recording tells of no ports from outside");
	*out = arena_strdup(a, text);
	*n = strlen(text);
	return 0;
}

static void close_recording(struct world *w)
{
	struct world_recording *r = (struct world_recording *)w;

	for (int i = 0; i < NWORLD_FILES; i++)
		if (r->fd[i] >= 0)
			close(r->fd[i]);
	json_object_put(r->world);
	arena_clear(&r->arena);
	free(r);
}

static const struct world_ops ops = {
	.kind = "recording", .file = file, .command = command, .dns = dns,
	.resolvers = resolvers, .addresses = addresses, .talk = talk,
	.reach = reach, .close = close_recording,
};

static json_object *read_world(int dirfd, struct err *e)
{
	const struct io_expect x = { .max_size = WORLD_JSON_MAX };
	struct arena a = ARENA_INIT;
	json_object *o = NULL;
	const char *schema;
	char *text;
	size_t n;
	int fd = io_open_beneath(dirfd, "world.json", &x, e);

	if (fd < 0)
		return NULL;
	if (!io_read_all(fd, WORLD_JSON_MAX, &a, &text, &n, "world.json", e))
		o = json_read(text, n, "world.json", e);
	close(fd);
	arena_clear(&a);
	schema = json_text(o, "schema");
	if (o && (!schema || strcmp(schema, RECORDING_SCHEMA))) {
		err_set(e, ERR_INPUT, "world.json is no %s", RECORDING_SCHEMA);
		json_object_put(o);
		return NULL;
	}
	return o;
}

static void open_files(struct world_recording *r, int dirfd)
{
	for (int i = 0; i < NWORLD_FILES; i++) {
		const struct io_expect x = { .max_size = world_files[i].max_size };
		char path[80] = "files/";

		strncat(path, world_files[i].row, 64);
		r->fd[i] = io_open_beneath(dirfd, path, &x, &r->why[i]);
	}
}

struct world *world_recording(const char *dir, struct err *e)
{
	int dirfd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct world_recording *r;
	json_object *world;

	if (dirfd < 0) {
		err_set(e, ERR_INPUT, "%s is not a directory that can be read", dir);
		return NULL;
	}
	world = read_world(dirfd, e);
	if (!world) {
		close(dirfd);
		return NULL;
	}
	r = calloc(1, sizeof(*r));
	if (!r)
		abort();
	open_files(r, dirfd);
	close(dirfd);
	r->world = world;
	r->w.ops = &ops;
	r->w.now = json_number(world, "now", 0);
	r->w.hostname = json_text(world, "hostname");
	r->w.resolver_is_public = json_flag(world, "resolver_is_public") == 1;
	return &r->w;
}
