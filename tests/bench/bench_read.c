/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_read - measures how long it takes to read a policy
 *
 * Compares partners in libconfig syntax with libconfig's parse of the same
 * file, both with the release of memory, in turn; then reads a text table.
 * Measures CPU time, which depends less on other load. Asserts that the
 * policies load, and nothing about time.
 *
 * bench_read [PARTNERS [ROWS [ROUNDS]]]
 */
#include "config.h"

#include <malloc.h>
#include <time.h>
#include <unistd.h>

#include <libconfig.h>

#include "conf/file/read.h"

enum { ROUNDS = 64 };

static double
cpu_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void
die(const char *what)
{
	perror(what);
	exit(1);
}

static FILE *
create(const char *folder, const char *name, char path[128])
{
	FILE *out;

	snprintf(path, 128, "%s/%s", folder, name);
	out = fopen(path, "w");
	if (out == NULL)
		die(path);
	return out;
}

static void
write_partners(FILE *out, long count)
{
	fputs("format = 1;\nmode = \"enforce\";\nlog = { syslog = true; };\n"
	    "partners = (\n", out);
	for (long i = 0; i < count; i++)
		fprintf(out, "%s  { name = \"partner%ld\";\n"
		    "    domains = [ \"p%ld.example\", \".p%ld.example\" ];\n"
		    "    inbound = { level = \"encrypt\"; stage = "
		    "\"defer\"; };\n    owner = \"mail@corp.example\"; }",
		    i == 0 ? "" : ",\n", i, i, i);
	fputs("\n);\n", out);
	if (fclose(out) != 0)
		die("partners");
}

static void
write_table(FILE *out, long rows)
{
	for (long i = 0; i < rows; i++)
		fprintf(out, "host%ld.partner%ld.example regulated\n", i,
		    i % 5000);
	if (fclose(out) != 0)
		die("table");
}

static double
parse_alone(const char *path)
{
	double start = cpu_ms();
	config_t config;

	config_init(&config);
	if (config_read_file(&config, path) != CONFIG_TRUE) {
		fprintf(stderr, "%s: %s\n", path, config_error_text(&config));
		exit(1);
	}
	config_destroy(&config);
	malloc_trim(0);
	return cpu_ms() - start;
}

/* The release of the policy itself is not counted. */
static double
read_policy(const char *path, size_t keys, size_t *bytes)
{
	struct problems *problems = problems_create();
	double start = cpu_ms(), took;
	struct policy *policy = policy_read(path, problems);

	malloc_trim(0);
	took = cpu_ms() - start;
	problems_print(problems, stderr);
	if (policy == NULL || table_keys(policy->table) != keys) {
		fprintf(stderr, "%s: not the policy that was written\n", path);
		exit(1);
	}
	*bytes = table_bytes(policy->table);
	policy_destroy(&policy);
	problems_destroy(&problems);
	malloc_trim(0);
	return took;
}

static int
by_value(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static double
median(double *list, long n)
{
	qsort(list, (size_t)n, sizeof(*list), by_value);
	return list[n / 2];
}

static void
bench_partners(const char *path, long count, long rounds)
{
	double alone[ROUNDS], ours[ROUNDS], a, b;
	size_t bytes = 0;

	for (long i = 0; i < rounds; i++) {
		alone[i] = parse_alone(path);
		ours[i] = read_policy(path, (size_t)count * 2, &bytes);
	}
	a = median(alone, rounds);
	b = median(ours, rounds);
	printf("partners %ld: libconfig alone %.1f ms, policy_read %.1f ms, "
	    "ratio %.2f; %zu bytes a partner\n", count, a, b, b / a,
	    bytes / (size_t)count);
}

static void
bench_table(const char *path, long rows, long rounds)
{
	double took[ROUNDS];
	size_t bytes = 0;

	for (long i = 0; i < rounds; i++)
		took[i] = read_policy(path, (size_t)rows, &bytes);
	printf("table %ld rows: policy_read %.1f ms, %.1f bytes a row\n",
	    rows, median(took, rounds), (double)bytes / (double)rows);
}

int
main(int argc, char **argv)
{
	long partners = argc > 1 ? atol(argv[1]) : 100000;
	long rows = argc > 2 ? atol(argv[2]) : 1000000;
	long rounds = argc > 3 ? atol(argv[3]) : 5;
	char folder[] = "/tmp/enforcetls-bench.XXXXXX";
	char a[128], b[128], c[128];
	FILE *out;

	if (partners < 1 || rows < 1 || rounds < 1 || rounds > ROUNDS ||
	    mkdtemp(folder) == NULL)
		die("usage: bench_read [PARTNERS [ROWS [ROUNDS]]]");
	write_partners(create(folder, "partners.conf", a), partners);
	write_table(create(folder, "rows", b), rows);
	out = create(folder, "table.conf", c);
	fputs("format = 1;\nmode = \"enforce\";\nlog = { syslog = true; };\n"
	    "tables = [ \"rows\" ];\nprofiles = ( { name = \"regulated\";\n"
	    "  entry = { level = \"encrypt\"; stage = \"defer\"; }; } );\n",
	    out);
	if (fclose(out) != 0)
		die(c);
	bench_partners(a, partners, rounds);
	bench_table(c, rows, rounds);
	unlink(a);
	unlink(b);
	unlink(c);
	return rmdir(folder) == 0 ? 0 : 1;
}
