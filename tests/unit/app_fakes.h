#ifndef TESTS_APP_FAKES_H
#define TESTS_APP_FAKES_H

/* What the app asks of the engine and the helper, answered from here: a test
 * program that includes this defines the symbols, so that none is linked. */

#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/io.h"
#include "base/json.h"
#include "engine/ask.h"
#include "engine/change.h"
#include "http/request.h"
#include "priv/client.h"

#define TOKEN "/cpsess0123456789"
#define DIGEST "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define LONG_DOMAIN \
	"a-very-long-label-which-somebody-registered-for-fun-in-two-thousa." \
	"a-very-long-label-which-somebody-registered-for-fun-in-two-thousb." \
	"a-very-long-label-which-somebody-registered-for-fun-in-two-thousc." \
	"a-very-long-label-which-somebody-registered-for-fun.example"

static struct {
	const char *findings;	/* what a scan gives */
	const char *uapi;	/* what my_facts gives */
	enum errcode fails;	/* what the engine refuses everything with */
	int slow;		/* a scan takes so many seconds */
	int unready;		/* no file for mail programs can be made */
	int stale;		/* a plan for many is another one now */
	int unheard;		/* somebody does not answer for one of them */
	int wordless;		/* a plan asks for no word */
	const char *job;	/* what the verb job gives */
	const char *journal;	/* a file that keeps what is applied; NULL: none does */
	char log[512];		/* what was asked of engine and helper, in order */
	char own_name[256], own_value[512], own_expect[256];	/* of set_own */
} fakes;

static void note(const char *what, const char *more)
{
	size_t n = strlen(fakes.log);

	snprintf(fakes.log + n, sizeof(fakes.log) - n, "%s(%s) ", what,
		 more ? more : "");
}

#define FAKE_GONE(name_, reseller_) \
	"{\"id\":\"mx_null:" name_ "\",\"check\":\"mx_null\",\"severity\":\"warning\"," \
	"\"subject\":{\"kind\":\"domain\",\"name\":\"" name_ "\"}," \
	"\"text\":\"Once wrong with " name_ "\",\"reseller\":\"" reseller_ "\"," \
	"\"first_seen\":\"2026-11-01T10:00:00Z\",\"last_seen\":\"2026-11-24T08:00:00Z\"}"
static const char *const fake_gone[] = {
	FAKE_GONE("shop.example", "northweb"), FAKE_GONE("bakery.example", "otherco"),
};

/* A findings object with what the scans before have seen. */
static void add_history(json_object *o)
{
	json_object *list = json_member(o, "findings"), *gone = json_object_new_array();
	struct err e;

	for (size_t i = 0; i < json_count(list); i++) {
		json_object *x = json_object_array_get_idx(list, i);

		json_put_text(x, "first_seen", "2026-11-01T10:00:00Z");
		json_put_text(x, "since", "2026-11-24T10:00:00Z");
		json_put_flag(x, "new", 1);
	}
	for (size_t i = 0; i < sizeof(fake_gone) / sizeof(*fake_gone); i++)
		json_object_array_add(gone, json_read(fake_gone[i], strlen(fake_gone[i]),
						      "a fixture", &e));
	json_object_object_add(o, "gone", gone);
}

static json_object *fake_json(const char *text)
{
	struct err e;
	json_object *o = json_read(text, strlen(text), "a fixture", &e);

	if (!o) {
		fprintf(stderr, "%s\n%s\n", e.text, text);
		abort();
	}
	if (json_member(o, "schema"))
		add_history(o);
	return o;
}

#define FAKE_FINDING(sev_, check_, rule_, name_, text_, fix_, advice_, owner_, reseller_) \
	"{\"id\":\"" check_ ":" name_ "\",\"check\":\"" check_ "\",\"rule\":\"" rule_ "\"," \
	"\"severity\":\"" sev_ "\",\"subject\":{\"kind\":\"domain\",\"name\":\"" name_ "\"}," \
	"\"text\":\"" text_ "\",\"evidence\":[{\"source\":\"DNS\",\"text\":\"MX 1 aspmx.l.google.com\"}," \
	"{\"source\":\"/etc/localdomains\",\"text\":\"line 17\"}],\"impact\":null,\"fix\":" fix_ "," \
	"\"advice\":" advice_ ",\"letter\":null,\"owner\":\"" owner_ "\",\"reseller\":\"" reseller_ "\"}"
#define FAKE_FIX "{\"id\":\"set_routing\",\"title\":\"Set Email Routing\",\"risk\":\"Mail takes another way from that moment on.\",\"bulk\":true}"

#define FAKE_HEAD \
	"{\"schema\":\"relaydoctor/1\",\"server\":{\"hostname\":\"server1.hosting.example\"," \
	"\"scanned_at\":\"2026-11-24T10:00:00Z\",\"duration_ms\":1240,\"world\":\"live\",\"exim\":\"4.96\"," \
	"\"addresses\":[\"203.0.113.10\",\"2001:db8:10::10\"],\"domains\":29},"
#define FAKE_SOURCES(log_) \
	"\"sources\":[{\"name\":\"domains\",\"ok\":true,\"why\":null},{\"name\":\"owners\",\"ok\":true,\"why\":null}," \
	"{\"name\":\"addresses\",\"ok\":true,\"why\":null},{\"name\":\"dns\",\"ok\":true,\"why\":null}," \
	"{\"name\":\"exim\",\"ok\":true,\"why\":null}," log_ ",{\"name\":\"whm\",\"ok\":true,\"why\":null}]," \
	"\"summary\":{\"critical\":0,\"warning\":0,\"unknown\":0,\"info\":0,\"domains\":29,\"not_asked\":[]},"

#define FAKE_LOCAL "routing_local_mx_elsewhere:shop.example"

static const char fake_findings[] = FAKE_HEAD
	FAKE_SOURCES("{\"name\":\"log\",\"ok\":false,\"why\":\"/var/log/exim_mainlog: Permission denied\"}")
	"\"findings\":["
	FAKE_FINDING("critical", "routing_local_mx_elsewhere", "D01", "shop.example",
		     "Mail for shop.example stays on this server, but its mailboxes are at Google Workspace",
		     FAKE_FIX, "null", "shopco", "northweb") ","
	FAKE_FINDING("critical", "routing_remote_mx_here", "D02", "lawfirm.example",
		     "lawfirm.example's mail exchanger is this server, which refuses its mail",
		     FAKE_FIX, "null", "lawfirm", "southhost") ","
	FAKE_FINDING("warning", "routing_listed_twice", "D03", LONG_DOMAIN,
		     LONG_DOMAIN " is both local and remote", FAKE_FIX, "null", "studio", "root") ","
	FAKE_FINDING("unknown", "dns_unanswered", "C04", "hotel.example",
		     "The DNS gave no usable answer for hotel.example", "null",
		     "\"Scan again later. If it stays, the domain's name servers are at fault: its DNS operator must look at them.\"",
		     "travel", "southhost") ","
	FAKE_FINDING("info", "routing_gateway", "D05", "school.example",
		     "Mail for school.example comes through SpamExperts and is delivered here: that is as it should be",
		     "null", "\"Nothing needs to be done.\"", "school", "northweb")
	"]}";

static const char fake_nothing[] = FAKE_HEAD
	FAKE_SOURCES("{\"name\":\"log\",\"ok\":true,\"why\":null}") "\"findings\":[]}";

/* Two days; a title that nobody has, to see it escaped. */
#define FAKE_REJECTIONS \
	"\"rejections\":{\"from\":\"2026-11-23\",\"to\":\"2026-11-24\",\"count\":5,\"days\":[" \
	"{\"day\":\"2026-11-23\",\"count\":0,\"classes\":[]}," \
	"{\"day\":\"2026-11-24\",\"count\":5,\"classes\":[" \
	"{\"class\":\"relay_unauth\",\"title\":\"Sent without <script>a login\",\"count\":4}," \
	"{\"class\":\"no_user\",\"title\":\"No such mailbox\",\"count\":1}]}]}"
#define FAKE_DOMAIN(mxcheck_, detected_, local_, remote_, route_) \
	"{\"name\":\"shop.example\",\"owner\":\"shopco\",\"reseller\":\"northweb\",\"verdict\":\"local_mx_elsewhere\"," \
	"\"why\":\"The lowest MX is Google Workspace, yet /etc/localdomains lists the domain.\"," \
	"\"lists\":[{\"file\":\"/etc/localdomains\",\"line\":" local_ "},{\"file\":\"/etc/remotedomains\",\"line\":" remote_ "}," \
	"{\"file\":\"/etc/secondarymx\",\"line\":null}],\"mx\":{\"status\":\"answered\",\"null_mx\":false,\"records\":[" \
	"{\"preference\":1,\"host\":\"aspmx.l.google.com\",\"addresses\":[\"192.0.2.10\",\"2001:db8:20::10\"],\"ours\":false,\"provider\":\"Google Workspace\",\"kind\":\"mailbox\"}," \
	"{\"preference\":5,\"host\":\"alt1.aspmx.l.google.com\",\"addresses\":[\"192.0.2.11\"],\"ours\":false,\"provider\":\"Google Workspace\",\"kind\":\"mailbox\"}]}," \
	"\"mxcheck\":\"" mxcheck_ "\",\"detected\":\"" detected_ "\",\"arrivals\":{\"count\":0,\"last\":null,\"host\":null},\"route\":" route_ "," FAKE_REJECTIONS "}"
#define FAKE_HERE FAKE_DOMAIN("auto", "local", "17", "null", \
	"{\"address\":\"postmaster@shop.example\",\"kind\":\"local\",\"router\":\"virtual_user\",\"transport\":\"virtual_userdelivery\",\"hosts\":[],\"text\":null}")
#define FAKE_AWAY FAKE_DOMAIN("remote", "remote", "null", "4", \
	"{\"address\":\"postmaster@shop.example\",\"kind\":\"remote\",\"router\":\"lookuphost\",\"transport\":\"remote_smtp\",\"hosts\":[\"aspmx.l.google.com [192.0.2.10]\",\"alt1.aspmx.l.google.com [192.0.2.11]\"],\"text\":null}")

static const char fake_plan[] =
	"{\"finding\":\"" FAKE_LOCAL "\",\"check\":\"routing_local_mx_elsewhere\",\"fix\":\"set_routing\"," \
	"\"title\":\"Set Email Routing\",\"risk\":\"Mail for this domain takes another way from that moment on; mail that has arrived is not moved.\"," \
	"\"ops\":[{\"verb\":\"set_routing\",\"name\":\"shop.example\",\"expect\":\"auto\",\"value\":\"remote\"}]," \
	"\"notes\":[\"What this server sends to shop.example will leave for aspmx.l.google.com, and mail for it from outside will be refused here.\"," \
	"\"2 mailboxes of shop.example on this server hold 2 messages. They stay where they are; new mail no longer joins them.\"]," \
	"\"confirm\":{\"word\":\"shop.example\",\"why\":\"Mail may still be lying or arriving here. Type the domain's name to show that you have read the notes.\"}," \
	"\"params\":{\"value\":\"remote\"},\"here\":{\"known\":true,\"why\":null,\"mailboxes\":2,\"messages\":2}," \
	"\"before\":" FAKE_HERE ",\"address\":null,\"digest\":\"" DIGEST "\"}";

static const char fake_address[] =
	"{\"address\":{\"ip\":\"203.0.113.5\",\"own\":false,\"state\":\"blocked\",\"why\":\"/etc/csf/csf.deny holds it\","
	"\"entries\":[{\"list\":\"/etc/csf/csf.deny\",\"file\":null,\"line\":2,\"blocks\":true,\"decides\":true,\"net\":\"203.0.113.5\","
	"\"ports\":[],\"direction\":\"in\",\"since\":null,\"until\":null,\"text\":\"lfd: <b>x</b>\"}],\"csf_off\":false,"
	"\"unread\":[],\"ports\":[{\"port\":25,\"verdict\":\"dropped\",\"by\":{\"tool\":\"iptables\",\"table\":\"filter\","
	"\"chain\":\"DENYIN\",\"rule\":\"-s 203.0.113.5 -j DROP\"},\"why\":null},{\"port\":465,\"verdict\":\"unknown\","
	"\"by\":null,\"why\":\"a set\"}],\"ports_why\":null,\"customer\":null,\"log\":[\"lfd[9]: <b>y</b>\"],\"log_why\":null},"
	"\"findings\":["
	"{\"id\":\"ip_blocked:203.0.113.5\",\"check\":\"ip_blocked\",\"rule\":\"B07\",\"severity\":\"info\","
	"\"subject\":{\"kind\":\"ip\",\"name\":\"203.0.113.5\"},\"text\":\"203.0.113.5 is blocked here\",\"evidence\":[],"
	"\"impact\":null,\"fix\":{\"id\":\"unblock_address\",\"title\":\"Take it off\",\"risk\":\"r\",\"bulk\":false},"
	"\"advice\":null,\"letter\":null,\"owner\":null,\"reseller\":null}]}";

#define FAKE_CHANGE(id_, name_, state_, by_, door_, undoable_, more_) \
	"{\"id\":\"" id_ "\",\"verb\":\"set_routing\",\"name\":\"" name_ "\",\"expect\":\"auto\",\"value\":\"remote\"," \
	"\"before\":\"auto\",\"after\":\"remote\",\"state\":\"" state_ "\",\"at\":\"2026-11-24T10:05:00Z\",\"by\":\"" by_ "\"," \
	"\"door\":\"" door_ "\",\"from\":\"198.51.100.7\",\"account\":\"shopco\",\"text\":\"\",\"job\":false,\"undoable\":" undoable_ more_ "}"
#define FAKE_JOB "20261124-110000-0000aa"
#define FAKE_FOREIGN_JOB "20261124-110000-0000bb"

static const char fake_changes[] = "["
	"{\"id\":\"" FAKE_JOB "\",\"verb\":\"bulk\",\"name\":\"set_routing\",\"state\":\"KEPT\",\"at\":\"2026-11-24T11:00:00Z\","
	"\"by\":\"root\",\"door\":\"admin.cgi\",\"from\":\"198.51.100.7\",\"text\":\"Stopped by root.\",\"job\":true,"
	"\"total\":3,\"done\":null,\"failed\":null,\"undone\":null,\"running\":false,\"undoing\":false,\"undoable\":true},"
	"{\"id\":\"20261124-110001-000001\",\"parent\":\"" FAKE_JOB "\",\"name\":\"shop.example\",\"state\":\"KEPT\",\"at\":\"2026-11-24T11:00:01Z\","
	"\"by\":\"root\",\"door\":\"admin.cgi\",\"job\":false,\"undoable\":true},"
	FAKE_CHANGE("20261124-100500-a1b2c3", "shop.example", "KEPT", "root", "admin.cgi", "true", "") ","
	FAKE_CHANGE("20261124-093000-000002", "bakery.example", "UNDONE", "northweb", "reseller.cgi", "false", "") ","
	FAKE_CHANGE("20261123-220100-000001", LONG_DOMAIN, "FAILED", "southhost", "reseller.cgi", "false", "") "]";

/* What a look at one domain may bring along: the list it stands in is broken. */
#define FAKE_SERVERS "{\"id\":\"domain_lists_unreadable:/etc/localdomains\",\"check\":\"domain_lists_unreadable\"," \
	"\"rule\":\"D09\",\"severity\":\"warning\",\"subject\":{\"kind\":\"server\",\"name\":\"/etc/localdomains\"}," \
	"\"text\":\"1 line of /etc/localdomains names nothing\",\"evidence\":[],\"impact\":null,\"fix\":null," \
	"\"advice\":null,\"letter\":null,\"owner\":null,\"reseller\":null}"

static const char fake_done[] = FAKE_CHANGE("20261124-100500-a1b2c3", "shop.example",
	"KEPT", "root", "admin.cgi", "true",
	",\"proof\":{\"before\":" FAKE_HERE ",\"after\":" FAKE_AWAY "},\"findings\":[]");
static const char fake_undone[] = FAKE_CHANGE("20261124-100500-a1b2c3", "shop.example",
	"UNDONE", "root", "admin.cgi", "false",
	",\"proof\":{\"before\":null,\"after\":" FAKE_HERE "},\"findings\":["
	FAKE_FINDING("critical", "routing_local_mx_elsewhere", "D01", "shop.example",
		     "It is back", FAKE_FIX, "null", "shopco", "northweb") "," FAKE_SERVERS "]");

static const char fake_uapi[] = "{\"apiversion\":3,\"func\":\"list_mxs\",\"module\":\"Email\",\"result\":{\"status\":1,\"errors\":null,\"data\":["
	"{\"domain\":\"shop.example\",\"mxcheck\":\"auto\",\"detected\":\"local\",\"local\":1,\"remote\":0,\"secondary\":0,\"mx\":\"shop.example\",\"entries\":[{\"mx\":\"shop.example\",\"priority\":\"0\"}]},"
	"{\"domain\":\"shop-old.example\",\"mxcheck\":\"remote\",\"detected\":\"remote\",\"local\":0,\"remote\":1,\"secondary\":0,\"mx\":null,\"entries\":null}]}}";

/* The journal's lines of a job: at work, or ended with one row done of three. */
#define FAKE_ENTRY(id_, verb_, name_, state_, by_, door_, more_) \
	"id=" id_ " verb=" verb_ " name=" name_ " expect=remote value=local state=" state_ \
	" at=1795517100 by=" by_ " door=" door_ more_ "\n"
#define FAKE_ROWS(by_, door_) \
	FAKE_ENTRY("20261124-110002-000002", "set_routing", "lawfirm.example", "FAILED", by_, door_, \
		   " parent=" FAKE_JOB " text=changed%20%3Cb%3Emeanwhile") \
	FAKE_ENTRY("20261124-110001-000001", "set_routing", "shop.example", "KEPT", by_, door_, " parent=" FAKE_JOB)

static const char fake_job[] = FAKE_ENTRY(FAKE_JOB, "bulk", "set_routing", "KEPT", "root", "admin.cgi", " total=3 text=Stopped%20by%20root.")
	FAKE_ROWS("root", "admin.cgi");
static const char fake_job_at_work[] = FAKE_ENTRY(FAKE_JOB, "bulk", "set_routing", "PREPARED", "root", "admin.cgi", " total=3")
	FAKE_ROWS("root", "admin.cgi");
static const char fake_job_of_northweb[] = FAKE_ENTRY(FAKE_JOB, "bulk", "set_routing", "KEPT", "northweb", "reseller.cgi", " total=3")
	FAKE_ROWS("northweb", "reseller.cgi");

/* A row of a matrix, before and after a probe. */
#define FAKE_CELL(way_, user_, state_, why_) "{\"way\":\"" way_ "\",\"user\":\"" user_ "\",\"state\":\"" state_ "\"," \
	"\"verdict\":\"" state_ " <b>v</b>\",\"why\":" why_ ",\"evidence\":[{\"source\":\"iptables\",\"text\":\"-j <b>DROP</b>\"}]}"
#define FAKE_PORTS(account_, cells_) \
	"{\"schema\":\"relaydoctor/1\",\"server\":\"s\",\"at\":\"2026-11-24T10:00:00Z\",\"in\":[],\"out\":null,\"log\":[]," \
	"\"restrictions\":{\"state\":\"free\",\"text\":\"Nothing keeps <b>sites</b> in\",\"owner\":null," \
	"\"setting\":\"WHM off, CSF off\",\"exempt\":null,\"finding\":\"smtp_restrictions_on:s.example\"," \
	"\"offer\":\"on\",\"mend\":null}," \
	"\"matrix\":{\"account\":" account_ ",\"probed_at\":null,\"has_ipv6\":false,\"rows\":[{\"port\":25,\"family\":\"IPv4\"," \
	"\"cells\":[" cells_ "]}]}}"
static const char fake_ports[] = FAKE_PORTS("null",
	FAKE_CELL("in", "clients", "open", "null") "," FAKE_CELL("out", "root", "not asked", "\"nobody tried\"") ","
	FAKE_CELL("out", "exim", "unknown", "null") "," FAKE_CELL("out", "nobody", "shut", "null"));
static const char fake_probed[] = FAKE_PORTS("\"shopco\"", FAKE_CELL("out", "account", "none", "null"));

static const char *reseller_of(const char *domain)
{
	return !strcmp(domain, "shop.example") ? "northweb" :
		!strcmp(domain, "lawfirm.example") ? "southhost" : "root";
}

/* A plan for each finding, but for names that DNS did not answer for. */
static json_object *fake_bulk(json_object *findings)
{
	json_object *o = fake_json("{\"rows\":[],\"left_out\":[]}");

	for (size_t i = 0; i < json_count(findings); i++) {
		const char *id = json_object_get_string(json_object_array_get_idx(findings, i));
		const char *name = strchr(id, ':') + 1;
		bool out = !strncmp(id, "dns_unanswered", 14);
		char text[3000];

		snprintf(text, sizeof(text), "{\"finding\":\"%s\",\"name\":\"%s\",\"owner\":\"x\",\"reseller\":\"%s\",\"why\":%s,"
			 "\"text\":\"It is <b>wrong</b>\",\"fix\":\"set_routing\",\"title\":\"Set Email Routing\",\"risk\":\"Mail takes another way.\","
			 "\"ops\":[{\"verb\":\"set_routing\",\"name\":\"%s\",\"expect\":\"remote\",\"value\":\"%s\"}],\"notes\":[\"A note.\"]}",
			 id, name, reseller_of(name), out ? "\"its DNS did not answer\"" : "null",
			 name, fakes.stale ? "secondary" : "local");
		json_object_array_add(json_member(o, out ? "left_out" : "rows"), fake_json(text));
	}
	json_put_flag(o, "whole", !fakes.unheard);
	return o;
}

static int refuse_all(struct err *e)
{
	return fakes.fails ? err_set(e, fakes.fails, "the engine says: <b>no</b>") : 0;
}

static void dawdle(void (*progress)(void *ctx, json_object *o), void *ctx)
{
	json_object *o = fake_json("{\"phase\":\"dns\",\"done\":1234,\"total\":5000,"
		"\"critical\":7,\"warning\":3,\"findings\":[{\"id\":\"dns_x:early.example\","
		"\"severity\":\"critical\",\"text\":\"Mail for <b>early.example</b> is lost\"}]}");

	progress(ctx, o);
	json_object_put(o);
	sleep((unsigned)fakes.slow);
}

static const char fake_explanation[] =
	"{\"class\":\"relay_unauth\",\"rule\":\"D02\",\"who\":\"this server\",\"title\":\"<b>\","
	"\"text\":\"t\",\"evidence\":[{\"source\":\"Exim\",\"text\":\"<i>\"}],\"steps\":[\"one\"],"
	"\"fix\":{\"id\":\"set_routing\",\"finding\":\"routing_remote_mx_here:shop.example\"},"
	"\"finding\":\"routing_remote_mx_here:shop.example\","
	"\"here\":{\"asked\":true,\"missing\":[\"Exim: silent\"]},"
	"\"read\":{\"form\":\"log\",\"side\":\"local\",\"reporting_host\":null,"
	"\"remote_host\":null,\"recipient\":\"a@shop.example\",\"sender\":null,"
	"\"client\":\"192.0.2.1\",\"login\":null,\"message\":null,\"time\":null}}";

#define FAKE_SETUP(ready, why) "{\"schema\":\"relaydoctor/1\",\"domain\":\"shop.example\"," \
	"\"mailbox\":null,\"reseller\":\"northweb\",\"user\":\"name@shop.example\"," \
	"\"host\":\"srv.example\",\"ready\":" ready ",\"why\":" why ",\"incoming\":[" \
	"{\"protocol\":\"IMAP\",\"port\":993,\"security\":\"SSL/TLS\",\"certificate\":\"srv.example\",\"flaw\":null}]," \
	"\"outgoing\":[{\"protocol\":\"SMTP\",\"port\":465,\"security\":\"SSL/TLS\",\"certificate\":\"srv.example\",\"flaw\":null}]," \
	"\"missing\":[\"POP3 on port 995: <nothing>\"],\"sheet\":\"User name: <name>\\nPassword\\n\"}"

static const char fake_setup[] = FAKE_SETUP("true", "null");
static const char fake_unready[] = FAKE_SETUP("false", "\"no port was seen\"");

static const char fake_relay[] = "{\"schema\":\"relaydoctor/1\",\"client\":\"203.0.113.5\","
	"\"user\":null,\"port\":587,\"server\":\"192.0.2.10\",\"sender\":\"\",\"accepted\":false,"
	"\"recipients\":[{\"address\":\"b@far.example\",\"verdict\":\"refused\",\"stage\":\"RCPT\","
	"\"code\":550,\"reply\":\"<b>not permitted\",\"because\":null,\"decided_by\":"
	"{\"acl\":\"acl_rcpt\",\"verb\":\"require\",\"file\":\"/etc/exim.conf\",\"line\":77,"
	"\"asks\":\"relay <permitted>\",\"list\":null}}],"
	"\"limits\":[{\"id\":\"tls\",\"text\":\"An ACL asks about TLS.\"}],\"never\":\"Never judged: x.\"}";

static const char fake_settings[] = "{\"address\":[],\"probe_to\":[],"
	"\"gateway\":[{\"about\":\"filter.example.net\",\"expect\":\"Our <b>filter\"}],"
	"\"mute\":[{\"about\":\"dns_unanswered:hotel.example\",\"expect\":\"until 2026-01-31 by root seen 0123456789abcdef because it <i>moved\","
	"\"by\":\"root\",\"reason\":\"it <i>moved\",\"until\":\"2026-01-31\",\"over\":true}],"
	"\"faults\":[{\"line\":4,\"text\":\"colour = <u>red\",\"why\":\"there is no such setting\"}],"
	"\"scan_every\":{\"about\":\"\",\"expect\":\"12h\"},\"scan_on_change\":null,\"probe_every\":null,"
	"\"one_call\":[],\"api_rate\":null}";

int scan_ask(json_object *request, void (*progress)(void *ctx, json_object *o),
	     void *ctx, json_object **result, struct err *e)
{
	const char *op = json_text(request, "op"), *name = json_text(request, "name");

	if (refuse_all(e))
		return -1;
	if (fakes.slow)
		dawdle(progress, ctx);
	if (!strcmp(op, "probe")) {
		note(op, json_text(request, "account"));
		*result = fake_json(fake_probed);
	} else if (!strcmp(op, "ports"))
		*result = fake_json(fake_ports);
	else if (!strcmp(op, "settings"))
		*result = fake_json(fake_settings);
	else if (!strcmp(op, "address"))
		*result = fake_json(fake_address);
	else if (!strcmp(op, "bulk"))
		*result = fake_bulk(json_member(request, "findings"));
	else if (!strcmp(op, "relay")) {
		note(op, json_object_to_json_string_ext(request, JSON_C_TO_STRING_PLAIN));
		*result = fake_json(fake_relay);
	} else if (!strcmp(op, "setup") && !strcmp(name, "shop.example")) {
		note(op, json_text(request, "mailbox"));
		*result = fake_json(fakes.unready ? fake_unready : fake_setup);
	} else if (!strcmp(op, "explain"))
		*result = fake_json(fake_explanation);
	else if (!strcmp(op, "scan"))
		*result = fake_json(fakes.findings ? fakes.findings : fake_findings);
	else if (!strcmp(name, "shop.example"))
		*result = fake_json("{\"domain\":" FAKE_HERE ",\"findings\":["
			FAKE_FINDING("critical", "routing_local_mx_elsewhere", "D01", "shop.example",
				     "Mail for shop.example stays on this server, but its mailboxes are at Google Workspace",
				     FAKE_FIX, "null", "shopco", "northweb") "," FAKE_SERVERS "]}");
	else
		return err_set(e, ERR_NOT_FOUND, "%s is not on this server", name);
	return 0;
}

/* What the account's own check finds. */
int scan_ask_on(int s, json_object *request, json_object **result, struct err *e)
{
	close(s);
	if (strcmp(json_text(request, "op"), "check"))
		return scan_ask(request, NULL, NULL, result, e);
	if (refuse_all(e))
		return -1;
	*result = fake_json("{\"domains\":[{\"name\":\"shop.example\",\"routing\":\"local_mx_elsewhere\","
		"\"mx\":\"aspmx.l.google.com\",\"provider\":\"Google Workspace\",\"findings\":[{\"id\":\"" FAKE_LOCAL "\","
		"\"check\":\"routing_local_mx_elsewhere\",\"severity\":\"critical\",\"subject\":\"shop.example\","
		"\"fix\":\"set_routing\"}]}]}");
	return 0;
}

int change_preview_as(struct priv_client *c, const char *finding, json_object *params,
		      const char *from, json_object **plan, struct err *e)
{
	(void)c;
	return change_preview(finding, params, from, plan, e);
}

int change_preview(const char *finding, json_object *params, const char *from, json_object **plan,
		   struct err *e)
{
	(void)from;
	note("preview", finding);
	(void)params;
	if (refuse_all(e))
		return -1;
	*plan = fake_json(fake_plan);
	if (fakes.wordless)
		json_object_object_add(*plan, "confirm", NULL);
	return 0;
}

/* The n-th change that the journal holds, by its line: when it was made. */
static json_object *journal_change(const char *at, unsigned n)
{
	json_object *o = fake_json(fake_done);
	char id[32];

	snprintf(id, sizeof(id), "20261124-100500-%06x", n);
	json_put_text(o, "id", id);
	json_put_text(o, "at", at);
	return o;
}

static json_object *journal_all(void)
{
	json_object *all = json_object_new_array();
	FILE *f = fopen(fakes.journal, "re");
	char at[32];
	unsigned n = 0;

	while (f && fscanf(f, "%31s", at) == 1)
		json_object_array_add(all, journal_change(at, n++));
	if (f)
		fclose(f);
	return all;
}

static json_object *journal_add(void)
{
	json_object *all = journal_all();
	FILE *f = fopen(fakes.journal, "ae");
	time_t now = time(NULL);
	char at[32];

	strftime(at, sizeof(at), "%Y-%m-%dT%H:%M:%SZ", gmtime(&now));
	if (!f || fprintf(f, "%s\n", at) < 0 || fclose(f))
		abort();
	json_object_put(all);
	return journal_change(at, (unsigned)json_count(all));
}

int change_apply(struct priv_client *c, const char *finding, json_object *params, const char *from,
		 const char *digest, const char *typed, json_object **change,
		 struct err *e)
{
	(void)from;
	(void)c;
	(void)params;
	note("apply", finding);
	if (refuse_all(e))
		return -1;
	if (strcmp(digest, DIGEST))
		return err_set(e, ERR_STALE, "the server changed since the preview");
	if (!fakes.wordless && (!typed || strcmp(typed, "shop.example")))
		return err_set(e, ERR_INPUT, "type shop.example to confirm");
	*change = fakes.journal ? journal_add() : fake_json(fake_done);
	return 0;
}

int change_undo(struct priv_client *c, const char *id, json_object **change,
		struct err *e)
{
	(void)c;
	note("undo", id);
	if (refuse_all(e))
		return -1;
	*change = fake_json(fake_undone);
	return 0;
}

/* Of set_own, what was asked for. */
json_object *change_entry(struct priv_client *c, const char *id, struct err *e)
{
	json_object *o = fake_json(fake_done);

	(void)c;
	(void)id;
	(void)e;
	json_put_text(o, "verb", "set_own");
	json_put_text(o, "name", fakes.own_name);
	json_put_text(o, "value", fakes.own_value);
	return o;
}

int change_list(struct priv_client *c, json_object **changes, struct err *e)
{
	(void)c;
	(void)e;
	*changes = fakes.journal ? journal_all() : fake_json(fake_changes);
	return 0;
}

int priv_open(struct priv_client *c, struct err *e)
{
	(void)e;
	c->fd = 0;
	return 0;
}

void priv_close(struct priv_client *c)
{
	c->fd = -1;
}

int priv_ask(struct priv_client *c, const char *verb, const char *name,
	     const char *expect, const char *value, int passed,
	     struct priv_reply *reply, int *fd, struct err *e)
{
	(void)c;
	(void)expect;
	(void)passed;
	(void)fd;
	memset(reply, 0, sizeof(*reply));
	note(verb, value ? value : name);
	if (!strcmp(verb, "set_own")) {
		snprintf(fakes.own_name, sizeof(fakes.own_name), "%s", name);
		snprintf(fakes.own_value, sizeof(fakes.own_value), "%s", value);
		snprintf(fakes.own_expect, sizeof(fakes.own_expect), "%s", expect);
	}
	if (!strcmp(verb, "bulk"))
		snprintf(reply->change, sizeof(reply->change), "%s", FAKE_JOB);
	if (value && !strcmp(value, "used"))
		return err_set(e, ERR_DENIED, "this ticket was used");
	return 0;
}

int priv_read(struct priv_client *c, const char *verb, const char *name,
	      const char *value, struct err *e)
{
	const char *text = fakes.uapi ? fakes.uapi : fake_uapi;

	(void)c;
	(void)value;
	if (!strcmp(verb, "job")) {
		text = fakes.job ? fakes.job : fake_job;
		if (strcmp(name, FAKE_JOB))
			return err_set(e, ERR_NOT_FOUND, "there is no change %s", name);
	} else {
		note(verb, NULL);
	}
	return io_memfd("uapi", text, strlen(text));
}

#endif
