#ifndef RENDER_TEXT_H
#define RENDER_TEXT_H

#include <json-c/json.h>
#include <stdio.h>

/*
 * The JSON object as text for a terminal. Control characters (C0, DEL, C1) and
 * the marks that turn the writing direction are shown as escapes: what a
 * stranger wrote cannot move the cursor or disguise itself. What is missing in
 * the object is left out.
 */
void text_findings(FILE *out, json_object *findings);
void text_first_finding(FILE *out, json_object *finding);	/* of a first look */
void text_domain(FILE *out, json_object *look);
void text_address(FILE *out, json_object *look);
void text_ports(FILE *out, json_object *ports);	/* our own */
void text_probe(FILE *out, json_object *ports);	/* connections that go out */
void text_relay(FILE *out, json_object *relay);	/* what Exim would take */
void text_plan(FILE *out, json_object *plan);
void text_bulk_plan(FILE *out, json_object *plan);
void text_job(FILE *out, json_object *job);
void text_change(FILE *out, json_object *change);
void text_history(FILE *out, json_object *changes);
void text_explanation(FILE *out, json_object *explanation);
void text_log_summary(FILE *out, json_object *summary);
void text_checks(FILE *out, json_object *checks);
void text_fixes(FILE *out, json_object *fixes);

#endif
