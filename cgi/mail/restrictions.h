#ifndef MAIL_RESTRICTIONS_H
#define MAIL_RESTRICTIONS_H

#include "mail/filter_view.h"

/*
 * Who may connect to other servers' mail ports, by the rules: WHM's SMTP
 * Restrictions lead everybody but root, Exim, mailman and cPanel's own user back
 * to this server; CSF's SMTP_BLOCK rejects them. Only that root gets out where an
 * account does not proves such a rule; a closed port stops both.
 */
struct restricted {
	struct user_class class[USER_CLASSES_MAX];
	size_t nclasses;
	/* Of class[0…] in IPv4 and IPv6, to port 25. */
	struct fw_answer answer[USER_CLASSES_MAX][2];
	bool asked[2];		/* the server has that family */
	/* At least one class of accounts, in either family. */
	bool blocked[2], redirected[2], free[2], unknown[2];
};

void restricted_look(const struct facts *f, struct arena *a, struct restricted *out);
/* "bob and 12 others", "any other user" */
const char *class_text(const struct user_class *c, struct arena *a);

/* One of the owners of such rules: WHM, CSF, or another. */
const char *restrictions_owner(const struct facts *f, bool redirects);
/* "WHM on, CSF off": as the helper's verb set_restrictions has it. */
const char *restrictions_text(const struct facts *f);
/* What it is after they were turned on by the one who can: CSF where it runs, else
 * WHM. NULL: they are not off, or that could not be read. */
const char *restrictions_to_turn_on(const struct facts *f);
/* WHM's setting asks for them: in cpanel.config or by its flag file. */
bool whm_restricts(const struct facts *f);

#endif
