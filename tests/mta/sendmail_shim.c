/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * sendmail_shim - keeps a private Sendmail within its folder
 *
 * Preloaded by tests/mta/sendmail.py. Sendmail's syslog messages go to the file
 * in SHIM_LOG. Every host name resolves to 127.0.0.1, so that mail for any test
 * domain reaches the sink without a name server. The SASL library reads its
 * settings from the folder in SHIM_SASL.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#define SASL_PATH_TYPE_CONFIG 1

/* The SASL library's function for this; absent if Sendmail lacks SASL. */
extern int sasl_set_path(int type, char *path) __attribute__((weak));

/* Sendmail clears its environment, so it is read before main(). */
static char log_path[4096];
static char sasl_path[4096];
static char own_name[256];

static void
keep(char *to, size_t size, const char *variable)
{
	const char *value = getenv(variable);

	snprintf(to, size, "%s", value != NULL ? value : "");
}

__attribute__((constructor)) static void
begin(void)
{
	keep(log_path, sizeof(log_path), "SHIM_LOG");
	keep(sasl_path, sizeof(sasl_path), "SHIM_SASL");
	keep(own_name, sizeof(own_name), "SHIM_NAME");
	if (sasl_path[0] != '\0' && sasl_set_path != NULL)
		sasl_set_path(SASL_PATH_TYPE_CONFIG, sasl_path);
}

static void
log_line(const char *format, va_list values)
{
	time_t now = time(NULL);
	char line[8192];
	int fd, head, n;
	struct tm tm;

	if (log_path[0] == '\0')
		return;
	fd = open(log_path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0644);
	if (fd == -1)
		return;
	/* As syslogd writes it. */
	head = (int)strftime(line, sizeof(line), "%b %e %H:%M:%S mx ",
	    localtime_r(&now, &tm));
	head += snprintf(line + head, sizeof(line) - (size_t)head,
	    "sendmail[%ld]: ", (long)getpid());
	n = vsnprintf(line + head, sizeof(line) - (size_t)head - 1, format,
	    values);
	if (n >= 0) {
		size_t end = strlen(line);

		line[end++] = '\n';
		/* One write for each line: processes share the file. */
		if (write(fd, line, end) == -1)
			(void)end;
	}
	close(fd);
}

void
syslog(int priority, const char *format, ...)
{
	va_list values;

	(void)priority;
	va_start(values, format);
	log_line(format, values);
	va_end(values);
}

void
vsyslog(int priority, const char *format, va_list values)
{
	(void)priority;
	log_line(format, values);
}

void
__syslog_chk(int priority, int flag, const char *format, ...)
{
	va_list values;

	(void)priority;
	(void)flag;
	va_start(values, format);
	log_line(format, values);
	va_end(values);
}

void
__vsyslog_chk(int priority, int flag, const char *format, va_list values)
{
	(void)priority;
	(void)flag;
	log_line(format, values);
}

void
openlog(const char *ident, int option, int facility)
{
	(void)ident;
	(void)option;
	(void)facility;
}

int
gethostname(char *name, size_t size)
{
	return snprintf(name, size, "%s", own_name) < 0 ? -1 : 0;
}

struct hostent *
gethostbyname2(const char *name, int family)
{
	static char text[256];
	static char address[4] = { 127, 0, 0, 1 };
	static char *addresses[2] = { address, NULL };
	static char *aliases[1] = { NULL };
	static struct hostent host;

	if (family != AF_INET) {
		h_errno = NO_DATA;
		return NULL;
	}
	snprintf(text, sizeof(text), "%s", name);
	host.h_name = text;
	host.h_aliases = aliases;
	host.h_addrtype = AF_INET;
	host.h_length = 4;
	host.h_addr_list = addresses;
	return &host;
}

struct hostent *
gethostbyaddr(const void *address, socklen_t size, int family)
{
	static const unsigned char loopback[4] = { 127, 0, 0, 1 };

	if (family == AF_INET && size == 4 && !memcmp(address, loopback, 4))
		return gethostbyname2("localhost", AF_INET);
	h_errno = HOST_NOT_FOUND;
	return NULL;
}

static int
no_name_server(void)
{
	h_errno = HOST_NOT_FOUND;
	errno = ECONNREFUSED;
	return -1;
}

int
res_query(const char *name, int class, int type, unsigned char *answer,
    int size)
{
	(void)name, (void)class, (void)type, (void)answer, (void)size;
	return no_name_server();
}

int
res_search(const char *name, int class, int type, unsigned char *answer,
    int size)
{
	(void)name, (void)class, (void)type, (void)answer, (void)size;
	return no_name_server();
}

int
res_querydomain(const char *name, const char *domain, int class, int type,
    unsigned char *answer, int size)
{
	(void)name, (void)domain, (void)class, (void)type, (void)answer;
	(void)size;
	return no_name_server();
}
