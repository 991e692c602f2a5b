#include <string.h>

#include "base/json.h"
#include "mail/restrictions.h"
#include "render/view_restrictions.h"

enum state { FREE, STOPPED, LED_BACK, PARTLY, UNKNOWN };

static const struct {
	const char *name, *text;
} states[] = {
	[FREE] = { "free", "Nothing on this server keeps the sites' own programs from connecting to other mail servers: a hacked site can send spam past Exim, its log and its limits." },
	[STOPPED] = { "stopped", "The sites' own programs may not connect to other mail servers: their connections are refused or dropped." },
	[LED_BACK] = { "led back", "The sites' own programs may not connect to other mail servers: their connections are led back to this server." },
	[PARTLY] = { "partly", "The sites' own programs are kept from other mail servers by one of IPv4 and IPv6, and get out by the other." },
	[UNKNOWN] = { "unknown", "Whether the sites' own programs get out to other mail servers cannot be told from the rules." },
};

static enum state state_of(const struct facts *f, const struct restricted *o)
{
	bool stopped = o->blocked[0] || o->blocked[1], led = o->redirected[0] || o->redirected[1];

	if (f->source[SOURCE_FIREWALL].state != SOURCE_OK || o->unknown[0] || o->unknown[1])
		return UNKNOWN;
	if (!stopped && !led)
		return o->free[0] || o->free[1] ? FREE : UNKNOWN;
	return o->free[0] || o->free[1] ? PARTLY : stopped ? STOPPED : LED_BACK;
}

static const char *exempt(const struct facts *f, const char *owner, struct arena *a)
{
	const struct csf_facts *csf = &f->blocking.csf;

	if (!owner)
		return NULL;
	if (strncmp(owner, "CSF", 3))
		return "root, Exim, mailman and cPanel's own user; WHM exempts no account";
	return arena_printf(a, "root, the users in SMTP_ALLOWUSER (%s) and the groups in SMTP_ALLOWGROUP (%s)",
			    *csf->allow_users ? csf->allow_users : "nobody",
			    *csf->allow_groups ? csf->allow_groups : "none");
}

static bool settings_known(const struct facts *f)
{
	return f->source[SOURCE_RESTRICTIONS].state == SOURCE_OK &&
		f->source[SOURCE_CSF].state != SOURCE_FAILED;
}

/* The finding whose fix makes one sound state of two settings that do not agree; it is
 * there when they do not. */
static const char *mended_by(const struct facts *f, struct arena *a)
{
	const struct smtp_restrictions *whm = &f->blocking.restrictions;
	const char *check = csf_is_active(f) && whm_restricts(f) ? "smtp_restrictions_two_owners" :
		whm->written && whm->on != whm->flag ? "smtp_restrictions_drift" : NULL;

	return check && settings_known(f) && f->hostname ?
		arena_printf(a, "%s:%s", check, f->hostname) : NULL;
}

json_object *view_restrictions(const struct facts *f, struct arena *a)
{
	json_object *o = json_object_new_object();
	struct restricted seen;
	const char *owner = NULL;
	enum state s;

	restricted_look(f, a, &seen);
	s = state_of(f, &seen);
	if (s == STOPPED || s == LED_BACK || s == PARTLY)
		owner = restrictions_owner(f, seen.redirected[0] || seen.redirected[1]);
	json_put_text(o, "state", states[s].name);
	json_put_text(o, "text", states[s].text);
	json_put_text(o, "owner", owner);
	json_put_text(o, "setting", settings_known(f) ? restrictions_text(f) : NULL);
	json_put_text(o, "exempt", exempt(f, owner, a));
	json_put_text(o, "finding", f->hostname ?
		      arena_printf(a, "smtp_restrictions_on:%s", f->hostname) : NULL);
	json_put_text(o, "mend", mended_by(f, a));
	json_put_text(o, "offer", !f->hostname ? NULL :
		      s == FREE && restrictions_to_turn_on(f) ? "on" : owner ? "off" : NULL);
	return o;
}
