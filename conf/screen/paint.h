/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * paint - words in colour, where the stream is a terminal that has colours
 *
 * A colour only repeats what the word says. What is printed as text can never
 * ask for one: the colour reaches the stream beside the text, so nothing that
 * comes from outside paints.
 */
#ifndef CONF_SCREEN_PAINT_H
#define CONF_SCREEN_PAINT_H

#include <stdbool.h>
#include <stdio.h>

enum paint {
	PAINT_NONE,
	PAINT_GOOD,                     /* passes, acts, is as it should be */
	PAINT_CARE,                     /* not known, not yet, look at it */
	PAINT_BAD                       /* fails, was refused, is wrong */
};

/* Prints text on a stream of conf/screen/cleanstream.h; another one has no
 * colours. */
void paint(FILE *out, enum paint colour, const char *text);

/* Of a verdict ("fail"), an action ("defer") and a stage ("log-only"), by the
 * word for it; NONE for another word, or NULL. */
enum paint paint_of_verdict(const char *word);
enum paint paint_of_action(const char *word);
enum paint paint_of_stage(const char *word);

/* For the streams. Whether one of them has colours; and the one that what is
 * written now has. */
void paint_wanted(bool wanted);
enum paint paint_now(void);
#endif
