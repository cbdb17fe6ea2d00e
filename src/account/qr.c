/* account/qr.c: a QR code in half-block characters: two rows of modules a line of text. */
#include "account/account.h"

#include <qrencode.h>

#define QUIET 4 /* modules of light border that the standard asks for */

static bool is_light(const QRcode *code, int x, int y)
{
	if (x < 0 || y < 0 || x >= code->width || y >= code->width)
		return true;
	return (code->data[y * code->width + x] & 1) == 0;
}

/* Light modules are drawn, dark ones left out: right on a dark terminal; whoever prints may set the colours. */
err_t certificate_qr(const char *text, struct buf *out)
{
	static const char *const halves[4] = {" ", "\xE2\x96\x84", "\xE2\x96\x80", "\xE2\x96\x88"}; /* none, lower, upper, both */
	QRcode *code = QRcode_encodeString8bit(text, 0, QR_ECLEVEL_M);
	if (code == NULL)
		return ERR_TOO_LARGE;
	for (int y = -QUIET; y < code->width + QUIET; y += 2) {
		for (int x = -QUIET; x < code->width + QUIET; x++)
			buf_add_str(out, halves[(is_light(code, x, y) ? 2 : 0) + (is_light(code, x, y + 1) ? 1 : 0)]);
		buf_add_char(out, '\n');
	}
	QRcode_free(code);
	return out->error;
}
