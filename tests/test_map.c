/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <event2/thread.h>

#include "conf/file/read.h"
#include "conf/snapshot.h"
#include "milter/map/map.h"
#include "milter/map/netstring.h"
#include "tests/cases.h"

enum { ANSWER_MS = 20000 };

static struct event_base *base;
static struct map *map;
static pthread_t thread;
static int map_port;

/* ---- sockets ---- */

static int
listen_somewhere(int *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t length = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(bind(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	assert_int_equal(listen(fd, 100), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&in, &length), 0);
	*port = ntohs(in.sin_port);
	return fd;
}

static int
ask_open(void)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)map_port) };
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	assert_int_equal(connect(fd, (struct sockaddr *)&in, sizeof(in)), 0);
	return fd;
}

static void
put(int fd, const char *p, size_t n)
{
	assert_int_equal(send(fd, p, n, MSG_NOSIGNAL), (ssize_t)n);
}

/* Reads one answer; "(closed)" or "(silent)" if none came. */
static const char *
get(int fd)
{
	static char text[16384];
	char frame[16384];
	size_t n = 0, used;
	struct slice payload;

	while (n < sizeof(frame)) {
		struct pollfd p = { fd, POLLIN, 0 };
		ssize_t got;

		if (poll(&p, 1, ANSWER_MS) != 1)
			return "(silent)";
		/* One octet at a time, so that the next answer is not read. */
		got = recv(fd, frame + n, 1, 0);
		if (got <= 0)
			return n == 0 ? "(closed)" : "(cut)";
		n += (size_t)got;
		if (netstring_read((struct slice){ frame, n }, 10000,
			&payload, &used) != NETSTRING_WHOLE)
			continue;
		memcpy(text, payload.p, payload.n);
		text[payload.n] = '\0';
		return text;
	}
	return "(endless)";
}

static size_t
frame_of(const char *key, char *out, size_t size)
{
	char request[4200];
	int n = snprintf(request, sizeof(request), "enforcetls %s", key);

	return netstring_write((struct slice){ request, (size_t)n }, out,
	    size);
}

static const char *
ask_on(int fd, const char *key)
{
	char frame[4300];

	put(fd, frame, frame_of(key, frame, sizeof(frame)));
	return get(fd);
}

static const char *
ask_once(const char *key)
{
	int fd = ask_open();
	const char *text = ask_on(fd, key);

	close(fd);
	return text;
}

/* ---- the policy ---- */

static void
put_in_force(const char *mapping, const char *level)
{
	char path[] = "/tmp/test_map.XXXXXX";
	int fd = mkstemp(path);
	FILE *file = fdopen(fd, "w");
	struct problems *problems = problems_create();
	struct policy *policy;

	fprintf(file, "format = 1;\nmode = \"enforce\";\n%s\npartners = (\n"
	    "{ name = \"bank\"; domains = [ \"bank.example\" ]; "
	    "outbound = { level = \"%s\"; stage = \"defer\"; }; } );\n",
	    mapping, level);
	fclose(file);
	policy = policy_read(path, problems);
	if (policy == NULL)
		problems_print(problems, stderr);
	assert_non_null(policy);
	problems_destroy(&problems);
	unlink(path);
	snapshot_publish(policy, NULL);
}

static void *
run_loop(void *unused)
{
	event_base_loop(base, EVLOOP_NO_EXIT_ON_EMPTY);
	return unused;
}

static int
set_up(void **state ATTR_UNUSED)
{
	int fd = listen_somewhere(&map_port);

	evthread_use_pthreads();
	base = event_base_new();
	map = map_create(base, NULL);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	assert_int_equal(map_listen(map, fd, NULL), 0);
	put_in_force("", "encrypt");
	pthread_create(&thread, NULL, run_loop, NULL);
	return 0;
}

static int
take_down(void **state ATTR_UNUSED)
{
	event_base_loopbreak(base);
	pthread_join(thread, NULL);
	map_destroy(&map);
	event_base_free(base);
	libevent_global_shutdown();
	snapshot_clear();
	return 0;
}

/* ---- frames ---- */

static void
answers_and_keeps_the_connection(void **state ATTR_UNUSED)
{
	int fd = ask_open();

	want_text("a row", "answer", ask_on(fd, "bank.example"),
	    "OK encrypt");
	want_text("no row", "answer", ask_on(fd, "other.example"),
	    "NOTFOUND ");
	want_text("a key with a blank", "answer", ask_on(fd, "a b"),
	    "TEMP the next hop cannot be read");
	want_text("and again", "answer", ask_on(fd, "BANK.EXAMPLE"),
	    "OK encrypt");
	close(fd);
}

static void
answers_in_the_order_of_the_questions(void **state ATTR_UNUSED)
{
	enum { QUESTIONS = 3000 };
	static char frames[QUESTIONS * 40];
	size_t n = 0;
	int fd = ask_open();

	for (int i = 0; i < QUESTIONS; i++)
		n += frame_of(i % 3 == 0 ? "bank.example" : "other.example",
		    frames + n, sizeof(frames) - n);
	put(fd, frames, n);
	for (int i = 0; i < QUESTIONS; i++)
		want_text("pipelined", "answer", get(fd),
		    i % 3 == 0 ? "OK encrypt" : "NOTFOUND ");
	close(fd);
}

static void
takes_a_request_in_any_pieces(void **state ATTR_UNUSED)
{
	char frame[100];
	size_t n = frame_of("bank.example", frame, sizeof(frame));
	int fd = ask_open();

	for (size_t i = 0; i < n; i++) {
		const struct timespec pause = { 0, 1000000 };

		put(fd, frame + i, 1);
		nanosleep(&pause, NULL);
	}
	want_text("octet by octet", "answer", get(fd), "OK encrypt");
	close(fd);
}

static const struct {
	const char *label;
	const char *bytes;
	const char *wanted;
	bool closes;
} odd[] = {
	{ "no digits", "abc", "TEMP not a netstring", true },
	{ "a leading zero", "012:enforcetls a,", "TEMP not a netstring",
	    true },
	{ "no comma", "12:enforcetls a;", "TEMP not a netstring", true },
	{ "too long", "4097:", "TEMP not a netstring", true },
	{ "far too long", "99999999999999999999999:", "TEMP not a netstring",
	    true },
	{ "a sign", "-1:a,", "TEMP not a netstring", true },
	{ "HTTP", "GET / HTTP/1.0\r\n\r\n", "TEMP not a netstring", true },
	{ "empty", "0:,", "TEMP not a request: NAME KEY", false },
	{ "a name and no key", "10:enforcetls,",
	    "TEMP not a request: NAME KEY", false },
	{ "an empty name", "2: a,", "TEMP not a request: NAME KEY", false },
	{ "an empty key", "11:enforcetls ,",
	    "TEMP the next hop cannot be read", false },
	{ "a line break in the key", "14:enforcetls a\nb,",
	    "TEMP the next hop cannot be read", false },
};

static void
answers_what_is_malformed_and_closes(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(odd); i++) {
		int fd = ask_open();

		put(fd, odd[i].bytes, strlen(odd[i].bytes));
		want_text(odd[i].label, "answer", get(fd), odd[i].wanted);
		if (odd[i].closes)
			want_text(odd[i].label, "then", get(fd), "(closed)");
		else
			want_text(odd[i].label, "then",
			    ask_on(fd, "bank.example"), "OK encrypt");
		close(fd);
	}
}

static void
takes_requests_up_to_4096_octets(void **state ATTR_UNUSED)
{
	char key[4097];
	int fd = ask_open();

	memset(key, 'a', sizeof(key));
	key[4096 - 11] = '\0';
	want_text("4096", "answer", ask_on(fd, key),
	    "TEMP the next hop cannot be read");
	key[4096 - 11] = 'a';
	key[4096 - 10] = '\0';
	want_text("4097", "answer", ask_on(fd, key), "TEMP not a netstring");
	close(fd);
}

static void
a_client_that_never_reads_stops_nobody(void **state ATTR_UNUSED)
{
	static char frames[60000];
	size_t n = 0, sent = 0;
	int fd = ask_open(), flags = MSG_NOSIGNAL | MSG_DONTWAIT;
	ssize_t more = 1;

	while (n + 100 < sizeof(frames))
		n += frame_of("bank.example", frames + n, sizeof(frames) - n);
	/* Until the unread answers block its questions. */
	for (int quiet = 0; quiet < 20;) {
		more = send(fd, frames + sent % n, n - sent % n, flags);
		if (more > 0) {
			sent += (size_t)more;
			quiet = 0;
		} else {
			const struct timespec pause = { 0, 10000000 };

			nanosleep(&pause, NULL);
			quiet++;
		}
	}
	want_text("somebody else", "answer", ask_once("bank.example"),
	    "OK encrypt");
	for (int i = 0; i < 1000; i++)
		want_text("once it reads", "answer", get(fd), "OK encrypt");
	close(fd);
}

static void
keeps_many_idle_connections(void **state ATTR_UNUSED)
{
	enum { MANY = 400 };
	int fds[MANY];

	for (int i = 0; i < MANY; i++)
		fds[i] = ask_open();
	for (int i = 0; i < MANY; i++)
		want_text("one of many", "answer",
		    ask_on(fds[i], "bank.example"), "OK encrypt");
	for (int i = 0; i < MANY; i++)
		close(fds[i]);
}

static void
a_new_table_answers_on_old_connections(void **state ATTR_UNUSED)
{
	int fd = ask_open();

	want_text("before", "answer", ask_on(fd, "bank.example"),
	    "OK encrypt");
	put_in_force("", "verify");
	want_text("after", "answer", ask_on(fd, "bank.example"),
	    "OK secure match=nexthop:dot-nexthop servername=hostname");
	put_in_force("", "encrypt");
	close(fd);
}

/* ---- published policies ---- */

/* A server of published policies that gives a fixed answer. */
static struct {
	pthread_t thread;
	int fd;
	int port;
	const char *payload;            /* NULL: disconnects; "": no answer */
	const char *raw;                /* instead of a frame */
	int questions;
} other;

static void *
serve_other(void *unused)
{
	for (;;) {
		int fd = accept(other.fd, NULL, NULL);
		char frame[9000], in[9000];
		ssize_t n;

		if (fd < 0)
			return unused;
		while ((n = recv(fd, in, sizeof(in), 0)) > 0) {
			size_t length;

			other.questions++;
			if (other.payload == NULL)
				break;
			if (other.payload[0] == '\0')
				continue;
			length = netstring_write(slice_of(other.payload),
			    frame, sizeof(frame));
			if (other.raw != NULL)
				length = (size_t)snprintf(frame,
				    sizeof(frame), "%s", other.raw);
			if (send(fd, frame, length, MSG_NOSIGNAL) < 0)
				break;
		}
		close(fd);
	}
}

/* Serves on other.fd and puts the server at that place in the policy. */
static void
with_published_at(const char *place, const char *payload, const char *raw,
    const char *more)
{
	char setting[300];

	other.payload = payload;
	other.raw = raw;
	other.questions = 0;
	pthread_create(&other.thread, NULL, serve_other, NULL);
	snprintf(setting, sizeof(setting),
	    "map = { listen = [ ]; published = \"%s:postfix\";"
	    " deadline = \"200ms\"; %s };", place, more);
	put_in_force(setting, "encrypt");
}

static void
with_published(const char *payload, const char *raw, const char *more)
{
	char place[40];

	other.fd = listen_somewhere(&other.port);
	snprintf(place, sizeof(place), "inet:127.0.0.1:%d", other.port);
	with_published_at(place, payload, raw, more);
}

static void
without_published(void)
{
	put_in_force("", "encrypt");
	/* The map may still have a connection; the next server closes it. */
	shutdown(other.fd, SHUT_RDWR);
	close(other.fd);
}

static const struct {
	const char *label;
	const char *payload;
	const char *raw;
	const char *row;                /* answer for bank.example, encrypt */
	const char *none;               /* answer for other.example, no row */
} learnt[] = {
	{ "a policy", "OK secure match=mx.hoster.example", NULL,
	    "OK secure match=mx.hoster.example servername=hostname",
	    "OK secure match=mx.hoster.example" },
	{ "nothing", "NOTFOUND ", NULL, "OK encrypt", "NOTFOUND " },
	{ "nothing, without a blank", "NOTFOUND", NULL, "OK encrypt",
	    "NOTFOUND " },
	{ "less than the row", "OK may", NULL, "OK encrypt", "OK may" },
	{ "a bare OK", "OK", NULL, "OK encrypt", "TEMP" },
	{ "an empty OK", "OK ", NULL, "OK encrypt", "TEMP" },
	{ "trouble", "TEMP later", NULL, "OK encrypt", "TEMP" },
	{ "gone in mid-answer", NULL, NULL, "OK encrypt", "TEMP" },
	{ "silence", "", NULL, "OK encrypt", "TEMP" },
	{ "no netstring", "x", "hello", "OK encrypt", "TEMP" },
	{ "half a netstring", "x", "20:OK encrypt", "OK encrypt", "TEMP" },
	{ "a policy nobody can read", "OK secure colour=red", NULL, "TEMP",
	    "TEMP" },
};

static void
want_start(const char *label, const char *what, const char *came,
    const char *wanted)
{
	if (strcmp(wanted, "TEMP") == 0)
		want_that(label, came, strncmp(came, "TEMP ", 5) == 0);
	else
		want_text(label, what, came, wanted);
}

static void
published_policies_are_a_floor(void **state ATTR_UNUSED)
{
	for (size_t i = 0; i < COUNT_OF(learnt); i++) {
		with_published(learnt[i].payload, learnt[i].raw, "");
		want_start(learnt[i].label, "a row's answer",
		    ask_once("bank.example"), learnt[i].row);
		want_start(learnt[i].label, "nobody's answer",
		    ask_once("other.example"), learnt[i].none);
		without_published();
	}
}

static int
listen_at(const char *path)
{
	struct sockaddr_un un = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(un.sun_path, sizeof(un.sun_path), "%s", path);
	assert_int_equal(bind(fd, (struct sockaddr *)&un, sizeof(un)), 0);
	assert_int_equal(listen(fd, 100), 0);
	return fd;
}

/* As postfix-mta-sts-resolver and postfix-tlspol can. */
static void
a_server_at_a_unix_socket_is_asked(void **state ATTR_UNUSED)
{
	char folder[] = "/tmp/test_map.XXXXXX", path[60], place[80];

	assert_non_null(mkdtemp(folder));
	snprintf(path, sizeof(path), "%s/sts", folder);
	snprintf(place, sizeof(place), "unix:%s", path);
	other.fd = listen_at(path);
	with_published_at(place, "OK secure match=mx.hoster.example", NULL,
	    "");
	want_text("nobody's", "answer", ask_once("other.example"),
	    "OK secure match=mx.hoster.example");
	want_number("the server", "questions", other.questions, 1);
	without_published();
	unlink(path);
	rmdir(folder);
}

static void
a_dead_server_never_weakens_a_row(void **state ATTR_UNUSED)
{
	with_published("OK secure match=mx.hoster.example", NULL,
	    "published_failure = \"ignore\";");
	shutdown(other.fd, SHUT_RDWR);
	close(other.fd);
	want_text("a row", "answer", ask_once("bank.example"), "OK encrypt");
	want_text("nobody's, ignored", "answer", ask_once("other.example"),
	    "NOTFOUND ");
	put_in_force("", "encrypt");
}

static void
one_question_for_many_that_ask_the_same(void **state ATTR_UNUSED)
{
	enum { MANY = 50 };
	static char frames[MANY * 40];
	size_t n = 0;
	int fd, second;

	with_published("OK secure match=mx.hoster.example", NULL, "");
	fd = ask_open();
	second = ask_open();
	for (int i = 0; i < MANY; i++)
		n += frame_of(i % 2 == 0 ? "bank.example" : "[bank.example]",
		    frames + n, sizeof(frames) - n);
	put(fd, frames, n);
	put(second, frames, n);
	for (int i = 0; i < MANY; i++) {
		want_text("first client", "answer", get(fd),
		    "OK secure match=mx.hoster.example "
		    "servername=hostname");
		want_text("second client", "answer", get(second),
		    "OK secure match=mx.hoster.example "
		    "servername=hostname");
	}
	want_number("the other server", "questions", other.questions, 2);
	close(fd);
	close(second);
	without_published();
}

static void
a_client_that_leaves_while_it_waits_is_forgotten(void **state ATTR_UNUSED)
{
	char frame[100];
	size_t n = frame_of("bank.example", frame, sizeof(frame));

	with_published("", NULL, "");
	for (int i = 0; i < 20; i++) {
		int fd = ask_open();

		put(fd, frame, n);
		close(fd);
	}
	want_text("the next one", "answer", ask_once("bank.example"),
	    "OK encrypt");
	without_published();
}

/* A reload is made to take effect, not in 30 seconds. */
static void
a_reload_has_everything_asked_again(void **state ATTR_UNUSED)
{
	with_published("OK secure match=mx.hoster.example", NULL, "");
	ask_once("other.example");
	ask_once("other.example");
	want_number("before", "questions", other.questions, 1);
	other.payload = "NOTFOUND ";
	map_reloaded(map);
	want_text("after", "answer", ask_once("other.example"), "NOTFOUND ");
	/* What was learnt is kept while the server fails. */
	other.payload = "OK secure match=mx.hoster.example";
	map_reloaded(map);
	ask_once("other.example");
	other.payload = "TEMP later";
	map_reloaded(map);
	want_text("a failure", "answer", ask_once("other.example"),
	    "OK secure match=mx.hoster.example");
	without_published();
}

static void
a_question_under_way_goes_to_the_new_server(void **state ATTR_UNUSED)
{
	const struct timespec pause = { 0, 50 * 1000000 };
	char frame[100];
	size_t n = frame_of("bank.example", frame, sizeof(frame));
	int fd, port, low = listen_somewhere(&port);
	/* No number at which the thread of an earlier server still accepts. */
	int silent = fcntl(low, F_DUPFD_CLOEXEC, 100);
	char setting[200];

	close(low);
	/* Nobody answers at the old one, for longer than get() waits. */
	snprintf(setting, sizeof(setting), "map = { listen = [ ]; "
	    "published = \"inet:127.0.0.1:%d:postfix\"; "
	    "deadline = \"60s\"; };", port);
	put_in_force(setting, "encrypt");
	fd = ask_open();
	put(fd, frame, n);
	nanosleep(&pause, NULL);
	with_published("OK secure match=mx.hoster.example", NULL, "");
	map_reloaded(map);
	want_text("another server", "answer", get(fd),
	    "OK secure match=mx.hoster.example servername=hostname");
	/* And when there is none, the rule alone answers. */
	put_in_force(setting, "encrypt");
	map_reloaded(map);
	put(fd, frame, n);
	nanosleep(&pause, NULL);
	without_published();
	map_reloaded(map);
	want_text("no server", "answer", get(fd), "OK encrypt");
	close(silent);
	close(fd);
}

static const struct CMUnitTest tests[] = {
	cmocka_unit_test(answers_and_keeps_the_connection),
	cmocka_unit_test(answers_in_the_order_of_the_questions),
	cmocka_unit_test(takes_a_request_in_any_pieces),
	cmocka_unit_test(answers_what_is_malformed_and_closes),
	cmocka_unit_test(takes_requests_up_to_4096_octets),
	cmocka_unit_test(a_client_that_never_reads_stops_nobody),
	cmocka_unit_test(keeps_many_idle_connections),
	cmocka_unit_test(a_new_table_answers_on_old_connections),
	cmocka_unit_test(published_policies_are_a_floor),
	cmocka_unit_test(a_server_at_a_unix_socket_is_asked),
	cmocka_unit_test(a_dead_server_never_weakens_a_row),
	cmocka_unit_test(one_question_for_many_that_ask_the_same),
	cmocka_unit_test(a_client_that_leaves_while_it_waits_is_forgotten),
	cmocka_unit_test(a_reload_has_everything_asked_again),
	cmocka_unit_test(a_question_under_way_goes_to_the_new_server),
};

RUN_TESTS_WITH(tests, set_up, take_down)
