#ifndef BASE_ERR_H
#define BASE_ERR_H

/*
 * What went wrong, in one sentence for the administrator who must act on it:
 * what, where, what to do. A function that takes a `struct err *` returns 0 or
 * -1 and fills it exactly when it returns -1; whoever knows the cause writes
 * it, everybody above passes it on.
 */
enum errcode {
	ERR_NONE,
	ERR_INPUT,		/* what the caller sent is malformed */
	ERR_DENIED,		/* the caller may not do this */
	ERR_STALE,		/* the server changed since the plan was made */
	ERR_UNAVAILABLE,	/* a source or a program did not answer */
	ERR_LIMIT,		/* too large, too many, too long */
	ERR_NOT_FOUND,
	ERR_BUG,		/* ours */
};

struct err {
	enum errcode code;
	char text[512];
};

/* Fills e (truncating) and returns -1. e must not be NULL; e->text may be among what is
 * printed. */
__attribute__((format(printf, 3, 4)))
int err_set(struct err *e, enum errcode code, const char *fmt, ...);

/* A stable lower-case word for the API: "input", "denied", "stale" … */
const char *err_name(enum errcode code);

#endif
