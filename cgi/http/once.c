#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/sha256.h"
#include "http/once.h"

#define DIR_NAME "once"
#define OWNER 17	/* of a name: the door's first letter and digits of whose it is */
#define WHICH 48	/* … and after a dash those of the key */
#define NAME (OWNER + 1 + WHICH)
#define FILE_MAX (8u * ONCE_ANSWER_MAX)	/* an answer with every byte escaped */

struct entry {
	char name[ONCE_NAME];
	time_t written;
	bool running;
};

struct once {
	pthread_mutex_t lock;	/* over all that follows, and the files */
	int dir;		/* -1: none */
	size_t n;
	struct entry entries[ONCE_ALL_MAX];
};

/* ---- life -------------------------------------------------------------- */

static int open_dir(const char *state_dir)
{
	int state = open(state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), dir = -1, unmade;

	/* An installation has it already: a front that is confined makes none. */
	unmade = state < 0 || !mkdirat(state, DIR_NAME, 0700) ? 0 : errno;
	if (state >= 0)
		dir = openat(state, DIR_NAME, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (dir < 0)
		log_line(LOG_LINE_WARNING, "idempotency keys are refused: %s/%s: %s",
			 state_dir, DIR_NAME, strerror(errno == ENOENT && unmade ? unmade : errno));
	if (state >= 0)
		close(state);
	return dir;
}

/* One that name_of makes, and what follows it. */
static bool is_name(const char *s, const char *then)
{
	static const char hex[] = "0123456789abcdef";

	return *s >= 'a' && *s <= 'z' && strspn(s + 1, hex) == OWNER - 1 && s[OWNER] == '-' &&
		strspn(s + OWNER + 1, hex) == WHICH && !strcmp(s + NAME, then);
}

/* Files; and whatever somebody has put into the place of one, while that is empty. */
static void drop(const struct once *o, const char *name)
{
	if (unlinkat(o->dir, name, 0))
		unlinkat(o->dir, name, AT_REMOVEDIR);
}

static void add(struct once *o, const char *name, time_t written)
{
	struct entry *x = &o->entries[o->n++];

	memcpy(x->name, name, strlen(name) + 1);	/* shorter than ONCE_NAME */
	x->written = written;
	x->running = false;
}

/* What an earlier front has left; a file half written goes, others are not ours. */
static void load(struct once *o)
{
	int fd = o->dir < 0 ? -1 : fcntl(o->dir, F_DUPFD_CLOEXEC, 3);
	DIR *d = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *de;
	struct stat st;

	while (d && (de = readdir(d))) {
		if (*de->d_name == '.' && is_name(de->d_name + 1, ".new"))
			drop(o, de->d_name);
		if (!is_name(de->d_name, "") || fstatat(o->dir, de->d_name, &st, AT_SYMLINK_NOFOLLOW))
			continue;
		if (o->n < ONCE_ALL_MAX)
			add(o, de->d_name, st.st_mtime);
		else
			drop(o, de->d_name);
	}
	if (d)
		closedir(d);
}

struct once *once_new(const char *state_dir)
{
	struct once *o = calloc(1, sizeof(*o));

	if (!o || pthread_mutex_init(&o->lock, NULL))
		abort();
	o->dir = state_dir ? open_dir(state_dir) : -1;
	load(o);
	return o;
}

void once_free(struct once *o)
{
	if (!o)
		return;
	if (o->dir >= 0)
		close(o->dir);
	pthread_mutex_destroy(&o->lock);
	free(o);
}

/* ---- names ------------------------------------------------------------- */

static void digest(const void *p, size_t n, char out[65])
{
	uint32_t words[SHA256_WORDS];

	sha256(p, n, words);
	for (size_t i = 0; i < SHA256_WORDS; i++)
		snprintf(out + 8 * i, 9, "%08x", words[i]);
}

/* Neither logins nor keys are names of files. */
static void name_of(struct arena *a, const char *owner, const char *key,
		    char out[ONCE_NAME])
{
	const char *both = arena_printf(a, "%s %s", owner, key);
	char whose[65], which[65];

	digest(owner, strlen(owner), whose);
	digest(both, strlen(both), which);
	snprintf(out, ONCE_NAME, "%c%.*s-%.*s", *owner, OWNER - 1, whose, WHICH, which);
}

/* ---- files; the lock is held --------------------------------------------- */

static int keep(struct once *o, const struct once_turn *turn, const struct response *rs,
		struct err *e)
{
	json_object *file = json_object_new_object();
	const char *text;
	int rc;

	json_put_text(file, "request", turn->request);
	json_put_number(file, "begun", turn->begun);
	json_put_flag(file, "lost", turn->lost);
	if (rs) {
		json_put_number(file, "status", rs->status);
		json_put_text(file, "type", rs->content_type);
		json_put_text(file, "body", rs->body.data);
	}
	text = json_object_to_json_string_ext(file, JSON_C_TO_STRING_PLAIN);
	rc = io_replace(o->dir, turn->name, 0600, text, strlen(text), e);
	json_object_put(file);
	return rc;
}

static json_object *kept(struct once *o, const char *name, struct arena *a)
{
	const struct io_expect mine = {
		.max_size = FILE_MAX, .check_owner = true, .owner = geteuid()
	};
	struct err e;
	int fd = io_open_beneath(o->dir, name, &mine, &e);
	json_object *file = NULL;
	char *text;
	size_t n;

	if (fd < 0)
		return NULL;
	if (!io_read_all(fd, FILE_MAX, a, &text, &n, name, &e))
		file = json_read(text, n, name, &e);
	close(fd);
	return file;
}

/* ---- the table; the lock is held ------------------------------------------ */

static void forget_old(struct once *o)
{
	time_t now = time(NULL);

	for (size_t i = o->n; i-- > 0;) {
		struct entry *x = &o->entries[i];

		if (x->written > now)	/* by a clock that was wrong */
			x->written = now;
		if (x->running || now - x->written < ONCE_LIFE_S)
			continue;
		drop(o, x->name);
		*x = o->entries[--o->n];
	}
}

static struct entry *find(struct once *o, const char *name)
{
	for (struct entry *x = o->entries; x < o->entries + o->n; x++)
		if (!strcmp(x->name, name))
			return x;
	return NULL;
}

static bool has_room(const struct once *o, const char *name)
{
	size_t own = 0, of_door = 0;

	for (size_t i = 0; i < o->n; i++) {
		own += !strncmp(o->entries[i].name, name, OWNER);
		of_door += *o->entries[i].name == *name;
	}
	return own < ONCE_OWN_MAX && of_door < ONCE_DOOR_MAX && o->n < ONCE_ALL_MAX;
}

static int refuse(int *status, int how)
{
	*status = how;
	return -1;
}

/* Before anything is carried out: what is not written down might be done again. */
static int note(struct once *o, const struct once_turn *turn, int *status, struct err *e)
{
	struct err why;

	if (!keep(o, turn, NULL, &why))
		return 0;
	err_set(e, ERR_UNAVAILABLE, "the idempotency_key cannot be kept, so nothing was done: %.300s",
		why.text);
	return refuse(status, 503);
}

static int begin_new(struct once *o, struct once_turn *turn, int *status, struct err *e)
{
	if (!has_room(o, turn->name)) {
		err_set(e, ERR_LIMIT, "too many idempotency keys came within a day: %d of a login, %d of a door",
			ONCE_OWN_MAX, ONCE_DOOR_MAX);
		return refuse(status, 429);
	}
	turn->begun = time(NULL);
	if (note(o, turn, status, e))
		return -1;
	add(o, turn->name, time(NULL));
	o->entries[o->n - 1].running = true;
	return 0;
}

/* Whether there is an answer that was ours. */
static bool give(json_object *file, struct response *rs, struct arena *a)
{
	const char *type = json_text(file, "type"), *body = json_text(file, "body");
	int64_t status = json_number(file, "status", 0);

	if (!type || !body || status < 200 || status >= 500 || strpbrk(type, "\r\n"))
		return false;
	rs->status = (int)status;
	rs->content_type = arena_strdup(a, type);
	buf_puts(&rs->body, body);
	return true;
}

/* It came before, and what became of it is not known: since the time that the file says
 * or, where that cannot be read, since as long as any is kept. The file is this request's
 * then. */
static int resume(struct once *o, json_object *file, struct entry *x, struct once_turn *turn,
		  int *status, struct err *e)
{
	turn->again = true;
	turn->begun = json_number(file, "begun", 0);
	turn->lost = !json_text(file, "request") || turn->begun <= 0 ||
		json_flag(file, "lost") == 1;
	if (turn->lost) {
		turn->begun = time(NULL) - ONCE_LIFE_S;
		unlinkat(o->dir, x->name, AT_REMOVEDIR);	/* all else is replaced */
		if (note(o, turn, status, e))
			return -1;
	}
	x->running = true;
	return 0;
}

static int begin_again(struct once *o, struct entry *x, struct once_turn *turn,
		       struct response *rs, struct arena *a, bool *answered,
		       int *status, struct err *e)
{
	json_object *file = kept(o, x->name, a);
	const char *request = json_text(file, "request");
	int rc = 0;

	if (request && strcmp(request, turn->request)) {
		err_set(e, ERR_INPUT, "this idempotency_key came with another request within the last day: each request has its own");
		json_object_put(file);
		return refuse(status, 422);
	}
	if (x->running) {
		err_set(e, ERR_UNAVAILABLE, "the request with this idempotency_key is being carried out: ask again in a moment");
		json_object_put(file);
		return refuse(status, 503);
	}
	*answered = request && give(file, rs, a);
	if (!*answered)
		rc = resume(o, file, x, turn, status, e);
	json_object_put(file);
	return rc;
}

int once_begin(struct once *o, const char *owner, const char *key, const void *request,
	       size_t request_len, struct once_turn *turn, struct response *rs, struct arena *a,
	       bool *answered, int *status, struct err *e)
{
	struct entry *x;
	int rc;

	memset(turn, 0, sizeof(*turn));
	*answered = false;
	if (o->dir < 0)
		return err_set(e, ERR_UNAVAILABLE, "an idempotency_key cannot be kept here, so nothing was done: the log says why");
	name_of(a, owner, key, turn->name);
	digest(request, request_len, turn->request);
	pthread_mutex_lock(&o->lock);
	forget_old(o);
	x = find(o, turn->name);
	rc = x ? begin_again(o, x, turn, rs, a, answered, status, e) :
		begin_new(o, turn, status, e);
	pthread_mutex_unlock(&o->lock);
	return rc;
}

void once_end(struct once *o, const struct once_turn *turn, const struct response *rs)
{
	bool keeps = rs->status < 500 && rs->body.data && rs->body.len <= ONCE_ANSWER_MAX;
	struct entry *x;
	struct err e;

	pthread_mutex_lock(&o->lock);
	x = find(o, turn->name);
	if (x) {
		x->running = false;
		x->written = time(NULL);
		if (keeps && keep(o, turn, rs, &e))
			log_line(LOG_LINE_WARNING, "an answer is not kept for its idempotency key: %s",
				 e.text);
	}
	pthread_mutex_unlock(&o->lock);
}
