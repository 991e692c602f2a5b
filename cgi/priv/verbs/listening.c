#include "priv/sockets.h"
#include "priv/valid.h"
#include "priv/verb.h"

static int run(struct ask *a, struct err *e)
{
	a->answer = sockets_listening(e);
	return a->answer < 0 ? -1 : 0;
}

const struct verb verb_listening = {
	.name = "listening",
	.who = WHO_ROOT | WHO_SCAN,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
