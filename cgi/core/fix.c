#include <stdarg.h>
#include <string.h>

#include "core/fix.h"

#define X(name) extern const struct fix fix_##name;
#include "fixes.inc"
#undef X

const struct fix *const all_fixes[] = {
#define X(name) &fix_##name,
#include "fixes.inc"
#undef X
	NULL
};

const struct fix *fix_find(const char *id)
{
	for (size_t i = 0; all_fixes[i]; i++)
		if (!strcmp(all_fixes[i]->id, id))
			return all_fixes[i];
	return NULL;
}

bool fix_overrides_gateway(const char *id)
{
	const struct fix *fix = id ? fix_find(id) : NULL;

	return fix && strstr(fix->params, "gateway=");
}

bool fix_trusts(const char *id)
{
	const struct fix *fix = id ? fix_find(id) : NULL;

	return fix && fix->trusts;
}

bool fix_is_asked_for(const struct fix *fix, const struct fix_input *in)
{
	return (fix_param(in, "gateway") && strstr(fix->params, "gateway=")) ||
		(fix_param(in, "address") && fix->trusts);
}

const char *fix_param(const struct fix_input *in, const char *name)
{
	for (size_t i = 0; i < in->nparams; i++)
		if (!strcmp(in->params[i].name, name))
			return in->params[i].value;
	return NULL;
}

void plan_init(struct plan *p, struct arena *a)
{
	memset(p, 0, sizeof(*p));
	p->arena = a;
	p->tail = &p->first;
}

void plan_op(struct plan *p, const char *verb, const char *name,
	     const char *expect, const char *value)
{
	struct op *o = arena_zalloc(p->arena, sizeof(*o));

	o->verb = arena_strdup(p->arena, verb);
	o->name = arena_strdup(p->arena, name);
	o->expect = arena_strdup(p->arena, expect);
	o->value = arena_strdup(p->arena, value);
	*p->tail = o;
	p->tail = &o->next;
}

void plan_choice(struct plan *p, const char *name, const char *value)
{
	p->choices = arena_grow(p->arena, p->choices, p->nchoices, &p->cap_choices,
				sizeof(*p->choices));
	p->choices[p->nchoices++] = (struct param){ name, value };
}

void plan_note(struct plan *p, const char *fmt, ...)
{
	va_list ap;

	p->notes = arena_grow(p->arena, p->notes, p->nnotes, &p->cap_notes,
			      sizeof(*p->notes));
	va_start(ap, fmt);
	p->notes[p->nnotes++] = arena_vprintf(p->arena, fmt, ap);
	va_end(ap);
}
