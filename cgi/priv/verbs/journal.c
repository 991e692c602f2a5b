#include <errno.h>
#include <string.h>

#include "base/buf.h"
#include "base/io.h"
#include "base/map.h"
#include "priv/accounts.h"
#include "priv/change.h"
#include "priv/field.h"
#include "priv/journal.h"
#include "priv/recovery.h"
#include "priv/valid.h"
#include "priv/verb.h"

#define TEXT_MAX (32u << 20)

/* A reseller's ticket sees the accounts it owns and the jobs it began, a user what users
 * may change of the own account. owned: account → "y" or "n". */
static bool may_see(const struct caller *c, const struct entry *x,
		    struct map *owned)
{
	char owner[ACCOUNT_MAX];
	struct err e;
	void **known;

	if (c->who == WHO_ACCOUNT)
		return !strcmp(x->account, c->by) && change_is_for(c, x);
	if (c->who != WHO_RESELLER)
		return true;
	if (entry_is_job(x))
		return change_decides(c, x);
	known = map_at(owned, arena_strdup(owned->arena, x->account));
	if (!*known)
		*known = arena_strdup(owned->arena,
				      !accounts_owner(x->account, owner, &e) &&
				      !strcmp(owner, c->by) ? "y" : "n");
	return *(const char *)*known == 'y';
}

/* Where an administrator sat is no user's business. */
static void hide(const struct caller *c, struct entry *x)
{
	if (c->who != WHO_ACCOUNT)
		return;
	if (strcmp(x->by, c->by))
		field_set(x, from, "%s", "");
	if (strcmp(x->undo_by, c->by))
		field_set(x, undo_from, "%s", "");
}

static void list(const struct caller *c, struct arena *a, char **ids, size_t n,
		 struct buf *out)
{
	struct map owned = MAP_INIT(a, 0);
	char line[ENTRY_LINE_MAX];
	struct entry x;
	struct err e;

	for (size_t i = 0; i < n && !out->full; i++)
		if (!journal_read(&x, ids[i], &e) && may_see(c, &x, &owned)) {
			hide(c, &x);
			buf_add(out, line, entry_encode(&x, line, sizeof(line)));
		}
}

/* All entries, newest first, one a line as in entry.h. */
static int run(struct ask *a, struct err *e)
{
	struct buf out = BUF_INIT(TEXT_MAX);
	struct arena arena = ARENA_INIT;
	char **ids;
	size_t n;

	recovery_try();
	if (journal_ids(&arena, &ids, &n, e)) {
		arena_clear(&arena);
		return -1;
	}
	list(&a->with->caller, &arena, ids, n, &out);
	a->answer = io_memfd("journal", out.data, out.len);
	buf_free(&out);
	arena_clear(&arena);
	return a->answer < 0 ? err_set(e, ERR_UNAVAILABLE, "no memory file: %s",
				       strerror(errno)) : 0;
}

const struct verb verb_journal = {
	.name = "journal",
	.who = WHO_ROOT | WHO_ADMIN_FRONT | WHO_ADMIN | WHO_RESELLER |
		WHO_ACCOUNT,
	.name_ok = valid_nothing,
	.expect_ok = valid_nothing,
	.value_ok = valid_nothing,
	.run = run,
};
