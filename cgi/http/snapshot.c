#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/io.h"
#include "base/json.h"
#include "base/log.h"
#include "base/map.h"
#include "core/check.h"
#include "http/snapshot.h"

#define FILE_NAME "last-scan.json"
#define FILE_MAX (256u << 20)
#define ROWS "domain_rows"

struct held {
	struct snapshot snapshot;	/* first: a snapshot is a held one */
	struct arena arena;
	unsigned users;			/* the store is one while it is the present */
};

struct snapshot_store {
	pthread_mutex_t lock;		/* over present and users */
	pthread_mutex_t writing;	/* one put at a time */
	struct held *present;
	char *state_dir;
};

/* ---- from the object to rows ------------------------------------------- */

static struct slice text_of(struct arena *a, json_object *o)
{
	const char *s = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	size_t n = strlen(s);

	return (struct slice){ arena_strndup(a, s, n), n };
}

static const char *copy(struct arena *a, const char *s)
{
	return s ? arena_strdup(a, s) : NULL;
}

/* The domain, address or port that it is about, or NULL. */
static const char *name_of(json_object *finding)
{
	static const enum subject_kind kinds[] = { SUBJECT_DOMAIN, SUBJECT_IP, SUBJECT_PORT };
	json_object *subject = json_member(finding, "subject");
	const char *kind = json_text(subject, "kind");

	for (size_t i = 0; kind && i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(kind, subject_kind_name(kinds[i])))
			return json_text(subject, "name");
	return NULL;
}

/* One that this release does not know may be about any mail. */
static unsigned ways_of(const char *check)
{
	const struct check *c = check ? check_find(check) : NULL;

	return c ? c->ways : WAY_IN | WAY_OUT;
}

static void take_impact(json_object *impact, struct snapshot_row *row)
{
	int64_t mails = json_number(impact, "mails", 0), days = json_number(impact, "days", 0);

	row->mails = mails > 0 ? (uint64_t)mails : 0;
	row->days = days > 0 && days < 1000 ? (unsigned)days : 0;
}

static int take_row(struct arena *a, json_object *o, struct snapshot_row *row)
{
	json_object *subject = json_member(o, "subject");
	const char *kind = json_text(subject, "kind");

	row->id = copy(a, json_text(o, "id"));
	row->text = copy(a, json_text(o, "text"));
	row->reseller = copy(a, json_text(o, "reseller"));
	row->bulk = json_flag(json_member(o, "fix"), "bulk") == 1;
	row->is_new = json_flag(o, "new") == 1;
	row->muted = json_member(o, "muted") != NULL;
	row->ways = ways_of(json_text(o, "check"));
	take_impact(json_member(o, "impact"), row);
	row->name = copy(a, name_of(o));
	if (kind && !strcmp(kind, subject_kind_name(SUBJECT_DOMAIN)))
		row->domain = copy(a, json_text(subject, "name"));
	if (kind && !strcmp(kind, subject_kind_name(SUBJECT_IP)))
		row->address = copy(a, json_text(subject, "name"));
	if (!row->id || !row->text || !json_text(o, "check") ||
	    !json_text(subject, "name") ||
	    !severity_find(json_text(o, "severity"), &row->severity))
		return -1;
	row->words = text_lower(arena_printf(a, "%s\n%s", row->text, row->id));
	row->json = text_of(a, o);
	return 0;
}

static int worst_first(const void *pa, const void *pb)
{
	const struct snapshot_row *a = pa, *b = pb;

	return a->severity != b->severity ? (int)a->severity - (int)b->severity :
		strcmp(a->id, b->id);
}

static int take_rows(struct held *h, json_object *list)
{
	size_t n = json_count(list);
	struct snapshot_row *rows = arena_zalloc(&h->arena, (n + 1) * sizeof(*rows));

	for (size_t i = 0; i < n; i++)
		if (take_row(&h->arena, json_object_array_get_idx(list, i), &rows[i]))
			return -1;
	qsort(rows, n, sizeof(*rows), worst_first);
	h->snapshot.rows = rows;
	h->snapshot.n = n;
	return 0;
}

/* The summary says what the rows say, whoever wrote it. */
static void count(const struct snapshot *x, json_object *summary)
{
	int64_t n[SEV_INFO + 1] = { 0 }, muted = 0;

	for (size_t i = 0; i < x->n; i++) {
		n[x->rows[i].severity] += !x->rows[i].muted;
		muted += x->rows[i].muted;
	}
	json_put_number(summary, "muted", muted);
	for (int i = SEV_CRITICAL; i <= SEV_INFO; i++)
		json_put_number(summary, severity_name((enum severity)i), n[i]);
}

static bool is_findings(json_object *o)
{
	const char *schema = json_text(o, "schema");

	return schema && !strcmp(schema, "relaydoctor/1") &&
		json_text(json_member(o, "server"), "hostname") &&
		json_object_is_type(json_member(o, "sources"), json_type_array) &&
		json_object_is_type(json_member(o, "summary"), json_type_object) &&
		json_object_is_type(json_member(o, "findings"), json_type_array);
}

/* The domains' table, with what was found about each. */
static void take_domains(struct held *h, json_object *o)
{
	json_object *text = json_member(o, ROWS);
	struct domain_table *t;

	if (!json_object_is_type(text, json_type_string))
		return;
	t = domain_table_new((struct slice){ json_object_get_string(text),
			(size_t)json_object_get_string_len(text) }, &h->arena);
	for (size_t i = 0; i < h->snapshot.n; i++)
		if (h->snapshot.rows[i].domain && !h->snapshot.rows[i].muted)
			domain_table_found(t, h->snapshot.rows[i].domain,
					   h->snapshot.rows[i].severity);
	domain_table_end(t, &h->arena);
	h->snapshot.domains = t;
}

/* The object's text without its rows, which it has again afterwards. */
static struct slice head_of(struct arena *a, json_object *o)
{
	json_object *findings = json_object_get(json_member(o, "findings"));
	json_object *rows = json_object_get(json_member(o, ROWS));
	struct slice text;

	json_object_object_add(o, "findings", json_object_new_array());
	json_object_object_del(o, ROWS);
	text = text_of(a, o);
	json_object_object_add(o, "findings", findings);
	if (rows)
		json_object_object_add(o, ROWS, rows);
	return text;
}

static void free_held(struct held *h)
{
	if (h)
		arena_clear(&h->arena);
	free(h);
}

static struct held *held_of(json_object *o, struct err *e)
{
	struct held *h = calloc(1, sizeof(*h));
	json_object *list = json_member(o, "findings");

	if (!h)
		abort();
	if (!is_findings(o) || take_rows(h, list)) {
		free_held(h);
		err_set(e, ERR_UNAVAILABLE, "that is no findings object of schema relaydoctor/1");
		return NULL;
	}
	count(&h->snapshot, json_member(o, "summary"));
	h->snapshot.api_rate = (unsigned)json_number(json_member(o, "server"), "api_rate", 0);
	take_domains(h, o);
	h->snapshot.head = head_of(&h->arena, o);
	return h;
}

json_object *snapshot_parse(struct slice json)
{
	struct err e;
	json_object *o = json_read(json.p, json.n, "a snapshot", &e);

	if (!o)
		abort();	/* it was printed by json-c */
	return o;
}

/* ---- taking and replacing ---------------------------------------------- */

const struct snapshot *snapshot_take(struct snapshot_store *s)
{
	struct held *h;

	pthread_mutex_lock(&s->lock);
	h = s->present;
	if (h)
		h->users++;
	pthread_mutex_unlock(&s->lock);
	return h ? &h->snapshot : NULL;
}

static void drop(struct snapshot_store *s, struct held *h)
{
	bool last;

	if (!h)
		return;
	pthread_mutex_lock(&s->lock);
	last = --h->users == 0;
	pthread_mutex_unlock(&s->lock);
	if (last)
		free_held(h);
}

void snapshot_release(struct snapshot_store *s, const struct snapshot *x)
{
	drop(s, (struct held *)(uintptr_t)x);
}

static void publish(struct snapshot_store *s, struct held *h)
{
	struct held *old;

	h->users = 1;
	pthread_mutex_lock(&s->lock);
	old = s->present;
	s->present = h;
	pthread_mutex_unlock(&s->lock);
	drop(s, old);
}

/* ---- on disk ----------------------------------------------------------- */

static void save(const struct snapshot_store *s, json_object *o)
{
	const char *text = json_object_to_json_string_ext(o, JSON_C_TO_STRING_PLAIN);
	int dir = s->state_dir ? open(s->state_dir,
				      O_RDONLY | O_DIRECTORY | O_CLOEXEC) : -1;
	struct err e;

	if (!s->state_dir)
		return;
	if (dir < 0)
		err_set(&e, ERR_UNAVAILABLE, "%s: %s", s->state_dir, strerror(errno));
	if (dir < 0 || io_replace(dir, FILE_NAME, 0600, text, strlen(text), &e))
		log_line(LOG_LINE_WARNING, "the scan is not kept over a restart: %s",
			 e.text);
	if (dir >= 0)
		close(dir);
}

static int read_file(int dir, struct arena *a, struct slice *out, struct err *e)
{
	const struct io_expect mine = {
		.max_size = FILE_MAX, .check_owner = true, .owner = geteuid()
	};
	int fd = io_open_beneath(dir, FILE_NAME, &mine, e), rc;
	char *text;

	if (fd < 0)
		return -1;
	rc = io_read_all(fd, FILE_MAX, a, &text, &out->n, FILE_NAME, e);
	out->p = text;
	close(fd);
	return rc;
}

static void load(struct snapshot_store *s)
{
	int dir = open(s->state_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct arena a = ARENA_INIT;
	struct slice text;
	json_object *o = NULL;
	struct held *h = NULL;
	struct err e = { .code = ERR_NOT_FOUND };

	if (dir >= 0 && !read_file(dir, &a, &text, &e))
		o = json_read(text.p, text.n, FILE_NAME, &e);
	if (o)
		h = held_of(o, &e);
	if (h)
		publish(s, h);
	else if (e.code != ERR_NOT_FOUND)
		log_line(LOG_LINE_WARNING, "the last scan is left out: %s", e.text);
	json_object_put(o);
	arena_clear(&a);
	if (dir >= 0)
		close(dir);
}

struct snapshot_store *snapshot_store_new(const char *state_dir)
{
	struct snapshot_store *s = calloc(1, sizeof(*s));

	if (!s || pthread_mutex_init(&s->lock, NULL) ||
	    pthread_mutex_init(&s->writing, NULL))
		abort();
	if (state_dir) {
		s->state_dir = strdup(state_dir);
		if (!s->state_dir)
			abort();
		load(s);
	}
	return s;
}

void snapshot_store_free(struct snapshot_store *s)
{
	if (!s)
		return;
	free_held(s->present);
	pthread_mutex_destroy(&s->lock);
	pthread_mutex_destroy(&s->writing);
	free(s->state_dir);
	free(s);
}

/* ---- putting ----------------------------------------------------------- */

static int put(struct snapshot_store *s, json_object *o, struct err *e)
{
	struct held *h = held_of(o, e);

	if (!h)
		return -1;
	publish(s, h);
	save(s, o);
	return 0;
}

int snapshot_put(struct snapshot_store *s, json_object *findings, struct err *e)
{
	int rc;

	pthread_mutex_lock(&s->writing);
	rc = put(s, findings, e);
	pthread_mutex_unlock(&s->writing);
	return rc;
}

static bool is_in(const struct map *names, const char *name)
{
	return name && map_get(names, name);
}

/* How a domain of `changed` is routed now, the next scan will say. */
static json_object *whole_but_findings(const struct snapshot *x, const struct map *changed)
{
	json_object *o = snapshot_parse(x->head);

	if (x->domains)
		json_object_object_add(o, ROWS, domain_table_text(x->domains, changed));
	return o;
}

/* A look at some domains may tell of the server, too: that stands there already. */
static json_object *with_domains(const struct snapshot *x, const struct map *names,
				 json_object *findings)
{
	json_object *o = whole_but_findings(x, names);
	json_object *list = json_member(o, "findings");

	for (size_t i = 0; i < x->n; i++)
		if (!is_in(names, x->rows[i].name))
			json_object_array_add(list, snapshot_parse(x->rows[i].json));
	for (size_t i = 0; i < json_count(findings); i++) {
		json_object *one = json_object_array_get_idx(findings, i);

		if (is_in(names, name_of(one)))
			json_object_array_add(list, json_object_get(one));
	}
	return o;
}

static bool is_of_server(json_object *finding)
{
	const char *id = json_text(finding, "check");
	const struct check *c = id ? check_find(id) : NULL;

	return c && check_is_of_server(c);
}

static json_object *with_server(const struct snapshot *x, json_object *findings)
{
	json_object *o = whole_but_findings(x, NULL);
	json_object *list = json_member(o, "findings");

	for (size_t i = 0; i < x->n; i++) {
		json_object *one = snapshot_parse(x->rows[i].json);

		if (is_of_server(one))
			json_object_put(one);
		else
			json_object_array_add(list, one);
	}
	for (size_t i = 0; i < json_count(findings); i++)
		json_object_array_add(list, json_object_get(json_object_array_get_idx(findings, i)));
	return o;
}

static json_object *with_muted(const struct snapshot *x, const char *id, json_object *muted)
{
	json_object *o = whole_but_findings(x, NULL);
	json_object *list = json_member(o, "findings");

	for (size_t i = 0; i < x->n; i++) {
		json_object *one = snapshot_parse(x->rows[i].json);

		if (!strcmp(x->rows[i].id, id))
			json_object_object_add(one, "muted", json_object_get(muted));
		json_object_array_add(list, one);
	}
	return o;
}

/* Puts in place, and takes over, what was made of the present one. */
static int replace(struct snapshot_store *s, json_object *o, struct err *e)
{
	int rc = put(s, o, e);

	json_object_put(o);
	return rc;
}

int snapshot_mute(struct snapshot_store *s, const char *id, json_object *muted,
		  struct err *e)
{
	const struct snapshot *x;
	int rc = 0;

	pthread_mutex_lock(&s->writing);
	x = snapshot_take(s);
	if (x) {
		rc = replace(s, with_muted(x, id, muted), e);
		snapshot_release(s, x);
	}
	pthread_mutex_unlock(&s->writing);
	return rc;
}

int snapshot_put_server(struct snapshot_store *s, json_object *findings, struct err *e)
{
	const struct snapshot *x;
	int rc = 0;

	pthread_mutex_lock(&s->writing);
	x = snapshot_take(s);
	if (x) {
		rc = replace(s, with_server(x, findings), e);
		snapshot_release(s, x);
	}
	pthread_mutex_unlock(&s->writing);
	return rc;
}

int snapshot_put_domains(struct snapshot_store *s, json_object *domains,
			 json_object *findings, struct err *e)
{
	struct arena a = ARENA_INIT;
	struct map names = MAP_INIT(&a, 0);
	const struct snapshot *x;
	int rc = 0;

	for (size_t i = 0; i < json_count(domains); i++)
		*map_at(&names, json_object_get_string(
			json_object_array_get_idx(domains, i))) = s;
	pthread_mutex_lock(&s->writing);
	x = snapshot_take(s);
	if (x) {
		rc = replace(s, with_domains(x, &names, findings), e);
		snapshot_release(s, x);
	}
	pthread_mutex_unlock(&s->writing);
	arena_clear(&a);
	return rc;
}
