#ifndef RENDER_SETUP_FILE_H
#define RENDER_SETUP_FILE_H

#include <json-c/json.h>

#include "base/buf.h"

/*
 * The set-up (render/view_setup.h) as a file that a mail program reads. No password is
 * in it; ways with a flaw are left out. Always well-formed: what a name holds beside
 * printable ASCII becomes "?".
 */
struct setup_format {
	const char *word;	/* "autoconfig" */
	const char *type;	/* Content-Type */
	const char *file_name;	/* what a browser keeps it as */
	void (*put)(struct buf *b, json_object *setup);
};

/*
 * "autoconfig": Thunderbird's clientConfig 1.1 (Mozilla's "Autoconfiguration" file
 * format). "mobileconfig": a configuration profile with one mail account (Apple, "Mail"
 * payload, com.apple.mail.managed), which asks for what it does not say: the password, and
 * without a mailbox the address. NULL: there is no such one.
 */
const struct setup_format *setup_format_find(const char *word);

#endif
