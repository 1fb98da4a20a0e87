/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * err - one failure of the outside, told in one sentence
 *
 * Who notices a failure fills it; who knows the audience prints it. Nobody
 * does both.
 */
#ifndef POLICY_BASE_ERR_H
#define POLICY_BASE_ERR_H

struct err {
	char file[256];         /* "" when no file is at fault */
	unsigned line;          /* 0 when no line is */
	int number;             /* the errno of what failed; 0: of nothing */
	char text[512];         /* what is wrong and what to do about it */
};

/* Fills e, which may be NULL, and returns -1. */
int err_set(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, naming a place. */
int err_at(struct err *e, const char *file, unsigned line,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same, with ": " and the text of errno added. */
int err_errno(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* As err_set(), for who asks what kind of failure it was: number is the errno
 * that names it. */
int err_kind(struct err *e, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#endif
