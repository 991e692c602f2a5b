#ifndef MAIL_EXPLANATION_HERE_H
#define MAIL_EXPLANATION_HERE_H

#include "core/finding.h"
#include "mail/cause_help.h"
#include "mail/explanation.h"

/*
 * What this server knows about a text that was explained: evidence from here beside
 * the text's own, and where it tells look-alikes apart, the cause that is really
 * behind it. Everything lives in the arena of whoever fills it.
 */
#define HERE_EVIDENCE_MAX 16
#define HERE_MISSING_MAX 8

struct here_evidence {
	const char *source, *text;
};

struct explanation_here {
	bool asked;	/* there was something to look up */
	size_t n, nmissing;
	struct here_evidence evidence[HERE_EVIDENCE_MAX];
	const char *missing[HERE_MISSING_MAX];	/* what could not be looked up, and why */
	const struct finding *finding;	/* that of this server's which explains it; or NULL */
	/* The cause as it is seen from here, and its words. */
	struct cause cause;
	const char *title, *text, *steps[HELP_STEPS];
};

/* Of its look-alikes, which one a refusal to relay is: the order decides, as in a
 * person's questions. */
struct relay_case {
	const struct finding *of_recipient;	/* what is wrong with its domain here */
	bool recipient_here;	/* its domain is this server's */
	bool client_is_us, client_known;	/* it has logged in lately */
	const char *after;	/* LOG_RULE_AFTER_LOGIN, LOG_RULE_UNADVERTISED: a login of
				 * its address came right before; or NULL */
	bool sender_here;	/* its domain is this server's */
	bool all_known;		/* nothing of the above is a guess */
};

/* The cause and its words, as the text alone has them, then as the case has them. */
void explanation_here_init(struct explanation_here *out, const struct explanation *x);
void explanation_here_relay(struct explanation_here *out, const struct relay_case *c);

#endif
