#ifndef MAIL_CREDENTIALS_H
#define MAIL_CREDENTIALS_H

/* Exim logs the AUTH commands that it refuses, password and all, and people
 * paste them. What follows "AUTH MECHANISM " in s becomes "*", in place.
 * Returns s. */
char *credentials_cut(char *s);

#endif
