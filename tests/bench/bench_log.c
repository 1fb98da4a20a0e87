/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * bench_log - how long a record of the decision log takes to be written, with a
 * key and without
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "milter/log/logfile.h"

enum { RECORDS = 200000, BATCH = 256, RECORD = 900, ROUNDS = 5 };

static double
seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

/* Microseconds a record. */
static double
measure(const char *path, const struct logkey *key)
{
	static char record[RECORD];
	struct slice records[BATCH];
	struct logfile *file;
	struct err e;
	size_t cut, done;
	double begun;

	memset(record, 'x', sizeof(record));
	memcpy(record, "{\"r\":\"", 6);
	record[RECORD - 1] = '"';
	for (size_t i = 0; i < BATCH; i++)
		records[i] = (struct slice){ record, RECORD };
	unlink(path);
	file = logfile_open(path, NULL, &cut, &e);
	if (file == NULL)
		abort();
	logfile_set_key(file, key);
	begun = seconds();
	for (size_t i = 0; i < RECORDS; i += BATCH)
		if (logfile_append(file, records, BATCH, &done, &e) < 0)
			abort();
	begun = seconds() - begun;
	logfile_close(&file);
	unlink(path);
	return begun * 1e6 / RECORDS;
}

int
main(int argc, char **argv)
{
	const char *path = argc > 1 ? argv[1] : "/tmp/bench_log.jsonl";
	struct logkey key;
	struct err e;

	if (logkey_make(&key, &e) < 0)
		return 1;
	for (int i = 0; i < ROUNDS; i++) {
		double plain = measure(path, NULL);
		double keyed = measure(path, &key);

		printf("a record: %.2f us, keyed %.2f us, ratio %.2f\n", plain,
		    keyed, keyed / plain);
	}
	return 0;
}
