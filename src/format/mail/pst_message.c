/* SPDX-License-Identifier: Apache-2.0 */
/* pst_message.c: a message of a PST as RFC 5322 (mapi_message.c): the properties, recipients and attachments that go into it, and what of them is damaged or left out. */
#include <stdio.h>
#include <string.h>

#include "base/cursor.h"
#include "format/mail/mapi.h"
#include "format/mail/pst.h"

struct render {
	struct pst *p;
	struct buffer *out, *large;
	size_t left;                            /* bytes of attachments that still fit */
	uint64_t way[PST_EMBEDDED_MAX + 1];     /* data of the messages that hold this one */
	unsigned depth, parts;
};

/* All values but the content of an attachment. *cut: one of them is longer than PST_BODY_MAX. */
static void values_load(struct pst *p, struct pst_properties *c, struct mapi_properties *to, bool *cut)
{
	*to = (struct mapi_properties){ .code_page = p->code_page, .arena = c->arena };
	for (size_t i = 0; i < c->properties; i++) {
		const struct pst_property *q = &c->property[i];
		size_t length = sizeof q->value;
		const uint8_t *bytes = NULL;
		uint32_t id = mapi_names_id(&p->named, q->id);
		if ((q->id >= MAPI_NAMED && id == q->id) || q->id == MAPI_ATTACHED_DATA)        /* no one asks for those that have only a name */
			continue;
		if (q->type == MAPI_SHORT || q->type == MAPI_LONG || q->type == MAPI_ERROR || q->type == MAPI_BOOLEAN) {
			uint8_t *value = arena_new(c->arena, length);
			for (size_t k = 0; k < length; k++)
				value[k] = (uint8_t)(q->value >> 8 * k);
			bytes = value;
		} else
			bytes = pst_property_bytes(p, c, q->id, PST_BODY_MAX, &length, cut);
		if (bytes)
			mapi_add(to, id, q->type, bytes, length);
	}
}

static void recipients_load(struct pst *p, struct pst_properties *c, struct mapi_message *m)
{
	static const unsigned ids[] = { 0x0c15, 0x3001, 0x39fe, 0x3003 };
	const struct pst_node *n = pst_subnode_find(c->sub, c->subs, NID_RECIPIENTS);
	struct pst_table t = { 0 };
	if (!n || !pst_table_open(p, n->data, n->sub, &t, c->arena))
		return;
	struct mapi_properties *list = arena_array(c->arena, t.rows, sizeof *list);
	for (size_t i = 0; i < t.rows; i++) {
		list[i] = (struct mapi_properties){ .code_page = p->code_page, .arena = c->arena };
		for (size_t k = 0; k < sizeof ids / sizeof *ids; k++) {
			unsigned type = 0;
			size_t length;
			const uint8_t *bytes = pst_table_cell(p, &t, i, ids[k], &type, &length);
			if (bytes)
				mapi_add(&list[i], ids[k], type, bytes, length);
		}
	}
	m->recipient = list;
	m->recipients = t.rows;
}

/* ---- attachments */

static void message_write(struct render *r, const struct pst_node *n, struct pst_properties *c);

/* The node that an object property names (0x3701 of embedded messages and OLE objects): HID of { nid, size }. */
static const struct pst_node *object_node(struct pst *p, struct pst_properties *c)
{
	size_t length;
	const uint8_t *bytes = pst_property_bytes(p, c, 0x3701, 8, &length, NULL);
	struct cursor at = cursor_of(bytes, bytes ? length : 0, 0);
	uint32_t nid = cursor_u32le(&at);
	return at.bad ? NULL : pst_subnode_find(c->sub, c->subs, nid);
}

static void attachment(struct render *r, const struct pst_node *n, const char *boundary)
{
	struct arena a = { 0 };
	struct pst_properties c;
	struct buffer bytes = { 0 };
	struct pst_stream s = { 0 };
	struct mapi_properties v;
	bool cut = false;
	mapi_part_begin(r->out, boundary);
	r->parts++;
	if (!pst_properties_open(r->p, n->data, n->sub, &c, &a)) {
		pst_error(r->p, "damage", "pst.attachment", 0, 0, "attachment %u can't be read", n->nid);
		r->p->tainted = true;
		buffer_format(r->out, "Content-Type: application/octet-stream\nContent-Disposition: attachment\nX-MAPI-Damaged: attachment %u\n\n", n->nid);
		arena_free(&a);
		return;
	}
	values_load(r->p, &c, &v, &cut);
	size_t length = 0;
	const struct pst_property *data = pst_property_find(&c, 0x3701);
	uint32_t method = pst_property_number(&c, 0x3705, data ? MAPI_BY_VALUE : 0);
	const struct pst_node *object = data && data->type == 0xd ? object_node(r->p, &c) : NULL;
	if (object && pst_nid_type(object->nid) == NID_MESSAGE) {
		bool circle = r->depth >= PST_EMBEDDED_MAX;
		for (unsigned i = 0; i <= r->depth && i <= PST_EMBEDDED_MAX && !circle; i++)
			circle = r->way[i] == object->data;
		struct pst_properties inner;
		mapi_attachment_message(r->out, &v);
		if (circle) {
			pst_error(r->p, r->depth >= PST_EMBEDDED_MAX ? "limit" : "damage", "pst.embedded", 0, 0, r->depth >= PST_EMBEDDED_MAX ? "messages in messages more than %d deep" : "a message is an attachment of itself", PST_EMBEDDED_MAX);
		} else if (!pst_properties_open(r->p, object->data, object->sub, &inner, &a)) {
			pst_error(r->p, "damage", "pst.attachment", 0, 0, "the message that is attachment %u can't be read", n->nid);
			r->p->tainted = true;
		} else {
			struct buffer *out = r->out;
			unsigned parts = r->parts;
			r->out = &bytes;
			r->parts = 0;
			r->way[++r->depth] = object->data;
			message_write(r, object, &inner);
			r->depth--;
			r->parts = parts;
			r->out = out;
			mapi_base64(r->out, bytes.data, bytes.length);
		}
	} else if (data && (data->type == 0x102 || object)) {
		bool stream = object || pst_property_stream(r->p, &c, 0x3701, &s);
		if (object)
			pst_stream_open(r->p, object->data, &s, &a);
		bool big = stream && s.size > r->left;
		mapi_attachment_head(r->out, &v, big ? "message/external-body; access-type=x-pst-node" : method == MAPI_OLE ? "application/x-ole-storage" : "application/octet-stream");
		if (big) {
			buffer_format(r->out, "X-MAPI-Left-Out: attachment %u of %llu bytes\n\n", n->nid, (unsigned long long)s.size);
			if (r->large)
				buffer_u32le(r->large, n->nid);
			if (r->depth || !r->large)
				pst_error(r->p, "limit", "pst.attachment", 0, 0, "attachment %u of %llu bytes is left out: attachments of one message beyond %d bytes", n->nid, (unsigned long long)s.size, PST_ATTACHED_MAX);
		} else {
			buffer_text(r->out, "Content-Transfer-Encoding: base64\n\n");
			if (stream) {
				if (s.incomplete) {
					pst_error(r->p, "damage", "pst.attachment", 0, 0, "attachment %u is incomplete", n->nid);
					r->p->tainted = true;
				}
				pst_stream_read(r->p, &s, c.heap.crypt, (size_t)s.size, &bytes);
				mapi_base64(r->out, bytes.data, bytes.length);
				r->left -= bytes.length < r->left ? bytes.length : r->left;
			} else {
				const uint8_t *value = pst_property_bytes(r->p, &c, 0x3701, PST_BODY_MAX, &length, NULL);
				if (!value && data->value) {
					pst_error(r->p, "damage", "pst.attachment", 0, 0, "the content of attachment %u is nowhere", n->nid);
					r->p->tainted = true;
				}
				mapi_base64(r->out, value, length);
				r->left -= length < r->left ? length : r->left;
			}
		}
	} else {
		/* by reference, or nothing: the content lies elsewhere */
		mapi_attachment_elsewhere(r->out, &v, method);
	}
	buffer_free(&bytes);
	arena_free(&a);
}

static void message_write(struct render *r, const struct pst_node *n, struct pst_properties *c)
{
	char boundary[64];
	struct mapi_properties v;
	struct mapi_message m = { .properties = &v };
	bool cut = false;
	snprintf(boundary, sizeof boundary, "=_pst_%u_%x", r->depth, n->nid);
	values_load(r->p, c, &v, &cut);
	recipients_load(r->p, c, &m);
	r->parts += mapi_message_begin(r->out, &m, boundary);
	if (m.rtf_damaged) {
		pst_error(r->p, "damage", "pst.rtf", 0, 0, "the RTF text of the message is damaged: %zu bytes of it can be read", m.rtf_length);
		r->p->tainted = true;
	}
	if (cut)
		pst_error(r->p, "limit", "pst.body", 0, 0, "a text of the message is longer than %d bytes: the rest is left out", PST_BODY_MAX);
	for (size_t i = 0; i < c->subs; i++)
		if (pst_nid_type(c->sub[i].nid) == NID_ATTACHMENT)
			attachment(r, &c->sub[i], boundary);
	mapi_message_end(r->out, boundary, r->parts > 0);
}

void pst_message_render(struct pst *p, const struct pst_node *n, struct pst_properties *c, struct buffer *out, struct buffer *large)
{
	struct render r = { .p = p, .out = out, .large = large, .left = PST_ATTACHED_MAX, .way = { n->data } };
	message_write(&r, n, c);
}
