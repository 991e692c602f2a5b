#include <stdio.h>
#include <string.h>

#include "core/mute.h"

#define DIGITS "0123456789"

static uint64_t add(uint64_t h, const char *s, size_t n)
{
	for (size_t i = 0; i < n; i++)
		h = (h ^ (unsigned char)s[i]) * 0x100000001b3u;	/* FNV-1a */
	return h;
}

/* "12", "2026-11-28": not an address, a name or a port beside its family. */
static bool is_count(const char *word, size_t n)
{
	size_t digits = strspn(word, DIGITS);

	return digits && (digits >= n || (n == 10 && digits == 4 && word[4] == '-' &&
					  strspn(word, DIGITS "-") >= n));
}

const char *mute_mark(char out[MUTE_MARK], enum severity s, const char *text)
{
	const char *name = severity_name(s);
	uint64_t h = add(0xcbf29ce484222325u, name, strlen(name));

	while (*text) {
		size_t n = strcspn(text, " ");

		h = is_count(text, n) ? add(h, "#", 1) : add(h, text, n);
		h = add(h, " ", 1);
		text += n + strspn(text + n, " ");
	}
	snprintf(out, MUTE_MARK, "%016llx", (unsigned long long)h);
	return out;
}

static const struct mute *mute_of(const struct facts *f, const struct finding *x)
{
	char mark[MUTE_MARK];

	for (size_t i = 0; i < f->nmutes; i++) {
		const struct mute *m = &f->mutes[i];

		if (!strcmp(m->finding, x->id) && f->now < m->until &&
		    !strcmp(m->mark, mute_mark(mark, x->severity, x->text)))
			return m;
	}
	return NULL;
}

void mutes_apply(const struct facts *f, struct report *r)
{
	for (struct finding *x = r->first; x && f->nmutes; x = x->next) {
		x->muted = mute_of(f, x);
		if (!x->muted)
			continue;
		r->count[x->severity]--;
		r->nmuted++;
	}
}
