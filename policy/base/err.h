/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * err - one failure of the outside, in one sentence
 *
 * The function that notices a failure fills it; a caller that knows who reads
 * it prints it. No function does both.
 */
#ifndef POLICY_BASE_ERR_H
#define POLICY_BASE_ERR_H

struct err {
	char file[256];         /* "": no file is at fault */
	unsigned line;          /* 0: no line is */
	int number;             /* an errno; 0: there is no such number */
	char text[512];         /* what is wrong and what to do about it */
};

/* Fills e, which may be NULL, and returns -1. */
int err_set(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* The same, with the place. */
int err_at(struct err *e, const char *file, unsigned line,
    const char *format, ...) __attribute__((format(printf, 4, 5)));
/* The same, with ": " and the text of errno added. */
int err_errno(struct err *e, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* As err_errno(), of a file: the text is that of errno alone. */
int err_file(struct err *e, const char *file);
/* As err_set(), with an errno by which a caller can tell kinds of failure
 * apart. */
int err_kind(struct err *e, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
#endif
