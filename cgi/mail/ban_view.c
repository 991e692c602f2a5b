#include <string.h>

#include "mail/ban_view.h"
#include "mail/filter_view.h"

static bool is_csf(enum ban_list l)
{
	return l == BAN_CSF_DENY || l == BAN_CSF_TEMPBAN || l == BAN_CSF_ALLOW ||
		l == BAN_CSF_TEMPALLOW;
}

/* Of two lists of one tool, what lets through goes first. */
static bool same_tool(enum ban_list blocks, enum ban_list lets)
{
	if (lets == BAN_CSF_ALLOW || lets == BAN_CSF_TEMPALLOW)
		return is_csf(blocks);
	return blocks == BAN_HULK_BRUTE || blocks == BAN_HULK_EXCESSIVE ||
		blocks == BAN_HULK_BLACK;
}

static bool of_mail(const struct ban *b)
{
	static const uint16_t ports[] = { 25, 26, 110, 143, 465, 587, 993, 995 };

	if (!b->ports.n)
		return true;
	for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
		if (port_listed(&b->ports, ports[i]))
			return true;
	return false;
}

static bool is_let(const struct ban_verdict *v, const struct ban *b,
		   const struct ban **by)
{
	for (size_t i = 0; i < v->nall; i++)
		if (!ban_list_blocks(v->all[i]->list) && !v->all[i]->ports.n &&
		    same_tool(b->list, v->all[i]->list)) {
			*by = v->all[i];
			return true;
		}
	return false;
}

void ban_judge(const struct facts *f, const struct ip *ip, struct ban_verdict *out)
{
	bool csf = csf_is_active(f);

	*out = (struct ban_verdict){ .nall = 0 };
	out->nall = bans_of(&f->blocking.bans, ip, out->all, BANS_SHOWN);
	for (size_t i = 0; i < out->nall; i++) {
		const struct ban *b = out->all[i];

		if (!ban_list_blocks(b->list))
			continue;
		if (is_csf(b->list) && !csf)
			out->csf_off = true;
		else if (of_mail(b) && !b->out && !is_let(out, b, &out->lets) &&
			 !out->blocks)
			out->blocks = b;
	}
}

static const struct {
	const char *verb;
	const char *advice;	/* of what no verb takes out */
} ways[NBAN_LISTS] = {
	[BAN_CSF_DENY] = { "unblock_deny",
		"csf -a ADDRESS lets this one address through and leaves the rest of the entry as it is." },
	[BAN_CSF_TEMPBAN] = { "unblock_temporary",
		"csf -a ADDRESS lets this one address through and leaves the rest of the entry as it is." },
	[BAN_SPAMMERS] = { "unblock_spammers",
		"Narrow the entry by hand, or remove it, where nothing else of it is to be kept out." },
	[BAN_COUNTRIES] = { NULL,
		"The address counts to a blocked country: WHM » Filter Incoming Emails by Country changes that." },
	[BAN_HULK_BRUTE] = { "unblock_hulk",
		"WHM » cPHulk Brute Force Protection » Whitelist lets the one address through." },
	[BAN_HULK_EXCESSIVE] = { "unblock_hulk",
		"WHM » cPHulk Brute Force Protection » Whitelist lets the one address through." },
	[BAN_HULK_BLACK] = { "unblock_black",
		"WHM » cPHulk Brute Force Protection » Whitelist lets the one address through." },
};

static bool is_one_address(const struct ban *b)
{
	return ip_equal(&b->net.from, &b->net.to);
}

const char *ban_verb(const struct ban *b)
{
	if (!is_one_address(b))
		return NULL;
	if (!b->file)
		return ways[b->list].verb;
	return b->list == BAN_CSF_DENY && text_is_csf_include(b->file) ? "unblock_included" : NULL;
}

/* The address as sed looks for it, where the line and the file can be told to a shell as
 * they are. */
static bool can_be_told_to_sed(const struct ban *b, char pattern[2 * IP_TEXT_MAX])
{
	static const char plain[] = "0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ./_-";
	char ip[IP_TEXT_MAX], *out = pattern;

	ip_text(ip, &b->net.from);
	if (strspn(b->file, plain) != strlen(b->file) ||
	    !memmem(b->entry.p, b->entry.n, ip, strlen(ip)))
		return false;
	for (const char *p = ip; *p; *out++ = *p++)
		if (*p == '.')
			*out++ = '\\';
	*out = '\0';
	return true;
}

/* csf -dr knows its own file alone. */
static const char *included_advice(struct arena *a, const struct ban *b)
{
	char pattern[2 * IP_TEXT_MAX];
	const char *how = can_be_told_to_sed(b, pattern) ?
		arena_printf(a, ": sed -i.bak '%u{/%s/d}' %s", b->line, pattern, b->file) :
		" with an editor";

	return arena_printf(a, "It is line %u of %s, which %s includes and csf -dr leaves alone. Take the line out there%s – and then load the rules anew: csf -r (WHM's own SMTP Restrictions go with the old rules).",
			    b->line, b->file, ban_list_name(b->list), how);
}

const char *ban_advice(struct arena *a, const struct ban *b)
{
	if (b->file && is_one_address(b))
		return included_advice(a, b);
	return ways[b->list].advice ? ways[b->list].advice : "";
}

const char *ban_place(struct arena *a, const struct ban *b)
{
	const char *list = ban_list_name(b->list);

	return b->file ? arena_printf(a, "%s, included by %s", b->file, list) : list;
}

void ban_evidence(struct report *r, struct finding *x, const struct ban *b)
{
	const char *source = ban_place(r->arena, b);

	if (b->line)
		source = arena_printf(r->arena, "%s, line %u", source, b->line);
	finding_evidence(r, x, source, "%s%s%s%s%s", b->text ? b->text : "no reason is noted",
			 b->since ? "; since " : "", b->since ? b->since : "",
			 b->until ? ", until " : "", b->until ? b->until : "");
}
