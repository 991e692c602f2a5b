#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/pack.h"
#include "base/text.h"
#include "priv/as_account.h"
#include "priv/home_mail.h"

#define SHOWN_MAX 512
#define DOMAINS_MAX 5000u
#define LOCAL_PART_MAX 64
#define DOMAIN_NAME_MAX 253

#define PLAIN "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._+=-"

struct home {
	struct pack pack;
	struct arena arena;
	bool cut;
};

static int open_directory(int dir, const char *name)
{
	return dir < 0 ? -1 : openat(dir, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW |
				     O_CLOEXEC);
}

static void shut(int fd)
{
	if (fd >= 0)
		close(fd);
}

/* A name that is one component, and says in a pack what it is. */
static bool is_plain_within(const char *s, size_t most)
{
	size_t n = strlen(s);

	return n >= 1 && n <= most && *s != '.' && strspn(s, PLAIN) == n;
}

static bool is_plain(const char *s)
{
	return is_plain_within(s, LOCAL_PART_MAX);
}

static bool is_domain(const char *s)
{
	return is_plain_within(s, DOMAIN_NAME_MAX) && text_is_domain(s);
}

/* Where .dovecot.sieve leads to: "sieve/NAME.sieve"; or NULL. */
static const char *script_name(int box, char link[PATH_MAX])
{
	ssize_t n = readlinkat(box, ".dovecot.sieve", link, PATH_MAX - 1);
	const char *name;

	if (n <= 0)
		return NULL;
	link[n] = '\0';
	name = strncmp(link, "sieve/", 6) ? NULL : link + 6;
	return name && is_plain(name) ? name : NULL;
}

static void take_sieve(struct home *h, int box, const char *domain, const char *local)
{
	char link[PATH_MAX], shown[SHOWN_MAX];
	const char *script = script_name(box, link);
	int dir;

	snprintf(shown, sizeof(shown), "mail/%s/%s/%s%.64s", domain, local,
		 script ? "sieve/" : "", script ? script : ".dovecot.sieve");
	if (!script) {
		pack_file(&h->pack, box, ".dovecot.sieve", shown);
		return;
	}
	dir = open_directory(box, "sieve");
	if (dir >= 0)
		pack_file(&h->pack, dir, script, shown);
	shut(dir);
}

static void take_mailbox(struct home *h, int settings, int mail, const char *domain,
			 const char *local)
{
	int box = open_directory(mail, local), at = open_directory(settings, local);
	char shown[SHOWN_MAX];

	snprintf(shown, sizeof(shown), "etc/%s/%s/filter", domain, local);
	if (box >= 0 && at >= 0)
		pack_file(&h->pack, at, "filter", shown);
	if (box >= 0)
		take_sieve(h, box, domain, local);
	shut(at);
	shut(box);
}

static void take_domain(struct home *h, int etc, int mail, const char *domain)
{
	int at = open_directory(etc, domain), boxes = open_directory(mail, domain);
	char **names;
	size_t n = 0;
	bool cut = false;

	if (boxes >= 0 && !pack_names(boxes, is_plain, HOME_MAILBOXES_MAX, &h->arena, &names,
				      &n, &cut))
		for (size_t i = 0; i < n && !h->pack.full; i++)
			take_mailbox(h, at, boxes, domain, names[i]);
	h->cut |= cut;
	shut(boxes);
	shut(at);
}

static void take_home(struct home *h, int home)
{
	int etc = open_directory(home, "etc"), mail = open_directory(home, "mail");
	char **names;
	size_t n = 0;
	bool cut = false;

	pack_file(&h->pack, home, ".forward", ".forward");
	if (etc >= 0)
		pack_file(&h->pack, etc, "filter", "etc/filter");
	if (mail >= 0 && !pack_names(mail, is_domain, DOMAINS_MAX, &h->arena, &names, &n, &cut))
		for (size_t i = 0; i < n && !h->pack.full; i++)
			take_domain(h, etc, mail, names[i]);
	h->cut |= cut;
	shut(mail);
	shut(etc);
}

/* The way to the home itself is root's, and may lead over a link. */
static int work(const struct passwd *as, const void *ctx, int out)
{
	struct home h = { .arena = ARENA_INIT };
	int home = open(as->pw_dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC), rc;

	(void)ctx;
	if (home < 0)
		return -1;
	pack_begin(&h.pack, out, HOME_MAIL_MAX);
	take_home(&h, home);
	rc = pack_end(&h.pack, h.cut);
	arena_clear(&h.arena);
	close(home);
	return rc;
}

int home_mail(const char *account, struct err *e)
{
	return as_account(account, work, NULL, HOME_MAIL_MAX, e);
}
