/* SPDX-License-Identifier: Apache-2.0 */
/* unwrap-rtf: reads RTF on standard input; prints "alone", "html" or "text" on a line of its own, then what lies in it. */
#include <stdio.h>

#include "format/mail/rtf.h"

int main(void)
{
	static const char *const name[] = { [RTF_ALONE] = "alone", [RTF_OF_HTML] = "html", [RTF_OF_TEXT] = "text" };
	enum { PIECE = 65536 };
	struct buffer rtf = { 0 }, out = { 0 };
	size_t got;
	while ((got = fread(buffer_reserve(&rtf, PIECE), 1, PIECE, stdin)) > 0)
		rtf.length += got;
	printf("%s\n", name[rtf_unwrap(rtf.data, rtf.length, &out)]);
	fwrite(out.data, 1, out.length, stdout);
	buffer_free(&rtf);
	buffer_free(&out);
	return 0;
}
