/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "tests/cases.h"
#include "tests/received_show.h"

#define DATE "; Sat, 21 Nov 2026 21:15:32 +0000 (UTC)"
#define AES "TLS_AES_256_GCM_SHA384"
#define ECDHE "ECDHE-RSA-AES256-GCM-SHA384"
#define USING "\n\t(using TLSv1.3 with cipher " AES " (256/256 bits)\n\t " \
	"key-exchange X25519 server-signature RSA-PSS (2048 bits) " \
	"server-digest SHA256)\n\t"
#define BY_POSTFIX "\n\tby mx.corp.example (Postfix) with "
#define UNKNOWN "none unknown tls=unknown verified=unknown from nowhere"

struct sample {
	const char *label, *field, *wanted;
};

/* clang-format off */
static const struct sample postfix[] = {
	{ "TLS, no certificate",
	    "from c.example (localhost [192.0.2.1])" USING
	    "(Client did not present a certificate)" BY_POSTFIX
	    "ESMTPS id DE16CAA201F\n\tfor <user@hop.test>" DATE,
	    "Postfix hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "plaintext",
	    "from c.example (localhost [192.0.2.1])" BY_POSTFIX
	    "ESMTP id 6DDADAA200D\n\tfor <user@hop.test>" DATE,
	    "Postfix hop tls=no verified=no from 192.0.2.1" },
	{ "TLS, not verified",
	    "from c.example (localhost [192.0.2.1])" USING
	    "(Client CN \"client.other.test\", Issuer \"Other CA\" "
	    "(not verified))" BY_POSTFIX "ESMTPS id CE667AA2021" DATE,
	    "Postfix hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "TLS, verified",
	    "from c.example (localhost [192.0.2.1])" USING
	    "(Client CN \"client.partner.test\", Issuer \"Test Root CA\" "
	    "(verified OK))" BY_POSTFIX "ESMTPS id 5E188AA2020" DATE,
	    "Postfix hop tls=yes TLSv1.3 " AES "/256 verified=yes "
	    "from 192.0.2.1 peer=client.partner.test issuer=Test Root CA" },
	{ "verified, brackets in a CN that match",
	    "from c.example (x [192.0.2.1])" USING
	    "(Client CN \"ACME (UK)\", Issuer \"CA (2)\" (verified OK))"
	    BY_POSTFIX "ESMTPS id 5E188AA2020" DATE,
	    "Postfix hop tls=yes TLSv1.3 " AES "/256 verified=yes "
	    "from 192.0.2.1 peer=ACME (UK) issuer=CA (2)" },
	{ "verified, a CN that Postfix would not show",
	    "from c.example (x [192.0.2.1])" USING
	    "(Client CN \"m?nchen\", Issuer \"CA\" (verified OK))"
	    BY_POSTFIX "ESMTPS id 5E188AA2020" DATE,
	    "Postfix hop tls=yes TLSv1.3 " AES "/256 verified=yes "
	    "from 192.0.2.1 issuer=CA" },
	{ "verified, no CN",
	    "from c.example (x [192.0.2.1])" USING
	    "(Client CN \"\", Issuer \"CA\" (verified OK))"
	    BY_POSTFIX "ESMTPS id 5E188AA2020" DATE,
	    "Postfix hop tls=yes TLSv1.3 " AES "/256 verified=yes "
	    "from 192.0.2.1 issuer=CA" },
	{ "certificate not asked for",
	    "from c.example (x [192.0.2.1])" USING
	    "(No client certificate requested)" BY_POSTFIX
	    "ESMTPS id 5E188AA2020" DATE,
	    "Postfix hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "TLS without smtpd_tls_received_header proves no peer",
	    "from c.example (x [192.0.2.1])" BY_POSTFIX
	    "ESMTPS id 5E188AA2020" DATE,
	    "Postfix hop tls=yes verified=unknown from 192.0.2.1" },
	{ "IPv6", "from c.example (x [IPv6:2001:db8::7])" BY_POSTFIX
	    "ESMTPS id 1" DATE,
	    "Postfix hop tls=yes verified=unknown from 2001:db8::7" },
	{ "login", "from c.example (unknown [192.0.2.1])\n\t"
	    "(Authenticated sender: alice@corp.example)" BY_POSTFIX
	    "ESMTPSA id 1" DATE,
	    "Postfix hop tls=yes verified=unknown from 192.0.2.1" },
	{ "SMTPUTF8", "from c.example (x [192.0.2.1])" BY_POSTFIX
	    "UTF8SMTPS id 1\n\tfor <\xc3\xbc@\xc3\xbc.example>" DATE,
	    "Postfix hop tls=yes verified=unknown from 192.0.2.1" },
	{ "a quoted recipient", "from c.example (x [192.0.2.1])" BY_POSTFIX
	    "ESMTP id 1\n\tfor <\"a >;( b\"@corp.example>" DATE,
	    "Postfix hop tls=no verified=no from 192.0.2.1" },
	{ "HELO has no S: nothing is known", "from c (x [192.0.2.1])"
	    BY_POSTFIX "SMTP id 1" DATE,
	    "Postfix hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "HELO, but a TLS comment", "from c (x [192.0.2.1])" USING
	    "(Client did not present a certificate)" BY_POSTFIX
	    "SMTP id 1" DATE, "Postfix hop tls=yes TLSv1.3 " AES
	    "/256 verified=no from 192.0.2.1" },
	{ "HELO is an address literal", "from [203.0.113.9] (x [192.0.2.1])"
	    BY_POSTFIX "ESMTPS id 1" DATE,
	    "Postfix hop tls=yes verified=unknown from 192.0.2.1" },
	{ "folded by another host", "from c.example\r\n (x\r\n [192.0.2.1])"
	    "\r\n by mx.corp.example (Postfix)\r\n with ESMTPS\r\n id 1;\r\n"
	    " Sat, 21 Nov 2026 21:15:32 +0000 (UTC)\r\n",
	    "Postfix hop tls=yes verified=unknown from 192.0.2.1" },
	{ "a filter coming back", "from localhost (localhost [127.0.0.1])"
	    BY_POSTFIX "ESMTP id 1" DATE,
	    "Postfix inside tls=no verified=no from 127.0.0.1" },
	{ "before the queue, without id", "from c (x [192.0.2.1])" BY_POSTFIX
	    "ESMTPS;\n\tFri,  9 Aug 2024 15:33:53 +0000 (UTC)",
	    "Postfix hop tls=yes verified=unknown from 192.0.2.1" },
	{ "sendmail(1)", "by mx.corp.example (Postfix, from userid 0)\n\t"
	    "id ABC" DATE,
	    "Postfix origin tls=unknown verified=unknown from nowhere" },
	{ "an alias", "by mx.corp.example (Postfix)\n\tid ABC" DATE,
	    "Postfix inside tls=unknown verified=unknown from nowhere" },
	{ "a word nobody knows", "from c (x [192.0.2.1])" BY_POSTFIX
	    "ESMTPSX id 1" DATE,
	    "Postfix hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "under another mail_name, TLS",
	    "from c.example (localhost [192.0.2.1])" USING
	    "(Client did not present a certificate)"
	    "\n\tby mx.corp.example (Postcow) with "
	    "ESMTPS id DE16CAA201F\n\tfor <user@hop.test>" DATE,
	    "Postfix hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "under another mail_name, verified",
	    "from c.example (localhost [192.0.2.1])" USING
	    "(Client CN \"client.partner.test\", Issuer \"Test Root CA\" "
	    "(verified OK))\n\tby mx.corp.example (Mail Service) with "
	    "ESMTPS id 5E188AA2020" DATE,
	    "Postfix hop tls=yes TLSv1.3 " AES "/256 verified=yes "
	    "from 192.0.2.1 peer=client.partner.test issuer=Test Root CA" },
	{ "under another mail_name, plaintext is not proven",
	    "from c.example (localhost [192.0.2.1])"
	    "\n\tby mx.corp.example (Postcow) with "
	    "ESMTP id DE16CAA201F\n\tfor <user@hop.test>" DATE,
	    "plain hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "under another mail_name, sendmail(1)",
	    "by mx.corp.example (Postcow, from userid 1000)\n\tid ABC" DATE,
	    "Postfix origin tls=unknown verified=unknown from nowhere" },
	{ "no user id", "by mx.corp.example (Postcow, from userid x)\n\t"
	    "id ABC" DATE, UNKNOWN },
	{ "under another mail_name, an alias proves nothing",
	    "by mx.corp.example (Postcow)\n\tid ABC" DATE, UNKNOWN },
	{ "another MTA with Postfix's comment",
	    "from c.example (localhost [192.0.2.1])" USING
	    "(Client did not present a certificate)"
	    "\n\tby mx.corp.example (Stalwart SMTP) with "
	    "ESMTPS id DE16CAA201F" DATE, UNKNOWN },
	{ "client unknown after XCLIENT", "from c (x [unknown])" BY_POSTFIX
	    "ESMTPS id 1" DATE, UNKNOWN },
};

#define BY_SENDMAIL "\n\tby sm.hop.test (8.17.1.9/8.17.1.9) with "
#define SUITE(verify) "\n\t(version=TLSv1.3 cipher=" AES " bits=256 verify=" \
	verify ")\n\tfor <user@hop.test>; Sat, 21 Nov 2026 21:15:42 GMT"

static const struct sample sendmail[] = {
	{ "plaintext", "from c.example (localhost [192.0.2.1])" BY_SENDMAIL
	    "ESMTP id 6ALLFfJS000346\n\tfor <user@hop.test>" DATE,
	    "Sendmail hop tls=no verified=no from 192.0.2.1" },
	{ "TLS", "from c.example (localhost [192.0.2.1])" BY_SENDMAIL
	    "ESMTPS id 6ALLFgvt000359" SUITE("NO"),
	    "Sendmail hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "TLS, with another text for the versions",
	    "from c.example (localhost [192.0.2.1])\n\t"
	    "by sm.hop.test (Mailer) with ESMTPS id 6ALLFgvt000359"
	    SUITE("NO"),
	    "Sendmail hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "TLS, with no text for the versions",
	    "from c.example (localhost [192.0.2.1])\n\t"
	    "by sm.hop.test with ESMTPS id 6ALLFgvt000359" SUITE("OK"),
	    "Sendmail hop tls=yes TLSv1.3 " AES "/256 verified=unknown "
	    "from 192.0.2.1" },
	{ "verified", "from c.example (localhost [192.0.2.1])" BY_SENDMAIL
	    "ESMTPS id 6ALLFhYs000371" SUITE("OK"),
	    "Sendmail hop tls=yes TLSv1.3 " AES "/256 verified=yes "
	    "from 192.0.2.1" },
	{ "failed", "from c.example (localhost [192.0.2.1])" BY_SENDMAIL
	    "ESMTPS id 6ALLFhTR000392" SUITE("FAIL"),
	    "Sendmail hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "a word of verify nobody knows", "from c (x [192.0.2.1])"
	    BY_SENDMAIL "ESMTPS id 1" SUITE("TRUSTED"),
	    "Sendmail hop tls=yes TLSv1.3 " AES "/256 verified=unknown "
	    "from 192.0.2.1" },
	{ "HELO after STARTTLS", "from c.example (localhost [192.0.2.1])"
	    BY_SENDMAIL "SMTP id 6ALLFid6000406" SUITE("NO"),
	    "Sendmail hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "may be forged", "from c (x.example [192.0.2.1] (may be forged))"
	    BY_SENDMAIL "ESMTP id 1" DATE,
	    "Sendmail hop tls=no verified=no from 192.0.2.1" },
	{ "ident", "from c (joe@x.example [192.0.2.1])" BY_SENDMAIL
	    "ESMTP id 1" DATE,
	    "Sendmail hop tls=no verified=no from 192.0.2.1" },
	{ "no name", "from c ([192.0.2.1])" BY_SENDMAIL "ESMTP id 1" DATE,
	    "Sendmail hop tls=no verified=no from 192.0.2.1" },
	{ "IPv6", "from c ([IPv6:2001:db8:0:0:0:0:0:7])" BY_SENDMAIL
	    "ESMTP id 1" DATE,
	    "Sendmail hop tls=no verified=no from 2001:db8::7" },
	{ "no HELO", "(from x.example [192.0.2.1])" BY_SENDMAIL
	    "SMTP id 1" DATE,
	    "Sendmail hop tls=no verified=no from 192.0.2.1" },
	{ "login", "from c (x [192.0.2.1])\n\t(authenticated bits=128)"
	    BY_SENDMAIL "ESMTPSA id 1" SUITE("NOT"),
	    "Sendmail hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "Debian's version", "from c (x [192.0.2.1])\n\tby sm.test "
	    "(8.17.1.9/8.17.1.9/Debian-2+deb12u2) with ESMTP id 1" DATE,
	    "Sendmail hop tls=no verified=no from 192.0.2.1" },
	{ "an old version word", "from c (x [192.0.2.1])" BY_SENDMAIL
	    "ESMTP id 1\n\t(version=TLSv1/SSLv3 cipher=DHE-RSA-AES256-SHA "
	    "bits=256 verify=NOT)" DATE,
	    "Sendmail hop tls=yes TLSv1/SSLv3 DHE-RSA-AES256-SHA/256 "
	    "verified=no from 192.0.2.1" },
	{ "sendmail(1)", "(from root@localhost)\n\tby sm.test "
	    "(8.17.1/8.17.1/Submit) id 1\n\tfor u@hop.test" DATE,
	    "Sendmail origin tls=unknown verified=unknown from nowhere" },
};

static const struct sample others[] = {
	{ "Proofpoint", "from o.example (o.example [192.0.2.1])\n\tby "
	    "mx0a-1.pphosted.example (PPS) with ESMTPS id 3abc1-1\n\t"
	    "(version=TLSv1.2 cipher=" ECDHE " bits=256 verify=NOT)" DATE,
	    "Proofpoint hop tls=yes TLSv1.2 " ECDHE "/256 verified=no "
	    "from 192.0.2.1" },
	{ "Proofpoint, old: ESMTP with version=", "from o.example "
	    "(o.example [192.0.2.1]) by mx0a-1.pphosted.example (PPS) with "
	    "ESMTP id 3abc1-1 (version=TLSv1.2 cipher=" ECDHE " bits=256 "
	    "verify=NOT); Sat, 21 Nov 2026 21:15:32 -0500",
	    "Proofpoint hop tls=yes TLSv1.2 " ECDHE "/256 verified=no "
	    "from 192.0.2.1" },
	{ "Proofpoint without a mark", "from o.example (o.example "
	    "[192.0.2.1]) by mx0a-1.pphosted.example (PPS) with ESMTP id 3"
	    DATE,
	    "Proofpoint hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "Proofpoint's inner hop", "from pps.filterd (m1.ppops.example "
	    "[127.0.0.1])\n\tby m1.ppops.example (8.17.1.24/8.17.1.24) with "
	    "ESMTP id 3" DATE,
	    "Sendmail inside tls=no verified=no from 127.0.0.1" },

	{ "Exim", "from o.example ([192.0.2.1] helo=h.example)\n\tby "
	    "ex.example with esmtps  (TLS1.3) tls " AES "\n\t(Exim 4.96)\n\t"
	    "(envelope-from <a@b.example>)\n\tid 1qPIMw-0008Mc-53\n\tfor "
	    "u@hop.test; Sat, 21 Nov 2026 21:15:32 +0200",
	    "Exim hop tls=yes TLS1.3 " AES " verified=unknown "
	    "from 192.0.2.1" },
	{ "Exim 4.92", "from o.example ([2001:db8::7] helo=h.example)\n\tby "
	    "ex.example with esmtps (TLS1.3:ECDHE_RSA_AES_256_GCM_SHA384:256)"
	    "\n\t(Exim 4.92)\n\t(envelope-from <a@b.example>)\n\tid 1" DATE,
	    "Exim hop tls=yes TLS1.3 ECDHE_RSA_AES_256_GCM_SHA384/256 "
	    "verified=unknown from 2001:db8::7" },
	{ "Exim, plaintext", "from o.example ([192.0.2.1])\n\tby ex.example "
	    "with esmtp (Exim 4.92.3 #3 (Red Hat Linux))\n\tid 1" DATE,
	    "Exim hop tls=no verified=no from 192.0.2.1" },
	{ "Exim, no name", "from [192.0.2.1] (port=4711 helo=h.example)\n\t"
	    "by ex.example with esmtpsa  (TLS1.2) tls " ECDHE "\n\t"
	    "(Exim 4.96)\n\tid 1" DATE,
	    "Exim hop tls=yes TLS1.2 " ECDHE " verified=unknown "
	    "from 192.0.2.1" },
	{ "Exim, no name, HELO a forged literal", "from [192.0.2.1] "
	    "(helo=[198.51.100.1])\n\tby ex.example with esmtp (Exim 4.96)"
	    "\n\tid 1" DATE, "Exim hop tls=no verified=no from 192.0.2.1" },
	{ "Exim, HELO its own literal", "from [192.0.2.1]\n\tby ex.example "
	    "with esmtp (Exim 4.96)\n\tid 1" DATE,
	    "Exim hop tls=no verified=no from 192.0.2.1" },
	{ "Exim with ports", "from o.example ([192.0.2.1]:4711 helo=h)\n\t"
	    "by ex.example with esmtps (TLS1.3) tls " AES " (Exim 4.97)\n\t"
	    "id 1" DATE, "Exim hop tls=yes TLS1.3 " AES
	    " verified=unknown from 192.0.2.1" },
	{ "Exim, HELO within TLS", "from o.example ([192.0.2.1])\n\tby "
	    "ex.example with smtps (Exim 4.96)\n\tid 1" DATE,
	    "Exim hop tls=yes verified=unknown from 192.0.2.1" },
	{ "Exim, local", "from joe by ex.example with local (Exim 4.96)\n\t"
	    "(envelope-from <joe@ex.example>)\n\tid 1" DATE,
	    "Exim origin tls=unknown verified=unknown from nowhere" },

	{ "Exchange Online", "from AM0PR01MB1.eurprd01.prod.example "
	    "(2001:db8:10a6::1) by\r\n DB7PR01MB2.eurprd01.prod.example "
	    "(2001:db8:10a6::2) with Microsoft SMTP\r\n Server "
	    "(version=TLS1_3, cipher=" AES ") id\r\n 15.20.8292.8 via "
	    "Frontend Transport; Sat, 21 Nov 2026 21:15:32 +0000",
	    "Exchange hop tls=yes TLS1_3 " AES " verified=unknown "
	    "from 2001:db8:10a6::1" },
	{ "Exchange", "from o.example (192.0.2.1) by ex01.corp.example "
	    "(10.0.0.5) with Microsoft SMTP Server (version=TLS1_2, "
	    "cipher=TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384_P384) id "
	    "15.1.2507.35" DATE, "Exchange hop tls=yes TLS1_2 "
	    "TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384_P384 verified=unknown "
	    "from 192.0.2.1" },
	{ "Exchange, old", "from o.example (192.0.2.1) by ex01.corp.example "
	    "(10.0.0.5) with Microsoft SMTP Server (TLS) id 14.3.123.3" DATE,
	    "Exchange hop tls=yes verified=unknown from 192.0.2.1" },
	{ "Exchange without a mark", "from o.example (192.0.2.1) by "
	    "ex01.corp.example (10.0.0.5) with Microsoft SMTP Server id "
	    "15.1.2507.35" DATE,
	    "Exchange hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "Exchange, mapi", "from EX1.corp.example ([192.0.2.1]) by "
	    "EX2.corp.example ([192.0.2.2]) with mapi id 14.03.0123.003" DATE,
	    "Exchange hop tls=unknown verified=unknown from 192.0.2.1" },

	{ "Google", "from o.example (o.example. [192.0.2.1])\r\n        by "
	    "mx.google.com with ESMTPS id x2-2000.1.2026.11.21\r\n        "
	    "for <u@hop.test>\r\n        (version=TLS1_3 cipher=" AES
	    " bits=256/256);\r\n        Sat, 21 Nov 2026 13:15:32 -0800 (PST)",
	    "Google hop tls=yes TLS1_3 " AES "/256 verified=unknown "
	    "from 192.0.2.1" },
	{ "Google's submission", "from ?IPV6:2001:db8::7? ([2001:db8::7]) by "
	    "smtp.gmail.com with ESMTPSA id x1 for <u@hop.test> "
	    "(version=TLS1_3 cipher=" AES " bits=256/256)" DATE,
	    "Google hop tls=yes TLS1_3 " AES "/256 verified=unknown "
	    "from 2001:db8::7" },
	{ "Google without a mark", "from o.example (o.example. [192.0.2.1]) "
	    "by mx.google.com with ESMTP id x2 for <u@hop.test>" DATE,
	    "Google hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "Exchange, a date in two lines", "from EX1.corp.example "
	    "(2001:db8::1)\r\n by EX2.corp.example (2001:db8::2) with "
	    "Microsoft SMTP Server\r\n (version=TLS1_2, cipher=" AES ") id "
	    "15.20.5504.14; Tue, 9 Aug\r\n 2022 09:23:38 +0000",
	    "Exchange hop tls=yes TLS1_2 " AES " verified=unknown "
	    "from 2001:db8::1" },
	{ "Exchange Online, inside", "from EX1.corp.example (2001:db8::1)\r\n "
	    "by EX2.corp.example with HTTPS; Thu, 21 Nov 2024\r\n 11:07:07 "
	    "+0000",
	    "Exchange hop tls=unknown verified=unknown from 2001:db8::1" },
	{ "Google, inside", "by 2002:a05:6a10:1::2 with SMTP id x1; Sat, 21 "
	    "Nov 2026 13:15:32 -0800 (PST)",
	    "plain hop tls=unknown verified=unknown from nowhere" },

	{ "OpenSMTPD", "from h.example (<unknown> [192.0.2.1])\n\tby "
	    "os.example (OpenSMTPD) with ESMTPSA id 8451b560 "
	    "(TLSv1.3:" AES ":256:NO) auth=yes user=joe\n\tfor <u@hop.test>"
	    DATE, "OpenSMTPD hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from 192.0.2.1" },
	{ "OpenSMTPD, verified", "from h.example (o.example [192.0.2.1])\n\t"
	    "by os.example (OpenSMTPD) with ESMTPS id 8451b560 "
	    "(TLSv1.3:" AES ":256:YES)" DATE, "OpenSMTPD hop tls=yes TLSv1.3 "
	    AES "/256 verified=yes from 192.0.2.1" },
	{ "OpenSMTPD, plaintext", "from h.example (localhost [::1])\n\tby "
	    "os.example (OpenSMTPD) with ESMTP id 8451b560" DATE,
	    "OpenSMTPD inside tls=no verified=no from ::1" },

	{ "OpenSMTPD, client hidden", "\n\tby os.example (OpenSMTPD) with "
	    "ESMTPSA id 78e0e40f (TLSv1.3:" AES ":256:NO)" DATE,
	    "OpenSMTPD hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from nowhere" },

	{ "Stalwart", "from h.example (o.example [192.0.2.1] (AS64496 "
	    "Example LLC, US))\r\n\t(using TLSv1.3 with cipher "
	    "TLS13_AES_256_GCM_SHA384)\r\n\tby st.example (Stalwart SMTP) "
	    "with ESMTPS id 36DAF29F3A02098;\r\n\tSat, 21 Nov 2026 21:15:32 "
	    "+0000", "Stalwart hop tls=yes TLSv1.3 TLS13_AES_256_GCM_SHA384 "
	    "verified=unknown from 192.0.2.1" },
	{ "Stalwart, plaintext", "from h.example (o.example [192.0.2.1])\r\n"
	    "\tby st.example (Stalwart SMTP) with ESMTP id 48F8FC996C00000"
	    DATE, "Stalwart hop tls=no verified=no from 192.0.2.1" },

	{ "Haraka 3", "from h.example (o.example [192.0.2.1])\r\n\tby "
	    "ha.example (Haraka/3.0.3) with ESMTPS id 7B470838.1\r\n\t"
	    "envelope-from <a@b.example>\r\n\ttls " AES
	    " (authenticated bits=0)" DATE, "Haraka hop tls=yes " AES
	    " verified=unknown from 192.0.2.1" },
	{ "Haraka 2 vouched for anybody", "from h.example (o.example "
	    "[192.0.2.1])\r\n\tby ha.example (Haraka/2.1.4) with ESMTPS id "
	    "7B470838.1\r\n\tenvelope-from <a@b.example>\r\n\t(version="
	    "TLSv1/SSLv3 cipher=RC4-SHA verify=OK)" DATE, "Haraka hop tls=yes "
	    "TLSv1/SSLv3 RC4-SHA verified=unknown from 192.0.2.1" },
	{ "Haraka 2 without a mark", "from h.example ([192.0.2.1]) by "
	    "ha.example (Haraka/2.8.1) with ESMTP envelope-from <>" DATE,
	    "Haraka hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "Haraka 3, plaintext", "from h.example ([192.0.2.1]) by ha.example "
	    "(Haraka/3.0.3) with ESMTP id 1 envelope-from <a@b>" DATE,
	    "Haraka hop tls=no verified=no from 192.0.2.1" },

	{ "Haraka, in qmail's form", "from unknown (HELO h.example) (192.0.2.1)"
	    "\n\tby ha.example (Haraka/3.0.1) with ESMTPSA" DATE,
	    "Haraka hop tls=yes verified=unknown from 192.0.2.1" },

	{ "qmail with TLS", "from unknown (HELO h.example) (192.0.2.1)\n  by "
	    "qm.example with (" ECDHE " encrypted) SMTP; 21 Nov 2026 21:15:32 "
	    "-0000", "qmail hop tls=yes " ECDHE " verified=unknown "
	    "from 192.0.2.1" },
	{ "qpsmtpd", "from o.example (HELO h.example) (192.0.2.1)\n by "
	    "qp.example (qpsmtpd/0.96) with (" ECDHE " encrypted) ESMTPS" DATE,
	    "qmail hop tls=yes " ECDHE " verified=unknown from 192.0.2.1" },
	{ "plain qmail never marks", "from unknown (HELO h.example) "
	    "(joe@192.0.2.1)\n  by 0 with SMTP; 21 Nov 2026 21:15:32 -0000",
	    "qmail hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "qmail, HELO as the name", "from o.example (192.0.2.1)\n  by "
	    "qm.example with SMTP; 21 Nov 2026 21:15:32 -0000",
	    "qmail hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "qmail's queue", "(qmail 6338 invoked from network); 21 Nov 2026 "
	    "21:15:32 -0000",
	    "qmail inside tls=unknown verified=unknown from nowhere" },
	{ "qmail, local", "(qmail 6338 invoked by uid 399); 21 Nov 2026 "
	    "21:15:32 -0000",
	    "qmail origin tls=unknown verified=unknown from nowhere" },

	{ "Mimecast", "from o.example (o.example [192.0.2.1]) by\r\n "
	    "relay.mimecast.com with ESMTP with STARTTLS (version=TLSv1.3,"
	    "\r\n cipher=" AES ") id uk-mta-12-abc-1" DATE,
	    "Mimecast hop tls=yes TLSv1.3 " AES " verified=unknown "
	    "from 192.0.2.1" },
	{ "Mimecast, older", "from o.example (192.0.2.1 [192.0.2.1]) (Using "
	    "TLS) by relay.mimecast.com with ESMTP id uk-mta-12-abc" DATE,
	    "Mimecast hop tls=yes verified=unknown from 192.0.2.1" },
	{ "Mimecast, folded in every place", "from o.example\n (o.example\n "
	    "[192.0.2.1])\n by\n relay.mimecast.com\n with ESMTP with "
	    "STARTTLS\n (version=TLSv1.3,\n cipher=" AES ") id\n us-mta-1; "
	    "Wed,\n 08 Jul 2026 09:39:15 -0400",
	    "Mimecast hop tls=yes TLSv1.3 " AES " verified=unknown "
	    "from 192.0.2.1" },
	{ "Mimecast without a mark", "from o.example (o.example [192.0.2.1]) "
	    "by relay.mimecast.com with ESMTP id uk-mta-12-abc" DATE,
	    "Mimecast hop tls=unknown verified=unknown from 192.0.2.1" },

	{ "Cisco", "from o.example (HELO h.example) ([192.0.2.1])\r\n  by "
	    "esa1.corp.example with ESMTP/TLS/" ECDHE "; 21 Nov 2026 16:15:32 "
	    "-0500", "Cisco hop tls=yes " ECDHE " verified=unknown "
	    "from 192.0.2.1" },
	{ "Cisco, no HELO comment", "from h.example ([192.0.2.1]) by "
	    "esa1.corp.example with ESMTP/TLS/AES128-SHA" DATE,
	    "Cisco hop tls=yes AES128-SHA verified=unknown from 192.0.2.1" },
	{ "Cisco without a mark", "from o.example (HELO h.example) "
	    "([192.0.2.1]) by esa1.corp.example with ESMTP" DATE,
	    "qmail hop tls=unknown verified=unknown from 192.0.2.1" },

	{ "Halon", "from h.example (o.example [192.0.2.1])\r\n\tby "
	    "ha.example (Halon) with ESMTPS\r\n\tid 0a1b2c3d" DATE,
	    "Halon hop tls=yes verified=unknown from 192.0.2.1" },
	{ "Halon without a mark", "from h.example (o.example [192.0.2.1]) by "
	    "ha.example (Halon) with ESMTP id 0a1b2c3d" DATE,
	    "Halon hop tls=unknown verified=unknown from 192.0.2.1" },

	{ "Strato writes HELO and no address", "from [192.0.2.1]\r\n    by "
	    "smtp.strato.example (RZmta 51.2.3 AUTH)\r\n    with ESMTPSA id "
	    "z0b4ca2ALLFW\r\n    (using TLSv1.3 with cipher " AES " (256 "
	    "bits))\r\n    (Client did not present a certificate)" DATE,
	    "Strato hop tls=yes TLSv1.3 " AES "/256 verified=no "
	    "from nowhere" },
	{ "Strato, a curve", "from h.example by smtp.strato.example (RZmta "
	    "46.2.1 DYNA|AUTH) with ESMTPSA id z0 (using TLSv1.2 with cipher "
	    ECDHE " (curve secp521r1 with 521 ECDH bits, eq. 15360 bits RSA))"
	    DATE, "Strato hop tls=yes TLSv1.2 " ECDHE " verified=unknown "
	    "from nowhere" },

	{ "Amazon never marks", "from o.example (o.example [192.0.2.1])\r\n "
	    "by inbound-smtp.eu-west-1.amazonaws.com with SMTP id abc123\r\n "
	    "for u@hop.test" DATE,
	    "Amazon hop tls=unknown verified=unknown from 192.0.2.1" },

	{ "amavis", "from mx.corp.example ([127.0.0.1])\n\tby localhost "
	    "(mx.corp.example [127.0.0.1]) (amavisd-new, port 10024)\n\twith "
	    "ESMTP id tqAHy for <u@hop.test>" DATE,
	    "amavis inside tls=unknown verified=unknown from 127.0.0.1" },
	{ "Dovecot", "from mx.corp.example ([192.0.2.1])\n\tby "
	    "imap.corp.example with LMTP\n\tid yOZqE\n\t(envelope-from "
	    "<a@b.example>)\n\tfor <u@hop.test>" DATE,
	    "Dovecot hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "Dovecot, at a socket", "from mx.corp.example\n\tby "
	    "mx.corp.example with LMTP\n\tid yOZqE\n\t(envelope-from "
	    "<a@b.example>)\n\tfor <u@hop.test>" DATE,
	    "Dovecot inside tls=unknown verified=unknown from nowhere" },
	{ "a port behind the address", "from h.example (o.example "
	    "[192.0.2.1]:4711) by x.example with ESMTPS id 1" DATE,
	    "plain hop tls=yes verified=unknown from 192.0.2.1" },
	{ "sender behind the date", "from h.example (o.example [192.0.2.1])"
	    BY_SENDMAIL "ESMTP id 1" DATE "\n\t(envelope-from a@b.example)",
	    "Sendmail hop tls=no verified=no from 192.0.2.1" },
	{ "an MTA nobody knows, keyword", "from h.example (o.example "
	    "[192.0.2.1]) by x.example (Whatever 1.0) with ESMTPSA id 1" DATE,
	    "plain hop tls=yes verified=unknown from 192.0.2.1" },
	{ "an MTA nobody knows, no mark", "from h.example (o.example "
	    "[192.0.2.1]) by x.example (Whatever 1.0) with ESMTP id 1" DATE,
	    "plain hop tls=unknown verified=unknown from 192.0.2.1" },
	{ "RFC 8314", "from h.example (o.example [192.0.2.1]) by x.example "
	    "with ESMTPA id 1 for <u@hop.test> tls " AES " group x25519" DATE,
	    "plain hop tls=yes " AES " verified=unknown from 192.0.2.1" },
	{ "no client", "by x.example (Postfix) with ESMTPSA id 67C45" DATE,
	    "Postfix hop tls=yes verified=unknown from nowhere" },
	{ "an id in angle brackets", "from h.example (o.example [192.0.2.1]) "
	    "by x.example with ESMTPS id <1.2@x.example>" DATE,
	    "plain hop tls=yes verified=unknown from 192.0.2.1" },
	{ "a comment is no id", "from h.example (o.example [192.0.2.1]) "
	    "by x.example with ESMTPS id (1)" DATE, UNKNOWN },
	{ "another one's SMTP server", "from o.example (192.0.2.1) by "
	    "ex01.corp.example (10.0.0.5) with Another SMTP Server (TLS) id "
	    "14.3.123.3" DATE, UNKNOWN },
	{ "a day in a comment", "from h.example (o.example [192.0.2.1]) "
	    "by x.example with ESMTPS id 1; Sat, (21) Nov 2026 21:15:32 "
	    "+0000", UNKNOWN },
	{ "a month in quotes", "from h.example (o.example [192.0.2.1]) "
	    "by x.example with ESMTPS id 1; Sat, 21 \"Nov\" 2026 21:15:32 "
	    "+0000", UNKNOWN },
	{ "smtps is no registered word", "from h.example (o.example "
	    "[192.0.2.1]) by x.example with SMTPS id 1" DATE,
	    "plain hop tls=unknown verified=unknown from 192.0.2.1" },
};
/* clang-format on */

static void
want_all(const struct sample *samples, size_t count)
{
	struct arena *a = arena_create(1024);
	struct received received;
	char line[2048];

	for (size_t i = 0; i < count; i++) {
		received_read(slice_of(samples[i].field), a, &received);
		received_show(&received, line, sizeof(line));
		want_text(samples[i].label, "facts", line, samples[i].wanted);
		arena_reset(a);
	}
	arena_destroy(&a);
}

static void
reads_postfix(void **state ATTR_UNUSED)
{
	want_all(postfix, COUNT_OF(postfix));
}

static void
reads_sendmail(void **state ATTR_UNUSED)
{
	want_all(sendmail, COUNT_OF(sendmail));
}

static void
reads_the_other_mtas(void **state ATTR_UNUSED)
{
	want_all(others, COUNT_OF(others));
}

static void
cuts_the_clauses(void **state ATTR_UNUSED)
{
	struct arena *a = arena_create(1024);
	struct received r;

	received_read(slice_of(postfix[0].field), a, &r);
	want_slice("Postfix", "from", r.from, "c.example");
	want_slice("Postfix", "by", r.by, "mx.corp.example");
	want_slice("Postfix", "with", r.with, "ESMTPS");
	want_slice("Postfix", "id", r.id, "DE16CAA201F");
	want_slice("Postfix", "date", r.date,
	    "Sat, 21 Nov 2026 21:15:32 +0000");
	received_read(SLICE("by x.example with SMTP" DATE), a, &r);
	want_slice("no from", "from", r.from, NULL);
	want_slice("no from", "id", r.id, NULL);
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(reads_postfix),
	cmocka_unit_test(reads_sendmail),
	cmocka_unit_test(reads_the_other_mtas),
	cmocka_unit_test(cuts_the_clauses),
};

RUN_TESTS(tests)
