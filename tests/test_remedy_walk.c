/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * Advice is followed: whatever a policy refuses a client of each MTA, every
 * way of the remedy is gone, in the policy file (which the reader has to
 * accept), in the session or at the MTA, and the decision then passes.
 *
 * Each reason has to come up on each hop, or a line of `never` says why it
 * cannot.
 */
#include "config.h"

#include "policy/explain/remedy_words.h"
#include "policy/base/text.h"
#include "policy/judge/refusal.h"
#include "policy/evidence/dialect.h"
#include "policy/names/netaddr.h"
#include "policy/reason.h"
#include "policy/staging.h"
#include "tests/reading.h"

/* What the client has, and what the MTA shows of it. */
enum certificate { CERTIFICATE_NONE, CERTIFICATE_BAD, CERTIFICATE_GOOD };

/* How the MTA writes its macros. The last two have a v that tells nothing. */
enum shape { SHAPE_POSTFIX, SHAPE_SENDMAIL, SHAPE_RENAMED, SHAPE_HIDDEN,
	SHAPE_OTHER, SHAPE_COUNT };

static const char *const shape_names[SHAPE_COUNT] = { "Postfix", "Sendmail",
	"a renamed Postfix", "a Postfix that hides what it is",
	"an unknown MTA that sends {verify}" };

struct scene {
	enum hop hop;
	enum shape shape;
	/* The policy file. */
	char mta[16];
	char asked[512];                /* of the rule: level and floors */
	char identity[512];             /* its identity keys, or "" */
	char groups[512];               /* more groups of peers */
	/* What the rule demanded when its stage was set with the command, and
	 * goes on demanding; "": the same. */
	char old_asked[512], old_identity[512];
	char next_hops[256];
	char other[1100];                /* another partner */
	bool relays, judged, proxied, smarthosts;
	bool excepted;                  /* an exception of encrypt is in force */
	/* The session. */
	char version[32], cipher[32];
	int bits;                       /* "" and 0: plaintext */
	enum certificate certificate;
	char cn[128], issuer[128], fingerprint[128], login[64], address[64];
	bool no_cn;                     /* only alternative names */
	bool not_asked;                 /* no certificate was asked for */
	bool md5;                       /* fingerprints are not SHA-256 */
	bool long_subject;
	bool through_proxy;
	bool withheld[MACRO_COUNT];     /* macros that the MTA does not send */
	bool sends_headers;
	const char *sender, *recipient, *route;
	const char *resolved;           /* the recipient; NULL: as typed */
	/* An own relay is the client: what its Received field shows. */
	bool relayed;
	bool relay_tls;                 /* its session with us */
	bool field_marks, field_tls, field_odd;
	bool tls_required_no;
};

static const char SHA256[] = "sha256:00112233445566778899aabbccddeeff"
	"00112233445566778899aabbccddeeff";

/* snprintf() that must not cut. */
static void __attribute__((format(printf, 3, 4)))
put(char *out, size_t size, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(out, size, format, args);
	va_end(args);
	if (n < 0 || (size_t)n >= size)
		fail_msg("%s: too long", out);
}

#define PUT(field, text) put(field, sizeof(field), "%s", text)

/* The policy of a scene, as its file has it. */

static void
add_identity(const struct scene *s, struct text *t)
{
	if (s->groups[0] == '\0')
		text_add(t, "%s", s->identity);
	else
		text_add(t, "peers = ( { %s }%s );", s->identity, s->groups);
}

static void
add_partner(const struct scene *s, struct text *t)
{
	text_add(t, "partners = ( { name = \"bank\"; "
	    "domains = [ \"bank.example\" ];\n");
	if (s->next_hops[0] != '\0')
		text_add(t, "next_hops = [ %s ];\n", s->next_hops);
	text_add(t, "%s = { %s ", hop_name(s->hop), s->asked);
	add_identity(s, t);
	text_add(t, " stage = \"%s\"; };\n}%s );\n",
	    s->old_asked[0] != '\0' ? "log-only" : "reject", s->other);
}

static void
write_policy(const struct scene *s, struct text *t)
{
	text_add(t, TOP "milter = { listen = \"unix:/tmp/m\"; mta = \"%s\"; "
	    "};\n", s->mta);
	if (s->relays)
		text_add(t, "own_relays = ( { address = \"192.0.2.1\"; "
		    "judged = %s; }, \"192.0.2.2\" );\n",
		    s->judged ? "true" : "false");
	if (s->proxied)
		text_add(t, "listeners = ( { port = 10025; as = \"proxied\"; "
		    "} );\n");
	text_add(t, "map = { postfix_version = \"3.10\"; };\n");
	if (s->smarthosts)
		text_add(t, "smarthosts = [ ];\n");
	add_partner(s, t);
}

/* The macros of a scene. */

static void
set(struct macros *m, const struct scene *s, enum macro which,
    const char *value)
{
	if (!s->withheld[which] && !s->withheld[MACRO_CLIENT_ADDR])
		m->value[which] = slice_of(value);
}

/* Whether the MTA shows {verify} and whole names. */
static bool
is_sendmail(const struct scene *s)
{
	return s->shape == SHAPE_SENDMAIL || s->shape == SHAPE_OTHER;
}

/* Upper-case hex with colons, of the digest that the scene has. */
static const char *
shown_digest(const struct scene *s, struct arena *a)
{
	char out[256];
	size_t n = 0, most = s->md5 ? 32 : 64;
	const char *hex = strchr(s->fingerprint, ':') + 1;

	for (size_t i = 0; i < most; i++) {
		if (i > 0 && i % 2 == 0)
			out[n++] = ':';
		out[n++] = hex[i] >= 'a' ? (char)(hex[i] - 'a' + 'A')
					 : hex[i];
	}
	return arena_string(a, (struct slice){ out, n });
}

/* As Sendmail codes a name; a whole one has \xHH for what is not ASCII. */
static const char *
coded(const char *name, bool whole, struct arena *a)
{
	char out[2048];
	struct text t;

	text_init(&t, out, sizeof(out));

	for (; *name != '\0'; name++) {
		unsigned char c = (unsigned char)*name;

		if (c > 0x7e && whole)
			text_add(&t, "\\x%02X", c);
		else if (c < 0x21 || c > 0x7e || strchr("+<>()\"", c) != NULL)
			text_add(&t, "+%02X", c);
		else
			text_byte(&t, (char)c);
	}
	return text_copy(&t, a);
}

static const char *
subject_of(const struct scene *s, struct arena *a)
{
	char room[300] = "";

	if (!is_sendmail(s))
		return s->no_cn ? "" : s->cn;
	if (s->long_subject) {
		memset(room, 'k', 250);
		room[250] = '\0';
	}
	return s->no_cn ? arena_printf(a, "/O=Bank%s", room)
	    : arena_printf(a, "/O=Bank%s/CN=%s", room, s->cn);
}

static void
set_certificate(struct macros *m, const struct scene *s, struct arena *a)
{
	bool shown = s->certificate != CERTIFICATE_NONE && !s->not_asked;

	if (!is_sendmail(s)) {
		if (!shown || s->certificate != CERTIFICATE_GOOD)
			return;
		set(m, s, MACRO_CERT_SUBJECT, subject_of(s, a));
		set(m, s, MACRO_CERT_ISSUER, s->issuer);
		return;
	}
	set(m, s, MACRO_VERIFY, s->not_asked ? "NOT" : !shown ? "NO"
	    : s->certificate == CERTIFICATE_GOOD ? "OK" : "FAIL");
	set(m, s, MACRO_CERT_SUBJECT, shown ? coded(subject_of(s, a), true, a)
	    : "");
	set(m, s, MACRO_CERT_ISSUER, shown ? coded(arena_printf(a, "/CN=%s",
	    s->issuer), true, a) : "");
	set(m, s, MACRO_CN_SUBJECT, !shown ? "" : s->no_cn
	    ? "BadCertificateUnknown" : coded(s->cn, false, a));
	if (shown)
		set(m, s, MACRO_CERT_FP, shown_digest(s, a));
}

static void
set_tls(struct macros *m, const struct scene *s, struct arena *a)
{
	if (s->version[0] == '\0')
		return;
	set(m, s, MACRO_TLS_VERSION, s->version);
	set(m, s, MACRO_CIPHER, s->cipher);
	set(m, s, MACRO_CIPHER_BITS, arena_printf(a, "%d", s->bits));
	set_certificate(m, s, a);
	if (s->login[0] != '\0') {
		set(m, s, MACRO_AUTH_TYPE, "PLAIN");
		set(m, s, MACRO_AUTH_AUTHEN, s->login);
	}
}

static const char *
version_of(const struct scene *s)
{
	static const char *const versions[SHAPE_COUNT] = { "Postfix 3.10.1",
		"8.17.1.9", "Postcow 3.10.1", "Mailhost", "Other 1.0" };

	return versions[s->shape];
}


static void
encrypt(struct scene *s)
{
	PUT(s->version, "TLSv1.3");
	PUT(s->cipher, "TLS_AES_256_GCM_SHA384");
	s->bits = 256;
}

static void
set_macros(struct macros *m, const struct scene *s, struct arena *a)
{
	struct scene *relay = arena_alloc(a, sizeof(*relay));

	*relay = (struct scene){ .shape = s->shape };
	set(m, s, MACRO_MTA_VERSION, version_of(s));
	set(m, s, MACRO_QUEUE_ID, "4XJ2k");
	set(m, s, MACRO_CLIENT_ADDR, s->relayed ? "192.0.2.1" : s->address);
	set(m, s, MACRO_CLIENT_PORT, "40000");
	set(m, s, MACRO_DAEMON_PORT, s->through_proxy ? "10025" : "25");
	set(m, s, MACRO_MAIL_ADDR, s->sender);
	set(m, s, MACRO_RCPT_ADDR, s->resolved != NULL ? s->resolved
	    : s->recipient);
	set(m, s, MACRO_RCPT_HOST, s->route);
	set(m, s, MACRO_RCPT_MAILER, "smtp");
	if (s->relay_tls)
		encrypt(relay);
	/* On this hop the client is the relay. */
	if (s->relay_tls && s->hop == HOP_EARLIER)
		PUT(relay->version, s->version);
	set_tls(m, s->relayed ? relay : s, a);
}

/* The field that the own relay wrote about its client, and no other. */
static struct slice
field_of(const struct scene *s, struct arena *a)
{
	const char *from = s->hop == HOP_EARLIER ? "192.0.2.2" : s->address;
	const char *tls = "", *peer = "";
	bool encrypted = s->hop == HOP_EARLIER ? s->field_tls
	    : s->version[0] != '\0';

	if (s->field_odd)
		return SLICE("from h by r; Sat, 21 Nov 2026 21:15:32 +0000");
	if (encrypted && s->field_marks)
		tls = arena_printf(a, " (using %s with cipher %s (%d/%d "
		    "bits))", s->hop == HOP_EARLIER ? "TLSv1.3" : s->version,
		    s->hop == HOP_EARLIER ? "TLS_AES_256_GCM_SHA384"
		    : s->cipher, s->hop == HOP_EARLIER ? 256 : s->bits,
		    s->hop == HOP_EARLIER ? 256 : s->bits);
	if (encrypted && s->field_marks)
		peer = s->hop == HOP_EARLIER
		    ? " (No client certificate requested)"
		    : s->certificate == CERTIFICATE_NONE
		    ? " (Client did not present a certificate)"
		    : arena_printf(a, " (Client CN \"%s\", Issuer \"%s\" "
		    "(%s))", s->no_cn ? "" : s->cn, s->issuer,
		    s->certificate == CERTIFICATE_GOOD ? "verified OK"
		    : "not verified");
	return slice_of(arena_printf(a, "from h (x [%s])%s%s by r (Postfix) "
	    "with %s id 1; Sat, 21 Nov 2026 21:15:32 +0000 (UTC)", from, tls,
	    peer, encrypted ? "ESMTPS" : "ESMTP"));
}

/* A scene, judged. */

struct judged {
	struct policy *policy;          /* borrows from the cache; or NULL */
	struct request request;
	struct ruling rcpt, end;
	const struct decision *failed;  /* on the scene's hop; or NULL */
	char problems[2048];
};

/* The first decision that keeps mail back and is not exempt. */
static const struct decision *
first_failed(const struct ruling *ruling)
{
	for (size_t i = 0; i < ruling->count; i++)
		if (ruling->list[i].finding.verdict != VERDICT_PASS &&
		    ruling->list[i].planned != ACTION_PASS &&
		    ruling->list[i].exempt == EXEMPT_NONE)
			return &ruling->list[i];
	return NULL;
}

/* Policies that were read: most scenes have one of a few. */
enum { CACHED = 64, AT_ONCE = 16 };

static struct cached {
	char text[4096];
	struct policy *policy;
} cache[CACHED];
static unsigned cache_next;

static struct policy *
read_scene(const struct scene *s, const struct folder *f, char *problems,
    size_t size)
{
	struct cached *c = &cache[cache_next];
	char written[sizeof(c->text)];
	struct text t;

	text_init(&t, written, sizeof(written));
	write_policy(s, &t);
	want_that(written, "fits", !t.cut);
	problems[0] = '\0';
	/* Not one of those that go next: a walk reads more, and goes on with
	 * the first. */
	for (unsigned i = AT_ONCE; i < CACHED; i++) {
		const struct cached *found =
		    &cache[(cache_next + i) % CACHED];

		if (found->policy != NULL &&
		    strcmp(found->text, written) == 0)
			return found->policy;
	}
	cache_next = (cache_next + 1) % CACHED;
	policy_destroy(&c->policy);
	memcpy(c->text, written, sizeof(written));
	folder_write(f, "t.conf", written, strlen(written));
	folder_read(f, "t.conf", &c->policy, problems, size);
	return c->policy;
}

/* Lets the exception and the old demand of the scene's rule act, until the next
 * call. */
static void
apply_state(const struct scene *s, const struct folder *f, struct arena *a,
    struct policy *policy)
{
	static struct kept_term kept;
	static struct overlay overlay;
	struct exception exception = { .id = SLICE("E1"), .hop = s->hop,
		.partner = table_partner(policy->table, 0)->name,
		.floor = LEVEL_ENCRYPT, .until = 1 };
	struct scene before = *s;
	struct policy *old;
	char problems[2048];

	overlay = (struct overlay){ .exceptions = !s->excepted ? NULL
	    : exceptions_index(memcpy(arena_alloc(a, sizeof(exception)),
		&exception, sizeof(exception)), 1, a) };
	policy->overlay = &overlay;
	if (s->old_asked[0] == '\0')
		return;
	PUT(before.mta, "auto");
	PUT(before.asked, s->old_asked);
	PUT(before.identity, s->old_identity);
	before.groups[0] = before.old_asked[0] = '\0';
	old = read_scene(&before, f, problems, sizeof(problems));
	if (old == NULL)
		fail_msg("%s%s: %s", s->old_asked, s->old_identity, problems);
	kept = (struct kept_term){ .stage = STAGE_REJECT,
		.rule = table_partner(policy->table, 0)->rules[s->hop]->number,
		.demand =
		    &table_partner(old->table, 0)->rules[s->hop]->demand };
	overlay.kept = &kept;
	overlay.kept_count = 1;
}

static void
forget_policies(void)
{
	for (unsigned i = 0; i < CACHED; i++)
		policy_destroy(&cache[i].policy);
}

static void
judge_scene(const struct scene *s, const struct folder *f, struct arena *a,
    struct judged *out)
{
	struct slice *field = arena_alloc(a, sizeof(*field));
	struct header_evidence header = { .tls_required_no =
		s->tls_required_no };

	*out = (struct judged){ .failed = NULL };
	out->policy = read_scene(s, f, out->problems, sizeof(out->problems));
	if (out->policy == NULL)
		return;
	apply_state(s, f, a, out->policy);
	out->request = (struct request){
		.sender = slice_of(arena_printf(a, "<%s>", s->sender)),
		.recipient = slice_of(arena_printf(a, "<%s>", s->recipient)),
		.ref = SLICE("x"), .can_hold = true, .can_tag = true,
		.sends_headers = s->sends_headers, .can_wait = true };
	set_macros(&out->request.macros, s, a);
	out->request.mta = dialect_recognise(out->policy->settings.mta,
	    &out->request.macros);
	judge_recipient(out->policy, &out->request, a, &out->rcpt);
	out->failed = first_failed(&out->rcpt);
	if (out->failed != NULL || !out->rcpt.wants_headers ||
	    !s->sends_headers)
		return;
	*field = field_of(s, a);
	header.received.bodies = field;
	header.received.count = s->relayed ? 1 : 0;
	judge_at_end(out->policy, &out->request, &header, a, &out->end);
	out->failed = first_failed(&out->end);
}

/* Advice, followed. */

static const char *
shown(struct slice text)
{
	static char out[5000];

	slice_show(text, out, sizeof(out));
	return out;
}

/* Adds a value to a key of the rule, in front of the others. */
static void
add_to_key(struct scene *s, const char *key, const char *value)
{
	char head[64], text[512];
	char *at;

	put(head, sizeof(head), "%s = [ ", key);
	at = strstr(s->identity, head);
	if (at == NULL)
		fail_msg("the rule has no %s: %s", key, s->identity);
	at += strlen(head);
	put(text, sizeof(text), "%.*s\"%s\", %s",
	    (int)(at - s->identity), s->identity, value, at);
	PUT(s->identity, text);
}

/* All steps are keys of one new group. */
static void
add_group(struct scene *s, const struct remedy_way *way)
{
	struct text t;
	char text[512], group[512];
	size_t n = strlen(s->identity);

	text_init(&t, group, sizeof(group));
	text_add(&t, ", {");
	for (size_t i = 0; i < way->count; i++)
		if (way->steps[i].what == REMEDY_GROUP)
			text_add(&t, " %s = [ \"%s\" ];",
			    way->steps[i].key, shown(way->steps[i].text));
	text_add(&t, " }");
	if (strncmp(s->identity, "peers", 5) != 0) {
		PUT(s->groups, group);
		return;
	}
	put(text, sizeof(text), "%.*s%s );", (int)(n - 3), s->identity,
	    group);
	PUT(s->identity, text);
}

static const char *
after(const char *text, const char *mark)
{
	const char *at = strstr(text, mark);

	return at == NULL ? text : at + strlen(mark);
}

static void
follow_client(struct scene *s, const struct remedy_step *step)
{
	const char *text = shown(step->text);
	char host[128];

	switch ((int)step->what) {
	case REMEDY_TLS:
	case REMEDY_FLOOR:
		encrypt(s);
		break;
	case REMEDY_CERTIFICATE:
		s->certificate = CERTIFICATE_GOOD;
		/* In its words the MTA asks for one. */
		s->not_asked = false;
		break;
	case REMEDY_SHORT_SUBJECT:
		s->long_subject = false;
		break;
	case REMEDY_NAME:
		put(host, sizeof(host), "%s%s", text[0] == '.' ? "mx"
		    : "", text);
		PUT(s->cn, host);
		s->no_cn = false;
		break;
	case REMEDY_SUBJECT:
		PUT(s->cn, after(text, "/CN="));
		s->no_cn = s->long_subject = false;
		break;
	case REMEDY_ISSUER:
		PUT(s->issuer, after(text, "/CN="));
		break;
	case REMEDY_FINGERPRINT:
		PUT(s->fingerprint, text);
		break;
	case REMEDY_LOGIN:
		PUT(s->login, text);
		break;
	case REMEDY_ADDRESS:
		PUT(s->address, text);
		s->address[strcspn(s->address, "/")] = '\0';
		break;
	case REMEDY_RECIPIENT:
		s->recipient = "u@bank.example";
		break;
	case REMEDY_READABLE:
		s->resolved = NULL;
		s->sender = s->hop == HOP_INBOUND ? "c@bank.example"
		    : "c@other.example";
		s->recipient = s->hop == HOP_INBOUND ? "u@corp.example"
		    : "u@bank.example";
		break;
	case REMEDY_NO_TLS_REQUIRED:
		s->tls_required_no = false;
		break;
	}
}

static void
follow_mta(struct scene *s, const struct remedy_step *step)
{
	switch ((int)step->what) {
	case REMEDY_MACRO:
		s->withheld[step->macro] = false;
		break;
	case REMEDY_ASK:
		s->not_asked = false;
		break;
	case REMEDY_DIGEST:
		s->md5 = false;
		break;
	case REMEDY_DIRECT:
		s->through_proxy = false;
		break;
	case REMEDY_NEW_SESSION:
		s->sends_headers = true;
		break;
	case REMEDY_SHORT_ROUTE:
		s->route = "bank.example";
		break;
	case REMEDY_RELAY_TLS:
		if (slice_eq(step->text, SLICE("192.0.2.2")))
			s->field_tls = s->field_marks = true;
		else {
			s->relay_tls = true;
			encrypt(s);
		}
		break;
	case REMEDY_RELAY_FIELD:
		s->field_odd = false;
		s->field_marks = s->field_tls = true;
		break;
	}
}

static void
follow_policy(struct scene *s, const struct remedy_step *step)
{
	char text[256];

	switch ((int)step->what) {
	case REMEDY_MTA:
		PUT(s->mta, step->text.p != NULL ? shown(step->text)
		    : is_sendmail(s) ? "sendmail" : "postfix");
		if (step->text.p == NULL && step->shown.p == NULL)
			s->withheld[MACRO_MTA_VERSION] = false;
		break;
	case REMEDY_JUDGED:
		s->judged = true;
		break;
	case REMEDY_IDENTITY:
		if (s->no_cn)
			PUT(s->identity, "logins = [ \"relay@corp.example\" "
			    "];");
		else
			put(s->identity, sizeof(s->identity), "subjects = [ "
			    "\"%s%s\" ];", is_sendmail(s) ? "/O=Bank/CN=" : "",
			    shown(slice_of(s->cn)));
		break;
	case REMEDY_ADD:
		add_to_key(s, step->key, shown(step->text));
		break;
	case REMEDY_NEXT_HOP:
		put(text, sizeof(text), "%s%s\"%s\"", s->next_hops,
		    s->next_hops[0] == '\0' ? "" : ", ", shown(step->text));
		PUT(s->next_hops, text);
		break;
	case REMEDY_END:
		want_slice("end", "the exception", step->text, "E1");
		s->excepted = false;
		break;
	case REMEDY_SMARTHOSTS:
		s->smarthosts = true;
		break;
	case REMEDY_RAISE:
		put(s->other, sizeof(s->other), ", { name = \"gw\"; "
		    "next_hops = [ \"[gw.example]\" ]; outbound = { %s %s "
		    "stage = \"reject\"; }; }", s->old_asked[0] != '\0'
		    ? s->old_asked : s->asked, s->old_asked[0] != '\0'
		    ? s->old_identity : s->identity);
		break;
	case REMEDY_STAGE:
		want_text("stage", "the one that was kept",
		    stage_name((enum stage)step->value), "reject");
		s->old_asked[0] = '\0';
		break;
	}
}

static void
follow(struct scene *s, const struct remedy_way *way)
{
	bool group = way->steps[0].what == REMEDY_GROUP;

	if (group)
		add_group(s, way);
	for (size_t i = 0; i < way->count; i++) {
		if (way->steps[i].what == REMEDY_GROUP)
			continue;
		follow_client(s, &way->steps[i]);
		follow_mta(s, &way->steps[i]);
		follow_policy(s, &way->steps[i]);
	}
}

/* What can be wrong with a client that would pass. */

static void
fault_none(struct scene *s ATTR_UNUSED)
{
}

static void
fault_plaintext(struct scene *s)
{
	s->version[0] = s->cipher[0] = s->login[0] = '\0';
	s->bits = 0;
	s->field_tls = false;
}

static void
fault_old_version(struct scene *s)
{
	PUT(s->version, "TLSv1.1");
}

static void
fault_weak_cipher(struct scene *s)
{
	PUT(s->version, "TLSv1.2");
	PUT(s->cipher, "ECDHE-RSA-DES-CBC3-SHA");
	s->bits = 112;
}

static void
fault_no_certificate(struct scene *s)
{
	s->certificate = CERTIFICATE_NONE;
}

static void
fault_bad_certificate(struct scene *s)
{
	s->certificate = CERTIFICATE_BAD;
}

static void
fault_other_name(struct scene *s)
{
	PUT(s->cn, "mx9.other.example");
}

static void
fault_wildcard(struct scene *s)
{
	PUT(s->cn, "*.bank.example");
}

static void
fault_no_host_name(struct scene *s)
{
	PUT(s->cn, "Bank relay \\ n\xc3\xbcmber #1; {no}");
}

static void
fault_no_cn(struct scene *s)
{
	s->no_cn = true;
}

static void
fault_other_issuer(struct scene *s)
{
	PUT(s->issuer, "Other CA");
}

static void
fault_other_fingerprint(struct scene *s)
{
	s->fingerprint[7] = 'f';
}

static void
fault_md5(struct scene *s)
{
	s->md5 = true;
}

static void
fault_long_subject(struct scene *s)
{
	s->long_subject = true;
}

static void
fault_not_asked(struct scene *s)
{
	s->not_asked = true;
}

static void
fault_no_login(struct scene *s)
{
	s->login[0] = '\0';
}

static void
fault_other_login(struct scene *s)
{
	PUT(s->login, "other@corp.example");
}

static void
fault_coded_login(struct scene *s)
{
	PUT(s->login, "re+lay@corp.example");
}

static void
fault_other_address(struct scene *s)
{
	PUT(s->address, "203.0.113.77");
}

static void
fault_proxy(struct scene *s)
{
	s->through_proxy = s->proxied = true;
}

static void
fault_wrong_setting(struct scene *s)
{
	PUT(s->mta, is_sendmail(s) ? "postfix" : "sendmail");
}

static void
fault_recipient(struct scene *s)
{
	s->recipient = "u@[nothing";
}

static void
fault_unreadable(struct scene *s)
{
	if (s->hop == HOP_INBOUND)
		s->sender = "ceo@bank.example@";
	else
		s->resolved = "u@bank.example@";
}

static void
fault_long_route(struct scene *s)
{
	static char route[2000];
	size_t n = 0;

	while (n < sizeof(route) - 40) {
		put(route + n, sizeof(route) - n, "[gw%zu.other.example],",
		    n);
		n += strlen(route + n);
	}
	route[n - 1] = '\0';
	s->route = route;
}

static void
fault_relayed(struct scene *s)
{
	s->relays = s->relayed = true;
}

static void
fault_relay_plaintext(struct scene *s)
{
	fault_relayed(s);
	fault_plaintext(s);
}

static void
fault_relay_other_name(struct scene *s)
{
	fault_relayed(s);
	fault_other_name(s);
}

static void
fault_relay_no_cn(struct scene *s)
{
	fault_relayed(s);
	s->no_cn = true;
}

static void
fault_relay_marks_nothing(struct scene *s)
{
	fault_relayed(s);
	s->field_marks = false;
}

static void
fault_relay_field_odd(struct scene *s)
{
	fault_relayed(s);
	s->field_odd = true;
}

static void
fault_relay_session_plain(struct scene *s)
{
	fault_relayed(s);
	s->relay_tls = false;
}

static void
fault_no_headers(struct scene *s)
{
	fault_relayed(s);
	s->sends_headers = false;
}

static void
fault_odd_route(struct scene *s)
{
	if (s->hop != HOP_OUTBOUND)
		return;
	s->route = "[gw.example]";
}

static void
fault_excepted_route(struct scene *s)
{
	fault_odd_route(s);
	s->excepted = true;
}

static void
fault_excepted_next_hop(struct scene *s)
{
	fault_excepted_route(s);
	PUT(s->next_hops, "\"[gw.example]\"");
}

static void
fault_no_route(struct scene *s)
{
	if (s->hop == HOP_OUTBOUND)
		s->route = NULL;
}

static void
fault_two_routes(struct scene *s)
{
	if (s->hop != HOP_OUTBOUND)
		return;
	s->route = "[gw.example],[gw2.example]";
}

static void
fault_weak_route(struct scene *s)
{
	if (s->hop != HOP_OUTBOUND)
		return;
	s->route = "[gw.example]";
	PUT(s->other, ", { name = \"gw\"; next_hops = [ \"[gw.example]\" ]; "
	    "outbound = { level = \"none\"; stage = \"reject\"; }; }");
}

static void
fault_route_without_rule(struct scene *s)
{
	if (s->hop != HOP_OUTBOUND)
		return;
	s->route = "[gw.example]";
	PUT(s->other, ", { name = \"gw\"; next_hops = [ \"[gw.example]\" ]; "
	    "entry = { level = \"encrypt\"; stage = \"reject\"; }; }");
}

static void
fault_tls_required_no(struct scene *s)
{
	s->tls_required_no = true;
}

static const struct fault {
	const char *label;
	void (*spoil)(struct scene *s);
	enum macro withheld;            /* 0: none */
} faults[] = {
	{ "nothing", fault_none, 0 },
	{ "plaintext", fault_plaintext, 0 },
	{ "an old version", fault_old_version, 0 },
	{ "a weak cipher", fault_weak_cipher, 0 },
	{ "no certificate", fault_no_certificate, 0 },
	{ "a certificate of nobody", fault_bad_certificate, 0 },
	{ "another name", fault_other_name, 0 },
	{ "a wildcard", fault_wildcard, 0 },
	{ "a CN that is no host name", fault_no_host_name, 0 },
	{ "alternative names alone", fault_no_cn, 0 },
	{ "another authority", fault_other_issuer, 0 },
	{ "another fingerprint", fault_other_fingerprint, 0 },
	{ "fingerprints by MD5", fault_md5, 0 },
	{ "a subject that is cut", fault_long_subject, 0 },
	{ "no certificate asked for", fault_not_asked, 0 },
	{ "no login", fault_no_login, 0 },
	{ "another login", fault_other_login, 0 },
	{ "a login that looks coded", fault_coded_login, 0 },
	{ "another address", fault_other_address, 0 },
	{ "a proxy", fault_proxy, 0 },
	{ "the other MTA in milter.mta", fault_wrong_setting, 0 },
	{ "no {client_addr}", fault_none, MACRO_CLIENT_ADDR },
	{ "no v", fault_none, MACRO_MTA_VERSION },
	{ "no {mail_addr}", fault_none, MACRO_MAIL_ADDR },
	{ "no {verify}", fault_none, MACRO_VERIFY },
	{ "no {cn_subject}", fault_none, MACRO_CN_SUBJECT },
	{ "no {cert_subject}", fault_none, MACRO_CERT_SUBJECT },
	{ "no {cert_issuer}", fault_none, MACRO_CERT_ISSUER },
	{ "no {cert_fp}", fault_none, MACRO_CERT_FP },
	{ "no {cipher}", fault_none, MACRO_CIPHER },
	{ "no {cipher_bits}", fault_none, MACRO_CIPHER_BITS },
	{ "no v, and plaintext", fault_plaintext, MACRO_MTA_VERSION },
	{ "an address without a domain", fault_recipient, 0 },
	{ "an address that cannot be read", fault_unreadable, 0 },
	{ "a route without end", fault_long_route, 0 },
	{ "by an own relay", fault_relayed, 0 },
	{ "relayed, plaintext", fault_relay_plaintext, 0 },
	{ "relayed, another name", fault_relay_other_name, 0 },
	{ "relayed, no CN", fault_relay_no_cn, 0 },
	{ "relayed, nothing marked", fault_relay_marks_nothing, 0 },
	{ "relayed, a field of no known shape", fault_relay_field_odd, 0 },
	{ "relayed, plaintext to us", fault_relay_session_plain, 0 },
	{ "relayed, no headers", fault_no_headers, 0 },
	{ "a next hop without a row", fault_odd_route, 0 },
	{ "a next hop without a row, and an exception", fault_excepted_route,
	    0 },
	{ "a next hop under an exception", fault_excepted_next_hop, 0 },
	{ "no route", fault_no_route, 0 },
	{ "two next hops without a row", fault_two_routes, 0 },
	{ "a next hop of a weaker row", fault_weak_route, 0 },
	{ "a next hop of a row without outbound", fault_route_without_rule,
	    0 },
	{ "TLS-Required: no", fault_tls_required_no, 0 },
};

/* The rules. %s is the start of a whole name: "/CN=" from Sendmail. */
static const struct identity {
	unsigned hops;                  /* bits of 1 << HOP_... */
	const char *asked, *keys;
} identities[] = {
	{ 15, "level = \"encrypt\"; min_tls = \"1.2\";", "" },
	{ 3, "level = \"encrypt\"; min_tls = \"1.3\"; min_bits = 128; "
	    "min_grade = \"high\";", "" },
	{ 3, "level = \"encrypt\"; min_bits = 128; "
	    "min_grade = \"high\";", "" },
	{ 3, "level = \"encrypt\";", "clients = [ \"198.51.100.0/24\" ];" },
	{ 3, "level = \"verify\";", "any_peer = true;" },
	{ 11, "level = \"verify\"; min_tls = \"1.2\";",
	    "names = [ \"mx1.bank.example\" ];" },
	{ 3, "level = \"verify\";",
	    "names = [ \".bank.example\", \"mx.bank.test\" ];" },
	{ 3, "level = \"verify\";", "names = [ \"mx1.bank.example\" ]; "
	    "clients = [ \"198.51.100.7\" ];" },
	{ 3, "level = \"verify\";", "subjects = [ \"%smx1.bank.example\" ]; "
	    "issuers = [ \"%sBank CA\" ];" },
	{ 3, "level = \"verify\";", "fingerprints = [ \"sha256:00112233445566"
	    "778899aabbccddeeff00112233445566778899aabbccddeeff\" ];" },
	{ 3, "level = \"verify\";", "logins = [ \"relay@corp.example\" ];" },
	{ 3, "level = \"verify\";", "names = [ \"mx1.bank.example\" ]; "
	    "logins = [ \"relay@corp.example\" ];" },
	{ 3, "level = \"verify\";", "peers = ( { names = [ "
	    "\"mx1.bank.example\" ]; }, { logins = [ \"relay@corp.example\" "
	    "]; } );" },
	{ 3, "level = \"verify\";", "peers = ( { logins = [ "
	    "\"relay@corp.example\" ]; }, { names = [ \"mx2.bank.example\" "
	    "]; }, { names = [ \"mx1.bank.example\" ]; clients = [ "
	    "\"198.51.100.0/24\" ]; } );" },
};

/* The walk. */

static unsigned wrong;

/* Reports one of many mistakes; the first would hide the others. */
static void __attribute__((format(printf, 1, 2)))
report(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	if (wrong++ < 20) {
		vfprintf(stderr, format, args);
		fputc('\n', stderr);
	}
	va_end(args);
}

static unsigned long seen[REASON_COUNT][HOP_COUNT][SHAPE_COUNT];

static void
make_identity(const struct identity *i, struct scene *s)
{
	const char *rest = i->keys, *at;
	char text[512] = "";
	size_t n = 0;

	while ((at = strstr(rest, "%s")) != NULL) {
		put(text + n, sizeof(text) - n, "%.*s%s", (int)(at - rest),
		    rest, !is_sendmail(s) ? ""
		    : at[2] == 'm' ? "/O=Bank/CN=" : "/CN=");
		n += strlen(text + n);
		rest = at + 2;
	}
	put(text + n, sizeof(text) - n, "%s", rest);
	PUT(s->identity, text);
	PUT(s->asked, i->asked);
}

static void
make_scene(enum hop hop, enum shape shape, const struct identity *i,
    const struct fault *fault, struct scene *out)
{
	*out = (struct scene){ .hop = hop, .shape = shape, .mta = "auto",
		.certificate = CERTIFICATE_GOOD, .sends_headers = true,
		.relays = hop == HOP_EARLIER, .relayed = hop == HOP_EARLIER,
		.relay_tls = true, .field_tls = true, .field_marks = true,
		.sender = hop == HOP_INBOUND ? "c@bank.example"
		    : "c@other.example",
		.recipient = hop == HOP_INBOUND ? "u@corp.example"
		    : "u@bank.example",
		.cn = "mx1.bank.example", .issuer = "Bank CA",
		.login = "relay@corp.example", .address = "198.51.100.7" };
	out->route = after(out->recipient, "@");
	PUT(out->fingerprint, SHA256);
	encrypt(out);
	make_identity(i, out);
	fault->spoil(out);
	/* Postfix has either both names of a certificate or none. */
	if (fault->withheld != 0 && (is_sendmail(out) ||
	    (fault->withheld != MACRO_CERT_SUBJECT &&
		fault->withheld != MACRO_CERT_ISSUER)))
		out->withheld[fault->withheld] = true;
}

static void
want_words(const char *label, const struct remedy *remedy, const char *words)
{
	for (size_t i = 0; i < remedy->count; i++)
		for (size_t k = 0; k < remedy->ways[i].count; k++) {
			struct slice text = remedy->ways[i].steps[k].text;

			if (text.p != NULL && strstr(words, shown(text)) ==
			    NULL)
				report("%s: \"%s\" is not in the words: %s",
				    label, shown(text), words);
			if (remedy->ways[i].steps[k].what == REMEDY_STAGE &&
			    strstr(words, "enforcetls stage 'bank' ") == NULL)
				report("%s: no command in the words: %s",
				    label, words);
		}
	for (const char *p = words; *p != '\0'; p++)
		if (*p < ' ' || *p > '~')
			report("%s: not printable: %s", label, words);
}

/* Whether more is known only when the way has been gone: without a macro, or
 * behind a proxy, nothing else is seen. */
static bool
shows_more(const struct remedy_way *way)
{
	for (size_t i = 0; i < way->count; i++) {
		enum remedy_what what = way->steps[i].what;

		if (what == REMEDY_MACRO || what == REMEDY_RECIPIENT ||
		    what == REMEDY_READABLE ||
		    what == REMEDY_SHORT_ROUTE || what == REMEDY_DIRECT ||
		    what == REMEDY_RELAY_FIELD || what == REMEDY_NEW_SESSION ||
		    what == REMEDY_RELAY_TLS)
			return true;
	}
	return false;
}

enum { ROUNDS = 3 };

/* Goes the way in a copy of the scene, and then, where that shows more, the
 * first way of what is advised next. */
static void
want_way_helps(const char *label, const struct scene *s,
    const struct remedy_way *way, const char *words, const struct folder *f)
{
	struct arena *a = arena_create(65536);
	struct scene changed = *s;
	struct judged now = { .policy = NULL };
	struct remedy next;

	for (int round = 0; round < ROUNDS; round++) {
		bool more = shows_more(way);

		follow(&changed, way);
		judge_scene(&changed, f, a, &now);
		if (now.failed == NULL || !more)
			break;
		remedy_find(now.policy, &now.request, now.failed, a, &next);
		if (next.count == 0)
			break;
		way = &next.ways[0];
	}
	if (now.policy == NULL)
		report("%s: advised: %s: then check says: %s (identity: %s "
		    "%s)", label, words, now.problems, changed.identity,
		    changed.groups);
	else if (now.failed != NULL)
		report("%s: advised: %s: followed, and it is %s on %s",
		    label, words, reason_name(now.failed->finding.reason),
		    hop_name(now.failed->hop));
	arena_destroy(&a);
}

/* Finds the advice for a request, and follows each way of it. */
static void
want_advice(const char *here, const struct scene *s,
    const struct judged *first, const struct request *request,
    const struct folder *f, struct arena *a)
{
	struct remedy remedy;
	const char *words;

	apply_state(s, f, a, first->policy);
	remedy_find(first->policy, request, first->failed, a, &remedy);
	words = remedy_words(&remedy, request->mta, a);
	if (getenv("SHOW") != NULL)
		fprintf(stderr, "%s\n\t%s\n", here, words);
	if (remedy.count == 0)
		report("%s: no advice", here);
	want_words(here, &remedy, words);
	for (size_t i = 0; i < remedy.count; i++)
		want_way_helps(here, s, &remedy.ways[i], words, f);
}

/* The request as a record has it: few macros, and what was measured. */
static void
record_request(const struct judged *first, struct request *out)
{
	*out = first->request;
	for (unsigned i = 0; i < MACRO_COUNT; i++)
		if (macro_key((enum macro)i) == NULL)
			out->macros.value[i] = SLICE_NONE;
	out->measured = first->failed->proof;
	out->listener = &first->rcpt.listener;
}

static void
walk(const struct scene *s, const char *label, const struct folder *f)
{
	struct arena *a = arena_create(65536);
	struct judged first;
	struct request recorded;
	char here[1024];

	judge_scene(s, f, a, &first);
	/* Postfix as the setting, and fingerprints. */
	if (first.policy == NULL && strstr(first.problems,
	    "use names, subjects or logins") == NULL)
		report("%s: the policy is not read: %s", label,
		    first.problems);
	if (first.failed != NULL) {
		enum reason reason = first.failed->finding.reason;

		put(here, sizeof(here), "%s: %s on %s", label,
		    reason_name(reason), hop_name(first.failed->hop));
		if (s->old_asked[0] == '\0')
			seen[reason][first.failed->hop][s->shape]++;
		want_advice(here, s, &first, &first.request, f, a);
		put(here, sizeof(here), "recorded, %s: %s on %s", label,
		    reason_name(reason), hop_name(first.failed->hop));
		record_request(&first, &recorded);
		/* No record shows v, or that {cert_subject}, which
		 * Sendmail always sends, did not come. */
		if (recorded.measured != NULL &&
		    !s->withheld[MACRO_CERT_SUBJECT] &&
		    strcmp(s->mta, "auto") == 0)
			want_advice(here, s, &first, &recorded, f, a);
	}
	arena_destroy(&a);
}

/* The rule of the scene has become another one. */
static void
change_rule_to(const struct identity *now, struct scene *s)
{
	PUT(s->old_asked, s->asked);
	PUT(s->old_identity, s->identity);
	make_identity(now, s);
}

/* A row that has changed since its stage was set, in every way of which the
 * others are like one. */
static void
test_advice_helps_under_an_old_demand(void **state ATTR_UNUSED)
{
	struct folder f;
	char label[1600];

	wrong = 0;
	folder_create(&f);
	for (enum hop hop = 0; hop < HOP_COUNT; hop++)
		for (unsigned i = 0; i < COUNT_OF(identities); i++)
			for (unsigned k = 0; k < COUNT_OF(faults); k++)
				for (unsigned n = 0; n < 3 * SHAPE_COUNT; n++) {
					static const unsigned steps[] = { 1, 4,
						7 };
					const struct identity *now =
					    &identities[(i + steps[n % 3]) %
					    COUNT_OF(identities)];
					struct scene s;

					if ((identities[i].hops & now->hops &
					    1u << hop) == 0)
						continue;
					make_scene(hop, n / 3, &identities[i],
					    &faults[k], &s);
					/* Postfix shows none. */
					if (strstr(now->keys, "fingerprints")
					    != NULL && !is_sendmail(&s))
						continue;
					change_rule_to(now, &s);
					put(label, sizeof(label),
					    "%s, %s, %s%s, now %s%s, %s",
					    hop_name(hop), shape_names[n / 3],
					    s.old_asked, s.old_identity,
					    s.asked, s.identity,
					    faults[k].label);
					walk(&s, label, &f);
				}
	forget_policies();
	folder_remove(&f);
	want_number("advice", "that does not help", (long)wrong, 0);
}

static void
test_advice_helps(void **state ATTR_UNUSED)
{
	struct folder f;
	char label[800];

	folder_create(&f);
	for (enum hop hop = 0; hop < HOP_COUNT; hop++)
		for (unsigned i = 0; i < COUNT_OF(identities); i++)
			for (unsigned k = 0; k < COUNT_OF(faults); k++)
				for (enum shape shape = 0;
				    shape < SHAPE_COUNT; shape++) {
					struct scene s;

					if ((identities[i].hops & 1u << hop) ==
					    0)
						continue;
					make_scene(hop, shape, &identities[i],
					    &faults[k], &s);
					put(label, sizeof(label),
					    "%s, %s, %s%s, %s", hop_name(hop),
					    shape_names[shape],
					    s.asked, s.identity,
					    faults[k].label);
					walk(&s, label, &f);
				}
	forget_policies();
	folder_remove(&f);
	want_number("advice", "that does not help", (long)wrong, 0);
}

enum {
	INBOUND = 1 << HOP_INBOUND,
	ENTRY = 1 << HOP_ENTRY,
	EARLIER = 1 << HOP_EARLIER,
	OUTBOUND = 1 << HOP_OUTBOUND,
	ALL_HOPS = INBOUND | ENTRY | EARLIER | OUTBOUND,
	ALL_SHAPES = (1 << SHAPE_COUNT) - 1
};

/*
 * What no decision of the milter has, and why. A reason that is new has to
 * come up in the walk above, by a fault and, if it has to do with the rule,
 * an identity; only what cannot come up is here.
 */
static const struct never {
	enum reason reason;
	unsigned hops, shapes;          /* bits */
	const char *why;
} never[] = {
	{ REASON_UNSET, ALL_HOPS, ALL_SHAPES,
	    "the reader refuses a rule without a level" },
	{ REASON_OK, ALL_HOPS, ALL_SHAPES, "it passes" },
	{ REASON_PLAINTEXT, OUTBOUND, ALL_SHAPES,
	    "the hop out is not measured at RCPT" },
	{ REASON_VERSION_TOO_LOW, OUTBOUND, ALL_SHAPES,
	    "the hop out is not measured at RCPT" },
	{ REASON_CIPHER_TOO_WEAK, EARLIER | OUTBOUND, ALL_SHAPES,
	    "no such demand of earlier; the hop out is not measured" },
	{ REASON_PEER_NOT_VERIFIED, EARLIER | OUTBOUND, ALL_SHAPES,
	    "no such demand of earlier; the hop out is not measured" },
	{ REASON_PEER_NOT_VERIFIED, INBOUND | ENTRY, 1 << SHAPE_HIDDEN,
	    "nothing shows whether an unknown MTA without {verify} verified "
	    "the peer" },
	{ REASON_NAME_MISSING, INBOUND | ENTRY, 1 << SHAPE_HIDDEN,
	    "a name that is not understood is not known" },
	{ REASON_IDENTITY_MISMATCH, EARLIER | OUTBOUND, ALL_SHAPES,
	    "no such demand of earlier; the hop out is not measured" },
	{ REASON_NAME_MISSING, EARLIER | OUTBOUND, ALL_SHAPES,
	    "no such demand of earlier; the hop out is not measured" },
	{ REASON_LOGIN_IN_CLEAR, ALL_HOPS, ALL_SHAPES,
	    "only rules of services: see test_services" },
	{ REASON_LOGIN_MISSING, INBOUND | ENTRY,
	    1 << SHAPE_HIDDEN | 1 << SHAPE_OTHER,
	    "no login of an unknown MTA may be its way to show one" },
	{ REASON_LOGIN_MISSING, EARLIER | OUTBOUND, ALL_SHAPES,
	    "no such demand of earlier; the hop out is not measured" },
	{ REASON_DESTINATION_UNKNOWN, INBOUND | EARLIER | OUTBOUND,
	    ALL_SHAPES, "recorded as entry, whichever rule there is" },
	{ REASON_NAME_UNREADABLE, EARLIER | OUTBOUND, ALL_SHAPES,
	    "recorded as entry, whichever rule there is" },
	{ REASON_ROUTE_UNCOVERED, INBOUND | ENTRY | EARLIER, ALL_SHAPES,
	    "a route is that of the hop out" },
	{ REASON_ROUTE_UNKNOWN, INBOUND | ENTRY | EARLIER, ALL_SHAPES,
	    "a route is that of the hop out" },
	{ REASON_TLS_REQUIRED_NO, INBOUND | ENTRY | EARLIER, ALL_SHAPES,
	    "it is about the hop out" },
	{ REASON_EARLIER_UNKNOWN, INBOUND | ENTRY | OUTBOUND, ALL_SHAPES,
	    "it is of earlier hops" },
	{ REASON_STARTTLS_NOT_SUPPORTED, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_CERTIFICATE_HOST_MISMATCH, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_CERTIFICATE_EXPIRED, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_CERTIFICATE_NOT_TRUSTED, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_VALIDATION_FAILURE, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_TLSA_INVALID, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_DNSSEC_INVALID, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_DANE_REQUIRED, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_STS_POLICY_FETCH_ERROR, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_STS_POLICY_INVALID, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
	{ REASON_STS_WEBPKI_INVALID, ALL_HOPS, ALL_SHAPES,
	    "of a measured next hop" },
};

static const char *
why_never(enum reason reason, enum hop hop, enum shape shape)
{
	if (reason_is_no_rule(reason))
		return "it passes";
	if (reason_is_ours(reason))
		return "no rule gives it: test_our_own_reasons() has it";
	for (size_t i = 0; i < COUNT_OF(never); i++)
		if (never[i].reason == reason &&
		    (never[i].hops & 1u << hop) != 0 &&
		    (never[i].shapes & 1u << shape) != 0)
			return never[i].why;
	return NULL;
}

/* Runs after the walk. */
static void
test_every_reason_comes_up(void **state ATTR_UNUSED)
{
	wrong = 0;
	for (enum reason r = 0; r < REASON_COUNT; r++)
		for (enum hop hop = 0; hop < HOP_COUNT; hop++)
			for (enum shape k = 0; k < SHAPE_COUNT; k++) {
				const char *why = why_never(r, hop, k);

				if (seen[r][hop][k] > 0 && why != NULL)
					report("%s on %s, %s: it came up, but "
					    "never[] says: %s", reason_name(r),
					    hop_name(hop), shape_names[k],
					    why);
				if (seen[r][hop][k] == 0 && why == NULL)
					report("%s on %s, %s: no scene has it: "
					    "add to faults[] (or identities[]) "
					    "what brings it about, and to "
					    "follow_*() what its remedy "
					    "changes; or add a row to never[]",
					    reason_name(r), hop_name(hop),
					    shape_names[k]);
			}
	want_number("reasons", "without a scene", (long)wrong, 0);
}

/* What the daemon refuses by itself, whatever the rules are, has advice of its
 * own. What it does is in tests/sessions. */
static void
test_our_own_reasons(void **state ATTR_UNUSED)
{
	static const struct policy policy;
	static const struct request request;
	struct arena *a = arena_create(4096);

	for (enum reason r = REASON_UNSET + 1; r < REASON_COUNT; r++) {
		struct ruling ruling = { .count = 0 };
		struct remedy remedy;

		if (!reason_is_ours(r))
			continue;
		refusal_add(&policy, request.ref, r, a, &ruling);
		remedy_find(&policy, &request, ruling.strictest, a, &remedy);
		if (remedy.count == 0)
			fail_msg("%s: no advice: add a line to by_reason[] of "
			    "policy/explain/remedy.c", reason_name(r));
		want_words(reason_name(r), &remedy, remedy_words(&remedy,
		    MTA_UNKNOWN, a));
	}
	arena_destroy(&a);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_our_own_reasons),
	cmocka_unit_test(test_advice_helps),
	cmocka_unit_test(test_advice_helps_under_an_old_demand),
	cmocka_unit_test(test_every_reason_comes_up),
};

RUN_TESTS(tests)
