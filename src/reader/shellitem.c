/* SPDX-License-Identifier: Apache-2.0 */
/* shellitem.c: shell items. No specification is public; libyal's "Windows Shell Item format" and many samples are what is known.
 *
 *   u16 size with itself (0 ends the list), u8 class, then by class; extension blocks: u16 size, u16 version, u32 0xBEEFxxxx
 *   file entry 0x3x: 4 size u32  8 modified (FAT date, time)  12 attributes  14 name, NUL-terminated (UTF-16 with bit 2)  even: blocks
 *   0xBEEF0004: 8 created  12 accessed  16 u16  version 7 on: 20 NTFS reference, 8 bytes  then the long name, from 20 (3), 38 (7), 42 (8), 46 (9)
 * FAT times of shell items are UTC. Items of one size but with foreign content occur: nothing is read past an item. */
#include "reader/shellitem.h"

#include <stdio.h>
#include <string.h>

#include "base/text.h"

static const struct { const char *guid, *name; } folders[] = {
	{ "{20d04fe0-3aea-1069-a2d8-08002b30309d}", "This PC" }, { "{450d8fba-ad25-11d0-98a8-0800361b1103}", "Documents" },
	{ "{208d2c60-3aea-1069-a2d7-08002b30309d}", "Network" }, { "{f02c1a0d-be21-4350-88b0-7367fc96ef3c}", "Network" },
	{ "{645ff040-5081-101b-9f08-00aa002f954e}", "Recycle Bin" }, { "{59031a47-3f72-44a7-89c5-5595fe6b30ee}", "Users Files" },
	{ "{031e4825-7b94-4dc3-b131-e946b44c8dd5}", "Libraries" }, { "{679f85cb-0220-4080-b29b-5540cc05aab6}", "Quick access" },
	{ "{f874310e-b6b7-47dc-bc84-b9e6b38f5903}", "Home" }, { "{21ec2020-3aea-1069-a2dd-08002b30309d}", "Control Panel" },
	{ "{26ee0668-a00a-44d7-9371-beb064c98683}", "Control Panel" }, { "{5399e694-6ce5-4d6c-8fce-1d8870fdcba0}", "Control Panel" },
	{ "{018d5c66-4533-4307-9b53-224de2ed1fe6}", "OneDrive" }, { "{374de290-123f-4565-9164-39c4925e467b}", "Downloads" },
	{ "{088e3905-0323-4b02-9826-5d99428e115f}", "Downloads" }, { "{fdd39ad0-238f-46af-adb4-6c85480369c7}", "Documents" },
	{ "{d3162b92-9365-467a-956b-92703aca08af}", "Documents" }, { "{a8cdff1c-4878-43be-b5fd-f8091c1c60d0}", "Documents" },
	{ "{b4bfcc3a-db2c-424c-b029-7fe99a87c641}", "Desktop" }, { "{33e28130-4e1e-4676-835a-98395c3bc3bb}", "Pictures" },
	{ "{24ad3ad4-a569-4530-98e1-ab02f9417aa8}", "Pictures" }, { "{3add1653-eb32-4cb0-bbd7-dfa0abb5acca}", "Pictures" },
	{ "{4bd8d571-6d19-48d3-be97-422220080e43}", "Music" }, { "{3dfdf296-dbec-4fb4-81d1-6a3438bcf4de}", "Music" },
	{ "{1cf1260c-4dd0-4ebb-811f-33c572699fde}", "Music" }, { "{18989b1d-99b5-455b-841c-ab7c74e4ddfc}", "Videos" },
	{ "{f86fa3ab-70d2-4fc7-9c99-fcbf05467f3a}", "Videos" }, { "{a0953c92-50dc-43bf-be83-3742fed03c9c}", "Videos" },
	{ "{6d809377-6af0-444b-8957-a3773f02200e}", "Program Files" }, { "{7c5a40ef-a0fb-4bfc-874a-c0f2e0b9fa8e}", "Program Files (x86)" },
	{ "{905e63b6-c1bf-494e-b29c-65b732d3d21a}", "Program Files" }, { "{1ac14e77-02e7-4e5d-b744-2eb1ae5198b7}", "System32" },
	{ "{d65231b0-b2f1-4857-a4ce-a8e7c6ea7d27}", "SysWOW64" }, { "{f38bf404-1d43-42f2-9305-67de0b28fc23}", "Windows" },
	{ "{0139d44e-6afe-49f2-8690-3dafcae6ffb8}", "Common Programs" }, { "{a77f5d77-2e2b-44c3-a6a2-aba601054a51}", "Programs" },
	{ "{9e3995ab-1f9c-4f13-b827-48b24b6c7174}", "User Pinned" }, { "{5e6c858f-0e22-4760-9afe-ea3317b67173}", "Profile" },
	{ "{62ab5d82-fdc1-4dc3-a9dd-070d1d495d97}", "ProgramData" }, { "{f1b32785-6fba-4fcf-9d55-7b8e7f157091}", "AppData\\Local" },
	{ "{3eb685db-65f9-4cf6-a03a-e3ef65729f3d}", "AppData\\Roaming" }, { "{a520a1a4-1780-4ff6-bd18-167343c5af16}", "AppData\\LocalLow" },
	{ "{871c5380-42a0-1069-a2ea-08002b30309d}", "Internet Explorer" }, { "{b98a2bea-7d42-4558-8bd1-832f41bac6fd}", "Backup and Restore" },
	{ "{4234d49b-0245-4df3-b780-3893943456e1}", "Applications" }, { "{22877a6d-37a1-461a-91b0-dbda5aaebc99}", "Recent Places" },
	{ "{2559a1f3-21d7-11d4-bdaf-00c04f60b9f0}", "Run" }, { "{9343812e-1c37-4a49-a12e-4b2d810d956b}", "Search" },
	{ "{04731b67-d933-450a-90e6-4acd2e9408fe}", "Search Folder" }, { "{d20ea4e1-3957-11d2-a40b-0c5020524153}", "Administrative Tools" },
};

const char *shell_folder_name(const char *guid)
{
	for (size_t i = 0; i < sizeof folders / sizeof *folders; i++)
		if (!strcmp(folders[i].guid, guid))
			return folders[i].name;
	return NULL;
}

static void guid_text(const uint8_t *b, char text[39])
{
	if (b)
		snprintf(text, 39, "{%02x%02x%02x%02x-%02x%02x-%02x%02x-%02x%02x-%02x%02x%02x%02x%02x%02x}", b[3], b[2], b[1], b[0], b[5], b[4], b[7], b[6], b[8], b[9], b[10], b[11], b[12], b[13], b[14], b[15]);
}

static struct timestamp fat_time(struct cursor *c)
{
	uint16_t date = cursor_u16le(c), clock = cursor_u16le(c);
	struct timestamp t = time_from_dos(date, clock, 0);
	t.zone = TIME_ZONE_UTC;
	return t;
}

/* Text up to its NUL; the cursor stands behind that. */
static void name_take(struct cursor *c, struct buffer *out, bool wide)
{
	size_t left = cursor_left(c);
	const uint8_t *p = c->data ? c->data + c->at : NULL;
	if (!p || !left)
		return;
	if (wide) {
		size_t n = text_utf16_length(p, left) * 2;
		(void)text_to_utf8(out, p, n, TEXT_UTF16LE);
		cursor_skip(c, n + 2 <= left ? n + 2 : left);
	} else {
		const uint8_t *end = memchr(p, 0, left);
		size_t n = end ? (size_t)(end - p) : left;
		(void)text_to_utf8(out, p, n, TEXT_CP1252);
		cursor_skip(c, end ? n + 1 : n);
	}
}

/* Extension blocks from `at` on. */
static void blocks_read(const struct cursor *c, size_t at, struct shell_item *item)
{
	while (at + 8 <= c->size) {
		struct cursor b = cursor_window(c, at, c->size - at);
		uint16_t size = cursor_u16le(&b), version = cursor_u16le(&b);
		uint32_t signature = cursor_u32le(&b);
		if (size < 8 || size > c->size - at || signature >> 16 != 0xBEEF)
			return;
		b = cursor_window(c, at, size);
		b.at = 8;
		if (signature == 0xBEEF0004 && size >= 20) {
			item->created = fat_time(&b);
			item->accessed = fat_time(&b);
			cursor_skip(&b, 2);
			if (version >= 7) {
				cursor_skip(&b, 2);
				uint64_t reference = cursor_u64le(&b);
				cursor_skip(&b, 8);
				if (!b.bad && reference) {
					item->has_mft = true;
					item->mft_entry = reference & UINT64_C(0xFFFFFFFFFFFF);
					item->mft_sequence = (uint16_t)(reference >> 48);
				}
			}
			if (version >= 3)
				cursor_skip(&b, 2);
			if (version >= 9)
				cursor_skip(&b, 4);
			if (version >= 8)
				cursor_skip(&b, 4);
			if (version >= 3 && !b.bad) {
				struct buffer name = { 0 };
				name_take(&b, &name, true);
				if (name.length) {
					buffer_free(&item->name);
					item->name = name;
				} else {
					buffer_free(&name);
				}
			}
		} else if (signature == 0xBEEF0026 && size >= 36) {
			uint16_t type = cursor_u16le(&b);
			cursor_skip(&b, 2);
			if (type == 0x11) {
				item->created = time_from_filetime(cursor_u64le(&b));
				item->modified = time_from_filetime(cursor_u64le(&b));
				item->accessed = time_from_filetime(cursor_u64le(&b));
			}
		} else if (signature == 0xBEEF0019 && size >= 40 && !item->guid[0]) {
			guid_text(cursor_bytes(&b, 16), item->guid);
		}
		at += size;
	}
}

static void file_entry(struct cursor *c, struct shell_item *item, size_t at)
{
	c->at = at + 4;
	item->size = cursor_u32le(c);
	item->has_size = true;
	item->modified = fat_time(c);
	cursor_skip(c, 2);
	name_take(c, &item->name, item->class & 4);
	if (c->at & 1)
		cursor_skip(c, 1);
	item->kind = item->class & 1 ? "directory" : "file";
	/* the item's last two bytes say where the first block is; where they don't, it follows the name */
	size_t blocks = c->at;
	struct cursor last = *c;
	last.at = c->size - 2;
	uint16_t stated = cursor_u16le(&last);
	if (stated >= 14 && stated + 8u <= c->size && c->data[stated + 6] == 0xEF && c->data[stated + 7] == 0xBE)
		blocks = stated;
	blocks_read(c, blocks, item);
}

static void folder_named(struct shell_item *item)
{
	const char *name = shell_folder_name(item->guid);
	if (!item->name.length && item->guid[0])
		buffer_text(&item->name, name ? name : item->guid);
}

static void uri_item(struct cursor *c, struct shell_item *item)
{
	item->kind = "uri";
	c->at = 3;
	bool wide = cursor_u8(c) & 0x80;
	uint16_t data = cursor_u16le(c);
	if (data) {
		size_t end = c->at + data;
		c->at = 14;
		item->connected = time_from_filetime(cursor_u64le(c));
		c->at = end;
	}
	name_take(c, &item->name, wide);
}

static void signed_item(struct cursor *c, struct shell_item *item)
{
	c->at = 6;
	uint32_t signature = cursor_u32le(c);
	if (signature == 0x23FEBBEE) {
		item->kind = "known_folder";
		c->at = 14;
		guid_text(cursor_bytes(c, 16), item->guid);
	} else if (signature == 0x10312005 || signature == 0x07192006) {
		item->kind = "mtp";
		if (signature == 0x07192006) {
			c->at = 26;
			item->modified = time_from_filetime(cursor_u64le(c));
			item->created = time_from_filetime(cursor_u64le(c));
		}
		c->at = signature == 0x07192006 ? 74 : 54;
		name_take(c, &item->name, true);
	} else if (signature == 0x10141981 || signature == 0x23A3DFD5 || signature == 0x3B93AFBB || signature == 0xBEEBEE00) {
		item->kind = "property_view";
	}
}

bool shell_item_next(struct cursor *list, struct shell_item *item)
{
	shell_item_free(item);
	if (cursor_left(list) < 2)
		return false;
	uint16_t size = cursor_u16le(list);
	if (size < 3)
		return false;
	list->at -= 2;
	struct cursor c = cursor_sub(list, size);
	item->bad = c.bad;
	c.bad = false;
	item->kind = "other";
	c.at = 2;
	item->class = cursor_u8(&c);
	uint8_t group = item->class & 0x70;
	if (item->class == 0x1F) {
		item->kind = "root";
		c.at = 4;
		guid_text(cursor_bytes(&c, 16), item->guid);
		folder_named(item);
	} else if (group == 0x20) {
		item->kind = "volume";
		if (item->class & 1) {
			c.at = 3;
			name_take(&c, &item->name, false);
			while (item->name.length && item->name.data[item->name.length - 1] == '\\')
				item->name.length--;
		} else if (c.size >= 20) {
			c.at = 4;
			guid_text(cursor_bytes(&c, 16), item->guid);
			folder_named(item);
		}
	} else if (item->class == 0x74 && c.size > 24 && !memcmp(c.data + 6, "CFSF", 4)) {
		uint8_t class = c.data[12];
		item->kind = "delegate";
		if ((class & 0x70) == 0x30) {
			uint8_t outer = item->class;
			item->class = class;
			file_entry(&c, item, 10);
			item->class = outer;
			item->kind = class & 1 ? "directory" : "file";
		}
	} else if (group == 0x30 && c.size >= 14) {
		file_entry(&c, item, 0);
		folder_named(item);
	} else if (group == 0x40 && c.size > 5) {
		item->kind = "network";
		c.at = 5;
		name_take(&c, &item->name, false);
	} else if (item->class == 0x61) {
		uri_item(&c, item);
	} else if (item->class == 0x71) {
		item->kind = "control_panel";
		c.at = 14;
		guid_text(cursor_bytes(&c, 16), item->guid);
		folder_named(item);
	} else if (item->class == 0x01) {
		item->kind = "control_panel";
		c.at = 8;
		buffer_format(&item->name, "Control Panel category %u", cursor_u32le(&c));
	} else if (c.size >= 10) {
		signed_item(&c, item);
		folder_named(item);
	}
	item->bad |= c.bad;
	return true;
}

void shell_item_free(struct shell_item *item)
{
	buffer_free(&item->name);
	memset(item, 0, sizeof *item);
}
