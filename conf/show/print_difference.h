/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_difference - what a new policy does otherwise, on a page
 */
#ifndef CONF_SHOW_PRINT_DIFFERENCE_H
#define CONF_SHOW_PRINT_DIFFERENCE_H

#include <jansson.h>
#include <stdio.h>

/* Prints the object of loss_json(): counts, then losses first what differs, the
 * same change of several keys as one line. What does not fit the page is
 * counted. */
void print_difference(const json_t *difference, FILE *out);

/* Prints how the loss, if there is any, is taken: its digest, and the command
 * that does it; NULL: nothing is printed. */
void print_loss_command(const json_t *difference, const char *command,
    FILE *out);
#endif
