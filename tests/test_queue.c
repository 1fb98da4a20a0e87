/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "conf/queue/lifetime.h"
#include "conf/queue/mailq.h"
#include "conf/queue/queue.h"
#include "policy/base/text.h"
#include "tests/folder.h"

#define HEADING "-----Q-ID----- --Size-- -Priority- ---Q-Time--- " \
	"--------Sender/Recipient--------\n"
#define SIX_TABS "\t\t\t\t\t\t"
/* 2026-11-26T04:37:57Z, and the queue id that begins with it. */
#define ARRIVAL "1795667877"

/* "id queue arrival size <sender>", then " address|reason" for each. */
static void
show_message(void *data, const struct queued *m)
{
	struct text *t = data;
	char shown[300];

	text_add(t, "%.*s %.*s %lld %llu <", SLICE_ARGS(m->id),
	    SLICE_ARGS(m->queue), (long long)m->arrival,
	    (unsigned long long)m->size);
	slice_show(m->sender, shown, sizeof(shown));
	text_add(t, "%s>", shown);
	if (m->reason.p != NULL)
		text_add(t, " (%.*s)", SLICE_ARGS(m->reason));
	for (size_t i = 0; i < m->recipient_count; i++) {
		const struct queued_recipient *r = &m->recipients[i];

		slice_show(r->address, shown, sizeof(shown));
		text_add(t, " %s%s|", shown, r->cut ? "(cut)" : "");
		slice_show(r->reason, shown, sizeof(shown));
		text_add(t, "%s", shown);
	}
	text_add(t, "\n");
}

static const struct {
	const char *label;
	const char *program;
	const char *script;
	const char *wanted;             /* the messages; NULL: an error */
	const char *error;              /* is in its text */
} queues[] = {
	{ "postfix: empty", "postqueue", ":", "", NULL },
	{ "postfix: two recipients, one reason", "postqueue",
	    "cat <<'END'\n{\"queue_name\": \"deferred\", \"queue_id\": "
	    "\"AF5F1A801FF\", \"arrival_time\": 1795667888, "
	    "\"message_size\": 378, \"forced_expire\": false, \"sender\": "
	    "\"a@b.example\", \"recipients\": [{\"address\": "
	    "\"u@plain.example\", \"delay_reason\": \"TLS is required\"}, "
	    "{\"address\": \"v@plain.example\"}]}\nEND\n",
	    "AF5F1A801FF deferred 1795667888 378 <a@b.example> "
	    "u@plain.example|TLS is required v@plain.example|-\n", NULL },
	{ "postfix: the null sender", "postqueue",
	    "echo '{\"queue_name\":\"hold\",\"queue_id\":\"A\",\"sender\":"
	    "\"MAILER-DAEMON\",\"recipients\":[]}'", "A hold 0 0 <>\n", NULL },
	{ "postfix: an address that is not UTF-8", "postqueue",
	    "printf '{\"queue_name\":\"hold\",\"queue_id\":\"A\",\"sender\":"
	    "\"\\344@b\",\"recipients\":[{\"address\":\"\\033[2J\\344\"}]}'",
	    NULL, "no message" },
	{ "postfix: a Latin-1 address", "postqueue",
	    "printf '{\"queue_name\":\"hold\",\"queue_id\":\"A\",\"sender\":"
	    "\"\\344@b\",\"recipients\":[{\"address\":\"\\344\"}]}\\n'",
	    "A hold 0 0 <?@b> ?|-\n", NULL },
	{ "postfix: a recipient without an address is not whole", "postqueue",
	    "echo '{\"queue_name\":\"hold\",\"queue_id\":\"A\",\"sender\":"
	    "\"\",\"recipients\":[{}]}'", "A hold 0 0 <> -(cut)|-\n", NULL },
	{ "postfix: no message", "postqueue", "echo '{}'", NULL,
	    "no message" },
	{ "postfix: what it complains of", "postqueue",
	    "echo 'postqueue: fatal: \033[2Jno' >&2; exit 69", NULL,
	    "postqueue failed: postqueue: fatal: \\x1B[2Jno" },
	{ "a status alone", "postqueue", "exit 69", NULL,
	    "ended with status 69" },
	{ "a signal", "postqueue", "kill -9 $$", NULL, "signal 9" },
	{ "nothing of our environment", "postqueue",
	    "[ -z \"$HOME$LD_LIBRARY_PATH\" ] || exit 3", "", NULL },
	{ "nothing to read, and no shell", "postqueue",
	    "read x && exit 4; [ $# = 1 ] && [ \"$1\" = -j ] || exit 5", "",
	    NULL },
	{ "sendmail: empty", "sendmail", "printf '/var/spool/mqueue is empty\\n"
	    "\\t\\tTotal requests: 0\\n'", "", NULL },
	{ "sendmail: a reason for each recipient, or the message's",
	    "sendmail", "cat <<'END'\n\t\t/var/spool/mqueue (2 requests)\n"
	    HEADING
	    "6AQ4bvnd013665*     22      30103+Nov 26 13:37 <a@b.example>\n"
	    "      8BITMIME   (Deferred: 454 4.7.0 TLS (no).)\n"
	    SIX_TABS "(---root---)\n"
	    SIX_TABS "<u@bank.example>\n"
	    "\t\t (TLS policy: plaintext by rule of bank)\n"
	    SIX_TABS "<v@bank.example>\n"
	    "6AQ4bvuA013573       9      30103 Nov 26 04:37 <>\n"
	    "     QUARANTINE: held\n"
	    SIX_TABS "<u@bank.example>\n"
	    "\t\tTotal requests: 2\nEND\n",
	    "6AQ4bvnd013665 deferred " ARRIVAL " 22 <a@b.example> "
	    "(Deferred: 454 4.7.0 TLS (no).) "
	    "u@bank.example|TLS policy: plaintext by rule of bank "
	    "v@bank.example|-\n"
	    "6AQ4bvuA013573 hold " ARRIVAL " 9 <> u@bank.example|-\n", NULL },
	{ "sendmail: an address that mailq cut", "sendmail",
	    "cat <<'END'\n" HEADING
	    "6AQ4bvnd013665      22      30103 Nov 26 13:37 <a@b.example>\n"
	    SIX_TABS "<u234567890123456789012345678901234567890123456789012345"
	    "678901234567890\n\t\tTotal requests: 1\nEND\n",
	    "6AQ4bvnd013665 deferred " ARRIVAL " 22 <a@b.example> "
	    "u234567890123456789012345678901234567890123456789012345"
	    "678901234567890(cut)|-\n", NULL },
	{ "sendmail: delivered while it was listed", "sendmail",
	    "cat <<'END'\n" HEADING "6AQ4bvnd013665 (job completed)\n"
	    "\t\tTotal requests: 0\nEND\n", "", NULL },
	{ "sendmail: its complaint about the host's name", "sendmail",
	    "printf 'My unqualified host name (vm) unknown\\n"
	    "/var/spool/mqueue is empty\\n\\t\\tTotal requests: 0\\n'", "",
	    NULL },
	{ "sendmail: without its end it is not all", "sendmail",
	    "cat <<'END'\n" HEADING
	    "6AQ4bvnd013665      22      30103 Nov 26 13:37 <a@b.example>\n"
	    "END\n", NULL, "not the whole listing" },
	{ "sendmail: no permission", "sendmail", "cat <<'END'\n" HEADING
	    "6AQ4bvnd013665 (permission denied)\nEND\n", NULL,
	    "cannot be read: 6AQ4bvnd013665 (permission denied)" },
	{ "sendmail: in truth Postfix's", "sendmail",
	    "echo 'Mail queue is empty'", NULL, "--mta postfix" },
};

static void
test_queues(void **state ATTR_UNUSED)
{
	struct folder f;
	char path[256], came[2000];

	folder_create(&f);
	for (size_t i = 0; i < COUNT_OF(queues); i++) {
		const char *label = queues[i].label;
		struct queue_place place = { .program = folder_path(&f,
		    queues[i].program, path) };
		struct text t;
		struct err e = { .text = "" };
		int result;

		/* A sendmail.cf keeps it off the queue for submission. */
		if (strcmp(queues[i].program, "sendmail") == 0)
			place.config = "/etc/mail/sendmail.cf";
		folder_write_program(&f, queues[i].program, queues[i].script);
		text_init(&t, came, sizeof(came));
		result = queue_each(&place, show_message, &t, &e);
		if (queues[i].wanted != NULL) {
			want_text(label, "error", result < 0 ? e.text : "",
			    "");
			want_text(label, "messages", came, queues[i].wanted);
			continue;
		}
		want_number(label, "result", result, -1);
		if (strstr(e.text, queues[i].error) == NULL)
			want_text(label, "error", e.text, queues[i].error);
	}
	folder_remove(&f);
}

/* A program whose lines never end must not fill memory. */
static void
test_bounds(void **state ATTR_UNUSED)
{
	struct folder f;
	char path[256], came[200];
	struct text t;
	struct err e;
	struct queue_place place = { .program = path };

	folder_create(&f);
	folder_path(&f, "postqueue", path);
	folder_write_program(&f, "postqueue", "tr '\\0' x </dev/zero");
	text_init(&t, came, sizeof(came));
	assert_int_equal(queue_each(&place, show_message, &t, &e), -1);
	assert_non_null(strstr(e.text, "prints a line of more than"));
	place.program = "postqueue";
	assert_int_equal(queue_each(&place, show_message, &t, &e), -1);
	assert_non_null(strstr(e.text, "give the whole path"));
	folder_path(&f, "absent/postqueue", path);
	place.program = path;
	assert_int_equal(queue_each(&place, show_message, &t, &e), -1);
	assert_non_null(strstr(e.text, "cannot be run: No such file"));
	folder_remove(&f);
}

static const struct {
	const char *id;
	int64_t now, wanted;
} times[] = {
	{ "6AQ4bvnd013665", 1795667888, 1795667877 },
	{ "6AQ4bvnd013665", 1795667800, 1795667877 },
	{ "6AQ4bvnd013665", 3700000000, 3689123877 },   /* sixty years on */
	{ "6AQ4bvnd013665", 1795667877 - 90000, 0 },
	{ "6zQ4bvnd013665", 1795667888, 0 },
	{ "6AQ4b", 1795667888, 0 },
};

static void
test_times(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(times); i++)
		want_number(times[i].id, "time", mailq_time_of_id(
			slice_of(times[i].id), times[i].now),
		    times[i].wanted);
}

static const struct {
	const char *text;
	int64_t wanted;                 /* -1: no amount */
} amounts[] = {
	{ "5d", 432000 }, { "5", 432000 }, { "1h30m", 5400 }, { "0", 0 },
	{ "36000s", 36000 }, { "1w", 604800 }, { "", -1 }, { "d", -1 },
	{ "5y", -1 }, { "-5d", -1 }, { "99999999999d", -1 },
};

static void
test_lifetimes(void **state ATTR_UNUSED)
{
	struct folder f;
	struct lifetime life;
	struct err e;
	char path[256];
	struct queue_place place = { .program = path };

	for (size_t i = 0; i < COUNT_OF(amounts); i++) {
		int64_t came = -1;

		lifetime_amount(slice_of(amounts[i].text), &came);
		want_number(amounts[i].text, "seconds", came,
		    amounts[i].wanted);
	}
	life = lifetime_of_cf(SLICE("#O Timeout.queuereturn.normal=2d\n"
	    "O Timeout.queuereturn=3d\nO Timeout.queuereturn.dsn=1d\n"));
	want_number("sendmail.cf", "mail", life.mail, 3 * 86400);
	want_number("sendmail.cf", "bounce", life.bounce, 86400);
	life = lifetime_of_cf(SLICE(""));
	want_number("sendmail's own", "mail", life.mail, 5 * 86400);
	folder_create(&f);
	folder_write_program(&f, "postconf", "[ $1 = -xh ] && printf '2d\\n1h\\n'");
	folder_path(&f, "postqueue", path);
	assert_int_equal(lifetime_read(&place, &life, &e), 0);
	want_number("postconf", "mail", life.mail, 2 * 86400);
	want_number("postconf", "bounce", life.bounce, 3600);
	folder_write_program(&f, "postconf", "echo 2d");
	assert_int_equal(lifetime_read(&place, &life, &e), -1);
	folder_remove(&f);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(test_queues),
	cmocka_unit_test(test_bounds),
	cmocka_unit_test(test_times),
	cmocka_unit_test(test_lifetimes),
};

RUN_TESTS(tests)
