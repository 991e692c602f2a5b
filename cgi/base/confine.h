#ifndef BASE_CONFINE_H
#define BASE_CONFINE_H

#include <stdbool.h>

/*
 * What a program that reads hostile text gives up for good before it reads any: to
 * become another program, to look into other processes, to change mounts, namespaces,
 * clocks or the kernel, to open sockets of other families (seccomp(2)), and to touch
 * files outside a few places (landlock(7)). All of its threads and children have it so;
 * call it while there is one thread.
 *
 * A kernel without the one or the other leaves that away, which is logged once; the
 * unit files forbid much of the same. A forbidden call fails with EPERM, and the kernel
 * writes a line into the audit log; clone3 alone fails with ENOSYS, so that libc uses
 * clone, whose flags can be looked at.
 */
struct confinement {
	bool internet;			/* AF_INET, AF_INET6 and AF_NETLINK besides AF_UNIX */
	const char *writable;		/* a directory below which it may write; NULL: none */
	bool kills;			/* a forbidden call ends the process (tests) */
};

/* How the programs are built: `make DEVELOPER=1` finds a forbidden call by its death. */
#ifdef CONFINE_KILLS
#define CONFINE_KILLS_HERE true
#else
#define CONFINE_KILLS_HERE false
#endif

void confine(const struct confinement *c);

#endif
