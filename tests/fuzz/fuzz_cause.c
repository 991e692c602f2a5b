#include <stdlib.h>
#include <string.h>

#include "mail/cause.h"
#include "mail/cause_help.h"
#include "mail/credentials.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

static void check(struct cause c)
{
	if (c.class >= CAUSE_CLASSES || !cause_class_name(c.class) || !c.rule ||
	    !cause_who_name(c.who) || !cause_help(&c)->steps[0])
		abort();
}

/* Words in another place may mean something else, never nothing at all. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	struct slice text = { (const char *)data, n };
	struct exim_log_line x;
	char *copy;

	for (unsigned place = PLACE_REFUSED; place <= PLACE_LOOSE; place <<= 1)
		check(cause_of_text(text, place));
	cause_is_imitated(text);
	exim_log_parse_body(text, &x);
	check(cause_of_line(&x));
	cause_line_imitates(&x);
	copy = malloc(n + 1);
	if (n)
		memcpy(copy, data, n);
	copy[n] = '\0';
	if (strlen(credentials_cut(copy)) > n)
		abort();
	free(copy);
	return 0;
}
