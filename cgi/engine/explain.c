#include "engine/explain.h"
#include "mail/bounce_text.h"
#include "sources/mime.h"

/* A log line comes first, or nothing else can be made of the text. */
static bool begins_with_log(struct slice lines)
{
	struct exim_log_line x;
	struct slice line;

	while (slice_line(&lines, &line)) {
		line = slice_trim(line);
		if (!line.n)
			continue;
		exim_log_parse(line, &x);
		return x.type != EXIM_LOG_CONTINUATION;
	}
	return false;
}

static bool read_message(struct slice text, struct arena *a, struct explanation *out)
{
	struct bounce_message *m = arena_zalloc(a, sizeof(*m));
	struct bounce b;

	if (!mime_read(text, a, m))
		return false;
	bounce_read(m, a, &b);
	explanation_of_bounce(&b, "bounce", out);
	return b.found || b.cause.class == CAUSE_SPOOF_NEGATIVE;
}

void explain_text(struct slice text, struct arena *a, struct explanation *out)
{
	struct slice lines = bounce_plain_lines(text, a);
	struct explanation other;
	struct bounce b;

	if (begins_with_log(lines) && explanation_of_log(lines, a, out))
		return;
	if (read_message(text, a, out))
		return;
	bounce_read_text(text, a, &b);
	explanation_of_bounce(&b, "reply", out);
	/* A line without its time, or lines with something said around them. */
	if (explanation_of_log(lines, a, &other) &&
	    (cause_is_known(&other.cause) || !cause_is_known(&b.cause)))
		*out = other;
}
