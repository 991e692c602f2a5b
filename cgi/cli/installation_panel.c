#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/arena.h"
#include "base/io.h"
#include "base/paths.h"
#include "base/run.h"
#include "base/text.h"
#include "cli/installation.h"

#define ANSWER_MAX	(1u << 20)	/* bytes */
#define ANSWER_MS	30000
#define PATH_JUPITER	"/usr/local/cpanel/base/frontend/jupiter"
#define PATH_CAGE	"/etc/cagefs/cagefs.mp"

static const char *const units[] = {
	"relaydoctor-helper.socket", "relaydoctor-scan.socket", "relaydoctor-admin.socket",
	"relaydoctor-user.socket", "relaydoctor-admin.service", "relaydoctor-repair.timer",
};
static const char *const applications[] = { "relaydoctor", "relaydoctor_reseller" };

/* The status of a command and what it printed, in a; -1 when it could not be had. */
static int ask(struct arena *a, const char *const argv[], char **said, struct err *e)
{
	struct command c = {
		.argv = argv, .deadline_ms = ANSWER_MS, .max_output = ANSWER_MAX, .keep_fd = -1,
	};
	struct command_result r;
	size_t n;
	int rc;

	if (access(argv[0], X_OK))
		return err_set(e, ERR_UNAVAILABLE, "there is no %s", argv[0]);
	if (run_command(&c, &r, e))
		return -1;
	rc = io_read_all(r.out, ANSWER_MAX, a, said, &n, argv[0], e);
	close(r.out);
	return rc ? -1 : r.status;
}

static void look_unit(struct installation *in, struct arena *a, const char *unit, const char *verb)
{
	const char *const argv[] = { "/usr/bin/systemctl", verb, unit, NULL };
	char *how = arena_printf(a, "systemctl %s", verb);
	char *mend = arena_printf(a, "systemctl enable --now %s", unit);
	char *said = NULL;
	struct err e;
	int status = ask(a, argv, &said, &e);
	struct slice rest = slice_of(said), word;

	if (status < 0 || !slice_line(&rest, &word)) {
		installation_row(in, "unit", FIT_UNKNOWN, unit, how, NULL, "%s", status < 0 ?
				 e.text : "systemd does not say");
		return;
	}
	installation_row(in, "unit", status ? FIT_WRONG : FIT_OK, unit, how, status ? mend : NULL,
			 "is %.*s", (int)(word.n < 40 ? word.n : 40), word.p);
}

static void look_application(struct installation *in, struct arena *a, const char *name)
{
	const char *const argv[] = {
		"/usr/local/cpanel/bin/is_registered_with_appconfig", "whostmgr", name, NULL,
	};
	char *said = NULL;
	struct err e;
	int status = ask(a, argv, &said, &e);
	struct slice rest = slice_of(said), word = SLICE("");
	bool yes = slice_line(&rest, &word) && slice_eq(word, "1");

	if (status < 0 || (!yes && !slice_eq(word, "0")))
		installation_row(in, "appconfig", FIT_UNKNOWN, name, argv[0], NULL, "%s",
				 status < 0 ? e.text : "it answered neither 0 nor 1");
	else
		installation_row(in, "appconfig", yes ? FIT_OK : FIT_WRONG, name, argv[0],
				 yes ? NULL : MEND_ALL, yes ? "is registered with WHM" :
				 "is not registered, so it is not in WHM's menu and its door is closed");
}

static void look_hook(struct installation *in, struct arena *a)
{
	const char *const argv[] = { "/usr/local/cpanel/bin/manage_hooks", "list", NULL };
	const char *hook = PATH_LIBEXEC "/upcp-hook";
	char *said = NULL;
	struct err e;
	int status = ask(a, argv, &said, &e);
	bool there = said && strstr(said, hook);

	if (status)
		installation_row(in, "hook", FIT_UNKNOWN, hook, "manage_hooks list", NULL, "%s",
				 status < 0 ? e.text : "cPanel did not list its hooks");
	else
		installation_row(in, "hook", there ? FIT_OK : FIT_WRONG, hook, "manage_hooks list",
				 there ? NULL : MEND_ALL, there ? "is called after updates of cPanel" :
				 "is not called after updates of cPanel; relaydoctor-repair.timer looks daily");
}

/* The theme keeps a file for each icon, with the plugin's id in its name. */
static void look_plugin(struct installation *in)
{
	const char *where = PATH_JUPITER "/dynamicui";
	DIR *d = opendir(where);
	struct dirent *entry;
	bool seen = false;

	while (d && (entry = readdir(d)))
		seen = seen || strstr(entry->d_name, "relaydoctor");
	if (d)
		closedir(d);
	installation_row(in, "plugin", seen ? FIT_OK : FIT_UNKNOWN, "relaydoctor", where,
			 seen ? NULL : "look for it in WHM, Feature Manager; if it is not there: " MEND_ALL,
			 seen ? "has its icon in cPanel's Jupiter theme" :
			 "no icon of this plugin is seen in cPanel's Jupiter theme");
}

/* A line of cagefs.mp: a directory, after at most one mark and before a mode. */
static bool shows(struct slice line, const char *path)
{
	struct slice dir;
	size_t n = strlen(path);

	line = slice_trim(line);
	if (line.n && (*line.p == '!' || *line.p == '%'))
		line.p++, line.n--;
	dir = slice_cut(&line, ',');
	while (dir.n > 1 && dir.p[dir.n - 1] == '/')
		dir.n--;
	return dir.n && *dir.p == '/' && dir.n <= n && !memcmp(dir.p, path, dir.n) &&
		(path[dir.n] == '/' || !path[dir.n]);
}

static void look_cage(struct installation *in, struct arena *a)
{
	struct io_expect x = { .max_size = ANSWER_MAX, .check_owner = true };
	int root = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC), fd;
	struct slice rest, line;
	bool shown = false;
	char *text = NULL;
	struct err e;
	size_t n = 0;

	if (access("/usr/sbin/cagefsctl", F_OK))
		return;
	fd = root < 0 ? -1 : io_open_beneath(root, &PATH_CAGE[1], &x, &e);
	if (fd >= 0 && !io_read_all(fd, ANSWER_MAX, a, &text, &n, PATH_CAGE, &e))
		for (rest = (struct slice){ text, n }; slice_line(&rest, &line);)
			shown = shown || shows(line, PATH_RUN) || shows(line, "/var" PATH_RUN);
	if (fd >= 0)
		close(fd);
	if (root >= 0)
		close(root);
	installation_row(in, "cagefs", shown ? FIT_OK : FIT_UNKNOWN, PATH_RUN, PATH_CAGE, shown ?
			 NULL : "add the line /run/relaydoctor to " PATH_CAGE
			 ", then: cagefsctl --remount-all (it ends what users run at that moment)",
			 shown ? "is shown to account holders in CageFS" :
			 "is not named, so the account holders' page may find no socket in CageFS");
}

void installation_panel(struct installation *in)
{
	struct arena a = ARENA_INIT;

	for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++) {
		look_unit(in, &a, units[i], "is-enabled");
		look_unit(in, &a, units[i], "is-active");
	}
	for (size_t i = 0; i < sizeof(applications) / sizeof(*applications); i++)
		look_application(in, &a, applications[i]);
	look_hook(in, &a);
	if (!access(PATH_JUPITER, F_OK))
		look_plugin(in);
	look_cage(in, &a);
	arena_clear(&a);
}
