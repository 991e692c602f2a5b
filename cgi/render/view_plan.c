#include <string.h>

#include "base/json.h"
#include "render/view.h"

static json_object *view_ops(const struct plan *p)
{
	json_object *list = json_object_new_array();

	for (const struct op *op = p->first; op; op = op->next) {
		json_object *o = json_object_new_object();

		json_put_text(o, "verb", op->verb);
		json_put_text(o, "name", op->name);
		json_put_text(o, "expect", op->expect);
		json_put_text(o, "value", op->value);
		json_object_array_add(list, o);
	}
	return list;
}

static json_object *view_here(const struct mail_here *here)
{
	json_object *o;

	if (!here->asked)
		return NULL;
	o = json_object_new_object();
	json_put_flag(o, "known", here->known);
	json_put_text(o, "why", here->why);
	json_put_number(o, "mailboxes", here->mailboxes);
	json_put_number(o, "messages", (int64_t)here->messages);
	return o;
}

static json_object *view_confirm(const struct plan *p)
{
	json_object *o;

	if (!p->confirm)
		return NULL;
	o = json_object_new_object();
	json_put_text(o, "word", p->confirm);
	json_put_text(o, "why", p->confirm_why ? p->confirm_why :
		      "Mail may be lying or arriving here, or have another way. Type the domain's name to show that you have read the notes.");
	return o;
}

static json_object *view_params(const struct fix_input *in)
{
	json_object *o = json_object_new_object();

	for (size_t i = 0; i < in->nparams; i++)
		json_put_text(o, in->params[i].name, in->params[i].value);
	return o;
}

static json_object *view_notes(const struct plan *p)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < p->nnotes; i++)
		json_object_array_add(list, json_new_text(p->notes[i]));
	return list;
}

static json_object *view_choices(const struct plan *p)
{
	json_object *list = json_object_new_array();

	for (size_t i = 0; i < p->nchoices; i++) {
		json_object *o = json_object_new_object();

		json_put_text(o, "param", p->choices[i].name);
		json_put_text(o, "value", p->choices[i].value);
		json_object_array_add(list, o);
	}
	return list;
}

json_object *view_plan(const struct fix *fix, const struct fix_input *in,
		       const struct plan *p, const struct exim_route *route)
{
	const struct domain *d = check_is_of_server(in->finding->check) ? NULL :
		view_domain_of(in->facts, in->finding->subject);
	json_object *o = json_object_new_object();

	json_put_text(o, "finding", in->finding->id);
	json_put_text(o, "check", in->finding->check->id);
	json_put_text(o, "fix", fix->id);
	json_put_text(o, "title", fix->title);
	json_put_text(o, "risk", fix->risk);
	json_object_object_add(o, "ops", view_ops(p));
	json_object_object_add(o, "notes", view_notes(p));
	json_object_object_add(o, "instead", view_choices(p));
	json_object_object_add(o, "confirm", view_confirm(p));
	json_object_object_add(o, "params", view_params(in));
	json_object_object_add(o, "here", view_here(&in->here));
	json_object_object_add(o, "before", d ? view_domain(in->facts, d, route) : NULL);
	json_object_object_add(o, "server", NULL);	/* the caller's, of the server */
	json_object_object_add(o, "address", NULL);	/* the caller's, of an address */
	return o;
}

json_object *view_bulk_row(const char *finding, const struct fix *fix,
			   const struct fix_input *in, const struct plan *p,
			   const char *why)
{
	const char *subject = strchr(finding, ':') + 1;
	const struct domain *d = facts_domain(in->facts, subject);
	json_object *o = json_object_new_object();

	json_put_text(o, "finding", finding);
	json_put_text(o, "name", subject);
	json_put_text(o, "owner", d ? d->owner : NULL);
	json_put_text(o, "reseller", d ? d->reseller : NULL);
	json_put_text(o, "why", why);
	if (why)
		return o;
	json_put_text(o, "text", in->finding->text);
	json_put_text(o, "fix", fix->id);
	json_put_text(o, "title", fix->title);
	json_put_text(o, "risk", fix->risk);
	json_object_object_add(o, "ops", view_ops(p));
	json_object_object_add(o, "notes", view_notes(p));
	return o;
}
