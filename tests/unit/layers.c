/* SPDX-License-Identifier: Apache-2.0 */
/* layers.c: what lies encoded in content is found with its place, in any order of layers, within bounds; damaged layers give what comes before the damage. */
#include "detect/layers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include <cmocka.h>

#include "base/memory.h"
#include "base/text.h"
#include "detect/filetype.h"
#include "reader/vba.h"
#include "tests/unit/ole_builder.h"

static const char needle[] = "The needle that is looked for lies here, behind some words that make it long enough.";

struct seen { struct buffer ways; unsigned count, needles; uint64_t offset, length; };

static void on_layer(void *owner, const struct layer *l)
{
	struct seen *s = owner;
	buffer_format(&s->ways, "%s ", l->way);
	s->count++;
	if (memmem(l->bytes, l->size, needle, sizeof needle - 1)) {
		s->needles++;
		s->offset = l->offset;
		s->length = l->length;
	}
}

static struct seen look(const void *bytes, size_t length)
{
	struct seen s = { 0 };
	assert_null(layers_look(bytes, length, filetype_of(bytes, length), on_layer, &s));
	for (size_t cut = 0; cut < length && length < 5000; cut += 1 + length / 200) {
		struct seen none = { 0 };
		uint8_t *exact = memory_copy(bytes, cut);
		(void)layers_look(exact, cut, filetype_of(bytes, length), on_layer, &none);
		buffer_free(&none.ways);
		free(exact);
	}
	(void)buffer_string(&s.ways);
	return s;
}

static void check(const void *bytes, size_t length, const char *ways, unsigned needles)
{
	struct seen s = look(bytes, length);
	assert_string_equal((const char *)s.ways.data, ways);
	assert_int_equal(s.needles, needles);
	buffer_free(&s.ways);
}

static void base64(struct buffer *out, const void *bytes, size_t length, size_t line)
{
	static const char alphabet[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	const uint8_t *b = bytes;
	size_t written = 0;
	for (size_t i = 0; i < length; i += 3) {
		uint32_t v = (uint32_t)b[i] << 16 | (i + 1 < length ? (uint32_t)b[i + 1] << 8 : 0) | (i + 2 < length ? b[i + 2] : 0);
		for (unsigned k = 0; k < 4; k++) {
			buffer_byte(out, (uint8_t)(k > length - i ? '=' : alphabet[v >> (18 - 6 * k) & 63]));
			if (line && ++written % line == 0)
				buffer_text(out, "\r\n");
		}
	}
}

static void squeeze(struct buffer *out, const void *bytes, size_t length, int window_bits)
{
	z_stream z = { .next_in = (Bytef *)(uintptr_t)bytes, .avail_in = (uInt)length };
	assert_int_equal(deflateInit2(&z, 9, Z_DEFLATED, window_bits, 8, Z_DEFAULT_STRATEGY), Z_OK);
	z.next_out = buffer_reserve(out, length + 200);
	z.avail_out = (uInt)(length + 200);
	assert_int_equal(deflate(&z, Z_FINISH), Z_STREAM_END);
	out->length += z.total_out;
	deflateEnd(&z);
}

static void base64_in_text_is_decoded(void **state)
{
	(void)state;
	struct buffer text = { 0 };
	buffer_text(&text, "set x = \"");
	base64(&text, needle, sizeof needle - 1, 0);
	buffer_text(&text, "\" and a word ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklm.");
	struct seen s = look(text.data, text.length);
	assert_string_equal((const char *)s.ways.data, "base64@0x9 ");
	assert_int_equal(s.offset, 9);
	assert_int_equal(s.length, (sizeof needle - 1) * 4 / 3);
	buffer_free(&s.ways);
	buffer_clear(&text);
	buffer_text(&text, "<html>\n");
	base64(&text, needle, sizeof needle - 1, 76);
	check(text.data, text.length, "base64@0x7 ", 1);
	buffer_free(&text);
}

static void encoded_command_is_read_through_all_its_layers(void **state)
{
	(void)state;
	struct buffer wide = { 0 }, text = { 0 }, squeezed = { 0 }, inner = { 0 };
	for (size_t i = 0; needle[i]; i++)
		buffer_u16le(&wide, (uint8_t)needle[i]);
	buffer_text(&text, "powershell -enc ");
	base64(&text, wide.data, wide.length, 0);
	check(text.data, text.length, "base64@0x10 base64@0x10/utf16@0x0 ", 1);
	/* gzip and raw deflate in base64 in UTF-16 in base64 */
	for (int kind = 0; kind < 2; kind++) {
		buffer_clear(&squeezed), buffer_clear(&inner), buffer_clear(&wide), buffer_clear(&text);
		squeeze(&squeezed, needle, sizeof needle - 1, kind ? -15 : 31);
		buffer_text(&inner, "$s='");
		base64(&inner, squeezed.data, squeezed.length, 0);
		buffer_text(&inner, "'");
		for (size_t i = 0; i < inner.length; i++)
			buffer_u16le(&wide, inner.data[i]);
		buffer_text(&text, "powershell -e ");
		base64(&text, wide.data, wide.length, 0);
		struct seen s = look(text.data, text.length);
		assert_int_equal(s.needles, 1);
		assert_non_null(strstr((const char *)s.ways.data, kind ? "base64@0xe/utf16@0x0/base64.deflate@0x4 " : "base64@0xe/utf16@0x0/base64@0x4/gzip@0x0 "));
		buffer_free(&s.ways);
	}
	buffer_free(&squeezed), buffer_free(&inner), buffer_free(&wide), buffer_free(&text);
}

static void macros_are_decompressed(void **state)
{
	(void)state;
	/* the examples of [MS-OVBA] 3.2: no compression, normal, maximum */
	static const uint8_t none[] = { 1, 0x19, 0xb0, 0, 'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 0, 'i', 'j', 'k', 'l', 'm', 'n', 'o', 'p', 0, 'q', 'r', 's', 't', 'u', 'v', '.' },
		normal[] = { 1, 0x2f, 0xb0, 0, 0x23, 0x61, 0x61, 0x61, 0x62, 0x63, 0x64, 0x65, 0x82, 0x66, 0, 0x70, 0x61, 0x67, 0x68, 0x69, 0x6a, 1, 0x38, 8, 0x61, 0x6b, 0x6c, 0, 0x30, 0x6d, 0x6e, 0x6f, 0x70, 6, 0x71, 2, 0x70, 4,
			0x10, 0x72, 0x73, 0x74, 0x75, 0x76, 0x10, 0x77, 0x78, 0x79, 0x7a, 0, 0x3c },
		most[] = { 1, 3, 0xb0, 2, 0x61, 0x45, 0 };
	struct buffer out = { 0 };
	assert_int_equal(vba_decompress(none, sizeof none, 1 << 20, &out), sizeof none);
	assert_string_equal(buffer_string(&out), "abcdefghijklmnopqrstuv.");
	buffer_clear(&out);
	assert_int_equal(vba_decompress(normal, sizeof normal, 1 << 20, &out), sizeof normal);
	assert_string_equal(buffer_string(&out), "#aaabcdefaaaaghijaaaaaklaaamnopqaaaaaaaaaaaarstuvwxyzaaa");
	buffer_clear(&out);
	assert_int_equal(vba_decompress(most, sizeof most, 1 << 20, &out), sizeof most);
	assert_int_equal(out.length, 73);
	buffer_clear(&out);
	assert_int_equal(vba_decompress((const uint8_t *)"\1\4\xb0\1\0\x30", 6, 1 << 20, &out), 6);     /* copies from before its beginning */
	assert_int_equal(out.length, 0);
	assert_int_equal(vba_decompress((const uint8_t *)"\2\4\xb0\1", 4, 1 << 20, &out), 0);
	buffer_free(&out);
}

static void streams_and_macros_of_documents_are_found(void **state)
{
	(void)state;
	struct ole_built b = { 0 };
	struct buffer module = { 0 }, chunk = { 0 }, file = { 0 }, source = { 0 };
	int vba = ole_build_storage(&b, 0, "VBA");
	buffer_format(&source, "Attribute VB_Name = \"M\"\r\n' %s\r\n", needle);
	for (size_t i = 0; i < source.length; i++) {
		if (i % 8 == 0)
			buffer_byte(&chunk, 0);
		buffer_byte(&chunk, source.data[i]);
	}
	buffer_text(&module, "compiled code, anything");
	buffer_byte(&module, 1);
	buffer_u16le(&module, (uint16_t)(0xb000 | (chunk.length - 1)));
	buffer_append(&module, chunk.data, chunk.length);
	ole_build_stream(&b, vba, "M", module.data, module.length);
	ole_build_finish(&b, &file);
	check(file.data, file.length, "vba:M@0x17 ", 1);
	/* as a layer itself its streams are given, too */
	struct buffer text = { 0 };
	buffer_text(&text, "x ");
	base64(&text, file.data, file.length, 0);
	check(text.data, text.length, "base64@0x2 base64@0x2/ole:M@0x0 base64@0x2/vba:M@0x17 ", 1);
	buffer_free(&text);
	buffer_free(&module), buffer_free(&chunk), buffer_free(&file), buffer_free(&source);
}

static void objects_in_rtf_are_decoded(void **state)
{
	(void)state;
	struct buffer object = { 0 }, text = { 0 };
	buffer_u32le(&object, 0x501), buffer_u32le(&object, 2), buffer_u32le(&object, 8);
	buffer_append(&object, "Package", 8);
	buffer_u32le(&object, 0), buffer_u32le(&object, 0);
	buffer_u32le(&object, sizeof needle - 1);
	buffer_append(&object, needle, sizeof needle - 1);
	buffer_text(&text, "{\\rtf1{\\object\\objemb{\\*\\objdata ");
	size_t from = text.length - 1;
	for (size_t i = 0; i < object.length; i++)
		buffer_format(&text, "%s%02x", i == 9 ? "{\\*\\junk 41}" : i == 20 ? "\\bin0 " : i % 30 == 0 ? "\r\n" : "", object.data[i]);
	buffer_text(&text, "}}text}");
	check(text.data, text.length, "", 0);           /* as a file it is opened */
	struct buffer script = { 0 };
	char ways[160];
	buffer_text(&script, "x ");
	base64(&script, text.data, text.length, 0);
	snprintf(ways, sizeof ways, "base64@0x2 base64@0x2/rtf.object@0x%zx base64@0x2/rtf.object.data@0x%zx ", from, from);
	check(script.data, script.length, ways, 2);
	buffer_free(&object), buffer_free(&text), buffer_free(&script);
}

static void streams_in_pdf_are_inflated(void **state)
{
	(void)state;
	struct buffer squeezed = { 0 }, text = { 0 };
	squeeze(&squeezed, needle, sizeof needle - 1, 15);
	buffer_format(&text, "%%PDF-1.4\n1 0 obj <</Length %zu/Filter/FlateDecode>>stream\r\n", squeezed.length);
	char way[40];
	snprintf(way, sizeof way, "pdf.stream@0x%zx ", text.length);
	buffer_append(&text, squeezed.data, squeezed.length);
	buffer_text(&text, "\nendstream endobj 2 0 obj <</Length 3>>stream\nabc\nendstream\n");
	check(text.data, text.length, way, 1);
	text.data[text.length / 3 * 2] ^= 0x55;          /* damage: no more than what comes before it */
	struct seen s = look(text.data, text.length);
	assert_true(s.count <= 1);
	buffer_free(&s.ways);
	buffer_free(&squeezed), buffer_free(&text);
}

static void a_content_of_layers_only_comes_to_an_end(void **state)
{
	(void)state;
	struct buffer text = { 0 };
	for (int i = 0; i < 2000; i++) {
		base64(&text, needle, sizeof needle - 1, 0);
		buffer_byte(&text, ' ');
	}
	struct seen s = { 0 };
	assert_string_equal(layers_look(text.data, text.length, "text", on_layer, &s), "more than 1024 layers");
	assert_int_equal(s.count, 1024);
	buffer_free(&s.ways);
	/* zeros that grow a thousandfold */
	struct buffer zeros = { 0 }, squeezed = { 0 };
	size_t length = 40 << 20;
	memset(buffer_reserve(&zeros, length), 0, length);
	squeeze(&squeezed, zeros.data, length, 15);
	buffer_clear(&text);
	buffer_text(&text, "%PDF-1.4\n");
	for (int i = 0; i < 4; i++) {
		buffer_text(&text, "<</Filter/FlateDecode>>stream\n");
		buffer_append(&text, squeezed.data, squeezed.length);
		buffer_text(&text, "\nendstream ");
	}
	s = (struct seen){ 0 };
	assert_string_equal(layers_look(text.data, text.length, "pdf", on_layer, &s), "more than 64 MiB in layers");
	assert_true(s.count == 1 || s.count == 2);
	buffer_free(&s.ways);
	buffer_free(&zeros), buffer_free(&squeezed), buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_in_text_is_decoded), cmocka_unit_test(encoded_command_is_read_through_all_its_layers), cmocka_unit_test(macros_are_decompressed),
		cmocka_unit_test(streams_and_macros_of_documents_are_found), cmocka_unit_test(objects_in_rtf_are_decoded), cmocka_unit_test(streams_in_pdf_are_inflated),
		cmocka_unit_test(a_content_of_layers_only_comes_to_an_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
