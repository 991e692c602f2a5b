#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "priv/accounts.h"
#include "priv/caller.h"
#include "priv/place.h"

#define SLOT_WAIT_MS 500

/* A scan asks DNS between two requests; a front waits for a scan before it
 * says keep. */
static const struct peer_rule rules[] = {
	{ "root", WHO_ROOT, 0, 600000 },
	{ ACCOUNT_SCAN, WHO_SCAN, 0, 600000 },
	{ ACCOUNT_ADMIN, WHO_ADMIN_FRONT, 0, 180000 },
	{ ACCOUNT_USER, WHO_USER_FRONT, 2, 60000 },
};

const struct peer_rule *caller_rule(uid_t uid)
{
	for (size_t i = 0; i < sizeof(rules) / sizeof(*rules); i++) {
		const struct passwd *pw = getpwnam(rules[i].account);

		if (pw && pw->pw_uid == uid)
			return &rules[i];
	}
	return NULL;
}

/* 1: taken, until this process ends; 0: all are held. */
static int try_slots(const struct peer_rule *rule, struct err *e)
{
	for (int i = 0; i < rule->slots; i++) {
		char path[96];
		int fd;

		snprintf(path, sizeof(path), PATH_RUN "/slot.%s.%d",
			 rule->account, i);
		fd = place_file(path, O_RDWR, e);
		if (fd < 0)
			return -1;
		if (!flock(fd, LOCK_EX | LOCK_NB))
			return 1;
		close(fd);
	}
	return !rule->slots;
}

static int all_held(const struct peer_rule *rule, struct err *e)
{
	return err_set(e, ERR_LIMIT, "%s already has %d conversations with the helper",
		       rule->account, rule->slots);
}

int caller_try_slot(const struct peer_rule *rule, struct err *e)
{
	int got = try_slots(rule, e);

	return got > 0 ? 0 : got ? -1 : all_held(rule, e);
}

/* A conversation that the peer has closed holds its slot for another moment. */
int caller_take_slot(const struct peer_rule *rule, struct err *e)
{
	const struct timespec nap = { .tv_nsec = 5000000 };
	int64_t until = io_monotonic_ms() + SLOT_WAIT_MS;
	int got;

	while (!(got = try_slots(rule, e)) && io_monotonic_ms() < until)
		nanosleep(&nap, NULL);
	if (got)
		return got < 0 ? -1 : 0;
	return all_held(rule, e);
}

static int reseller_may(const struct caller *c, const char *account,
			struct err *e)
{
	char owner[ACCOUNT_MAX];

	if (accounts_owner(account, owner, e))
		return -1;
	if (!strcmp(owner, c->by))
		return 0;
	return err_set(e, ERR_DENIED, "this belongs to no account of %s", c->by);
}

int caller_may_touch(const struct caller *c, const char *account, struct err *e)
{
	if (accounts_check(account, e))
		return -1;
	if (c->who & (WHO_ROOT | WHO_ADMIN))
		return 0;
	if (c->who == WHO_RESELLER)
		return reseller_may(c, account, e);
	if (c->who == WHO_ACCOUNT && !strcmp(c->by, account))
		return 0;
	return err_set(e, ERR_DENIED, "this does not belong to %s", c->by);
}
