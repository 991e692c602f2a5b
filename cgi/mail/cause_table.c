#include "mail/cause_table.h"

/* Wordings from Exim's source and documentation, cPanel's published texts, and
 * other servers' documentation and bounces. */

#define IN_REFUSAL	(PLACE_REFUSED | PLACE_LOOSE)
#define IN_DELIVERY	(PLACE_HERE | PLACE_LOOSE)
#define OURS		(PLACE_REFUSED | PLACE_HERE | PLACE_LOOSE)
#define THEIRS		(PLACE_REMOTE | PLACE_LOOSE)
#define ANY		(OURS | THEIRS | PLACE_VERIFY)

/* Exim's and cPanel's own: ours when we say it, theirs when they do. */
#define RELAY_587	"smtp auth is required for message submission"
#define RELAY_POP	"currently not permitted to relay|" \
	"perhaps you have not logged into the pop/imap server"
#define RELAY_CPANEL	"please turn on smtp authentication|" \
	"not permitted to relay through this server"
#define RELAY_EXIM	"relay not permitted|not permitted to relay|rejected relay attempt"

/* Other programs', which an administrator may have put into ours. */
#define RELAY_OTHER	"relay access denied|relaying denied|unable to relay|" \
	"relaying not allowed|relaying is not allowed|not allowed to relay|" \
	"relay not allowed|relay denied|relaying prohibited|relaying is prohibited|" \
	"relay prohibited|relay rejected|relaying rejected|relaying not permitted|" \
	"relaying temporarily denied|no relaying allowed|relay access not permitted|" \
	"do not relay|does not relay|cannot relay|relaying mail to ~ is not allowed|" \
	"list of allowed rcpthosts|we are not a gateway|" \
	"requires authentication when attempting to send to a non-local"

#define LOGIN_TEMPFAIL	"unable to authenticate at present|" \
	"temporary authentication failure"
#define LOGIN_WRONG	"incorrect authentication data|authentication failed|" \
	"authentication unsuccessful|authentication credentials invalid|" \
	"username and password not accepted"
#define LOGIN_NEEDED	"client was not authenticated|client not authenticated|" \
	"authentication required|authentication is required|must authenticate|" \
	"must be authenticated|requires authentication|please authenticate|" \
	"authenticate first"

#define NO_USER		"no such user|user unknown|unknown user|user not found|" \
	"no such recipient|recipient not found|recipientnotfound|recipient unknown|" \
	"unknown recipient|invalid recipient|recipient does not exist|" \
	"mailbox not found|mailbox does not exist|no such mailbox|unknown mailbox|" \
	"no mailbox here by that name|unknown local part|address does not exist|" \
	"account ~ does not exist|user doesn't have|bad destination mailbox address"
#define MAILBOX_FULL	"mailbox is full|mailbox full|over quota|over the quota|" \
	"quota exceeded|exceeded ~ quota|exceeded storage allocation|" \
	"out of storage space|mail folder is full"
#define TOO_BIG		"message size exceeds|message too big|message too large|" \
	"message file too big|message exceeds ~ size|" \
	"exceeds the maximum message size|exceeds size limit|size limit exceeded"

#define NO_PTR		"ptr record|reverse dns|rdns|reverse hostname|reverse lookup|" \
	"cannot find your hostname"
#define LISTED		"is in an rbl|blocked using|rbl|dnsbl|dnsrbl|blocklist|" \
	"block list|blocklisted|blacklist|blacklisted|black list|spamhaus|spamcop|" \
	"barracudacentral"
#define MAIL_LOOP	"hop count exceeded|too many hops|too many received headers|" \
	"maximum hop count|mail loop|loops back to myself"

const struct cause_row cause_rows[] = {
	/* cPanel's holds and limits */
	{ W("exceeded the max defers and failures per hour"), OURS,
	  { CAUSE_LIMIT_DEFERFAIL, "B21", WHO_US } },
	{ W("exceeded the max emails per hour"), OURS,
	  { CAUSE_LIMIT_HOURLY, "B22", WHO_US } },
	{ W("has an outgoing mail hold"), OURS, { CAUSE_HOLD, "B20", WHO_US } },

	/* a zone that answers every question with an error is no listing */
	{ W("127.255.255.252|127.255.255.254|127.255.255.255|open resolver"),
	  PLACE_REFUSED | THEIRS, { CAUSE_RBL_LISTED, "B12", WHO_US } },

	/* loops */
	{ W("too many \"received\" headers"), OURS, { CAUSE_LOOP, "E01", WHO_US } },
	{ W("routing loop for"), OURS, { CAUSE_LOOP, "E05", WHO_US } },
	{ W(MAIL_LOOP "|too many \"received\" headers"), THEIRS,
	  { CAUSE_LOOP, "E04", WHO_US } },

	/* what the DNS says of the domain */
	{ W("all relevant mx records point to non-existent hosts or (invalidly) to ip addresses"),
	  ANY, { CAUSE_MX_IP, "C02", WHO_DNS } },
	{ W("all relevant mx records point to non-existent hosts"), ANY,
	  { CAUSE_MX_DEAD, "C01", WHO_DNS } },
	{ W("an mx or srv record indicated no smtp service|nullmx"), ANY,
	  { CAUSE_MX_NULL, "C03", WHO_DNS } },
	{ W("lowest numbered mx record points to local host"), OURS,
	  { CAUSE_MX_SELF, "C05", WHO_US } },
	{ W("remote host address is the local host"), OURS,
	  { CAUSE_HOST_SELF, "C06", WHO_US } },

	/* senders that do not verify; the line itself may name a file */
	{ W("require_files: error for ~ permission denied"), OURS | PLACE_VERIFY,
	  { CAUSE_PERMISSION, "F08", WHO_US } },
	{ W("never_users list"), IN_DELIVERY, { CAUSE_PERMISSION, "F09", WHO_US } },
	{ W("verification failed for|sender address rejected: unverified address"), THEIRS,
	  { CAUSE_SENDER_VERIFY_FAIL, "F03", WHO_REMOTE } },
	{ W("sender verify failed"), PLACE_REMOTE,
	  { CAUSE_SENDER_VERIFY_FAIL, "F03", WHO_REMOTE } },
	{ W("sender verify failed"), IN_REFUSAL,
	  { CAUSE_SENDER_VERIFY_FAIL, "F01", WHO_SENDER } },
	{ W("could not complete sender verify"), PLACE_REFUSED | THEIRS,
	  { CAUSE_SENDER_VERIFY_DEFER, "F02", WHO_DNS } },
	{ W("has no a, aaaa, or mx dns records|sender address rejected: domain not found|"
	  "domain of sender address ~ does not exist"), PLACE_REFUSED | PLACE_VERIFY | THEIRS,
	  { CAUSE_SENDER_VERIFY_FAIL, "F10", WHO_DNS } },
	{ W("callout verification failed"), IN_REFUSAL | PLACE_VERIFY,
	  { CAUSE_SENDER_VERIFY_FAIL, "F04", WHO_US } },
	{ W("smtp error from remote ~ after"), PLACE_VERIFY,
	  { CAUSE_SENDER_VERIFY_FAIL, "F04", WHO_US } },

	/* names that lead nowhere */
	{ W("host lookup did not complete|name service error ~ try again"), ANY,
	  { CAUSE_DNS_TEMPFAIL, "C04", WHO_DNS } },
	{ W("the account or domain may not exist, they may be blacklisted"), ANY,
	  { CAUSE_HOST_UNKNOWN_CPANEL, "C17", WHO_DNS } },
	{ W("all host address lookups failed permanently"), IN_DELIVERY,
	  { CAUSE_UNKNOWN, "C19", WHO_US } },
	{ W("unrouteable address|unroutable address|host or domain name not found|"
	  "name service error ~ host not found|host unknown"), OURS | THEIRS,
	  { CAUSE_UNROUTEABLE, "C16", WHO_SENDER } },

	/* relaying */
	{ W(RELAY_587), IN_REFUSAL, { CAUSE_RELAY_UNAUTH, "A07", WHO_SENDER } },
	{ W(RELAY_POP), IN_REFUSAL, { CAUSE_RELAY_UNAUTH, "A03", WHO_SENDER } },
	{ W(RELAY_CPANEL), IN_REFUSAL, { CAUSE_RELAY_UNAUTH, "A02", WHO_SENDER } },
	{ W(RELAY_EXIM), IN_REFUSAL, { CAUSE_RELAY_UNAUTH, "A01", WHO_SENDER } },
	{ W(RELAY_587 "|" RELAY_POP "|" RELAY_CPANEL "|" RELAY_EXIM), PLACE_REMOTE,
	  { CAUSE_RELAY_REMOTE_DENIED, "A11", WHO_REMOTE } },
	{ W(RELAY_OTHER), PLACE_REFUSED, { CAUSE_RELAY_UNAUTH, "A01", WHO_SENDER } },
	{ W(RELAY_OTHER), THEIRS, { CAUSE_RELAY_OTHER_MTA, "G12", WHO_REMOTE } },

	/* logins: a client's here, and ours at another server */
	{ W("auth command used when not advertised"), ANY,
	  { CAUSE_AUTH_NOT_ADVERTISED, "A06", WHO_SENDER } },
	{ W("authentication mechanism not supported"), IN_REFUSAL,
	  { CAUSE_AUTH_NOT_ADVERTISED, "A06", WHO_SENDER } },
	{ W("authentication required but server did not advertise auth support|"
	  "authentication attempt(s) failed"), ANY,
	  { CAUSE_AUTH_REQUIRED_UPSTREAM, "A08", WHO_US } },
	{ W(LOGIN_TEMPFAIL), IN_REFUSAL, { CAUSE_AUTH_TEMPFAIL, "A05", WHO_US } },
	{ W(LOGIN_WRONG), IN_REFUSAL, { CAUSE_AUTH_FAIL, "A04", WHO_SENDER } },
	{ W(LOGIN_TEMPFAIL "|" LOGIN_WRONG), PLACE_REMOTE,
	  { CAUSE_AUTH_REQUIRED_UPSTREAM, "A08", WHO_US } },
	{ W(LOGIN_NEEDED), THEIRS, { CAUSE_AUTH_REQUIRED_UPSTREAM, "A08", WHO_US } },

	/* firewalls, as scripts and the kernel tell of them */
	{ W("firewall: *tcp_out blocked* ~ dpt=465|firewall: *tcp6out blocked* ~ dpt=465|"
	  "firewall: *tcp_out blocked* ~ dpt=26|firewall: *tcp6out blocked* ~ dpt=26"),
	  PLACE_LOOSE, { CAUSE_FW_BLOCK, "B06", WHO_US } },
	{ W("firewall: *tcp_out blocked*|firewall: *tcp6out blocked*"), PLACE_LOOSE,
	  { CAUSE_FW_BLOCK, "B04", WHO_US } },
	{ W("did not match expected cn="), PLACE_LOOSE, { CAUSE_FW_BLOCK, "A13", WHO_US } },
	{ W("failed to connect to server: connection refused|smtp connect() failed|"
	  "could not connect to smtp host"), PLACE_LOOSE, { CAUSE_FW_BLOCK, "B03", WHO_US } },

	/* the recipient's mailbox, the message, the connection */
	{ W(MAILBOX_FULL), PLACE_REFUSED | PLACE_HERE, { CAUSE_MAILBOX_FULL, "G06", WHO_US } },
	{ W(MAILBOX_FULL), THEIRS, { CAUSE_MAILBOX_FULL, "G06", WHO_REMOTE } },
	{ W(NO_USER), PLACE_REFUSED | PLACE_HERE, { CAUSE_NO_USER, "C18", WHO_US } },
	{ W(NO_USER), THEIRS, { CAUSE_NO_USER, "C18", WHO_SENDER } },
	{ W(TOO_BIG), ANY, { CAUSE_TOO_BIG, "G04", WHO_SENDER } },
	{ W("lines too long for transport|line too long"), ANY,
	  { CAUSE_UNKNOWN, "G05", WHO_SENDER } },
	{ W("a tls session is required"), IN_DELIVERY, { CAUSE_TLS_REQUIRED, "G09", WHO_REMOTE } },
	{ W("must issue a starttls command first|starttls is required"), THEIRS,
	  { CAUSE_TLS_REQUIRED, "G09", WHO_US } },

	/* what others think of our address, and we of theirs */
	{ W(NO_PTR), PLACE_REFUSED, { CAUSE_PTR_REMOTE, "C15", WHO_SENDER } },
	{ W(NO_PTR), THEIRS, { CAUSE_PTR_REMOTE, "C15", WHO_US } },
	{ W("junkmail rejected"), IN_REFUSAL, { CAUSE_RBL_LISTED, "B11", WHO_SENDER } },
	{ W("junkmail rejected"), PLACE_REMOTE, { CAUSE_RBL_LISTED, "B13", WHO_US } },
	{ W(LISTED), PLACE_REFUSED, { CAUSE_RBL_LISTED, "B11", WHO_SENDER } },
	{ W(LISTED), THEIRS, { CAUSE_RBL_LISTED, "B13", WHO_US } },
	{ W("bad spf records|spf|dmarc|dkim|sender policy framework|"
	  "unauthenticated email from"), PLACE_REFUSED | THEIRS,
	  { CAUSE_AUTH_POLICY, "E10", WHO_DNS } },

	/* files that Exim may not read; of others' files we know nothing */
	{ W("permission denied"), PLACE_HERE | PLACE_VERIFY, { CAUSE_PERMISSION, "F08", WHO_US } },

	/* known, but of no class of their own */
	{ W("country is banned"), IN_REFUSAL, { CAUSE_UNKNOWN, "B09", WHO_US } },
	{ W("bad helo"), IN_REFUSAL, { CAUSE_UNKNOWN, "F05", WHO_SENDER } },
	{ W("helo or ehlo required|no helo/ehlo given"), IN_REFUSAL,
	  { CAUSE_UNKNOWN, "F06", WHO_SENDER } },
	{ W("too many concurrent smtp connections"), PLACE_REFUSED | THEIRS,
	  { CAUSE_UNKNOWN, "B14", WHO_US } },
	{ W("too much load"), PLACE_REFUSED | THEIRS, { CAUSE_UNKNOWN, "B15", WHO_US } },
	{ W("administrative prohibition"), PLACE_REFUSED | THEIRS,
	  { CAUSE_UNKNOWN, "G11", WHO_US } },
	{ W("transport returned 127|pipe to ~ generated by"), IN_DELIVERY,
	  { CAUSE_UNKNOWN, "E11", WHO_US } },
	{ W("temporarily deferred|temporary local problem"), THEIRS,
	  { CAUSE_UNKNOWN, "G08", WHO_REMOTE } },
	{ W("smtp protocol synchronization error"), IN_REFUSAL,
	  { CAUSE_PROTO_ABUSE, "B17", WHO_SENDER } },
	{ W("network is unreachable|no route to host"), IN_DELIVERY,
	  { CAUSE_UNKNOWN, "B16", WHO_US } },

	/* connections that came to nothing: only where no reason was given */
	{ W("connection timed out|smtp timeout|timed out"), IN_DELIVERY,
	  { CAUSE_CONN_TIMEOUT, "B01", WHO_US } },
	{ W("connection refused"), IN_DELIVERY, { CAUSE_UNKNOWN, "B02", WHO_US } },

	/* said last, and says nothing of why */
	{ W("have been failing for a long time"), IN_DELIVERY,
	  { CAUSE_RETRY_TIMEOUT, "G03", WHO_US } },
	{ W("retry time not reached"), IN_DELIVERY, { CAUSE_RETRY_TIMEOUT, "G02", WHO_US } },
	{ W("retry timeout exceeded"), IN_DELIVERY, { CAUSE_RETRY_TIMEOUT, "G01", WHO_US } },
	{ W("^message is frozen|^frozen (delivery error message)"), IN_DELIVERY,
	  { CAUSE_NOISE, "G07", WHO_NOBODY } },
	{ { NULL, 0 }, 0, { CAUSE_UNKNOWN, "", WHO_NOBODY } },
};
