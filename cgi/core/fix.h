#ifndef CORE_FIX_H
#define CORE_FIX_H

#include "base/err.h"
#include "core/facts.h"
#include "core/finding.h"

/*
 * A change is a list of helper verbs. A fix only says which: previewing,
 * applying, journaling and undoing are the engine's, the same for every fix.
 */
struct op {
	const char *verb;	/* a verb of priv/verbs: "set_routing" */
	const char *name;	/* what it acts on: the domain */
	const char *expect;	/* the value the plan was made against */
	const char *value;	/* the value it will have */
	struct op *next;
};

/* A named input that the admin chose; values were typed by a person. */
struct param {
	const char *name, *value;
};

/* What is known about the mail that lies here, gathered for a preview only. */
struct mail_here {
	bool asked;
	bool known;		/* false: why says what could not be read */
	const char *why;
	unsigned mailboxes;
	uint64_t messages;
	const char *mailbox;	/* the address of one of them, or NULL */
};

/* What cPanel says of the domain's zone on this server, for a preview only. */
struct zone_kept {
	bool known;		/* false: why says what could not be read */
	const char *why;
	bool authority;		/* cPanel finds it delegated to this server */
	const char *zone;	/* that has its records; NULL: none here */
	const char *mx;		/* as base/mx_text writes it */
	uint32_t serial;
};

/* A filter of a finding's subject "FROM>TO" as cPanel lists it, for a preview only. */
struct filter_kept {
	const char *why;	/* NULL: it is known; else what speaks against */
	const char *state;	/* as priv/filters.h writes it */
	const char *name;
};

struct plan {
	struct arena *arena;
	struct op *first, **tail;
	/* The word the admin must type, and why; NULL: none needed. */
	const char *confirm;
	const char *confirm_why;	/* NULL: mail of the domain may be concerned */
	const char **notes;	/* what the admin should know before applying */
	size_t nnotes, cap_notes;
	/* What could be asked for instead: values of the fix's params. */
	struct param *choices;
	size_t nchoices, cap_choices;
};

/* What a fix plans from. All of it was read for this preview, none is cached. */
struct fix_input {
	const struct facts *facts;
	const struct finding *finding;
	const struct param *params;
	size_t nparams;
	const struct ip *from;	/* where whoever asks sits; NULL: not known */
	struct mail_here here;
	/* The host that Exim hands the domain's mail to now; NULL: it does not
	 * leave this server, or that is not known. */
	const char *leaves_for;
	/* For a fix that edits_zone: */
	struct zone_kept kept;
	struct mx_host *exchanger;	/* the host that was named, looked up;
					 * NULL: none was */
	struct filter_kept filter;	/* of a subject "FROM>TO" */
	/* For a fix that trusts, the address that was named; NULL: none was. */
	const struct relay_trust *trust;
};

struct fix {
	const char *id;
	const char *title;	/* as on the button */
	const char *risk;	/* what else changes, in one sentence */
	const char *params;	/* "value=local|remote|secondary|auto, gateway=yes" */
	bool bulk;		/* may be applied to a selection of findings */
	/* May be named where its check has looked and found nothing: the finding is then
	 * the server itself, without evidence. */
	bool unasked;
	bool edits_zone;	/* it plans from in->kept and in->exchanger */
	bool trusts;		/* … from in->trust */
	/* Nothing is lost, and nobody let in, if nobody looks at the preview, unless
	 * that asks for a word: one call may plan and apply it where the settings say so. */
	bool safe;
	/* -1 with a reason when it must not be done; nothing is left planned. */
	int (*plan)(const struct fix_input *in, struct plan *p, struct err *e);
};

extern const struct fix *const all_fixes[];	/* by id, NULL-ended */

const struct fix *fix_find(const char *id);
/* It can be had where it is held back for a gateway (gateway=yes). id may be
 * NULL. */
bool fix_overrides_gateway(const char *id);
bool fix_trusts(const char *id);	/* id may be NULL */
/* It may be asked for by name of this one of its settings, though the finding has no
 * button: whoever says gateway=yes, or names an address, knows better. */
bool fix_is_asked_for(const struct fix *fix, const struct fix_input *in);
const char *fix_param(const struct fix_input *in, const char *name);	/* or NULL */
void plan_init(struct plan *p, struct arena *a);
void plan_op(struct plan *p, const char *verb, const char *name,
	     const char *expect, const char *value);
void plan_choice(struct plan *p, const char *name, const char *value);
__attribute__((format(printf, 2, 3)))
void plan_note(struct plan *p, const char *fmt, ...);

#endif
