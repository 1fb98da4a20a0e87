/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * problems - everything that is wrong with a policy file, in the order found
 */
#ifndef CONF_SYNTAX_PROBLEMS_H
#define CONF_SYNTAX_PROBLEMS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

enum severity { SEVERITY_ERROR, SEVERITY_WARNING };

struct problem {
	enum severity severity;
	const char *file;               /* owned by the list */
	unsigned line;                  /* 0: the whole file */
	const char *text;               /* "partners[3].level: ..."; owned */
};

struct problems;

/* Returns new; goes with problems_destroy(). */
struct problems *problems_create(void);
void problems_destroy(struct problems **problems);

/* Past a thousand of one severity they are counted, not kept. */
void problems_add(struct problems *problems, enum severity severity,
    const char *file, unsigned line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void problems_vadd(struct problems *problems, enum severity severity,
    const char *file, unsigned line, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));

/* Whether further ones of this severity are only counted: then the caller
 * need not work out where they stand. */
bool problems_full(const struct problems *problems, enum severity severity);

size_t problems_errors(const struct problems *problems);
size_t problems_warnings(const struct problems *problems);
size_t problems_count(const struct problems *problems);  /* kept ones */
const struct problem *problems_get(const struct problems *problems,
    size_t i);

const char *severity_name(enum severity severity);
/* "FILE:LINE: error: TEXT" on a line, bytes from outside escaped. */
void problem_print(const struct problem *problem, FILE *out);
/* All of them, the last lines saying how many were not kept. */
void problems_print(const struct problems *problems, FILE *out);
#endif
