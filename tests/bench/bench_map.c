/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_map - measures how many answers a second a map server gives
 *
 * Asks several servers in turn, as smtp(8) does: one question at a time on each
 * connection. Every answer is compared. The daemon answers from a table of a
 * million rows. `echo` is a netstring echo server on libevent's bufferevents,
 * `raw` one on its plain events. `resolver` is postfix-mta-sts-resolver as
 * Debian installs it, with the policies in its cache. Prints the median of the
 * rounds, and its ratio to `echo`. Asserts nothing about time; exits at a wrong
 * answer.
 *
 *	tests/bench/bench_map [ROWS [SECONDS]]
 *
 * $ENFORCETLSD names the daemon.
 */
#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <event2/buffer.h>
#include <event2/bufferevent.h>
#include <event2/listener.h>

#include "milter/map/netstring.h"
#include "policy/base/err.h"
#include "policy/base/lang.h"
#include "tests/driver/daemon.h"

enum { ROUNDS = 3, CONNECTIONS = 100, QUESTIONS = 4096, SETTLE_MS = 20000 };

static const unsigned counts[] = { 1, 16, 100 };

enum { COUNTS = COUNT_OF(counts) };

struct exchange {
	char question[80];
	size_t question_n;
	char answer[80];
	size_t answer_n;
};

struct server {
	const char *name;
	pid_t pid;                      /* 0: not running */
	int port;
	struct exchange *exchanges;     /* owns; QUESTIONS of them */
	double rate[COUNTS][ROUNDS];
	double cpu_us[COUNTS][ROUNDS];  /* of the server, an answer */
};

static char folder[] = "/tmp/bench_map.XXXXXX";

static void
die(const char *what)
{
	fprintf(stderr, "bench_map: %s: %s\n", what, strerror(errno));
	exit(1);
}

/* ---- the echo servers ---- */

static void
echo_read(struct bufferevent *bev, void *data)
{
	struct evbuffer *in = bufferevent_get_input(bev);
	struct slice payload;
	size_t used;

	(void)data;
	for (;;) {
		struct slice input = { NULL, evbuffer_get_length(in) };

		if (input.n == 0)
			return;
		input.p = (const char *)evbuffer_pullup(in, -1);
		if (netstring_read(input, 4096, &payload, &used) !=
		    NETSTRING_WHOLE)
			return;
		bufferevent_write(bev, input.p, used);
		evbuffer_drain(in, used);
	}
}

static void
echo_end(struct bufferevent *bev, short what, void *data)
{
	(void)what;
	(void)data;
	bufferevent_free(bev);
}

static void
echo_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *peer, int length, void *base)
{
	struct bufferevent *bev = bufferevent_socket_new(base, fd,
	    BEV_OPT_CLOSE_ON_FREE);
	int on = 1;

	(void)listener;
	(void)peer;
	(void)length;
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	bufferevent_setcb(bev, echo_read, NULL, echo_end, NULL);
	bufferevent_enable(bev, EV_READ | EV_WRITE);
}

struct raw_client {
	struct event *event;
};

static void
raw_read(evutil_socket_t fd, short what, void *data)
{
	struct raw_client *c = data;
	char input[16384];
	ssize_t n = recv(fd, input, sizeof(input), MSG_DONTWAIT);
	struct slice payload;
	size_t used;

	(void)what;
	if (n > 0 && netstring_read((struct slice){ input, (size_t)n }, 4096,
			 &payload, &used) == NETSTRING_WHOLE &&
	    send(fd, input, used, MSG_NOSIGNAL) == (ssize_t)used)
		return;
	event_free(c->event);
	free(c);
	close(fd);
}

static void
raw_accept(struct evconnlistener *listener, evutil_socket_t fd,
    struct sockaddr *peer, int length, void *base)
{
	struct raw_client *c = calloc(1, sizeof(*c));

	(void)listener;
	(void)peer;
	(void)length;
	c->event = event_new(base, fd, EV_READ | EV_PERSIST, raw_read, c);
	event_add(c->event, NULL);
}

static int
listening(int *port)
{
	struct sockaddr_in in = { .sin_family = AF_INET };
	socklen_t length = sizeof(in);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&in, sizeof(in)) < 0 ||
	    listen(fd, 200) < 0 ||
	    getsockname(fd, (struct sockaddr *)&in, &length) < 0)
		die("listen");
	*port = ntohs(in.sin_port);
	return fd;
}

static void
start_echo(struct server *s, evconnlistener_cb on_accept)
{
	int fd = listening(&s->port);
	struct event_base *base;

	s->pid = fork();
	if (s->pid != 0) {
		close(fd);
		return;
	}
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	base = event_base_new();
	evutil_make_socket_nonblocking(fd);
	evconnlistener_new(base, on_accept, base, 0, 0, fd);
	event_base_dispatch(base);
	_exit(0);
}

/* ---- the others ---- */

static int
free_port(void)
{
	int port;

	close(listening(&port));
	return port;
}

static void
wait_for(const struct server *s)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)s->port) };
	double end = now_ms() + SETTLE_MS;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	while (now_ms() < end) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		const struct timespec pause = { 0, 20000000 };
		int rc = connect(fd, (struct sockaddr *)&in, sizeof(in));

		close(fd);
		if (rc == 0)
			return;
		nanosleep(&pause, NULL);
	}
	errno = ETIMEDOUT;
	die(s->name);
}

static void
spawn(struct server *s, char *const *argv)
{
	char path[128];

	s->pid = fork();
	if (s->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		snprintf(path, sizeof(path), "%s/%s.out", folder, s->name);
		if (freopen(path, "w", stderr) == NULL ||
		    freopen("/dev/null", "w", stdout) == NULL)
			_exit(126);
		execvp(argv[0], argv);
		_exit(127);
	}
	wait_for(s);
}

static FILE *
make_file(const char *name, char path[128])
{
	FILE *file;

	snprintf(path, 128, "%s/%s", folder, name);
	file = fopen(path, "w");
	if (file == NULL)
		die(path);
	return file;
}

static void
start_daemon(struct server *s, unsigned rows)
{
	static char program[256], path[128], front[] = "-f", config[] = "-c";
	char *argv[] = { program, front, config, path, NULL };
	FILE *file = make_file("destinations", path);

	snprintf(program, sizeof(program), "%s", daemon_program());

	for (unsigned i = 0; i < rows; i++)
		fprintf(file, "customer%u.example @all\n", i);
	fclose(file);
	file = make_file("enforcetls.conf", path);
	s->port = free_port();
	fprintf(file, "format = 1;\nmode = \"enforce\";\nuser = \"root\";\n"
	    "state = \"%s\";\nlog = { };\n"
	    "milter = { listen = \"unix:%s/milter.sock\"; };\n"
	    "map = { listen = [ \"inet:127.0.0.1:%d\" ]; };\n"
	    "tables = [ \"%s/destinations\" ];\n"
	    "partners = ( { name = \"all\"; domains = [ \"all.example\" ];\n"
	    "  outbound = { level = \"verify\"; names = "
	    "[ \"mx1.all.example\" ];\n"
	    "  min_tls = \"1.2\"; stage = \"defer\"; }; } );\n", folder,
	    folder, s->port, folder);
	fclose(file);
	spawn(s, argv);
}

/*
 * The resolver as Debian installs it. Its policies are cached in SQLite, so it
 * sends no DNS query.
 */
static void
fill_resolver(const char *cache, unsigned rows)
{
	static char path[128];
	char command[512];
	FILE *file = make_file("resolver.sql", path);

	fputs("create table sts_policy_cache (domain text, ts integer, "
	    "pol_id text, pol_body text);\n"
	    "create unique index sts_policy_domain on sts_policy_cache "
	    "(domain);\nbegin;\n", file);
	for (unsigned i = 0; i < QUESTIONS; i++)
		fprintf(file, "insert or ignore into sts_policy_cache values "
		    "('customer%llu.example', strftime('%%s','now'), 'a', "
		    "'{\"mode\": \"enforce\", \"max_age\": 31557600, "
		    "\"mx\": [\"mx1.all.example\"]}');\n",
		    (unsigned long long)i * 2654435761u % rows);
	fputs("commit;\n", file);
	fclose(file);
	snprintf(command, sizeof(command), "python3 -c 'import sqlite3, sys; "
	    "sqlite3.connect(sys.argv[1]).executescript(open(sys.argv[2])"
	    ".read())' %s %s", cache, path);
	if (system(command) != 0)
		die("filling the resolver's cache");
	unlink(path);
}

static void
start_resolver(struct server *s, unsigned rows)
{
	static char program[] = "mta-sts-daemon", config[] = "-c",
	    path[128], verbosity[] = "-v", level[] = "error";
	char *argv[] = { program, config, path, verbosity, level, NULL };
	char cache[128];
	FILE *file;

	if (system("command -v mta-sts-daemon >/dev/null 2>&1") != 0) {
		puts("# resolver: not installed, left out");
		return;
	}
	snprintf(cache, sizeof(cache), "%s/resolver.db", folder);
	fill_resolver(cache, rows);
	file = make_file("resolver.yml", path);
	s->port = free_port();
	fprintf(file, "host: 127.0.0.1\nport: %d\ncache_grace: 31557600\n"
	    "cache:\n  type: sqlite\n  options:\n    filename: \"%s\"\n"
	    "default_zone:\n  strict_testing: false\n  timeout: 4\n",
	    s->port, cache);
	fclose(file);
	spawn(s, argv);
}

/* ---- asking ---- */

static void
set_exchange(struct exchange *x, const char *key, const char *answer)
{
	char request[64];
	int n = snprintf(request, sizeof(request), "enforcetls %s", key);
	struct slice question = { request, (size_t)n };

	x->question_n = netstring_write(question, x->question,
	    sizeof(x->question));
	x->answer_n = netstring_write(answer == NULL ? question :
	    slice_of(answer), x->answer, sizeof(x->answer));
	if (x->question_n == 0 || x->answer_n == 0)
		die("an exchange does not fit");
}

/* Keys from all parts of the table, half of them in upper case. */
static void
make_exchanges(struct server *s, unsigned rows, const char *known)
{
	s->exchanges = calloc(QUESTIONS, sizeof(*s->exchanges));
	for (unsigned i = 0; i < QUESTIONS; i++) {
		char key[40];
		unsigned row = (unsigned)((unsigned long long)i * 2654435761u
		    % rows);

		snprintf(key, sizeof(key), i % 2 == 0 ?
		    "customer%u.example" : "Customer%u.EXAMPLE", row);
		set_exchange(&s->exchanges[i], key, known);
	}
}

struct asker {
	int fd;
	unsigned next;
	size_t got;
	char answer[80];
};

static struct asker askers[CONNECTIONS];

static void
ask(const struct server *s, struct asker *a)
{
	const struct exchange *x = &s->exchanges[a->next];

	a->got = 0;
	if (send(a->fd, x->question, x->question_n, MSG_NOSIGNAL) !=
	    (ssize_t)x->question_n)
		die(s->name);
}

/* Whether the answer has arrived; exits if it is wrong. */
static bool
receive(const struct server *s, struct asker *a)
{
	const struct exchange *x = &s->exchanges[a->next];
	ssize_t n = recv(a->fd, a->answer + a->got,
	    sizeof(a->answer) - a->got, MSG_DONTWAIT);

	if (n <= 0)
		die(s->name);
	a->got += (size_t)n;
	if (a->got < x->answer_n)
		return false;
	if (a->got != x->answer_n ||
	    memcmp(a->answer, x->answer, a->got) != 0) {
		fprintf(stderr, "bench_map: %s: came %.*s, wanted %.*s\n",
		    s->name, (int)a->got, a->answer, (int)x->answer_n,
		    x->answer);
		exit(1);
	}
	return true;
}

static double
cpu_of(const struct server *s)
{
	struct daemon d = { .pid = s->pid };

	return (double)daemon_cpu_us(&d);
}

static void
open_askers(const struct server *s, unsigned count, int poll)
{
	struct sockaddr_in in = { .sin_family = AF_INET,
		.sin_port = htons((unsigned short)s->port) };
	int on = 1;

	in.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	for (unsigned i = 0; i < count; i++) {
		struct asker *a = &askers[i];
		struct epoll_event event = { .events = EPOLLIN,
			.data.ptr = a };

		a->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		a->next = i * 37 % QUESTIONS;
		if (connect(a->fd, (struct sockaddr *)&in, sizeof(in)) < 0)
			die(s->name);
		setsockopt(a->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		epoll_ctl(poll, EPOLL_CTL_ADD, a->fd, &event);
	}
}

static void
measure(struct server *s, unsigned at, unsigned round, double seconds)
{
	unsigned count = counts[at];
	int poll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event events[CONNECTIONS];
	unsigned long answers = 0;
	double begun, end, cpu;

	open_askers(s, count, poll);
	cpu = cpu_of(s);
	begun = now_ms();
	end = begun + seconds * 1000;
	for (unsigned i = 0; i < count; i++)
		ask(s, &askers[i]);
	while (now_ms() < end) {
		int n = epoll_wait(poll, events, CONNECTIONS, 5000);

		if (n <= 0)
			die(s->name);
		for (int i = 0; i < n; i++) {
			struct asker *a = events[i].data.ptr;

			if (!receive(s, a))
				continue;
			answers++;
			a->next = (a->next + 1) % QUESTIONS;
			ask(s, a);
		}
	}
	end = now_ms();
	s->rate[at][round] = (double)answers * 1000 / (end - begun);
	s->cpu_us[at][round] = (cpu_of(s) - cpu) / (double)answers;
	for (unsigned i = 0; i < count; i++)
		close(askers[i].fd);
	close(poll);
}

/* ---- the report ---- */

static int
compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

static double
median(double values[ROUNDS])
{
	qsort(values, ROUNDS, sizeof(values[0]), compare);
	return values[ROUNDS / 2];
}

static void
report(struct server *servers, size_t count)
{
	printf("%-10s %12s %12s %12s\n", "answers/s", "1 conn", "16", "100");
	for (size_t i = 0; i < count; i++) {
		struct server *s = &servers[i];

		if (s->pid == 0)
			continue;
		printf("%-10s", s->name);
		for (unsigned at = 0; at < COUNTS; at++)
			printf(" %12.0f", median(s->rate[at]));
		printf("\n%-10s", "  of echo");
		for (unsigned at = 0; at < COUNTS; at++)
			printf(" %12.2f", median(s->rate[at]) /
			    median(servers[0].rate[at]));
		printf("\n%-10s", "  CPU us");
		for (unsigned at = 0; at < COUNTS; at++)
			printf(" %12.2f", median(s->cpu_us[at]));
		putchar('\n');
	}
}

static void
clean_up(struct server *servers, size_t count)
{
	static const char *const names[] = { "destinations",
		"enforcetls.conf", "resolver.yml", "enforcetlsd.out",
		"resolver.out", "resolver.db", "resolver.db-wal",
		"resolver.db-shm", "milter.sock", "milter.sock.lock" };
	char path[128];

	for (size_t i = 0; i < count; i++) {
		if (servers[i].pid > 0) {
			kill(servers[i].pid, SIGTERM);
			waitpid(servers[i].pid, NULL, 0);
		}
		free(servers[i].exchanges);
	}
	for (size_t i = 0; i < COUNT_OF(names); i++) {
		snprintf(path, sizeof(path), "%s/%s", folder, names[i]);
		unlink(path);
	}
	rmdir(folder);
}

int
main(int argc, char **argv)
{
	struct server servers[] = { { .name = "echo" }, { .name = "raw" },
		{ .name = "enforcetlsd" }, { .name = "resolver" } };
	enum { SERVERS = COUNT_OF(servers) };
	long rows = 1000000, seconds = 2;

	if ((argc > 1 && !slice_int(slice_of(argv[1]), 1, 10000000, &rows)) ||
	    (argc > 2 && !slice_int(slice_of(argv[2]), 1, 60, &seconds))) {
		fputs("usage: bench_map [ROWS [SECONDS]]\n", stderr);
		return 2;
	}
	if (mkdtemp(folder) == NULL)
		die(folder);
	signal(SIGPIPE, SIG_IGN);
	start_echo(&servers[0], echo_accept);
	start_echo(&servers[1], raw_accept);
	start_daemon(&servers[2], (unsigned)rows);
	start_resolver(&servers[3], (unsigned)rows);
	make_exchanges(&servers[0], (unsigned)rows, NULL);
	make_exchanges(&servers[1], (unsigned)rows, NULL);
	make_exchanges(&servers[2], (unsigned)rows,
	    "OK secure match=mx1.all.example protocols=>=TLSv1.2 "
	    "servername=hostname");
	make_exchanges(&servers[3], (unsigned)rows,
	    "OK secure match=mx1.all.example servername=hostname");
	printf("# %ld rows, %d rounds of %ld s\n", rows, ROUNDS, seconds);
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned at = 0; at < COUNTS; at++)
			for (size_t i = 0; i < SERVERS; i++)
				if (servers[i].pid != 0)
					measure(&servers[i], at, round,
					    (double)seconds);
	report(servers, SERVERS);
	clean_up(servers, SERVERS);
	return 0;
}
