#include "http/identity.h"

#include <fcntl.h>
#include <pwd.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/paths.h"
#include "base/text.h"

/* The file of an account is 0640 and its directory 0711: it can be seen by
 * everybody and read by few. */
static bool is_cpanel_account(struct arena *a, const char *name)
{
	struct stat st;

	return text_is_account(name) &&
	       lstat(arena_printf(a, PATH_CPANEL_USERS "/%s", name), &st) == 0 &&
	       S_ISREG(st.st_mode);
}

const char *identity_account(struct arena *a, uid_t uid)
{
	struct passwd entry, *found = NULL;
	char text[4096];

	if (getpwuid_r(uid, &entry, text, sizeof(text), &found) != 0 ||
	    found == NULL || !is_cpanel_account(a, entry.pw_name))
		return NULL;
	return arena_strdup(a, entry.pw_name);
}

static const char *const door_names[] = {
	[DOOR_ADMIN] = "admin.cgi",
	[DOOR_RESELLER] = "reseller.cgi",
	[DOOR_USER] = "index.live.cgi",
};

const char *identity_door_name(enum door door)
{
	return door_names[door];
}

int identity_door(const char *name, enum door *door)
{
	static const enum door whm[] = { DOOR_ADMIN, DOOR_RESELLER };

	for (size_t i = 0; i < sizeof(whm) / sizeof(*whm); i++)
		if (strcmp(name, door_names[whm[i]]) == 0) {
			*door = whm[i];
			return 0;
		}
	return -1;
}
