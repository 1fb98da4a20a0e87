/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * print_application - who sends through this server, as JSON and as a table
 */
#ifndef CONF_SERVICES_PRINT_APPLICATION_H
#define CONF_SERVICES_PRINT_APPLICATION_H

#include <jansson.h>
#include <stdio.h>

#include "policy/usage/applications.h"

/* Returns new: one application. now is in seconds since 1970. */
json_t *print_application_json(const struct policy *policy,
    const struct application *app, int64_t now);

/* "login billing, 3 clients" for such an object. */
void print_application_who(const json_t *app, struct text *out);
/* How its recipients came: "TLS 1.3 12, clear 3". */
void print_application_tls(const json_t *app, bool counted, struct text *out);
/* Prints the certificates that it showed, each line beginning with indent. */
void print_application_certificates(const json_t *app, const char *indent,
    FILE *out);

/* Prints a list of such objects as a table; nothing for an empty one. */
void print_applications(const json_t *list, FILE *out);
#endif
