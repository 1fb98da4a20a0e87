/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_decision - a record of the decision log as one line for people
 */
#ifndef CONF_SHOW_PRINT_DECISION_H
#define CONF_SHOW_PRINT_DECISION_H

#include <jansson.h>
#include <stdio.h>

/* Prints a record of any kind: when, its reference, what was asked, what was
 * proven, what was done, and of which mail. */
void print_decision(const json_t *record, FILE *out);
#endif
