#include <string.h>

#include "base/json.h"
#include "mail/verdict.h"
#include "render/domain_rows.h"

#define NFIELDS 8
#define JUDGED "judged"

/* ---- writing ------------------------------------------------------------ */

/* A tab or a line's end in a name that came from the DNS would shift the fields. */
static int put(struct buf *out, const char *s, char end)
{
	size_t n = s ? strlen(s) : 0, start = out->len;

	if (buf_add(out, s ? s : "", n) || buf_add(out, &end, 1))
		return -1;
	for (size_t i = start; i < start + n; i++)
		if ((unsigned char)out->data[i] < ' ')
			out->data[i] = '?';
	return 0;
}

int domain_row_write(const struct domain_row *row, struct buf *out)
{
	const char *const fields[NFIELDS] = {
		row->name, row->owner, row->reseller, row->route, row->side,
		row->exchanger, row->provider, row->judged ? JUDGED : NULL,
	};

	for (size_t i = 0; i < NFIELDS; i++)
		if (put(out, fields[i], i + 1 < NFIELDS ? '\t' : '\n'))
			return -1;
	return 0;
}

static const char *route_of(const struct domain *d)
{
	static const char *const words[NLISTS] = {
		[LIST_LOCAL] = "local", [LIST_REMOTE] = "remote",
		[LIST_SECONDARY] = "secondary",
	};
	const char *found = "none";

	/* A backup may stand among the remote ones as well. */
	for (int i = 0; i < NLISTS; i++)
		if (d->line[i])
			found = strcmp(found, "local") ? words[i] : "several";
	return found;
}

static bool is_judged(const struct domain *d)
{
	static const enum routing_verdict not[] = {
		ROUTING_UNJUDGED, ROUTING_NO_ANSWER, ROUTING_NOT_PUBLIC, ROUTING_UNTOLD,
	};

	for (size_t i = 0; i < sizeof(not) / sizeof(*not); i++)
		if (d->routing == not[i])
			return false;
	return true;
}

static struct domain_row row_of(const struct domain *d)
{
	static const char *const sides[] = {
		[MX_UNKNOWN] = "unknown", [MX_NONE] = "none", [MX_HERE] = "here",
		[MX_BACKUP_HERE] = "backup", [MX_ELSEWHERE] = "elsewhere",
	};
	const struct mx_view v = mx_look(d);
	const struct mx_host *h = v.host;

	return (struct domain_row){
		.name = d->name, .owner = d->owner, .reseller = d->reseller,
		.route = route_of(d), .side = sides[v.side],
		.exchanger = h ? h->name : NULL,
		.provider = h ? h->provider_title : NULL,
		.judged = is_judged(d),
	};
}

json_object *domain_rows_text(const struct facts *f)
{
	struct buf out = BUF_INIT(DOMAIN_ROWS_MAX);
	json_object *o;

	for (size_t i = 0; i < f->ndomains; i++) {
		const struct domain_row row = row_of(&f->domains[i]);

		if (domain_row_write(&row, &out))
			break;	/* more than a million domains: the first ones */
	}
	o = json_new_text(out.data ? out.data : "");
	buf_free(&out);
	return o;
}

/* ---- reading ------------------------------------------------------------ */

static const char *take(struct slice *rest, struct arena *a)
{
	struct slice s = slice_cut(rest, '\t');

	return s.n ? arena_strndup(a, s.p, s.n) : NULL;
}

/* One of the words, which last; or NULL. */
static const char *word(struct slice *rest)
{
	static const char *const words[] = {
		"local", "remote", "secondary", "several", "none", "here", "backup",
		"elsewhere", "unknown",
	};
	struct slice s = slice_cut(rest, '\t');

	for (size_t i = 0; i < sizeof(words) / sizeof(*words); i++)
		if (slice_eq(s, words[i]))
			return words[i];
	return NULL;
}

bool domain_row_read(struct slice line, struct arena *a, struct domain_row *out)
{
	struct slice rest = line;

	out->name = take(&rest, a);
	out->owner = take(&rest, a);
	out->reseller = take(&rest, a);
	out->route = word(&rest);
	out->side = word(&rest);
	out->exchanger = take(&rest, a);
	out->provider = take(&rest, a);
	out->judged = slice_eq(rest, JUDGED);
	return out->name && out->side && !memchr(line.p, '\0', line.n);
}
