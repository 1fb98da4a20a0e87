/* SPDX-License-Identifier: BSD-2-Clause */
/*
 * logwriter - a thread that writes lines to somebody who may not read them
 *
 * syslog's socket and a pipe on standard error are read by other programs. One
 * that stops reading makes a write wait for ever, and a thread that waits there
 * serves no mail and ends at no signal. So lines go through a bounded queue to
 * a thread that may wait; those that find no room are counted.
 */
#ifndef MILTER_LOG_LOGWRITER_H
#define MILTER_LOG_LOGWRITER_H

#include <stdbool.h>
#include <stdint.h>

#include "policy/base/err.h"
#include "policy/base/slice.h"

struct logwriter;

/*
 * Starts a writer whose queue holds up to bound octets. It calls write for each
 * line, with the tag that the line was added with, and the number of lines that
 * were dropped since the last call. Returns new; it stays until the process
 * ends, because any thread may log until then. NULL with e filled when there is
 * no thread to be had.
 */
struct logwriter *logwriter_start(size_t bound,
    void (*write)(int tag, const char *text, uint64_t dropped),
    struct err *e);

/* Copies text to the end of the queue; false: it found no room and is dropped.
 * Never waits for the reader. Any thread. */
bool logwriter_add(struct logwriter *writer, int tag, struct slice text);

/* Waits up to ms until all is written; false: the thread still waits for its
 * reader. */
bool logwriter_flush(struct logwriter *writer, unsigned ms);
#endif
