/* SPDX-License-Identifier: Apache-2.0 */
/* registry_system.c: devices, drive letters, start-up switches, scheduled tasks, ScreenConnect.
 *
 * Devices: Properties\{83da6326-...}\0064 installed, 0065 first installed, 0066 last arrived, 0067 last removed: the nameless value is a FILETIME of type 0xFFFF0010; Windows 7
 * keeps it one level deeper as "Data". MountedDevices: 12 bytes: MBR signature and offset; "DMIO:ID:" and a GPT GUID; else a device path in UTF-16.
 * TaskCache: DynamicInfo u32 3, registered 4, last run 12, state 20, result 24, last success 28; Actions u16 version, then counted UTF-16 (u32 bytes): author; then u16 0x6666: id,
 * command, arguments, directory; 0x7777: id, CLSID. A task of Tree without SD is hidden from the Task Scheduler. ScreenConnect: the service's command line names the relay. */
#include "artifact/windows/registry_decoders.h"

#include <stdlib.h>
#include <string.h>

/* ---- devices */

void registry_decode_devicetimes(struct registry *g)
{
	static const struct { const char *id, *desc, *says; } times[] = {
		{ "0064", "Installation Time", "installed" }, { "0065", "First Connection Time", "first installed" }, { "0066", "Last Connection Time", "last attached" }, { "0067", "Last Removal Time", "last removed" },
	};
	/* Windows 7: ...\00000064\00000000 */
	const char *id = g->key_name;
	size_t length = g->key_name_length;
	if (length == 8 && !memcmp(id, "00000000", 8)) {
		id = g->parent_name;
		length = g->parent_name_length;
	}
	if (length < 4)
		return;
	id += length - 4;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		if (memcmp(id, times[i].id, 4) != 0 || !g->all_count)
			continue;
		const struct registry_value *v = &g->all[0];
		for (size_t k = 0; k < g->all_count; k++)
			if (text_equal_nocase(g->all[k].name, g->all[k].name_length, "Data", 4) || text_equal_nocase(g->all[k].name, g->all[k].name_length, "(default)", 9))
				v = &g->all[k];
		if (v->length != 8)
			return;
		struct cursor c = registry_cursor(v);
		struct timestamp t = time_from_filetime(cursor_u64le(&c));
		struct record_builder r;
		/* ControlSet001\Enum\USBSTOR\device\serial\Properties\... */
		const char *path = (const char *)g->path.data, *enumerator = memmem(path, g->path.length, "\\Enum\\", 6), *end = memmem(path, g->path.length, "\\Properties\\", 12);
		const char *device = enumerator ? enumerator + 6 : path;
		size_t device_length = end && end > device ? (size_t)(end - device) : 0;
		if (!registry_event(g, &r, &t, times[i].desc, strlen(times[i].desc), v->offset, v->length))
			return;
		value_text(&r, "device", device, device_length);
		struct buffer text = { 0 };
		buffer_append(&text, device, device_length);
		buffer_format(&text, " %s", times[i].says);
		registry_event_say(g, &r, (const char *)text.data, text.length);
		buffer_free(&text);
		return;
	}
}

void registry_decode_mounteddevices(struct registry *g)
{
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		struct record_builder r;
		struct buffer text = { 0 };
		char guid[39];
		if (!registry_key_event(g, &r))
			return;
		value_text(&r, "name", v->name, v->name_length);
		buffer_append(&text, v->name, v->name_length);
		if (v->length == 12) {
			struct cursor c = registry_cursor(v);
			uint32_t signature = cursor_u32le(&c);
			uint64_t offset = cursor_u64le(&c);
			struct buffer hex = { 0 };
			buffer_format(&hex, "%08x", signature);
			value_text(&r, "mbr_signature", (const char *)hex.data, hex.length);
			value_number(&r, "partition_offset", offset);
			buffer_format(&text, " is disk %08x at %llu", signature, (unsigned long long)offset);
			buffer_free(&hex);
		} else if (v->length == 24 && !memcmp(v->data, "DMIO:ID:", 8)) {
			registry_guid(v->data + 8, guid);
			value_string(&r, "gpt_partition", guid);
			buffer_format(&text, " is partition %s", guid);
		} else if (v->length) {
			value_evidence_text(&r, "device", v->data, text_utf16_length(v->data, v->length) * 2, TEXT_UTF16LE);
			buffer_text(&text, " is ");
			(void)text_to_utf8(&text, v->data, text_utf16_length(v->data, v->length) * 2, TEXT_UTF16LE);
		}
		registry_event_say(g, &r, (const char *)text.data, text.length);
		buffer_free(&text);
	}
}

/* ---- start-up */

void registry_decode_startupapproved(struct registry *g)
{
	for (size_t i = 0; i < g->values; i++) {
		const struct registry_value *v = &g->value[i];
		struct cursor c = registry_cursor(v);
		uint32_t flag = cursor_u32le(&c);
		struct timestamp t = time_from_filetime(cursor_u64le(&c));
		if (c.bad || t.state != TIME_VALID)
			continue;                       /* still on: it has no time */
		struct record_builder r;
		if (!registry_event(g, &r, &t, g->row->time, strlen(g->row->time), v->offset, v->length))
			continue;
		value_text(&r, "name", v->name, v->name_length);
		value_flag(&r, "enabled", !(flag & 1));
		registry_event_say(g, &r, v->name, v->name_length);
	}
}

/* ---- scheduled tasks */

static const char *counted(struct registry *g, struct cursor *c, size_t *length)
{
	uint32_t bytes = cursor_u32le(c);
	*length = 0;
	struct cursor text = cursor_sub(c, bytes);
	if (c->bad)
		return "";
	return registry_utf16(g, text.data ? text.data : (const uint8_t *)"", text.size, length);
}

static void task_actions(struct registry *g, struct record_builder *r, const struct registry_value *v, struct buffer *said)
{
	struct cursor c = registry_cursor(v);
	uint16_t version = cursor_u16le(&c);
	size_t length;
	const char *text;
	if (version > 1 || v->length > 2) {
		text = counted(g, &c, &length);
		if (length)
			value_text(r, "context", text, length);
	}
	value_list(r, "actions");
	for (unsigned i = 0; i < 32 && cursor_left(&c) >= 2; i++) {
		uint16_t magic = cursor_u16le(&c);
		(void)counted(g, &c, &length);
		if (magic == 0x6666) {
			size_t command_length, arguments_length, directory_length;
			const char *command = counted(g, &c, &command_length), *arguments = counted(g, &c, &arguments_length), *directory = counted(g, &c, &directory_length);
			if (version >= 3)
				cursor_skip(&c, 2);
			value_map(r, NULL);
			value_text(r, "command", command, command_length);
			if (arguments_length)
				value_text(r, "arguments", arguments, arguments_length);
			if (directory_length)
				value_text(r, "directory", directory, directory_length);
			record_close(r);
			buffer_text(said, said->length ? "; " : "");
			buffer_append(said, command, command_length);
			if (arguments_length) {
				buffer_byte(said, ' ');
				buffer_append(said, arguments, arguments_length);
			}
		} else if (magic == 0x7777) {
			const uint8_t *class = cursor_bytes(&c, 16);
			char guid[39] = "";
			if (class)
				registry_guid(class, guid);
			(void)counted(g, &c, &length);
			value_map(r, NULL);
			value_string(r, "com_handler", guid);
			record_close(r);
			buffer_format(said, "%sCOM handler %s", said->length ? "; " : "", guid);
		} else {
			if (magic == 0x8888 || magic == 0x9999) {
				value_map(r, NULL);
				value_string(r, "action", magic == 0x8888 ? "e-mail" : "message box");
				record_close(r);
			}
			break;
		}
		if (c.bad)
			break;
	}
	record_close(r);
}

void registry_decode_task(struct registry *g)
{
	static const struct { size_t at; const char *desc, *says; } times[] = {
		{ 4, "Creation Time", "registered" }, { 12, "Last Time Executed", "started" }, { 28, "Last Completion Time", "completed" },
	};
	static const char *const texts[] = { "Path", "Author", "Date", "URI", "Source", "Description", "SecurityDescriptor" };
	const struct registry_value *info = registry_find(g, "DynamicInfo"), *actions = registry_find(g, "Actions"), *path = registry_find(g, "Path");
	for (size_t i = 0; i <= sizeof times / sizeof *times; i++) {
		bool key = i == sizeof times / sizeof *times;
		struct timestamp t = registry_key_time(g);
		uint64_t offset = regf_offset(g->key.cell), length = g->key.cell_length;
		struct record_builder r;
		if (!key) {
			if (!info)
				continue;
			struct cursor c = registry_cursor(info);
			c.at = times[i].at;
			t = time_from_filetime(cursor_u64le(&c));
			if (c.bad)
				continue;
			offset = info->offset;
			length = info->length;
		}
		const char *desc = key ? "Content Modification Time" : times[i].desc;
		if (!registry_event(g, &r, &t, desc, strlen(desc), offset, length))
			continue;
		struct buffer said = { 0 }, text = { 0 };
		value_text(&r, "task", g->key_name, g->key_name_length);
		for (size_t k = 0; k < sizeof texts / sizeof *texts; k++) {
			const struct registry_value *v = registry_find(g, texts[k]);
			if (v)
				registry_value_put(g, &r, texts[k], v);
		}
		if (actions)
			task_actions(g, &r, actions, &said);
		if (info && info->length >= 28) {
			struct cursor c = registry_cursor(info);
			c.at = 20;
			value_number(&r, "state", cursor_u32le(&c));
			value_number(&r, "last_result", cursor_u32le(&c));
		}
		if (path)
			registry_value_text(g, &text, path);
		else
			buffer_append(&text, g->key_name, g->key_name_length);
		if (!key)
			buffer_format(&text, " %s", times[i].says);
		if (said.length) {
			buffer_text(&text, ": ");
			buffer_append(&text, said.data, said.length);
		}
		registry_event_say(g, &r, (const char *)text.data, text.length);
		buffer_free(&said);
		buffer_free(&text);
	}
}

void registry_decode_tasktree(struct registry *g)
{
	const struct registry_value *id = registry_find(g, "Id"), *index = registry_find(g, "Index"), *sd = registry_find(g, "SD");
	struct record_builder r;
	static const char mark[] = "\\TaskCache\\Tree\\";
	const char *path = memmem(g->path.data, g->path.length, mark, sizeof mark - 1);
	if (!id || !path || !registry_key_event(g, &r))         /* folders have no Id */
		return;
	path += sizeof mark - 2;
	size_t length = g->path.length - (size_t)(path - (const char *)g->path.data);
	value_text(&r, "task", path, length);
	registry_value_put(g, &r, "Id", id);
	if (index)
		registry_value_put(g, &r, "Index", index);
	value_flag(&r, "hidden", !sd);
	struct buffer text = { 0 };
	buffer_append(&text, path, length);
	if (!sd)
		buffer_text(&text, " (no security descriptor: hidden from the Task Scheduler)");
	registry_event_say(g, &r, (const char *)text.data, text.length);
	buffer_free(&text);
}

/* ---- ScreenConnect: "...ClientService.exe" "?e=Access&y=Guest&h=relay&p=443&s=session&k=key&c=..." */

void registry_decode_screenconnect(struct registry *g)
{
	static const struct { char letter; const char *name; } parts[] = { { 'h', "relay" }, { 'p', "port" }, { 's', "session" }, { 'k', "key" }, { 'e', "session_type" }, { 'c', "custom" } };
	struct record_builder r;
	const struct registry_value *v = registry_find(g, "ImagePath");
	size_t length;
	if (!v || !registry_key_event(g, &r))
		return;
	const char *text = registry_utf16(g, v->data, v->length, &length), *query = strchr(text, '?');
	struct buffer said = { 0 };
	registry_value_put(g, &r, "ImagePath", v);
	buffer_append(&said, g->key_name, g->key_name_length);
	for (const char *at = query ? query + 1 : ""; *at;) {
		size_t n = strcspn(at, "&\"");
		for (size_t i = 0; i < sizeof parts / sizeof *parts; i++)
			if (n > 2 && at[0] == parts[i].letter && at[1] == '=') {
				value_text(&r, parts[i].name, at + 2, n - 2);
				if (at[0] == 'h')
					buffer_format(&said, ", relay %.*s", (int)(n - 2), at + 2);
				if (at[0] == 's')
					buffer_format(&said, ", session %.*s", (int)(n - 2), at + 2);
			}
		at += n + (at[n] == '&');
		if (*at == '"')
			break;
	}
	registry_event_say(g, &r, (const char *)said.data, said.length);
	buffer_free(&said);
}
