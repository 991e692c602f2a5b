#include <string.h>

#include "core/mute.h"
#include "mail/settings.h"
#include "mail/when.h"

#define TITLE_MAX 80
#define SPAN_MAX (366u * 86400)
#define EVERY_MIN 300
#define PROBE_EVERY_MIN 3600	/* strangers are bothered by it */
#define RATE_MIN 10
#define RATE_MAX 60000
#define WORD_MAX 40
#define BOM "\xef\xbb\xbf"

void settings_init(struct settings *s, struct slice text)
{
	*s = (struct settings){ .rest = text };
	if (slice_starts(text, BOM)) {
		s->rest.p += strlen(BOM);
		s->rest.n -= strlen(BOM);
	}
}

static const char *read_address(struct slice value, struct setting *out)
{
	if (value.n && memchr(value.p, '/', value.n))
		return "an address is meant, not a network";
	if (!ip_read(&out->ip, value))
		return "this is not an address";
	if (ip_is_loopback(&out->ip) || ip_is_unspecified(&out->ip))
		return "every server has this address";
	out->kind = SETTING_ADDRESS;
	return NULL;
}

static struct slice first_word(struct slice *rest)
{
	struct slice w = { rest->p, 0 };

	while (w.n < rest->n && w.p[w.n] != ' ' && w.p[w.n] != '\t')
		w.n++;
	rest->p += w.n;
	rest->n -= w.n;
	*rest = slice_trim(*rest);
	return w;
}

/* Text that a page or a terminal may show. */
static bool is_line(struct slice s)
{
	for (size_t i = 0; i < s.n; i++)
		if ((unsigned char)s.p[i] < 0x20 || s.p[i] == 0x7f)
			return false;
	return true;
}

static bool is_title(struct slice s)
{
	return s.n <= TITLE_MAX && is_line(s);
}

static const char *read_gateway(struct slice value, struct setting *out)
{
	struct slice word = first_word(&value);

	if (!word.n || word.n >= sizeof(out->suffix) || memchr(word.p, '\0', word.n))
		return "a host name, or the end of one, is meant";
	if (*word.p == '.' || *word.p == '*')
		return "the end of a host name is meant, without a dot or a star before it";
	memcpy(out->suffix, word.p, word.n);
	out->suffix[word.n] = '\0';
	if (!text_is_domain(out->suffix))
		return "a host name, or the end of one, is meant";
	if (!strchr(out->suffix, '.'))
		return "this takes in a whole top-level domain";
	if (!is_title(value))
		return "the name of the gateway is too long, or holds odd characters";
	text_lower(out->suffix);
	out->title = value;
	out->kind = SETTING_GATEWAY;
	return NULL;
}

/* "90s", "30m", "24h", "7d", "never": seconds, from least to a year. */
static const char *read_span(struct slice value, unsigned least, struct setting *out)
{
	static const struct {
		char letter;
		unsigned seconds;
	} units[] = { { 's', 1 }, { 'm', 60 }, { 'h', 3600 }, { 'd', 86400 } };
	char last = value.n ? value.p[value.n - 1] : '\0';
	uint64_t n;

	if (slice_eq(value, "never"))
		return NULL;
	value.n -= value.n > 0;
	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		if (units[i].letter != last ||
		    !slice_uint(value, SPAN_MAX / units[i].seconds, &n))
			continue;
		out->seconds = (unsigned)n * units[i].seconds;
		return out->seconds >= least ? NULL : "that is too often";
	}
	return "a time such as 30s, 15m, 24h or 7d is meant, or never";
}

static const char *read_every(struct slice value, struct setting *out)
{
	out->kind = SETTING_EVERY;
	return read_span(value, EVERY_MIN, out);
}

static const char *read_on_change(struct slice value, struct setting *out)
{
	out->kind = SETTING_ON_CHANGE;
	return read_span(value, 1, out);
}

static const char *read_probe_every(struct slice value, struct setting *out)
{
	out->kind = SETTING_PROBE_EVERY;
	return read_span(value, PROBE_EVERY_MIN, out);
}

static const char *read_api_rate(struct slice value, struct setting *out)
{
	uint64_t n;

	out->kind = SETTING_API_RATE;
	if (!slice_uint(value, RATE_MAX, &n) || n < RATE_MIN)
		return "a number from 10 to 60000 is meant";
	out->number = (unsigned)n;
	return NULL;
}

static const char *read_one_call(struct slice value, struct setting *out)
{
	out->kind = SETTING_ONE_CALL;
	out->word = value;
	for (size_t i = 0; i < value.n; i++)
		if ((value.p[i] < 'a' || value.p[i] > 'z') && value.p[i] != '_')
			return "the id of a fix is meant, each on a line of its own";
	return value.n && value.n <= WORD_MAX ? NULL : "the id of a fix is meant";
}

static const char *read_probe_to(struct slice value, struct setting *out)
{
	const char *why = read_address(value, out);

	out->kind = SETTING_PROBE_TO;
	return why ? why : ip_is_private(&out->ip) ?
		"an address of the public internet is meant" : NULL;
}

/* The word must be there, and what stands behind it is given back. */
static struct slice after_word(struct slice *rest, const char *word)
{
	struct slice w = first_word(rest);

	return slice_eq(w, word) ? first_word(rest) : (struct slice){ "", 0 };
}

static const char *read_mute(struct slice value, struct setting *out)
{
	static const char meant[] = "“finding until 2026-12-31 by somebody seen mark because reason” is meant";
	struct slice until;
	bool zulu;

	out->finding = first_word(&value);
	until = after_word(&value, "until");
	out->by = after_word(&value, "by");
	out->mark = after_word(&value, "seen");
	if (!out->by.n || out->mark.n != MUTE_MARK - 1 || !slice_eq(first_word(&value), "because"))
		return meant;
	out->reason = value;
	if (until.n != 10 || !when_read(until, &out->until, &zulu))
		return "the day until which it is muted is no day such as 2026-12-31";
	if (!value.n || !is_line(value))
		return "the reason is missing, or holds odd characters";
	out->until += 86400;
	out->kind = SETTING_MUTE;
	return NULL;
}

static const struct {
	const char *key;
	const char *(*read)(struct slice value, struct setting *out);
	bool one;	/* it is there once */
} keys[] = {
	{ "address", read_address, false },
	{ "gateway", read_gateway, false },
	{ "scan_every", read_every, true },
	{ "scan_on_change", read_on_change, true },
	{ "probe_every", read_probe_every, true },
	{ "api_rate", read_api_rate, true },
	{ "one_call", read_one_call, false },
	{ "probe_to", read_probe_to, false },
	{ "mute", read_mute, false },
};

/* What the line is about is told of a fault, too. */
static const char *read_line(struct setting *out)
{
	struct slice value = out->text;

	out->key = slice_trim(slice_cut(&value, '='));
	if (out->key.n == out->text.n)
		return "“key = value” is meant";
	out->value = value = slice_trim(value);
	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		if (!slice_eq(out->key, keys[i].key))
			continue;
		if (!keys[i].one)
			out->about = first_word(&out->value);
		return keys[i].read(value, out);
	}
	return "there is no such setting";
}

bool settings_next(struct settings *s, struct setting *out)
{
	struct slice line;

	while (slice_line(&s->rest, &line)) {
		s->line++;
		line = slice_trim(line);
		if (!line.n || *line.p == '#')
			continue;
		*out = (struct setting){
			.line = s->line, .text = line, .about = SLICE(""),
		};
		out->why = read_line(out);
		if (out->why)
			out->kind = SETTING_FAULT;
		return true;
	}
	return false;
}
