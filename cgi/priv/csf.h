#ifndef PRIV_CSF_H
#define PRIV_CSF_H

#include "priv/csf_text.h"

/*
 * /etc/csf/csf.conf and the firewall that CSF makes of it. The file is edited by
 * key: one value is replaced and every other byte stays; it is written whole
 * beside the old one, with that one's mode, and renamed into its place. What CSF
 * would not start with is refused before anything is written.
 */
#define CSF_TEXT_MAX (1u << 20)

struct csf_conf {
	struct slice text;
};

/* The file, checked, in a. ERR_NOT_FOUND: CSF is not installed; ERR_DENIED: it
 * is switched off. */
int csf_read(struct arena *a, struct csf_conf *c, struct err *e);

struct csf_edit {
	const char *key;
	struct slice value;	/* p NULL: stays */
};

/* Writes what was read with these values. The keys must be there. */
int csf_write(const struct csf_conf *c, const struct csf_edit *edits, size_t n, struct err *e);

/* Replaces a file of CSF's by its path, with its mode; every directory on the way, and
 * the file, must be root's alone, the file single, and none of them a link. */
int csf_replace(const char *path, const char *text, size_t n, struct err *e);

/*
 * `csf -r`: the rules anew, from the file as it is now. It runs in a unit of its
 * own, which ends it after CSF_RESTART_MS. WHM's own SMTP Restrictions go with
 * all other rules; they are put back when they are on. lock is inherited.
 */
#define CSF_RESTART_MS 40000
int csf_restart(int lock, struct err *e);

/* csf_write, and csf_restart unless rules_apart. Without success of the restart
 * the old text is back in its place; the rules are the caller's matter. */
int csf_apply(const struct csf_conf *c, const struct csf_edit *edits, size_t n,
	      bool rules_apart, int lock, struct err *e);

#endif
