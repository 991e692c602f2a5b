#include <string.h>

#include "core/fix.h"
#include "mail/ban_view.h"
#include "mail/csf_plan.h"

#define EXPECT_MAX 255	/* what the helper's journal holds */

struct aim {
	const struct ban *ban;
	const char *verb;
	size_t same;	/* entries of the address alone that the verb finds */
};

/* csf.deny and what it includes are one list, and two verbs. */
static bool is_of_verb(const struct ban *b, const char *verb)
{
	const char *its = ban_verb(b);

	return its && !strcmp(its, verb);
}

/* The entry that decides; of several in one list the first, as the helper sees it. */
static int choose(const struct ban_verdict *v, const char *address, struct arena *a,
		  struct aim *out, struct err *e)
{
	bool one = ip_equal(&v->blocks->net.from, &v->blocks->net.to);

	out->verb = ban_verb(v->blocks);
	if (!out->verb)
		return err_set(e, ERR_DENIED, "%s holds %s%s. %s",
			       ban_list_name(v->blocks->list), address,
			       one ? "" : " as part of a network or a country, which stays whole",
			       ban_advice(a, v->blocks));
	for (size_t i = 0; i < v->nall; i++) {
		if (v->all[i]->list != v->blocks->list || !is_of_verb(v->all[i], out->verb))
			continue;
		if (!out->same++)
			out->ban = v->all[i];
	}
	if (out->same > 1 && out->ban->list != BAN_CSF_TEMPBAN && out->ban->line)
		return err_set(e, ERR_DENIED, "%s holds %s in %zu lines: take them out by hand, undo could not put all of them back",
			       ban_list_name(out->ban->list), address, out->same);
	return 0;
}

/* As the helper will read it. */
static const char *expected(const struct ban *b, struct arena *a, struct err *e)
{
	const char *s;

	if (!b->line)
		return "listed";
	s = arena_printf(a, "%s%sline %u: %.*s", b->file ? b->file : "", b->file ? ": " : "",
			 b->line, (int)b->entry.n, b->entry.p);
	if (b->list == BAN_CSF_DENY && strcasestr(s, "do not delete"))
		err_set(e, ERR_DENIED, "the line says “do not delete”%s: take it out of %s by hand",
			b->file ? "" : ", and csf keeps such lines",
			b->file ? b->file : "/etc/csf/csf.deny");
	else if (strlen(s) <= EXPECT_MAX)
		return s;
	else
		err_set(e, ERR_DENIED, "the line is too long to be put back; take it out by hand");
	return NULL;
}

/* csf knows no command for it: the line goes, and all rules are made anew. */
static void note_included(const struct fix_input *in, const struct ban *b, struct plan *p)
{
	plan_note(p, "The line goes out of %s, which csf.deny includes. Undo puts it back in its place; both restart CSF.",
		  b->file);
	plan_note(p, "If another program writes this file, for several servers perhaps, the line comes back with its next run: take it out there as well.");
	csf_plan_end(in, p);
}

static void note_undo(const struct ban *b, struct plan *p)
{
	static const char *const words[NBAN_LISTS] = {
		[BAN_CSF_DENY] = "csf takes the line and its rule out at once. Undo bans the address again and puts the line back in its place.",
		[BAN_CSF_TEMPBAN] = "Not undoable: how long the ban had still to last is lost. To ban the address again: csf -td ADDRESS SECONDS.",
		[BAN_SPAMMERS] = "Exim reads the list anew for the next connection. Undo puts the line back in its place.",
		[BAN_HULK_BRUTE] = "Not undoable: cPHulk forgets the failed logins that it has counted for the address.",
		[BAN_HULK_EXCESSIVE] = "Not undoable: cPHulk forgets the failed logins that it has counted for the address.",
		[BAN_HULK_BLACK] = "Undo lists the address again, but without the entry's comment.",
	};

	plan_note(p, "%s", words[b->list]);
}

/* The list may have been right: the password is still wrong somewhere. */
static void note_cause(const struct ban *b, const char *address, struct plan *p)
{
	plan_note(p, "The reason that is noted: %s%s%s.", b->text ? b->text : "none",
		  b->since ? ", since " : "", b->since ? b->since : "");
	plan_note(p, "Whoever uses %s is blocked again as soon as it fails as often: most often an old password in a phone, a computer or a printer. Have it corrected first.",
		  address);
}

/* Each list is taken by itself, so that each can be put back by itself. */
static void note_others(const struct ban_verdict *v, const struct aim *aim,
			struct plan *p)
{
	for (size_t i = 0; i < v->nall; i++)
		if (ban_list_blocks(v->all[i]->list) &&
		    (v->all[i]->list != aim->ban->list || !v->all[i]->file != !aim->ban->file))
			plan_note(p, "%s holds it as well: if that counts, the address stays blocked by it, and the next fix is about that list.",
				  ban_place(p->arena, v->all[i]));
}

static int plan(const struct fix_input *in, struct plan *p, struct err *e)
{
	char address[IP_TEXT_MAX];
	struct ban_verdict v;
	struct aim aim = { .same = 0 };
	const char *expect;
	struct ip ip;

	if (in->nparams)
		return err_set(e, ERR_INPUT, "unblock_address takes no settings, not %.40s",
			       in->params[0].name);
	if (!ip_parse(&ip, in->finding->subject))
		return err_set(e, ERR_DENIED, "these are many addresses: look at each by itself");
	ip_text(address, &ip);
	ban_judge(in->facts, &ip, &v);
	if (!v.blocks)
		return err_set(e, ERR_STALE, "no list that counts holds %s any more", address);
	if (choose(&v, address, p->arena, &aim, e) ||
	    (aim.ban->file && csf_plan_begin(in, e)))
		return -1;
	expect = expected(aim.ban, p->arena, e);
	if (!expect)
		return -1;
	plan_op(p, aim.verb, address, expect, "not listed");
	if (aim.ban->file)
		note_included(in, aim.ban, p);
	else
		note_undo(aim.ban, p);
	note_cause(aim.ban, address, p);
	note_others(&v, &aim, p);
	return 0;
}

const struct fix fix_unblock_address = {
	.id = "unblock_address",
	.title = "Take the address off the list",
	.risk = "Whoever uses this address can connect again; if it was an attacker, so can they.",
	.params = "",
	.plan = plan,
};
