#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/log.h"
#include "base/paths.h"
#include "base/run.h"
#include "priv/commands.h"
#include "priv/field.h"
#include "priv/guard.h"
#include "priv/place.h"
#include "priv/verb.h"
#include "priv/whm_restrictions.h"

#define RULES_MAX (32u << 20)
#define ANSWER_MS 2000
#define KEPT_S 1800		/* longer than any change and its deadline */

/* The tools that CSF and WHM use; what is of nftables alone they do not touch. */
static const struct {
	const char *suffix, *save, *restore;
} families[] = {
	{ "4", "/usr/sbin/iptables-save", "/usr/sbin/iptables-restore" },
	{ "6", "/usr/sbin/ip6tables-save", "/usr/sbin/ip6tables-restore" },
};

#define NFAMILIES (sizeof(families) / sizeof(*families))

/* Beside them: that WHM's own restrictions were on. They go off and on again with csf -r,
 * and whoever dies between leaves them off. */
#define WHM_WAS_ON "whm"

static void name_of(char out[40], const char *id, const char *suffix)
{
	field_print(out, 40, "%.31s.%s", id, suffix);
}

static void file_name(char out[40], const char *id, size_t family)
{
	name_of(out, id, families[family].suffix);
}

/* ---- saving ------------------------------------------------------------ */

static int save(int dir, const char *id, size_t family, struct err *e)
{
	const char *const argv[] = { families[family].save, NULL };
	struct arena a = ARENA_INIT;
	char name[40], *text;
	int fd, rc;
	size_t n;

	if (access(argv[0], X_OK))	/* a server without IPv6's has none to lose */
		return family ? 0 : err_set(e, ERR_UNAVAILABLE, "%s is not installed", argv[0]);
	fd = command_output(argv, 0, e);
	if (fd < 0)
		return -1;
	file_name(name, id, family);
	rc = io_read_all(fd, RULES_MAX, &a, &text, &n, argv[0], e);
	close(fd);
	if (!rc)
		rc = io_replace(dir, name, 0600, text, n, e);
	arena_clear(&a);
	return rc;
}

static int save_whm(int dir, const char *id, struct err *e)
{
	struct whm_restrictions now;
	char name[40];

	if (whm_restrictions_read(&now, e))
		return -1;
	name_of(name, id, WHM_WAS_ON);
	return now.key && now.flag ? io_replace(dir, name, 0600, "", 0, e) : 0;
}

/* What a helper has saved that died before its timer was started. */
static void drop_old(int dir)
{
	DIR *d = fdopendir(openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *x;
	struct stat st;

	while (d && (x = readdir(d)))
		if (!fstatat(dir, x->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    S_ISREG(st.st_mode) && time(NULL) - st.st_mtime > KEPT_S)
			unlinkat(dir, x->d_name, 0);
	if (d)
		closedir(d);
}

static int save_rules(const char *id, struct err *e)
{
	int dir = place_open(PATH_RULES, 0700, e), rc = 0;

	if (dir < 0)
		return -1;
	drop_old(dir);
	rc = save_whm(dir, id, e);
	for (size_t i = 0; !rc && i < NFAMILIES; i++)
		rc = save(dir, id, i, e);
	close(dir);
	return rc;
}

static void forget(const char *id, bool whm)
{
	char name[40];
	struct err e;
	int dir = place_open(PATH_RULES, 0700, &e);

	if (dir < 0)
		return;
	for (size_t i = 0; i < NFAMILIES; i++) {
		file_name(name, id, i);
		unlinkat(dir, name, 0);
	}
	name_of(name, id, WHM_WAS_ON);
	if (whm)
		unlinkat(dir, name, 0);
	close(dir);
}

void guard_forget(const char *id)
{
	forget(id, true);
}

void guard_forget_rules(const char *id)
{
	forget(id, false);
}

static int start_timer(const char *id, struct err *e)
{
	char unit[80], failed[200];
	const char *const argv[] = {
		PATH_SYSTEMD_RUN, "--quiet", "--collect", unit, "--on-active=60",
		"--timer-property=AccuracySec=1s", PATH_HELPER, "rollback", id, NULL
	};

	_Static_assert(GUARD_S == 60, "the timer's argument says so too");
	field_print(unit, sizeof(unit), "--unit=relaydoctor-rollback-%.31s", id);
	if (command_change(argv, COMMAND_READ_MS, -1, failed, e))
		return -1;
	if (*failed)
		return err_set(e, ERR_UNAVAILABLE,
			       "no timer could be started that would take the change back (%s), so nothing was changed", failed);
	return 0;
}

/* ---- our own ports ----------------------------------------------------- */

static const unsigned short doors[] = { 22, 25, 2087 };

#define NDOORS (sizeof(doors) / sizeof(*doors))

static bool connects(int fd, const struct sockaddr_in *to)
{
	struct pollfd p = { .fd = fd, .events = POLLOUT };
	int error = 0;
	socklen_t n = sizeof(error);

	if (!connect(fd, (const struct sockaddr *)to, sizeof(*to)))
		return true;
	return errno == EINPROGRESS && poll(&p, 1, ANSWER_MS) == 1 &&
		!getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &n) && !error;
}

static bool answers(unsigned short port)
{
	const struct sockaddr_in to = {
		.sin_family = AF_INET, .sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	bool yes = fd >= 0 && connects(fd, &to);

	if (fd >= 0)
		close(fd);
	return yes;
}

static unsigned answering_now(void)
{
	unsigned bits = 0;

	for (size_t i = 0; i < NDOORS; i++)
		bits |= answers(doors[i]) ? 1u << i : 0;
	return bits;
}

int guard_check(unsigned answering, struct err *e)
{
	unsigned lost = answering & ~answering_now();

	for (size_t i = 0; i < NDOORS; i++)
		if (lost & 1u << i)
			return err_set(e, ERR_UNAVAILABLE,
				       "with the new rules port %u of this server no longer answers even from here", doors[i]);
	return 0;
}

int guard_begin(const struct entry *x, unsigned *answering, struct err *e)
{
	const struct setting *s = setting_of(x->verb);

	*answering = answering_now();
	if ((s->alone || !save_rules(x->id, e)) && !start_timer(x->id, e))
		return 0;
	guard_forget(x->id);
	return -1;
}

/* ---- putting back ------------------------------------------------------ */

static int restore(int dir, const char *id, size_t family, struct err *e)
{
	char path[128], name[40], failed[200];
	/* Of the old kernel interface one writer at a time has the lock. */
	const char *const argv[] = { families[family].restore, "--wait=5", path, NULL };
	struct err none;

	file_name(name, id, family);
	if (faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW))
		return family ? 0 : err_set(e, ERR_NOT_FOUND, "the rules from before are not there any more");
	field_print(path, sizeof(path), PATH_RULES "/%s", name);
	if (command_change(argv, COMMAND_READ_MS, -1, failed, &none))
		return err_set(e, ERR_UNAVAILABLE, "%s", none.text);
	return *failed ? err_set(e, ERR_UNAVAILABLE, "%s", failed) : 0;
}

static int restore_rules(const char *id, struct err *e)
{
	int dir = place_open(PATH_RULES, 0700, e), rc = 0;

	if (dir < 0)
		return -1;
	for (size_t i = 0; i < NFAMILIES; i++)	/* one does not wait for the other */
		rc |= restore(dir, id, i, e);
	close(dir);
	return rc;
}

/* Before the value, which may say another thing of them, and before the rules. */
static int restore_whm(const char *id, int lock, struct err *e)
{
	int dir = place_open(PATH_RULES, 0700, e);
	struct whm_restrictions now;
	char name[40];
	bool was_on;

	if (dir < 0)
		return -1;
	name_of(name, id, WHM_WAS_ON);
	was_on = !faccessat(dir, name, F_OK, AT_SYMLINK_NOFOLLOW);
	close(dir);
	if (!was_on)
		return 0;
	if (whm_restrictions_read(&now, e))
		return -1;
	return now.key && now.flag ? 0 : whm_restrictions_set(true, lock, e);
}

int guard_put_back(const struct setting *s, const char *id, struct setting_act *back,
		   char found[SETTING_MAX], struct err *e)
{
	struct err unrestored, whm;
	char note[256];
	bool whm_is_off;
	int rc;

	if (s->alone)
		return setting_write(s, back, found, note, e);
	whm_is_off = restore_whm(id, back->lock, &whm);
	back->rules_apart = true;
	rc = setting_write(s, back, found, note, e);
	if (restore_rules(id, &unrestored)) {
		back->rules_apart = false;
		back->rules_anew = true;
		rc = setting_write(s, back, found, note, e);
	}
	forget(id, !rc && !whm_is_off);
	if (rc || !whm_is_off)
		return rc;
	*e = whm;
	return -1;
}

static int undo_kept(const struct setting *s, const char *id, const struct setting_act *back,
		     char found[SETTING_MAX], char note[256], struct err *e)
{
	struct setting_act again = *back;
	struct err why;

	if (save_rules(id, e)) {
		field_print(found, SETTING_MAX, "%s", back->before);
		return -1;
	}
	if (!setting_write(s, back, found, note, &why)) {
		guard_forget(id);
		return 0;
	}
	again.before = back->value;
	again.value = back->before;
	if (guard_put_back(s, id, &again, found, e))
		return err_set(e, why.code, "%.200s; and what was before the undo was not put back: %.200s",
			       why.text, e->text);
	return err_set(e, why.code, "%.400s; everything is as before the undo", why.text);
}

int guard_undo(const struct setting *s, const struct entry *x, struct setting_act *back,
	       char found[SETTING_MAX], char note[256], struct err *e)
{
	if (guard_holds(x))
		return guard_put_back(s, x->id, back, found, e);
	return s->alone ? setting_write(s, back, found, note, e) :
		undo_kept(s, x->id, back, found, note, e);
}

void guard_end(const struct entry *x)
{
	struct err e;

	if (*x->deadline && !entry_is(x, STATE_KEPT) && restore_rules(x->id, &e) &&
	    e.code != ERR_NOT_FOUND)
		log_line(LOG_LINE_ERROR, "change %s: %s", x->id, e.text);
	guard_forget(x->id);
}

bool guard_holds(const struct entry *x)
{
	return *x->deadline && (entry_is(x, STATE_PREPARED) || entry_is(x, STATE_DONE));
}
