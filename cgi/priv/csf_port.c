#include <stdio.h>
#include <string.h>

#include "priv/csf.h"
#include "priv/csf_port.h"
#include "priv/field.h"

/* By the families that are open: bit 0 IPv4, bit 1 IPv6. */
static const char *const words[] = {
	"closed", "open for IPv4", "open for IPv6", "open"
};

#define NWORDS 4

static int bits_of(const char *word)
{
	int i = 0;

	while (i < NWORDS && strcmp(words[i], word))
		i++;
	return i;
}

bool valid_csf_port(const char *value)
{
	return bits_of(value) < NWORDS;
}

/* Submission, relay and cPanel's alternative port: nothing else is opened here. */
bool valid_csf_port_name(const char *name)
{
	static const char *const ports[] = { "25", "26", "465", "587", "2525" };
	struct slice way = slice_of(name), port = slice_cut(&way, ' ');

	if (!slice_eq(way, "in") && !slice_eq(way, "out"))
		return false;
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		if (slice_eq(port, ports[i]))
			return true;
	return false;
}

/* The two lists that the name means, as the file has them. */
struct lists {
	char port[6];
	const char *key[2];
	struct csf_conf conf;
	struct slice value[2];
	int families;	/* bits of those that count */
};

static int look(const char *name, struct arena *a, struct lists *l, struct err *e)
{
	static const char *const keys[2][2] = {
		{ "TCP_IN", "TCP6_IN" }, { "TCP_OUT", "TCP6_OUT" }
	};
	struct slice way = slice_of(name), port = slice_cut(&way, ' '), ipv6;

	snprintf(l->port, sizeof(l->port), "%.*s", (int)port.n, port.p);
	if (csf_read(a, &l->conf, e))
		return -1;
	ipv6 = slice_trim(csf_text_value(l->conf.text, "IPV6"));
	l->families = slice_eq(ipv6, "1") ? 3 : 1;
	for (int v = 0; v < 2; v++) {
		l->key[v] = keys[slice_eq(way, "out")][v];
		l->value[v] = csf_text_value(l->conf.text, l->key[v]);
		if (!l->value[v].p && l->families & 1 << v)
			return err_set(e, ERR_DENIED, "csf.conf has no line of %s", l->key[v]);
	}
	return 0;
}

static int open_bits(const struct lists *l)
{
	int bits = 0;

	for (int v = 0; v < 2; v++)
		if (l->families & 1 << v && csf_list_has(l->value[v], l->port, NULL))
			bits |= 1 << v;
	/* Without IPv6 there is one list, and it says all. */
	return l->families == 1 && bits ? 3 : bits;
}

static int read_value(const char *account, const char *name, char value[SETTING_MAX],
		      struct err *e)
{
	struct arena a = ARENA_INIT;
	struct lists l;
	int rc = look(name, &a, &l, e);

	(void)account;
	if (!rc)
		field_print(value, SETTING_MAX, "%s", words[open_bits(&l)]);
	arena_clear(&a);
	return rc;
}

static int apply(const struct setting_act *x, struct arena *a, struct err *e)
{
	struct csf_edit edits[2] = { { .key = NULL } };
	int wanted = bits_of(x->value);
	struct lists l;

	if (look(x->name, a, &l, e))
		return -1;
	for (int v = 0; v < 2; v++) {
		edits[v].key = l.key[v];
		if (l.families & 1 << v &&
		    csf_list_with(CSF_LIST_PORTS, l.value[v], l.port, wanted & 1 << v, a,
				  &edits[v].value, e))
			return -1;
	}
	return csf_apply(&l.conf, edits, 2, x->rules_apart, x->lock, e);
}

const struct setting setting_csf_port = {
	.what = "the opening", .of_server = true, .guarded = true,
	.read = read_value, .apply = apply,
};
