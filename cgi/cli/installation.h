#ifndef CLI_INSTALLATION_H
#define CLI_INSTALLATION_H

#include <json-c/json.h>
#include <stdbool.h>
#include <stddef.h>

/*
 * What an installation is made of, looked at as it stands. Each row says what is
 * so, how that was found, and what mends it. Not being able to look is UNKNOWN,
 * never a fault. Nothing is changed, and what is read is root's.
 */
enum fit {
	FIT_OK,
	FIT_WRONG,
	FIT_UNKNOWN,
};

struct installation {
	json_object *rows;	/* [{"part","state","subject","text","how","mend"}] */
	size_t wrong, unknown;
};

/* The programs' word for a fit: "ok", "wrong", "unknown". */
const char *fit_name(enum fit fit);

/* subject: the one thing that the row is about; how: the file or command that
 * told it; mend: NULL unless something is to be done. */
__attribute__((format(printf, 7, 8)))
void installation_row(struct installation *in, const char *part, enum fit fit,
		      const char *subject, const char *how, const char *mend,
		      const char *fmt, ...);

#define MEND_ALL	"/usr/libexec/relaydoctor/setup repair"
#define MEND_FILES	"install the package anew, or ./install.sh --upgrade"

/* Neither programs nor command are here: the rest need not be looked at. */
bool installation_is_absent(void);
/* Accounts, directories, programs, doors, templates, sockets. */
void installation_files(struct installation *in);
/* What systemd and cPanel were told: units, AppConfig, the plugin, the hook; and
 * what CageFS shows to account holders. */
void installation_panel(struct installation *in);

#endif
