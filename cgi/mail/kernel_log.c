#include "mail/cursor.h"
#include "mail/kernel_log.h"
#include "mail/when.h"

#define DAY 86400
#define TAG " kernel: "
#define USERS_SHOWN 5

/* ---- one line ----------------------------------------------------------- */

static const struct {
	const char *word;
	bool out;
	int family;
} kinds[] = {
	{ "*TCP_OUT Blocked* ", true, 4 }, { "*TCP6OUT Blocked* ", true, 6 },
	{ "*TCP_IN Blocked* ", false, 4 }, { "*TCP6IN Blocked* ", false, 6 },
};

/* "Nov 24 07:19:38": of the last twelve months. */
static bool read_short_time(struct slice s, int64_t now, int64_t *wall)
{
	static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";
	uint64_t day, hour, minute, second;
	int month = 0;
	char today[WHEN_MAX];

	if (s.n < 15 || s.p[3] != ' ' || s.p[6] != ' ' || s.p[9] != ':' || s.p[12] != ':')
		return false;
	while (month < 12 && memcmp(months + 3 * month, s.p, 3))
		month++;
	if (month++ == 12 ||
	    !slice_uint(slice_trim((struct slice){ s.p + 4, 2 }), 31, &day) || !day ||
	    !slice_uint((struct slice){ s.p + 7, 2 }, 23, &hour) ||
	    !slice_uint((struct slice){ s.p + 10, 2 }, 59, &minute) ||
	    !slice_uint((struct slice){ s.p + 13, 2 }, 60, &second))
		return false;
	when_text(today, now);
	for (int year = (today[0] - '0') * 1000 + (today[1] - '0') * 100 +
	     (today[2] - '0') * 10 + today[3] - '0', n = 0; n < 2; n++, year--) {
		*wall = when_days(year, month, (int)day) * DAY +
			(int64_t)(hour * 3600 + minute * 60 + second);
		if (*wall <= now + DAY)
			return true;
	}
	return false;
}

static bool read_time(struct slice line, int64_t now, int64_t *wall)
{
	bool zulu;

	if (now <= 0 || line.n < 19)
		return false;
	if (line.p[4] == '-')
		return when_read((struct slice){ line.p, 19 }, wall, &zulu);
	return read_short_time(line, now, wall);
}

static bool read_ip(struct slice s, int family, struct ip *out)
{
	return ip_read(out, s) && out->family == family;
}

/* The first of each counts: what a packet carries is not among them. */
static bool read_fields(struct slice rest, int family, struct kernel_line *out)
{
	bool src = false, port = false;
	uint64_t n;

	while (rest.n) {
		struct slice word = slice_cut(&rest, ' ');

		if (!src && cursor_take(&word, "SRC="))
			src = read_ip(word, family, &out->src);
		else if (!port && cursor_take(&word, "DPT=") && slice_uint(word, 65535, &n)) {
			out->port = (uint16_t)n;
			port = true;
		} else if (!out->has_uid && cursor_take(&word, "UID=") &&
			   slice_uint(word, UINT32_MAX - 1, &n)) {
			out->uid = (uint32_t)n;
			out->has_uid = true;
		}
	}
	return port && (src || out->out);
}

bool kernel_line_read(struct slice line, int64_t now, struct kernel_line *out)
{
	struct slice rest;
	size_t at;

	*out = (struct kernel_line){ .port = 0 };
	if (!read_time(line, now, &out->wall) || !cursor_find(line, TAG, &at))
		return false;
	rest = cursor_drop(line, at + strlen(TAG));
	if (slice_starts(rest, "[")) {
		slice_cut(&rest, ']');
		rest = slice_trim(rest);
	}
	if (!cursor_take(&rest, "Firewall: "))
		return false;
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (cursor_take(&rest, kinds[i].word)) {
			out->out = kinds[i].out;
			return read_fields(rest, kinds[i].family, out);
		}
	return false;
}

/* ---- evidence ----------------------------------------------------------- */

static const char *user_text(const struct facts *f, const struct kernel_hit *h,
			     struct arena *a)
{
	if (!h->has_uid)
		return "a program that the kernel did not name";
	for (size_t i = 0; i < f->blocking.nusers; i++)
		if (f->blocking.users[i].uid == h->uid)
			return arena_printf(a, "%s (uid %u)", f->blocking.users[i].name, h->uid);
	return arena_printf(a, "uid %u", h->uid);
}

static void tell(struct report *r, struct finding *x, const struct facts *f,
		 const struct kernel_hit *h, const char *what)
{
	const char *often = h->count == 1 ? "once" :
		arena_printf(r->arena, "%u times", h->count);
	char when[WHEN_MAX];

	finding_evidence(r, x, f->blocking.kernel.file, "%s, %s in %u days, last at %s",
			 what, often, KERNEL_LOG_DAYS, when_text(when, h->last));
}

void kernel_evidence_out(struct report *r, struct finding *x, const struct facts *f,
			 uint16_t port)
{
	const struct kernel_log *k = &f->blocking.kernel;
	size_t n = 0;

	for (size_t i = 0; i < k->n; i++) {
		const struct kernel_hit *h = &k->hits[i];

		if (!h->out || h->port != port || ++n > USERS_SHOWN)
			continue;
		tell(r, x, f, h, arena_printf(r->arena, "to port %u of others, stopped: %s",
					      port, user_text(f, h, r->arena)));
	}
	if (n > USERS_SHOWN)
		finding_evidence(r, x, k->file, "to port %u of others, stopped: %zu more users",
				 port, n - USERS_SHOWN);
}

void kernel_evidence_in(struct report *r, struct finding *x, const struct facts *f,
			const struct ip *ip)
{
	const struct kernel_log *k = &f->blocking.kernel;

	for (size_t i = 0; i < k->n; i++)
		if (!k->hits[i].out && ip_equal(&k->hits[i].src, ip))
			tell(r, x, f, &k->hits[i], arena_printf(r->arena,
				"from there to port %u, stopped", k->hits[i].port));
}
