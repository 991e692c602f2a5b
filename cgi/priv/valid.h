#ifndef PRIV_VALID_H
#define PRIV_VALID_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What an argument of a verb may be. Each says what is allowed; everything else
 * is refused before the verb runs, whoever asks and whatever was checked before
 * on the other side.
 */
bool valid_nothing(const char *s);	/* "" */
bool valid_domain(const char *s);	/* a lower-case domain of two labels or more */
bool valid_account(const char *s);
bool valid_login(const char *s);	/* of WHM: [A-Za-z0-9._@+-], 1–64 */
bool valid_mxcheck(const char *s);	/* auto, local, secondary, remote */
bool valid_mx_text(const char *s);	/* base/mx_text's form, letter for letter */
bool valid_mx_host(const char *s);	/* a host, lower case, or "none" */
bool valid_whm_door(const char *s);	/* admin.cgi, reseller.cgi */
bool valid_ticket(const char *s);	/* 32 lower-case hex digits */
bool valid_change(const char *s);	/* YYYYMMDD-HHMMSS-hhhhhh */
bool valid_client(const char *s);	/* an IP address or "" */
/* An address of one host, in its canonical form: not 0.0.0.0, not ::. */
bool valid_address(const char *s);
/* A line of a list and where it stands (priv/address_list.h); "listed", where
 * there are no lines; "not listed". */
bool valid_list_line(const char *s);
bool valid_listed(const char *s);
bool valid_not_listed(const char *s);
bool valid_listener(const char *s);	/* "26/IPv4" */
bool valid_listening(const char *s);	/* "listening" */
bool valid_not_listening(const char *s);
/* An address that Exim may be asked about: atext and dots (RFC 5322 3.2.3),
 * '@' and a domain; no quoting, no blanks, no expansion characters. */
bool valid_mail_address(const char *s);
bool valid_mail_addresses(const char *s);	/* "", or such, one blank apart */
/* An address that is forwarded: in lower case. */
bool valid_forwarded(const char *s);
/* Such addresses with a comma between them, in order (text_sort_list), or "none". */
bool valid_forwards(const char *s);
bool valid_default_address(const char *s);	/* one, or ":fail:" */
/* "FROM>TO": a mailbox, or a domain for all mail of its account, and the address that a
 * filter delivers to; in lower case. */
bool valid_filtered(const char *s);
/* "enabled" or "disabled", a blank and 16 hex digits of what the filter holds. */
bool valid_filter_state(const char *s);
/* One line of 1 to 127 bytes. */
bool valid_filter_name(const char *s);
/* One to four addresses of the public internet, commas between: at most two of
 * IPv4, two of IPv6, none twice. No names, no zones, no networks. */
bool valid_targets(const char *s);
/* Some of 25, 465, 587, 2525 and 443, commas between, none twice; then, if
 * wanted, a blank and an account's name. */
bool valid_probe(const char *s);
/* An absolute path with no component that begins with a dot, [A-Za-z0-9/._+-], at most 255. */
bool valid_program(const char *s);
bool valid_file_row(const char *s);	/* [a-z0-9_]; files.c knows which */

bool valid_filter_tool(const char *s);	/* ip, ip6, ip_nft, … nft: who lists rules */
bool valid_hulk_read(const char *s);	/* status, brutes, excessive_brutes, black, white */

/* One element that ends inside its array with nothing but zeros after it. */
bool valid_array(const char *array, size_t size);

#endif
