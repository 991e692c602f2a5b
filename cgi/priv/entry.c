#include <stdio.h>
#include <string.h>

#include "base/percent.h"
#include "priv/entry.h"
#include "priv/valid.h"

static const struct field {
	const char *key;
	size_t at, size;
} fields[] = {
#define X(field, size) { #field, offsetof(struct entry, field), size },
	ENTRY_FIELDS(X)
#undef X
};

#define NFIELDS (sizeof(fields) / sizeof(*fields))

size_t entry_encode(const struct entry *x, char *out, size_t size)
{
	size_t n = 0;

	for (size_t i = 0; i < NFIELDS; i++) {
		const char *value = (const char *)x + fields[i].at;
		int w = snprintf(out + n, size - n, "%s=", fields[i].key);

		if (w < 0 || (size_t)w >= size - n)
			return 0;
		n += (size_t)w;
		if (!percent_encode(out + n, size - n, value))
			return 0;
		n += strlen(out + n);
		if (n + 1 >= size)
			return 0;
		out[n++] = i + 1 < NFIELDS ? ' ' : '\n';
	}
	out[n] = '\0';
	return n;
}

static const struct field *field_named(struct slice key)
{
	for (size_t i = 0; i < NFIELDS; i++)
		if (slice_eq(key, fields[i].key))
			return &fields[i];
	return NULL;
}

static bool is_state(const char *s)
{
	static const char *const states[] = {
		STATE_PREPARED, STATE_DONE, STATE_KEPT, STATE_UNDONE, STATE_FAILED
	};

	for (size_t i = 0; i < sizeof(states) / sizeof(*states); i++)
		if (!strcmp(s, states[i]))
			return true;
	return false;
}

int entry_decode(struct entry *x, struct slice line, struct err *e)
{
	memset(x, 0, sizeof(*x));
	if (line.n && line.p[line.n - 1] == '\n')
		line.n--;
	while (line.n) {
		struct slice value = slice_cut(&line, ' ');
		struct slice key = slice_cut(&value, '=');
		const struct field *f = field_named(key);

		if (f && !percent_decode((char *)x + f->at, f->size, value))
			return err_set(e, ERR_BUG, "a journal entry has a broken '%s'",
				       f->key);
	}
	if (!valid_change(x->id) || !is_state(x->state))
		return err_set(e, ERR_BUG, "a journal entry is cut or not ours");
	return 0;
}

bool entry_is(const struct entry *x, const char *state)
{
	return !strcmp(x->state, state);
}

bool entry_is_job(const struct entry *x)
{
	return *x->total;
}

bool entry_stands(const struct entry *x)
{
	return entry_is(x, STATE_DONE) || entry_is(x, STATE_KEPT);
}
