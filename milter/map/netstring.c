/* SPDX-License-Identifier: BSD-2-Clause */
#include "config.h"

#include "milter/map/netstring.h"

enum netstring
netstring_read(struct slice input, size_t longest, struct slice *payload,
    size_t *used)
{
	size_t length = 0, i = 0;

	for (; i < input.n && input.p[i] >= '0' && input.p[i] <= '9'; i++) {
		/* "0" is a length; "01" is not. */
		if (i > 0 && length == 0)
			return NETSTRING_BAD;
		length = length * 10 + (size_t)(input.p[i] - '0');
		if (length > longest)
			return NETSTRING_BAD;
	}
	if (i == input.n)
		return NETSTRING_MORE;
	if (i == 0 || input.p[i] != ':')
		return NETSTRING_BAD;
	i++;
	if (input.n - i <= length)
		return NETSTRING_MORE;
	if (input.p[i + length] != ',')
		return NETSTRING_BAD;
	*payload = slice_head(slice_from(input, i), length);
	*used = i + length + 1;
	return NETSTRING_WHOLE;
}

size_t
netstring_write(struct slice payload, char *out, size_t size)
{
	char digits[NETSTRING_FRAME];
	int n = snprintf(digits, sizeof(digits), "%zu:", payload.n);

	if (n < 0 || n >= NETSTRING_FRAME ||
	    payload.n + (size_t)n + 1 > size)
		return 0;
	memcpy(out, digits, (size_t)n);
	if (payload.n > 0)
		memcpy(out + n, payload.p, payload.n);
	out[(size_t)n + payload.n] = ',';
	return (size_t)n + payload.n + 1;
}
