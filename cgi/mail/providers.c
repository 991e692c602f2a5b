#include <string.h>

#include "base/text.h"
#include "mail/providers.h"

#define BOX	PROVIDER_MAILBOX
#define GATE	PROVIDER_GATEWAY

static const struct provider providers[] = {
	/* Mailboxes. Where an operator also rents out servers under the same
	 * domain, only the host names it gives for mail stand here. */
	{ "l.google.com", BOX, "Google Workspace", "google.com", true },
	{ "smtp.google.com", BOX, "Google Workspace", "google.com", true },
	{ "googlemail.com", BOX, "Google Workspace", "google.com", true },
	{ "mail.protection.outlook.com", BOX, "Microsoft 365", "outlook.com", true },
	{ "olc.protection.outlook.com", BOX, "Outlook.com", "outlook.com", true },
	{ "mx.microsoft", BOX, "Microsoft 365", "outlook.com", true },
	{ "zoho.com", BOX, "Zoho Mail", NULL, false },
	{ "zoho.eu", BOX, "Zoho Mail", NULL, false },
	{ "zoho.in", BOX, "Zoho Mail", NULL, false },
	{ "zoho.com.au", BOX, "Zoho Mail", NULL, false },
	{ "zoho.jp", BOX, "Zoho Mail", NULL, false },
	{ "zohocloud.ca", BOX, "Zoho Mail", NULL, false },
	{ "zohomail.com", BOX, "Zoho Mail", NULL, false },
	{ "messagingengine.com", BOX, "Fastmail", NULL, false },
	{ "mail.icloud.com", BOX, "Apple iCloud Mail", "icloud.com", false },
	{ "yahoodns.net", BOX, "Yahoo Mail", "yahoo.com", false },
	{ "protonmail.ch", BOX, "Proton Mail", NULL, false },
	{ "migadu.com", BOX, "Migadu", NULL, false },
	{ "mailbox.org", BOX, "mailbox.org", NULL, false },
	{ "gmx.net", BOX, "GMX", NULL, false },
	{ "kundenserver.de", BOX, "IONOS", NULL, false },
	{ "mx00.ionos.com", BOX, "IONOS", NULL, false },
	{ "mx01.ionos.com", BOX, "IONOS", NULL, false },
	{ "mx00.ionos.de", BOX, "IONOS", NULL, false },
	{ "mx01.ionos.de", BOX, "IONOS", NULL, false },
	{ "mx00.ionos.co.uk", BOX, "IONOS", NULL, false },
	{ "mx01.ionos.co.uk", BOX, "IONOS", NULL, false },
	{ "mail.ovh.net", BOX, "OVHcloud", "ovh.net", false },
	{ "mail.gandi.net", BOX, "Gandi Mail", NULL, false },
	{ "emailsrvr.com", BOX, "Rackspace Email", NULL, false },
	{ "mx.yandex.net", BOX, "Yandex 360", "yandex.net", false },
	{ "mx.yandex.ru", BOX, "Yandex 360", "yandex.net", false },
	{ "titan.email", BOX, "Titan", NULL, false },
	{ "privateemail.com", BOX, "Namecheap Private Email", NULL, false },
	{ "smtp.secureserver.net", BOX, "GoDaddy email", NULL, false },
	{ "mailstore1.secureserver.net", BOX, "GoDaddy email", NULL, false },
	{ "smtpin.rzone.de", BOX, "Strato", NULL, false },
	{ "mx1.hostinger.com", BOX, "Hostinger Email", NULL, false },
	{ "mx2.hostinger.com", BOX, "Hostinger Email", NULL, false },
	{ "mail.tutanota.de", BOX, "Tuta", NULL, false },
	{ "purelymail.com", BOX, "Purelymail", NULL, false },
	{ "hostedemail.com", BOX, "OpenSRS Hosted Email", NULL, false },

	/* Services that filter mail and hand it to the server behind them. */
	{ "spamexperts.com", GATE, "SpamExperts", "antispamcloud.com", false },
	{ "spamexperts.eu", GATE, "SpamExperts", "antispamcloud.com", false },
	{ "spamexperts.net", GATE, "SpamExperts", "antispamcloud.com", false },
	{ "antispamcloud.com", GATE, "SpamExperts", NULL, false },
	{ "mtaroutes.com", GATE, "N-able Mail Assure", NULL, false },
	{ "mimecast.com", GATE, "Mimecast", NULL, false },
	{ "mimecast.co.za", GATE, "Mimecast", NULL, false },
	{ "mimecast-offshore.com", GATE, "Mimecast", NULL, false },
	{ "pphosted.com", GATE, "Proofpoint", NULL, false },
	{ "ppe-hosted.com", GATE, "Proofpoint Essentials", NULL, false },
	{ "mailchannels.net", GATE, "MailChannels", NULL, false },
	{ "barracudanetworks.com", GATE, "Barracuda", NULL, false },
	{ "iphmx.com", GATE, "Cisco Secure Email", NULL, false },
	{ "tmes.trendmicro.com", GATE, "Trend Micro Email Security", NULL, false },
	{ "tmes.trendmicro.eu", GATE, "Trend Micro Email Security", NULL, false },
	{ "hes.trendmicro.com", GATE, "Trend Micro Email Security", NULL, false },
	{ "hes.trendmicro.eu", GATE, "Trend Micro Email Security", NULL, false },
	{ "hydra.sophos.com", GATE, "Sophos Email", NULL, false },
	{ "reflexion.net", GATE, "Sophos Reflexion", NULL, false },
	{ "hornetsecurity.com", GATE, "Hornetsecurity", NULL, false },
	{ "antispameurope.com", GATE, "Hornetsecurity", NULL, false },
	{ "mailcontrol.com", GATE, "Forcepoint Email Security", NULL, false },
	{ "messagelabs.com", GATE, "Symantec Email Security", NULL, false },
	{ "mailguard.com.au", GATE, "MailGuard", NULL, false },
	{ "spamhero.com", GATE, "SpamHero", NULL, false },
	{ "spamhero.net", GATE, "SpamHero", "spamhero.com", false },
	{ "retarus.com", GATE, "Retarus", NULL, false },
	{ "esvacloud.com", GATE, "Libraesva", NULL, false },
	{ "zerospam.ca", GATE, "Zerospam", NULL, false },
	{ "spamtitan.com", GATE, "SpamTitan", NULL, false },
	{ "arsmtp.com", GATE, "AppRiver", NULL, false },
	{ "securence.com", GATE, "Securence", NULL, false },
	{ "mailroute.net", GATE, "MailRoute", NULL, false },
	{ "mailinblack.com", GATE, "Mailinblack", NULL, false },
	{ "seppmail.cloud", GATE, "SEPPmail.cloud", NULL, false },
	{ "cleanmail.ch", GATE, "CleanMail", NULL, false },
	{ "mxthunder.net", GATE, "MXThunder", NULL, false },
	{ "mxrecord.io", GATE, "Cloudflare Email Security", NULL, false },
	{ "fireeyecloud.com", GATE, "Trellix Email Security", NULL, false },
};

const struct provider *provider_find(const char *host)
{
	const struct provider *best = NULL;

	for (size_t i = 0; i < sizeof(providers) / sizeof(*providers); i++) {
		const struct provider *p = &providers[i];

		if (text_in_domain(host, p->suffix) &&
		    (!best || strlen(p->suffix) > strlen(best->suffix)))
			best = p;
	}
	return best;
}

bool provider_delivers_as(const struct mx_host *mx, const char *verified)
{
	const struct provider *p = provider_find(mx->name);

	if (p)
		return text_in_domain(verified, p->sends_as ? p->sends_as : p->suffix);
	return mx->provider && text_in_domain(verified, mx->provider);
}
