/* SPDX-License-Identifier: Apache-2.0 */
/* describe.c: the schema as mdoc(7) lines and as JSON Schema (draft 2020-12), so that neither is written by hand beside schema.def. */
#include "record/describe.h"

#include <string.h>

#include "record/record.h"

static const struct { const char *word, *definition; } KINDS[] = {
	[VALUE_TEXT] = { "text", "{\"type\":\"string\"}" },
	[VALUE_NUMBER] = { "number", "{\"type\":\"integer\",\"minimum\":0,\"maximum\":9007199254740991}" },
	[VALUE_BIG] = { "big", "{\"type\":\"string\",\"pattern\":\"^(0|[1-9][0-9]{0,19})$\"}" },
	[VALUE_SIGNED] = { "signed", "{\"type\":\"integer\",\"minimum\":-9007199254740991,\"maximum\":9007199254740991}" },
	[VALUE_FLAG] = { "flag", "{\"type\":\"boolean\"}" },
	[VALUE_TIME] = { "time", "{\"type\":\"string\",\"pattern\":\"^([0-9]{4}|[+][0-9]{5,6}|-[0-9]{4,6})-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}[.][0-9]{9}Z$\"}" },
	[VALUE_HEX] = { "hex", "{\"type\":\"string\",\"pattern\":\"^([0-9a-f]{2})*$\"}" },
	[VALUE_LIST] = { "list", "{\"type\":\"array\"}" },
	[VALUE_MAP] = { "map", "{\"type\":\"object\"}" },
};

void record_describe_mdoc(struct buffer *out)
{
	for (unsigned type = 0; type < RECORD_FOREIGN; type++) {
		buffer_format(out, ".Ss %s\n", record_type_name(type));
		text_mdoc(out, record_type_about(type));
		buffer_text(out, ".Bl -tag -compact -width timestamp_desc\n");
		for (unsigned f = 0; f < RECORD_FIELDS; f++) {
			int use = record_field_use(type, f);
			if (!use || record_field_kind(f) == VALUE_INTERNAL)
				continue;
			buffer_format(out, ".It Cm %s Pq %s%s\n", record_field_key(f), KINDS[record_field_kind(f)].word, use == 2 ? ", always" : "");
			text_mdoc(out, record_field_about(f));
		}
		buffer_text(out, ".El\n");
	}
}

/* The tables are ASCII, so a quote and a backslash are all that JSON wants escaped. */
static void put_json(struct buffer *out, const char *text)
{
	buffer_byte(out, '"');
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			buffer_byte(out, '\\');
		buffer_byte(out, (uint8_t)*text);
	}
	buffer_byte(out, '"');
}

static void put_property(struct buffer *out, enum record_field f, const char *suffix, const char *kind, const char *about)
{
	buffer_format(out, "\"%s%s\":{\"$ref\":\"#/$defs/%s\",\"description\":", record_field_key(f), suffix, kind);
	put_json(out, about);
	buffer_text(out, "},");
}

/* Lists of required keys and of types end with a comma too many. */
static void close_with(struct buffer *out, const char *text)
{
	if (out->data[out->length - 1] == ',')
		out->length--;
	buffer_text(out, text);
}

void record_schema_json(struct buffer *out)
{
	buffer_format(out, "{\"$schema\":\"https://json-schema.org/draft/2020-12/schema\",\"title\":\"spoor record, version %d\",", RECORD_SCHEMA_VERSION);
	buffer_text(out, "\"type\":\"object\",\"required\":[\"type\"],\"properties\":{\"type\":{\"type\":\"string\"}},");
	buffer_text(out, "\"allOf\":[{\"if\":{\"properties\":{\"type\":{\"enum\":[");
	for (unsigned type = 0; type < RECORD_FOREIGN; type++)
		buffer_format(out, "\"%s\",", record_type_name(type));
	close_with(out, "]}},\"required\":[\"type\"]},\"then\":{\"properties\":{");
	for (unsigned f = 0; f < RECORD_FIELDS; f++) {
		enum value_kind kind = record_field_kind(f);
		if (kind == VALUE_INTERNAL)
			continue;
		put_property(out, f, "", KINDS[kind].word, record_field_about(f));
		if (kind == VALUE_TEXT && f != F_TYPE && f != F_LOCATOR && f != F_PRECISION && f != F_ZONE)
			put_property(out, f, "_raw", "hex", "the original bytes, where the text is not all of them");
	}
	close_with(out, "}}},");
	for (unsigned type = 0; type < RECORD_FOREIGN; type++) {
		buffer_format(out, "{\"if\":{\"properties\":{\"type\":{\"const\":\"%s\"}},\"required\":[\"type\"]},\"then\":{\"description\":", record_type_name(type));
		put_json(out, record_type_about(type));
		buffer_text(out, ",\"required\":[");
		for (unsigned f = 0; f < RECORD_FIELDS; f++)
			if (record_field_use(type, f) == 2)
				buffer_format(out, "\"%s\",", record_field_key(f));
		close_with(out, "]}},");
	}
	close_with(out, "],\"$defs\":{");
	for (size_t kind = 0; kind < sizeof KINDS / sizeof *KINDS; kind++)
		if (KINDS[kind].word)
			buffer_format(out, "\"%s\":%s,", KINDS[kind].word, KINDS[kind].definition);
	close_with(out, "}}\n");
}
