/* SPDX-License-Identifier: Apache-2.0 */
/* bundle.c: the timeline bundle. Records come in key order; what can be written as it comes (records, messages, errors, rows of the database) is, events and
 * findings go through external sorters, and bundle_finish writes the rest. Memory is flat: sorters, caches and the ledger have fixed sizes; only the list of artifacts/
 * grows, by some hundred bytes a stored file. Content lies in .work/artifacts under its SHA-256 until bundle_finish goes through the records' claims in key order with the quota. */
#include "bundle/place.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "base/hash.h"
#include "correlate/correlate.h"
#include "engine/sorter.h"

enum { FINDINGS_MEMORY = 16 << 20, CUSTODY_EVIDENCE = 256 << 10, CLAIM_HEAD = 37, HEX = 64 };
#define OVER "over-"                     /* content over the quota, until the bundle is whole */
#define STORE_MOST (UINT64_C(4) << 30)
#define YEAR_2100 INT64_C(4102444800)

struct bundle {
	char *path, *profile, *command;
	uint64_t store_most;
	void (*stage)(void *owner, const char *what);
	void *owner;
	int directory, data, work, store, claims;       /* claims: which records speak of stored content, in key order */
	struct timeline *timeline;
	struct sorter *findings;
	struct correlate *correlate;
	struct output *records, *messages, *errors;
	struct database *database;
	struct content_store contents;
	struct ledger ledger;
	struct bag bag;
	struct buffer json, claim, evidence;
	struct report_facts facts;
	uint64_t arrived, evidence_left, best_score;
	uint64_t settled;                               /* how many contents were begun at the last bundle_settle */
	int64_t newest;
	char trouble[320];
};

const char *bundle_trouble(const struct bundle *b) { return b->trouble[0] ? b->trouble : NULL; }

uint64_t bundle_best_score(const struct bundle *b) { return b->best_score; }

static bool fail(struct bundle *b, const char *what)
{
	int was = errno;
	const char *why = b->database ? database_trouble(b->database) : NULL;
	if (!b->trouble[0] && why)              /* it names itself */
		snprintf(b->trouble, sizeof b->trouble, "%s", why);
	else if (!b->trouble[0])
		snprintf(b->trouble, sizeof b->trouble, "%s: %s", what, strerror(was));
	errno = was ? was : EIO;
	return false;
}

static int folder(int at, const char *name, mode_t mode)
{
	if (mkdirat(at, name, mode) != 0 && errno != EEXIST)
		return -1;
	return openat(at, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
}

struct bundle *bundle_new(const struct bundle_options *o)
{
	struct bundle *b = memory_new(sizeof *b);
	struct buffer data = { 0 };
	b->path = memory_string(o->path);
	b->profile = o->profile ? memory_string(o->profile) : NULL;
	b->command = o->command ? memory_string(o->command) : NULL;
	b->store_most = o->store_most ? o->store_most : STORE_MOST;
	b->stage = o->stage;
	b->owner = o->owner;
	b->newest = INT64_MIN;
	b->data = b->work = b->store = b->claims = -1;
	b->directory = open(o->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	bool good = b->directory >= 0 && (b->data = folder(b->directory, "data", 0777)) >= 0 && (b->work = folder(b->directory, ".work", 0700)) >= 0 &&
		(b->store = folder(b->work, "artifacts", 0700)) >= 0 && (b->claims = temporary_file(b->work)) >= 0 &&
		(b->records = output_new(b->data, "records.jsonl.zst", true)) && (b->messages = output_new(b->data, "messages.jsonl.zst", true)) &&
		(b->errors = output_new(b->data, "errors.jsonl", false));
	if (good) {
		buffer_format(&data, "%s/data", o->path);
		b->database = database_new(b->data, buffer_string(&data), "timeline.sqlite");
		good = b->database != NULL;
		buffer_free(&data);
	}
	if (!good) {
		int was = errno;
		bundle_free(b);
		errno = was;
		return NULL;
	}
	b->timeline = timeline_new(b->work, TIMELINE_MEMORY);
	b->findings = sorter_new(b->work, FINDINGS_MEMORY);
	b->correlate = correlate_new(b->work);
	return b;
}

/* A record that speaks of content which may have been stored: type, SHA-256, length of its locator, the locator. */
static bool claim(struct bundle *b, const struct record_view *v)
{
	size_t length;
	const char *locator = record_get_text(v, F_LOCATOR, &length);
	const struct record_value *sha256 = &v->field[F_SHA256];
	if (!sha256->kind || sha256->length != 32)
		return true;
	buffer_byte(&b->claim, (uint8_t)v->type);
	buffer_append(&b->claim, sha256->bytes, 32);
	buffer_u32le(&b->claim, (uint32_t)length);
	buffer_append(&b->claim, locator ? locator : "", length);
	if (b->claim.length < 1 << 18)
		return true;
	bool good = write_whole(b->claims, b->claim.data, b->claim.length);
	buffer_clear(&b->claim);
	return good;
}

static bool finding_add(void *owner, const struct record_view *v)
{
	struct bundle *b = owner;
	uint64_t score = record_get_number(v, F_SCORE);
	struct sort_key key = { { score < 100 ? 100 - score : 0, 0, b->arrived++ } };
	b->best_score = score > b->best_score ? score : b->best_score;
	b->facts.findings++;
	return sorter_add(b->findings, &key, v->frame, v->frame_length) || fail(b, "sorting findings");
}

bool bundle_record(struct bundle *b, const struct record_view *v)
{
	buffer_clear(&b->json);
	record_to_json(&b->json, v);
	b->facts.count[v->type]++;
	if (!output_write(b->records, b->json.data, b->json.length))
		return fail(b, "records.jsonl.zst");
	if (!correlate_add(b->correlate, v))
		return fail(b, ".work");
	switch (v->type) {
	case RECORD_EVENT: {
		uint32_t place = database_place(b->database, v);
		if (!place)
			return fail(b, "timeline.sqlite");
		return timeline_add_placed(b->timeline, v, place) || fail(b, "sorting events");
	}
	case RECORD_HIT:
		if (!claim(b, v))
			return fail(b, ".work");
		return finding_add(b, v);
	case RECORD_NODE:
		ledger_add(&b->ledger, v);
		return !record_has(v, F_STORED) || claim(b, v) || fail(b, ".work");
	case RECORD_MESSAGE:
		if (!output_write(b->messages, b->json.data, b->json.length))
			return fail(b, "messages.jsonl.zst");
		break;
	case RECORD_ERROR:
		if (!output_write(b->errors, b->json.data, b->json.length))
			return fail(b, "errors.jsonl");
		break;
	case RECORD_ARTIFACT:
		if (!claim(b, v))
			return fail(b, ".work");
		break;
	case RECORD_EVIDENCE:
		if (b->evidence.length + b->json.length > CUSTODY_EVIDENCE) {
			b->evidence_left++;
		} else {
			buffer_text(&b->evidence, b->evidence.length ? "," : "");
			buffer_append(&b->evidence, b->json.data, b->json.length - 1);
		}
		break;
	default: break;
	}
	return database_record(b->database, v, &b->json) || fail(b, "timeline.sqlite");
}

/* ---- content */

struct content_store *bundle_store(struct bundle *b)
{
	b->contents.directory = b->store;
	return &b->contents;
}

static void name_of(char name[HEX + 1], const uint8_t sha256[32])
{
	for (unsigned i = 0; i < 32; i++)
		snprintf(name + 2 * i, 3, "%02x", sha256[i]);
}

bool bundle_settle(struct bundle *b)
{
	if (b->settled != b->contents.begun && syncfs(b->store) != 0)
		return fail(b, ".work/artifacts");
	b->settled = b->contents.begun;
	return output_flush(b->errors) || fail(b, "errors.jsonl");
}

/* Names in a folder that are a SHA-256 behind the prefix, in no order. */
static char **names_in(int at, const char *prefix, size_t *count)
{
	DIR *d = fdopendir(openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;
	char **name = NULL;
	size_t capacity = 0;
	*count = 0;
	while (d && (e = readdir(d))) {
		if (strlen(e->d_name) != HEX + strlen(prefix) || memcmp(e->d_name, prefix, strlen(prefix)) != 0)
			continue;
		if (*count == capacity)
			name = memory_resize(name, capacity = capacity ? 2 * capacity : 256, sizeof *name);
		name[(*count)++] = memory_string(e->d_name);
	}
	if (d)
		closedir(d);
	return name;
}

static int name_order(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void names_free(char **name, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(name[i]);
	free(name);
}

static void folder_empty(int at)
{
	DIR *d = fdopendir(openat(at, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
	struct dirent *e;
	while (d && (e = readdir(d)))
		if (strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			unlinkat(at, e->d_name, 0);
	if (d)
		closedir(d);
}

enum placed { PLACED, PLACED_OVER, PLACED_NOT, PLACED_FAILED };

/* Content from the store to data/artifacts, unless it is there, was over the quota, or was never stored. */
static enum placed place_content(struct bundle *b, int to, const char *name, uint64_t *size)
{
	struct stat st;
	char over[HEX + 8];
	snprintf(over, sizeof over, OVER "%s", name);
	if (fstatat(to, name, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		*size = (uint64_t)st.st_size;
		return PLACED;
	}
	if (fstatat(b->store, over, &st, AT_SYMLINK_NOFOLLOW) == 0) {
		*size = (uint64_t)st.st_size;
		return PLACED_OVER;
	}
	if (fstatat(b->store, name, &st, AT_SYMLINK_NOFOLLOW) != 0)
		return errno == ENOENT ? PLACED_NOT : PLACED_FAILED;
	*size = (uint64_t)st.st_size;
	if (*size > b->store_most - b->facts.artifacts_bytes) {
		b->facts.artifacts_left++;
		return renameat(b->store, name, b->store, over) == 0 ? PLACED_OVER : PLACED_FAILED;
	}
	if (linkat(b->store, name, to, name, 0) != 0 && renameat(b->store, name, to, name) != 0)        /* not every file system has links */
		return PLACED_FAILED;
	b->facts.artifacts++;
	b->facts.artifacts_bytes += *size;
	return PLACED;
}

static bool index_line(struct bundle *b, struct output *o, enum placed p, const char *name, uint64_t size, const char *type, const char *locator, size_t length)
{
	buffer_clear(&b->json);
	buffer_format(&b->json, "{\"sha256\":\"%s\",\"size\":\"%llu\",\"stored\":%s", name, (unsigned long long)size, p == PLACED ? "true" : "false,\"why\":\"quota of artifacts\"");
	if (type) {
		buffer_format(&b->json, ",\"by\":\"%s\",\"locator\":", type);
		json_string(&b->json, locator, length);
	}
	buffer_text(&b->json, "}\n");
	return output_write(o, b->json.data, b->json.length);
}

static bool output_end(struct bundle *b, struct output **o, const char *name)
{
	uint8_t sha256[32];
	uint64_t size;
	struct output *mine = *o;
	*o = NULL;
	if (!output_finish(mine, sha256, &size))
		return fail(b, name);
	bag_add(&b->bag, name, sha256, size);
	return true;
}

static bool artifacts_write(struct bundle *b)
{
	int to = folder(b->data, "artifacts", 0777);
	struct output *o = to < 0 ? NULL : output_new(b->data, "artifacts.jsonl", false);
	if (!o) {
		if (to >= 0)
			close(to);
		return fail(b, "artifacts");
	}
	size_t count;
	/* what an interrupted finish left goes back, so that the quota counts anew; a second name of the same file is only taken away */
	bool good = true;
	char **name = names_in(to, "", &count);
	for (size_t i = 0; good && i < count; i++)
		good = faccessat(b->store, name[i], F_OK, AT_SYMLINK_NOFOLLOW) == 0 ? unlinkat(to, name[i], 0) == 0 : renameat(to, name[i], b->store, name[i]) == 0;
	names_free(name, count);
	name = names_in(b->store, OVER, &count);
	for (size_t i = 0; good && i < count; i++)
		good = renameat(b->store, name[i], b->store, name[i] + sizeof OVER - 1) == 0;
	names_free(name, count);
	good = good && write_whole(b->claims, b->claim.data, b->claim.length);
	uint64_t end = (uint64_t)lseek(b->claims, 0, SEEK_END), size;
	char hex[HEX + 1];
	for (uint64_t at = 0; good && at < end;) {
		uint8_t head[CLAIM_HEAD];
		good = read_whole_at(b->claims, at, head, sizeof head);
		uint32_t length = (uint32_t)head[33] | (uint32_t)head[34] << 8 | (uint32_t)head[35] << 16 | (uint32_t)head[36] << 24;
		buffer_clear(&b->claim);
		good = good && read_whole_at(b->claims, at + CLAIM_HEAD, buffer_reserve(&b->claim, length + 1), length);
		at += CLAIM_HEAD + length;
		name_of(hex, head + 1);
		enum placed p = good ? place_content(b, to, hex, &size) : PLACED_FAILED;
		good = p != PLACED_FAILED && (p == PLACED_NOT || index_line(b, o, p, hex, size, record_type_name(head[0]), (const char *)b->claim.data, length));
	}
	name = names_in(b->store, "", &count);              /* stored, but no record speaks of it */
	if (count)
		qsort(name, count, sizeof *name, name_order);
	for (size_t i = 0; good && i < count; i++) {
		struct stat st;
		if (fstatat(to, name[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
			continue;
		enum placed p = place_content(b, to, name[i], &size);
		good = p != PLACED_FAILED && index_line(b, o, p, name[i], size, NULL, NULL, 0);
	}
	names_free(name, count);
	name = names_in(to, "", &count);
	for (size_t i = 0; good && i < count; i++) {
		char path[HEX + 16];
		uint8_t sha256[32];
		struct stat st;
		snprintf(path, sizeof path, "artifacts/%s", name[i]);
		for (unsigned k = 0; k < 32; k++) {
			char two[3] = { name[i][2 * k], name[i][2 * k + 1], 0 };
			sha256[k] = (uint8_t)strtoul(two, NULL, 16);
		}
		good = fstatat(to, name[i], &st, AT_SYMLINK_NOFOLLOW) == 0;
		if (good)
			bag_add(&b->bag, path, sha256, (uint64_t)st.st_size);
	}
	names_free(name, count);
	good = good && syncfs(to) == 0;
	close(to);
	if (!count)
		unlinkat(b->data, "artifacts", AT_REMOVEDIR);   /* a bag holds no empty folder */
	if (!good) {
		output_drop(o);
		return fail(b, "artifacts");
	}
	return output_end(b, &o, "artifacts.jsonl");
}

/* ---- the end */

static bool findings_write(struct bundle *b, struct context_table *context)
{
	struct output *o = output_new(b->data, "findings.jsonl", false);
	struct sort_key key;
	const uint8_t *frame;
	size_t length;
	unsigned number = 0;
	int got = -1;
	bool good = o && sorter_finish(b->findings);
	while (good && (got = sorter_next(b->findings, &key, &frame, &length)) == 1) {
		struct record_view v;
		if (record_view_again(&v, frame, length)) {
			errno = EIO;
			got = -1;
			break;
		}
		buffer_clear(&b->json);
		record_to_json(&b->json, &v);
		context_finding(context, number++, &v);
		good = output_write(o, b->json.data, b->json.length) && database_record(b->database, &v, &b->json);
	}
	if (!good || got < 0) {
		fail(b, "findings.jsonl");
		output_drop(o);
		return false;
	}
	return output_end(b, &o, "findings.jsonl");
}

struct timeline_feed { struct bundle *b; struct context_table *context; struct output *o; struct record_view view; };

/* The next event on its way: one JSON text for the timeline and for the database's column. */
static int timeline_feed(void *owner, struct event_row *row)
{
	struct timeline_feed *f = owner;
	struct bundle *b = f->b;
	struct timestamp t;
	size_t data = 0, length = 0;
	int got = timeline_next_placed(b->timeline, &f->view, &row->place);
	if (got != 1)
		return got;
	buffer_clear(&b->json);
	record_to_json_marked(&b->json, &f->view, F_DATA, &data, &length);
	record_get_time(&f->view, F_TIME, &t);
	context_event(f->context, &f->view, t.seconds);
	if (t.seconds < YEAR_2100)
		b->newest = t.seconds;
	b->facts.local_events += t.zone == TIME_LOCAL;
	row->view = &f->view;
	row->data = length ? b->json.data + data : NULL;
	row->data_length = length;
	return output_write(f->o, b->json.data, b->json.length) ? 1 : -1;
}

static bool timeline_write(struct bundle *b, struct context_table *context)
{
	struct timeline_feed f = { .b = b, .context = context, .o = output_new(b->data, "timeline.jsonl.zst", true) };
	if (f.o)
		output_thread(f.o);     /* compression beside the database */
	if (!f.o || !timeline_finish(b->timeline) || !database_events(b->database, timeline_feed, &f)) {
		fail(b, "timeline.jsonl.zst");
		output_drop(f.o);
		return false;
	}
	return output_end(b, &f.o, "timeline.jsonl.zst");
}

static bool database_write(struct bundle *b, const struct bundle_facts *f, struct context_table *context)
{
	static const char about[] = "spoor timeline; event.time is seconds since 1970-01-01T00:00:00Z, ns the rest; rows are in the order of time; see v_timeline, v_findings, v_mail, v_errors";
	uint8_t sha256[32];
	uint64_t size;
	bool good = database_meta(b->database, "about", about) && database_meta(b->database, "version", f->version ? f->version : "") &&
		database_meta(b->database, "status", f->status ? f->status : "") && (!b->profile || database_meta(b->database, "profile", b->profile)) && database_index(b->database);
	if (!good)
		return fail(b, "timeline.sqlite");
	b->facts.facts = f;
	b->facts.profile = b->profile;
	b->facts.ledger = &b->ledger;
	b->facts.context = context;
	b->facts.store_most = b->store_most;
	struct output *o = output_new(b->data, "report.html", false);
	if (!o || !report_write(o, b->database, &b->facts)) {
		fail(b, "report.html");
		output_drop(o);
		return false;
	}
	if (!output_end(b, &o, "report.html"))
		return false;
	struct database *d = b->database;
	b->database = NULL;
	if (!database_finish(d, sha256, &size))
		return fail(b, "timeline.sqlite");
	bag_add(&b->bag, "timeline.sqlite", sha256, size);
	return true;
}

static bool coverage_write(struct bundle *b)
{
	struct output *o = output_new(b->data, "coverage.json", false);
	buffer_clear(&b->json);
	ledger_json(&b->json, &b->ledger);
	if (!o || !output_write(o, b->json.data, b->json.length)) {
		fail(b, "coverage.json");
		output_drop(o);
		return false;
	}
	return output_end(b, &o, "coverage.json");
}

static void member(struct buffer *out, const char *key, const char *text)
{
	if (!text)
		return;
	buffer_text(out, out->length > 1 ? "," : "");
	json_string(out, key, strlen(key));
	buffer_byte(out, ':');
	json_string(out, text, strlen(text));
}

bool bundle_begin(struct bundle *b, bool resumed)
{
	struct buffer details = { 0 };
	buffer_byte(&details, '{');
	member(&details, "command", b->command);
	buffer_byte(&details, '}');
	bool good = custody_append(b->path, resumed ? "resume" : "begin", buffer_string(&details)) || fail(b, "custody.log");
	buffer_free(&details);
	return good;
}

static bool seal(struct bundle *b, const struct bundle_facts *f)
{
	struct buffer details = { 0 };
	uint8_t tag_manifest[32];
	char agent[128], date[16], *epoch_end;
	const char *epoch = getenv("SOURCE_DATE_EPOCH");
	int64_t seconds = b->newest > 0 ? b->newest : 0, year;
	unsigned month, day;
	if (epoch && *epoch) {
		long long given = strtoll(epoch, &epoch_end, 10);
		if (!*epoch_end && given >= 0 && given < YEAR_2100)
			seconds = given;
	}
	time_civil(seconds, &year, &month, &day);
	snprintf(date, sizeof date, "%04d-%02u-%02u", (int)year, month, day);
	snprintf(agent, sizeof agent, "spoor %s", f->version ? f->version : "");
	if (!bag_write(&b->bag, b->directory, date, agent, tag_manifest))
		return fail(b, "manifests");
	buffer_byte(&details, '{');
	member(&details, "status", f->status);
	member(&details, "version", f->version);
	member(&details, "profile", b->profile);
	member(&details, "command", b->command);
	member(&details, "sandbox", f->sandbox);
	buffer_text(&details, details.length > 1 ? ",\"rule_sets\":[" : "\"rule_sets\":[");
	for (size_t i = 0; i < f->rule_set_count; i++) {
		buffer_text(&details, i ? "," : "");
		json_string(&details, f->rule_sets[i], strlen(f->rule_sets[i]));
	}
	buffer_text(&details, "],\"evidence\":[");
	buffer_append(&details, b->evidence.data, b->evidence.length);
	buffer_format(&details, "],\"evidence_not_named\":%llu,\"jobs\":{\"all\":%llu,\"from_journal\":%llu,\"run\":%llu}}", (unsigned long long)b->evidence_left,
		(unsigned long long)f->jobs, (unsigned long long)f->jobs_resumed, (unsigned long long)f->jobs_run);
	bool good = custody_append(b->path, "examine", buffer_string(&details));
	buffer_clear(&details);
	buffer_text(&details, "{\"tagmanifest_sha256\":\"");
	buffer_hex(&details, tag_manifest, 32);
	buffer_text(&details, "\"}");
	good = (good && custody_append(b->path, "seal", buffer_string(&details))) || fail(b, "custody.log");
	buffer_free(&details);
	return good;
}

static bool stage(struct bundle *b, const char *what)
{
	if (b->stage)
		b->stage(b->owner, what);
	return true;
}

bool bundle_finish(struct bundle *b, const struct bundle_facts *f)
{
	struct context_table *context = context_new();
	bool good = output_end(b, &b->records, "records.jsonl.zst") && output_end(b, &b->messages, "messages.jsonl.zst") && output_end(b, &b->errors, "errors.jsonl") &&
		stage(b, "what goes over several records") && (correlate_finish(b->correlate, finding_add, b) || fail(b, "what goes over several records")) &&
		findings_write(b, context) && stage(b, "writing the timeline") && timeline_write(b, context) && stage(b, "writing artifacts") && artifacts_write(b) &&
		stage(b, "writing the report") && database_write(b, f, context) && stage(b, "sealing the bundle") && coverage_write(b) && seal(b, f);
	context_free(context);
	if (good) {
		folder_empty(b->store);
		unlinkat(b->work, "artifacts", AT_REMOVEDIR);
	}
	return good;
}

void bundle_free(struct bundle *b)
{
	if (!b)
		return;
	const int descriptor[] = { b->claims, b->store, b->work, b->data, b->directory };
	output_drop(b->records);
	output_drop(b->messages);
	output_drop(b->errors);
	database_drop(b->database);
	timeline_free(b->timeline);
	if (b->findings)
		sorter_free(b->findings);
	correlate_free(b->correlate);
	ledger_free(&b->ledger);
	bag_free(&b->bag);
	buffer_free(&b->json);
	buffer_free(&b->claim);
	buffer_free(&b->evidence);
	for (size_t i = 0; i < sizeof descriptor / sizeof *descriptor; i++)
		if (descriptor[i] >= 0)
			close(descriptor[i]);
	free(b->path);
	free(b->profile);
	free(b->command);
	free(b);
}
