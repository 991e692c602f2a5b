#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/paths.h"
#include "base/text.h"
#include "priv/place.h"
#include "priv/ticket.h"
#include "priv/valid.h"

#define TICKET_MAX 256

static int open_dir(struct err *e)
{
	return place_open(PATH_TICKETS, 0700, e);
}

static bool is_fresh(const struct stat *st)
{
	time_t age = time(NULL) - st->st_mtime;

	return age >= 0 && age < TICKET_SECONDS;
}

/* Tickets that nobody came back with. */
static void sweep(int dir)
{
	int again = openat(dir, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	DIR *d = again < 0 ? NULL : fdopendir(again);
	struct dirent *x;
	struct stat st;

	if (!d && again >= 0)
		close(again);
	if (!d)
		return;
	while ((x = readdir(d)))
		if (*x->d_name != '.' &&
		    !fstatat(dir, x->d_name, &st, AT_SYMLINK_NOFOLLOW) &&
		    !is_fresh(&st))
			unlinkat(dir, x->d_name, 0);
	closedir(d);
}

static int write_ticket(int dir, const char *name, const char *text, struct err *e)
{
	int fd = openat(dir, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW |
			O_CLOEXEC, 0600);

	if (fd < 0 || io_write_all(fd, text, strlen(text))) {
		err_set(e, ERR_UNAVAILABLE, "%s: %s", PATH_TICKETS, strerror(errno));
		if (fd >= 0) {
			unlinkat(dir, name, 0);
			close(fd);
		}
		return -1;
	}
	close(fd);
	return 0;
}

int ticket_make(const char *door, const char *login, const char *from,
		char out[33], struct err *e)
{
	unsigned char bits[16];
	char text[TICKET_MAX];
	int dir, rc;

	if (getrandom(bits, sizeof(bits), 0) != (ssize_t)sizeof(bits))
		return err_set(e, ERR_UNAVAILABLE, "no random bytes: %s",
			       strerror(errno));
	for (size_t i = 0; i < sizeof(bits); i++)
		snprintf(out + 2 * i, 3, "%02x", bits[i]);
	snprintf(text, sizeof(text), "%s %s %s\n", door, login, from);
	dir = open_dir(e);
	if (dir < 0)
		return -1;
	sweep(dir);
	rc = write_ticket(dir, out, text, e);
	close(dir);
	if (rc)
		*out = '\0';
	return rc;
}

/* The file's text; it is gone afterwards, and only one can have taken it. */
static bool spend(int dir, const char *name, char text[TICKET_MAX])
{
	int fd = openat(dir, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	struct stat st;
	ssize_t n;
	bool mine;

	if (fd < 0)
		return false;
	mine = !unlinkat(dir, name, 0) && !fstat(fd, &st) && is_fresh(&st);
	n = mine ? read(fd, text, TICKET_MAX - 1) : -1;
	close(fd);
	text[n > 0 ? n : 0] = '\0';
	return n > 0;
}

static bool word(struct slice *rest, char *out, size_t size)
{
	struct slice s = slice_cut(rest, ' ');

	if (s.n >= size)
		return false;
	if (s.n)
		memcpy(out, s.p, s.n);
	out[s.n] = '\0';
	return true;
}

static bool read_ticket(const char *text, struct caller *c)
{
	struct slice all = slice_of(text), line;

	if (!slice_line(&all, &line) || !word(&line, c->door, sizeof(c->door)) ||
	    !word(&line, c->by, sizeof(c->by)) ||
	    !word(&line, c->from, sizeof(c->from)))
		return false;
	return valid_whm_door(c->door) && valid_login(c->by) &&
		valid_client(c->from);
}

int ticket_take(const char *ticket, struct caller *c, struct err *e)
{
	struct caller got = { .who = WHO_NOBODY };
	char text[TICKET_MAX];
	int dir = open_dir(e);
	bool good;

	if (dir < 0)
		return -1;
	good = spend(dir, ticket, text) && read_ticket(text, &got);
	close(dir);
	if (!good)
		return err_set(e, ERR_DENIED,
			       "the ticket of this request is unknown, used or older than %d s; send the page's form again",
			       TICKET_SECONDS);
	got.who = strcmp(got.door, "admin.cgi") ? WHO_RESELLER : WHO_ADMIN;
	*c = got;
	return 0;
}
