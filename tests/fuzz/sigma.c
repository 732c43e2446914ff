/* SPDX-License-Identifier: Apache-2.0 */
/* sigma.c: Sigma rules from anybody, and events from anybody. */
#include "tests/fuzz/fuzz.h"

#include "detect/sigma.h"

static void failed(void *owner, const char *name, const char *title, const char *why, bool elsewhere)
{
	(void)owner, (void)title, (void)elsewhere;
	demand(name && why && *why);
}

static void limited(void *owner, const char *title, const char *what)
{
	(void)owner;
	demand(*title && *what);
}

static size_t hits_check(const struct buffer *hits)
{
	size_t count = 0;
	for (size_t at = 0, n; hits->length && (n = record_frame_length(hits->data + at, hits->length - at)); at += n, count++) {
		struct record_view v;
		demand(!record_view_open(&v, hits->data + at, n) && v.type == RECORD_HIT);
	}
	return count;
}

static struct buffer frame_of(const char *line)
{
	struct buffer frame = { 0 };
	demand(!record_from_json(&frame, line, strlen(line)));
	return frame;
}

#define EVENT "{\"time\":\"2024-05-04T10:11:12Z\",\"type\":\"event\",\"precision\":\"s\",\"timestamp_desc\":\"d\",\"kind\":\"log_event\",\"locator\":\"a\",\"message\":\"m\",\"data\":{\"provider\":\"P\",\"event_id\":1,\"channel\":" \
	"\"Microsoft-Windows-Sysmon/Operational\",\"EventData\":{\"Image\":\"C:\\\\a\\\\cmd.exe\",\"CommandLine\":\"cmd.exe /c \u00c4 aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaab\",\"A\":[\"x\",1,true],\"DestinationIp\":\"10.0.0.1\"}}}"

/* A rule file is refused with a reason, or it is a set of rules that ends over an event, with good records, the same twice. */
void fuzz_sigma_rule(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	(void)t;
	struct sigma_source_text source = { "a.yml", (const char *)data, size };
	struct sigma_rules *r = sigma_compile(&source, 1, failed, NULL);
	struct sigma_matcher *m = sigma_matcher_new(r);
	struct buffer frame = frame_of(EVENT), hits = { 0 }, again = { 0 };
	unsigned n = sigma_match(m, frame.data, frame.length, &hits);
	demand(n == hits_check(&hits));
	demand(n == sigma_match(m, frame.data, frame.length, &again));
	demand(hits.length == again.length);
	buffer_clear(&hits);
	demand(sigma_log_end(m, &hits, limited, NULL) == hits_check(&hits));
	buffer_free(&frame);
	buffer_free(&hits);
	buffer_free(&again);
	sigma_matcher_free(m);
	sigma_rules_free(r);
}

static const char rules[] =
	"title: A\nlogsource: {product: windows}\ndetection: {s: {A|contains: [a, b]}, k: [evil, 'w*d'], condition: s or k}\n---\n"
	"title: B\nlogsource: {category: process_creation}\ndetection: {s: {Image|endswith: .exe, CommandLine|re: '(a+)+b'}, f: {B: null}, condition: s and f}\n---\n"
	"title: C\nlogsource: {category: registry_set}\ndetection: {s: {TargetObject|contains: run}, condition: s}\n---\n"
	"title: D\nlogsource: {product: spoor, category: event}\ndetection: {s: {path|fieldref: name}, condition: s}\n---\n"
	"title: E\nlogsource: {product: windows, service: security}\ndetection: {s: {EventID|gt: 0}, condition: s | count(A) by B > 1}\n";

/* Any record: rules end over it, and say the same when its values are known already. */
void fuzz_sigma_event(const struct fuzz_target *t, const uint8_t *data, size_t size)
{
	static struct sigma_rules *r;
	(void)t;
	struct sigma_source_text source = { "a.yml", rules, sizeof rules - 1 };
	if (!r)
		r = sigma_compile(&source, 1, failed, NULL);
	demand(sigma_rule_count(r) == 5);
	struct buffer frame = { 0 }, hits = { 0 }, again = { 0 };
	if (!record_from_json(&frame, (const char *)data, size)) {
		struct sigma_matcher *m = sigma_matcher_new(r);
		unsigned n = sigma_match(m, frame.data, frame.length, &hits);
		demand(n == hits_check(&hits));
		demand(n == sigma_match(m, frame.data, frame.length, &again) && hits.length == again.length);
		buffer_clear(&hits);
		demand(sigma_log_end(m, &hits, limited, NULL) == hits_check(&hits));
		sigma_matcher_free(m);
	}
	buffer_free(&frame);
	buffer_free(&hits);
	buffer_free(&again);
}
