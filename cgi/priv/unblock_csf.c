#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "priv/address_list.h"
#include "priv/commands.h"
#include "priv/field.h"
#include "priv/unblock.h"

static const struct address_list deny = { "etc/csf", "csf.deny", false };
static const struct address_list temporary = { "var/lib/csf", "csf.tempban", true };

/* ---- what csf is told --------------------------------------------------- */

/* The line's first word, by which csf knows it. */
static int word_of(struct slice line, char out[128], struct err *e)
{
	static const char allowed[] = "0123456789abcdefghijklmnopqrstuvwxyz"
		"ABCDEFGHIJKLMNOPQRSTUVWXYZ.:/|=_,";
	size_t n = 0;

	line = slice_trim(line);
	while (n < line.n && line.p[n] != ' ' && line.p[n] != '\t')
		n++;
	if (n < 128) {
		memcpy(out, line.p, n);
		out[n] = '\0';
	}
	if (n && n < 128 && strspn(out, allowed) == n)
		return 0;
	return err_set(e, ERR_DENIED, "csf could not be told which line of csf.deny is meant; change it by hand");
}

static bool is_kept_by_csf(const char *value)
{
	return strcasestr(value, "do not delete") != NULL;
}

/* ---- what csf did to the other lines ------------------------------------ */

/* Two texts are one to csf, which strips each line's blanks. */
static bool same_but_blanks(struct slice a, struct slice b)
{
	struct slice la, lb;

	while (slice_line(&a, &la)) {
		la = slice_trim(la);
		if (!slice_line(&b, &lb))
			return !la.n && !a.n;
		lb = slice_trim(lb);
		if (la.n != lb.n || (la.n && memcmp(la.p, lb.p, la.n)))
			return false;
	}
	return !b.n;
}

static bool same(struct slice a, struct slice b)
{
	return a.n == b.n && (!a.n || !memcmp(a.p, b.p, a.n));
}

/* In place and under its flock, as csf itself writes it: a file renamed over
 * it would lose what another csf is waiting to write. */
static int write_in_place(int fd, struct slice text, struct err *e)
{
	size_t done = 0;

	while (done < text.n) {
		ssize_t n = pwrite(fd, text.p + done, text.n - done, (off_t)done);

		if (n < 0 && errno != EINTR)
			break;
		done += n > 0 ? (size_t)n : 0;
	}
	if (done == text.n && !ftruncate(fd, (off_t)text.n) && !fsync(fd))
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "/etc/csf/csf.deny: cannot write: %s",
		       strerror(errno));
}

#define LOCK_MS 10000

/* A csf that hangs is not waited for with everybody else behind us. */
static int wait_for_lock(int fd)
{
	static const struct timespec nap = { .tv_nsec = 50000000 };
	int64_t until = io_monotonic_ms() + LOCK_MS;

	while (flock(fd, LOCK_EX | LOCK_NB)) {
		if (errno != EWOULDBLOCK || io_monotonic_ms() >= until)
			return -1;
		nanosleep(&nap, NULL);
	}
	return 0;
}

/* Opens csf.deny for writing with csf's lock on it; its text in a. */
static int lock_deny(struct arena *a, struct slice *text, struct err *e)
{
	int fd = open("/etc/csf/csf.deny", O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	char *p;

	if (fd < 0 || wait_for_lock(fd)) {
		err_set(e, ERR_UNAVAILABLE, "/etc/csf/csf.deny: %s", strerror(errno));
	} else if (!io_read_all(fd, ADDRESS_LIST_MAX, a, &p, &text->n, "csf.deny", e)) {
		text->p = p;
		return fd;
	}
	if (fd >= 0)
		close(fd);
	return -1;
}

/* The file as it was meant to be, where csf has left the same but for blanks. */
static int tidy(struct slice meant, struct arena *a, char note[256], struct err *e)
{
	struct slice now;
	int fd = lock_deny(a, &now, e), rc = 0;

	if (fd < 0)
		return -1;
	if (!same(now, meant) && same_but_blanks(now, meant))
		rc = write_in_place(fd, meant, e);
	else if (!same(now, meant))
		field_print(note, 256, "csf changed other lines of csf.deny as well");
	close(fd);
	return rc;
}

/* ---- csf.deny ------------------------------------------------------------ */

static int deny_read(const char *account, const char *ip, char value[SETTING_MAX],
		     struct err *e)
{
	(void)account;
	if (address_list_read(&deny, ip, value, e))
		return -1;
	if (is_kept_by_csf(value))
		return err_set(e, ERR_DENIED, "csf keeps the line of %s, which says “do not delete”; change /etc/csf/csf.deny by hand",
			       ip);
	return 0;
}

static int remove_entry(const struct setting_act *x, struct arena *a, char said[200],
			char note[256], struct err *e)
{
	const char *argv[] = { PATH_CSF, "-dr", NULL, NULL };
	struct address_entry entry;
	struct address_file f;
	char word[128];

	if (address_file_read(&deny, a, &f, e))
		return -1;
	if (!address_entries(&deny, f.text, x->name, &entry))
		return 0;
	if (word_of(entry.line, word, e))
		return -1;
	argv[2] = word;
	return command_said(argv, x->lock, said, e) ? -1 :
		tidy(address_text_without(f.text, &entry, a), a, note, e);
}

/* csf adds its line at the end; the old one then takes its place. */
static int restore_entry(const struct setting_act *x, struct arena *a, char said[200],
			 char note[256], struct err *e)
{
	const char *argv[] = { PATH_CSF, "-d", NULL, "Relay Doctor: put back", NULL };
	struct address_entry added;
	struct address_file f;
	struct slice line, now;
	char word[128];
	unsigned number;
	int fd, rc;

	if (!address_value_split(x->value, &number, &line))
		return err_set(e, ERR_BUG, "the line of csf.deny that was there is not known");
	if (address_file_read(&deny, a, &f, e) || word_of(line, word, e))
		return -1;
	argv[2] = word;
	if (command_said(argv, x->lock, said, e))
		return -1;
	fd = lock_deny(a, &now, e);
	if (fd < 0)
		return -1;
	if (!address_entries(&deny, now, x->name, &added)) {
		close(fd);
		return 0;	/* csf would not: reading it back says so */
	}
	now = address_text_without(now, &added, a);
	if (!same(now, f.text) && same_but_blanks(now, f.text))
		now = f.text;
	else if (!same(now, f.text))
		field_print(note, 256, "csf changed other lines of csf.deny as well");
	rc = write_in_place(fd, address_text_with(now, number, line, a), e);
	close(fd);
	return rc;
}

static int settled(const struct address_list *l, const struct setting_act *x,
		   const char *said, char found[SETTING_MAX], struct err *e)
{
	if (address_list_read(l, x->name, found, e)) {
		found[0] = '\0';
		return -1;
	}
	if (!strcmp(found, x->value))
		return 0;
	return err_set(e, ERR_UNAVAILABLE, "csf was to change the entry of %s, and it is: %.150s%s%.150s",
		       x->name, found, *said ? "; csf said: " : "", said);
}

static int deny_write(const struct setting_act *x, char found[SETTING_MAX],
		      char note[256], struct err *e)
{
	struct arena a = ARENA_INIT;
	char said[200] = "";
	int rc;

	note[0] = found[0] = '\0';
	rc = (strcmp(x->value, NOT_LISTED) ? restore_entry : remove_entry)
		(x, &a, said, note, e);
	arena_clear(&a);
	if (!rc)
		return settled(&deny, x, said, found, e);
	/* What stands now is told all the same. */
	if (address_list_read(&deny, x->name, found, &(struct err){ .text = "" }))
		found[0] = '\0';
	return -1;
}

const struct setting setting_csf_deny = {
	.what = "the entry in csf.deny", .of_server = true,
	.read = deny_read, .write = deny_write,
};

/* ---- csf.tempban --------------------------------------------------------- */

static int temporary_read(const char *account, const char *ip,
			  char value[SETTING_MAX], struct err *e)
{
	(void)account;
	return address_list_read(&temporary, ip, value, e);
}

static int temporary_write(const struct setting_act *x, char found[SETTING_MAX],
			   char note[256], struct err *e)
{
	const char *argv[] = { PATH_CSF, "-tr", x->name, NULL };
	char said[200] = "";

	note[0] = '\0';
	field_print(found, SETTING_MAX, "%s", x->before);
	if (command_said(argv, x->lock, said, e))
		return -1;
	return settled(&temporary, x, said, found, e);
}

const struct setting setting_csf_temporary = {
	.what = "the temporary ban", .of_server = true,
	.no_undo = "how long the ban had still to last is over; csf -td sets a new one",
	.read = temporary_read, .write = temporary_write,
};
