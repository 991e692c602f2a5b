#include <string.h>

#include "mail/csf_conf.h"
#include "mail/ruleset.h"

#define PORT_MAX 65535

static struct slice unquoted(struct slice s)
{
	if (s.n >= 2 && *s.p == '"' && s.p[s.n - 1] == '"')
		return (struct slice){ s.p + 1, s.n - 2 };
	return s;
}

bool config_get(struct slice text, const char *key, struct slice *value)
{
	bool found = false;
	struct slice line;

	while (slice_line(&text, &line)) {
		struct slice name;

		line = slice_trim(line);
		if (!line.n || *line.p == '#')
			continue;
		name = slice_trim(slice_cut(&line, '='));
		if (!slice_eq(name, key))
			continue;
		*value = unquoted(slice_trim(line));
		found = true;
	}
	return found;
}

int config_flag(struct slice text, const char *key, int otherwise)
{
	struct slice value;
	uint64_t n;

	if (!config_get(text, key, &value))
		return otherwise;
	return slice_uint(value, 1u << 30, &n) && n > 0;
}

/* ---- csf.conf ---------------------------------------------------------- */

void port_list_read(struct slice text, char range_mark, struct arena *a,
		    struct port_list *out)
{
	struct fw_range *ranges = NULL;
	size_t cap = 0;

	*out = (struct port_list){ .known = true };
	while (text.n) {
		struct slice piece = slice_trim(slice_cut(&text, ','));

		ranges = arena_grow(a, ranges, out->n, &cap, sizeof(*ranges));
		if (range_parse(piece, PORT_MAX, range_mark, &ranges[out->n]))
			out->n++;
		else if (piece.n)
			out->known = false;
	}
	out->ranges = ranges;
}

static const char *text_of(struct slice text, const char *key, struct arena *a)
{
	struct slice value;
	char raw[500], shown[1000];
	size_t n;

	if (!config_get(text, key, &value))
		return "";
	n = value.n < sizeof(raw) - 1 ? value.n : sizeof(raw) - 1;
	memcpy(raw, value.p, n);
	raw[n] = '\0';
	return arena_strdup(a, text_printable(shown, sizeof(shown), raw));
}

int csf_conf_read(struct slice text, struct arena *a, struct csf_facts *out)
{
	struct slice value;

	for (int p = 0; p < NCSF_PORTS; p++) {
		out->ports[p] = (struct port_list){ .known = false };
		if (config_get(text, csf_ports_name((enum csf_ports)p), &value))
			port_list_read(value, ':', a, &out->ports[p]);
	}
	if (!out->ports[CSF_TCP_IN].known || !out->ports[CSF_TCP_OUT].known)
		return -1;
	out->testing = config_flag(text, "TESTING", 0);
	out->ipv6 = config_flag(text, "IPV6", 0);
	out->smtp_block = config_flag(text, "SMTP_BLOCK", 0);
	out->smtp_redirect = config_flag(text, "SMTP_REDIRECT", 0);
	out->allow_users = text_of(text, "SMTP_ALLOWUSER", a);
	out->allow_groups = text_of(text, "SMTP_ALLOWGROUP", a);
	out->cc_deny = text_of(text, "CC_DENY", a);
	out->cc_allow_filter = text_of(text, "CC_ALLOW_FILTER", a);
	return 0;
}
