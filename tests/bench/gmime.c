/* SPDX-License-Identifier: Apache-2.0 */
/* gmime MBOX: what a plain program makes of a mailbox with GMime: every message split and parsed; the message as it stands and every leaf part decoded are hashed
 * (SHA-256), a line each. */
#include <gmime/gmime.h>
#include <stdio.h>

static GMimeStream *hashing;
static GChecksum *sum;

/* A stream that hashes what is written to it. */
typedef struct { GMimeStream parent; } HashStream;
typedef struct { GMimeStreamClass parent; } HashStreamClass;
G_DEFINE_TYPE(HashStream, hash_stream, GMIME_TYPE_STREAM)
static ssize_t hash_write(GMimeStream *s, const char *bytes, size_t length)
{
	(void)s;
	g_checksum_update(sum, (const guchar *)bytes, (gssize)length);
	return (ssize_t)length;
}
static int hash_flush(GMimeStream *s) { (void)s; return 0; }
static void hash_stream_class_init(HashStreamClass *c)
{
	((GMimeStreamClass *)c)->write = hash_write;
	((GMimeStreamClass *)c)->flush = hash_flush;
}
static void hash_stream_init(HashStream *s) { g_mime_stream_construct((GMimeStream *)s, 0, -1); }

static void part(GMimeObject *parent, GMimeObject *object, gpointer data)
{
	(void)parent, (void)data;
	if (GMIME_IS_MESSAGE_PART(object)) {
		GMimeMessage *inner = g_mime_message_part_get_message(GMIME_MESSAGE_PART(object));
		if (inner)
			g_mime_message_foreach(inner, part, NULL);
	} else if (GMIME_IS_PART(object)) {
		GMimeDataWrapper *content = g_mime_part_get_content(GMIME_PART(object));
		g_checksum_reset(sum);
		if (content)
			g_mime_data_wrapper_write_to_stream(content, hashing);
		puts(g_checksum_get_string(sum));
	}
}

/* The bytes of a message, from its header on. */
static void whole(FILE *file, gint64 from, gint64 to)
{
	static char turn[1 << 16];
	g_checksum_reset(sum);
	fseeko(file, from, SEEK_SET);
	for (size_t got; from < to && (got = fread(turn, 1, to - from < (gint64)sizeof turn ? (size_t)(to - from) : sizeof turn, file)) > 0; from += (gint64)got)
		g_checksum_update(sum, (const guchar *)turn, (gssize)got);
	printf("message %s\n", g_checksum_get_string(sum));
}

int main(int argc, char **argv)
{
	if (argc != 2)
		return 2;
	g_mime_init();
	sum = g_checksum_new(G_CHECKSUM_SHA256);
	hashing = g_object_new(hash_stream_get_type(), NULL);
	GMimeStream *file = g_mime_stream_file_open(argv[1], "r", NULL);
	FILE *bytes = fopen(argv[1], "rb");
	if (!file || !bytes)
		return 1;
	GMimeParser *parser = g_mime_parser_new_with_stream(file);
	g_mime_parser_set_format(parser, GMIME_FORMAT_MBOX);
	while (!g_mime_parser_eos(parser)) {
		GMimeMessage *message = g_mime_parser_construct_message(parser, NULL);
		if (!message)
			break;
		whole(bytes, g_mime_parser_get_headers_begin(parser), g_mime_parser_tell(parser));
		g_mime_message_foreach(message, part, NULL);
		g_object_unref(message);
	}
	return 0;
}
