/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * problems - the errors, warnings of a policy file, in the order found
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
	const char *file;               /* borrows from the list */
	unsigned line;                  /* 0: the whole file */
	const char *text;               /* the same; "partners[3].level: ..." */
};

struct problems;

/* Returns new; goes with problems_destroy(). */
struct problems *problems_create(void);
void problems_destroy(struct problems **problems);

/* Adds a problem; file may be NULL. After a thousand of one severity they are
 * only counted. */
void problems_add(struct problems *problems, enum severity severity,
    const char *file, unsigned line, const char *format, ...)
    __attribute__((format(printf, 5, 6)));
void problems_vadd(struct problems *problems, enum severity severity,
    const char *file, unsigned line, const char *format, va_list args)
    __attribute__((format(printf, 5, 0)));

/* Whether further problems of this severity are only counted: then the caller
 * need not determine their place. */
bool problems_full(const struct problems *problems, enum severity severity);

/* How many were found. */
size_t problems_errors(const struct problems *problems);
size_t problems_warnings(const struct problems *problems);
/* How many are in the list, and the i-th of them. Borrows. */
size_t problems_count(const struct problems *problems);
const struct problem *problems_get(const struct problems *problems,
    size_t i);

const char *severity_name(enum severity severity);
/* Prints "FILE:LINE: error: TEXT" and a newline; bytes from outside are
 * escaped. */
void problem_print(const struct problem *problem, FILE *out);
/* Prints all of them, then how many were only counted. */
void problems_print(const struct problems *problems, FILE *out);
#endif
