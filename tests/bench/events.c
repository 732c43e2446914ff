/* SPDX-License-Identifier: Apache-2.0 */
/* events.c: made events, as many as asked, through the way that they take from a worker to the outputs.
 *
 *   events lines N           JSON Lines on standard output, for spoor timeline and spoor bundle
 *   events json N            worker -> broker -> JSON on standard output, as spoor parse does
 *   events bundle N DIR      worker -> broker -> bundle in DIR, as spoor triage does; DIR must be empty
 *   events frames N          worker only: what making the events costs
 *   events timeline N DIR    no worker, and of the bundle only the events' part: sorted, into the database and the compressed timeline
 *
 * N/10 are events of logs with 10 to 20 data fields, the rest are times of files, eight a file with a node record before them; paths are of 60 to 120
 * bytes. Prints CPU seconds (user + system) of this process alone, that is, of what comes after the workers, and its peak memory. The same N gives the
 * same records. tests/bench/pipeline.sh compares with sort and sqlite3. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "bundle/place.h"
#include "engine/engine.h"
#include "engine/worker.h"

enum { FILE_TIMES = 8, JOB_FILES = 4000, OUT_BATCH = 64 << 10 };

static uint64_t mix(uint64_t z)
{
	z += UINT64_C(0x9e3779b97f4a7c15);
	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return z ^ z >> 31;
}

static struct timestamp made_time(uint64_t seed, bool fine)
{
	struct timestamp t = time_from_filetime(UINT64_C(132500000000000000) + mix(seed) % UINT64_C(1500000000000000));
	if (!fine)
		t.nanoseconds = 0;
	return t;
}

static size_t made_path(char *to, size_t size, uint64_t file)
{
	static const char *const top[] = { "/Windows/WinSxS/amd64_microsoft-windows-", "/Program%20Files/Common%20Files/", "/Users/anna.lindqvist/AppData/Local/", "/Windows/System32/DriverStore/FileRepository/", "/ProgramData/Package%20Cache/" };
	static const char *const word[] = { "security", "kernel", "update", "assembly", "manifest", "resources", "shell", "network", "installer", "component", "runtime", "localization" };
	static const char *const end[] = { "dll", "exe", "mui", "manifest", "log", "dat", "xml", "cat" };
	uint64_t directory = mix(file / 12), own = mix(file);
	int n = snprintf(to, size, "%s%s-%s_%08x/%s/%s_%s%07llu.%s", top[directory % 5], word[directory >> 8 & 7], word[(directory >> 16) % 12], (unsigned)directory, word[directory >> 24 & 7],
		word[own % 12], word[(own >> 8) % 12], (unsigned long long)file, end[own >> 16 & 7]);
	return (size_t)n;
}

static size_t located(char *to, size_t size, const char *prefix, const char *path)
{
	return (size_t)snprintf(to, size, "%s::gpt:2::ntfs:%s", prefix, path);
}

static void made_file(struct buffer *out, uint64_t file, const char *prefix)
{
	static const struct { const char *kind, *desc, *verb; enum record_field field; } row[FILE_TIMES] = {
		{ "fs:stat", "Content Modification Time", "modified ", F_MTIME }, { "fs:stat", "Last Access Time", "accessed ", F_ATIME }, { "fs:stat", "Metadata Modification Time", "changed ", F_CTIME }, { "fs:stat", "Creation Time", "created ", F_CRTIME },
		{ "fs:file_name", "Content Modification Time", "modified ($FILE_NAME) ", F_FN_MTIME }, { "fs:file_name", "Last Access Time", "accessed ($FILE_NAME) ", F_FN_ATIME }, { "fs:file_name", "Metadata Modification Time", "changed ($FILE_NAME) ", F_FN_CTIME }, { "fs:file_name", "Creation Time", "created ($FILE_NAME) ", F_FN_CRTIME },
	};
	char path[256], locator[320], message[320], address[32];
	size_t path_length = made_path(path, sizeof path, file), locator_length = located(locator, sizeof locator, prefix, path);
	bool live = mix(file ^ 77) % 16 != 0;
	struct timestamp t[FILE_TIMES];
	for (unsigned i = 0; i < FILE_TIMES; i++)
		t[i] = i < 3 ? made_time(file * 8 + i, true) : made_time(file * 8 + 3, file % 4 != 0);      /* the four of $FILE_NAME are mostly that of creation */
	struct record_builder r = record_begin(out, RECORD_NODE);
	const char *name = strrchr(path, '/') + 1;
	record_string(&r, F_KIND, "file");
	record_text(&r, F_LOCATOR, locator, locator_length);
	record_string(&r, F_NAME, name);
	record_text(&r, F_PATH, path, path_length);
	snprintf(address, sizeof address, "%llu-%u", (unsigned long long)file + 40, (unsigned)(file % 5 + 1));
	record_string(&r, F_ADDRESS, address);
	record_number(&r, F_SIZE, mix(file ^ 5) % 1000000);
	record_flag(&r, F_ALLOCATED, live);
	for (unsigned i = 0; i < FILE_TIMES; i++)
		record_time(&r, row[i].field, &t[i]);
	record_string(&r, F_STATE, "read");
	record_end(&r);
	for (unsigned i = 0; i < FILE_TIMES; i++) {
		r = record_begin(out, RECORD_EVENT);
		record_time(&r, F_TIME, &t[i]);
		record_string(&r, F_TIMESTAMP_DESC, row[i].desc);
		record_string(&r, F_KIND, row[i].kind);
		record_text(&r, F_LOCATOR, locator, locator_length);
		size_t verb = strlen(row[i].verb);
		memcpy(message, row[i].verb, verb);
		memcpy(message + verb, path, path_length);
		record_text(&r, F_MESSAGE_TEXT, message, verb + path_length);
		record_text(&r, F_PATH, path, path_length);
		record_flag(&r, F_ALLOCATED, live);
		record_end(&r);
	}
}

static void made_log(struct buffer *out, uint64_t number, const char *prefix)
{
	static const char *const log[] = { "Security", "System", "Microsoft-Windows-Sysmon%254Operational", "Microsoft-Windows-PowerShell%254Operational" };
	static const char *const field[] = { "SubjectUserSid", "SubjectUserName", "SubjectDomainName", "SubjectLogonId", "NewProcessId", "NewProcessName", "TokenElevationType", "ProcessId", "CommandLine", "TargetUserSid",
		"TargetUserName", "TargetDomainName", "TargetLogonId", "ParentProcessName", "MandatoryLabel", "IpAddress", "IpPort", "WorkstationName", "AuthenticationPackageName", "KeyLength" };
	static const char *const command[] = { "C:\\Windows\\System32\\svchost.exe -k netsvcs -p -s Schedule", "\"C:\\Program Files\\Common Files\\agent.exe\" --run \"C:\\Users\\анна\\a.cfg\"", "powershell.exe -NoProfile -ExecutionPolicy Bypass -File C:\\Temp\\s.ps1" };
	char path[128], locator[192], text[160];
	uint64_t h = mix(number ^ 0x5ec), fields = 10 + h % 11;
	struct timestamp t = time_from_filetime(UINT64_C(133000000000000000) + number * 9000000 + h % 1000000);
	snprintf(path, sizeof path, "/Windows/System32/winevt/Logs/%s.evtx", log[h >> 8 & 3]);
	size_t locator_length = located(locator, sizeof locator, prefix, path);
	struct record_builder r = record_begin(out, RECORD_EVENT);
	record_time(&r, F_TIME, &t);
	record_string(&r, F_TIMESTAMP_DESC, "Event Logged");
	record_string(&r, F_KIND, "windows:evtx:record");
	record_text(&r, F_LOCATOR, locator, locator_length);
	record_number(&r, F_OFFSET, 4096 + number * 712);
	record_number(&r, F_LENGTH, 600 + h % 300);
	size_t n = (size_t)snprintf(text, sizeof text, "A new process has been created: %s", command[h % 3]);
	record_text(&r, F_MESSAGE_TEXT, text, n);
	record_string(&r, F_PATH, path);
	record_string(&r, F_ARTIFACT_ID, "windows.evtx");
	record_string(&r, F_HOST, "WS-0217.corp.example");
	record_string(&r, F_USER, h & 1 ? "CORP\\anna.lindqvist" : "NT AUTHORITY\\SYSTEM");
	record_map(&r, F_DATA);
	value_number(&r, "event_id", 4600 + h % 90);
	value_number(&r, "record", number);
	for (uint64_t i = 0; i + 2 < fields; i++) {
		switch (i % 5) {
		case 0: n = (size_t)snprintf(text, sizeof text, "S-1-5-21-3623811015-3361044348-30300820-%u", (unsigned)(1000 + h % 50)); break;
		case 1: n = (size_t)snprintf(text, sizeof text, "WS-0217$"); break;
		case 2: n = (size_t)snprintf(text, sizeof text, "CORP"); break;
		case 3: value_big(&r, field[i], h >> 20); continue;
		default: n = (size_t)snprintf(text, sizeof text, "%s", i == 9 ? "C:\\Windows\\explorer.exe" : command[(h + i) % 3]);
		}
		value_text(&r, field[i], text, n);
	}
	record_close(&r);
	record_end(&r);
}

/* Nine files give 72 events of theirs and 8 of logs. */
static void made(struct buffer *out, uint64_t file, const char *prefix)
{
	made_file(out, file, prefix);
	if (file % 9 < 8)
		made_log(out, file / 9 * 8 + file % 9, prefix);
}

static uint64_t files_for(uint64_t events) { return (events * 9 + 79) / 80; }

/* ---- the worker's side */

struct job { uint64_t first, count; };

static void preload(void)
{
}

static void *warm_up(const uint8_t *config, size_t length, void (*progress)(uint64_t at))
{
	(void)config, (void)length;
	progress(1);
	return NULL;
}

static void run(struct worker *w, void *state, const struct worker_job *job)
{
	struct buffer frames = { 0 };
	struct job j;
	(void)state;
	memcpy(&j, job->payload, sizeof j);
	for (uint64_t i = 0; i < j.count; i++) {
		made(&frames, j.first + i, "");
		if (frames.length > OUT_BATCH || i + 1 == j.count) {
			worker_records(w, &frames);
			worker_beat(w);
			buffer_clear(&frames);
		}
	}
	buffer_free(&frames);
}

/* ---- the broker's side */

struct sink { struct bundle *b; struct buffer out; uint64_t records; };

static bool flush(struct sink *s)
{
	for (size_t at = 0; at < s->out.length;) {
		ssize_t n = write(STDOUT_FILENO, s->out.data + at, s->out.length - at);
		if (n <= 0)
			return false;
		at += (size_t)n;
	}
	buffer_clear(&s->out);
	return true;
}

static bool record(void *owner, const struct record_view *v)
{
	struct sink *s = owner;
	s->records++;
	if (s->b)
		return bundle_record(s->b, v);
	record_to_json(&s->out, v);
	return s->out.length < OUT_BATCH || flush(s);
}

static double cpu(void)
{
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	return (double)(u.ru_utime.tv_sec + u.ru_stime.tv_sec) + (double)(u.ru_utime.tv_usec + u.ru_stime.tv_usec) / 1e6;
}

static int fail(const char *what)
{
	fprintf(stderr, "events: %s: %s\n", what, strerror(errno));
	return 1;
}

static int lines(uint64_t events)
{
	struct sink s = { 0 };
	struct buffer frames = { 0 };
	struct record_view v;
	fputs("{\"type\":\"start\",\"schema\":1,\"module\":\"parse\",\"version\":\"0\"}\n", stdout);
	fflush(stdout);
	for (uint64_t i = 0; i < files_for(events); i++) {
		buffer_clear(&frames);
		made(&frames, i, "disk.E01");
		for (size_t at = 0, length; at < frames.length; at += length) {
			length = record_frame_length(frames.data + at, frames.length - at);
			if (record_view_open(&v, frames.data + at, length))
				abort();
			if (!record(&s, &v))
				return fail("standard output");
		}
	}
	if (!flush(&s))
		return fail("standard output");
	puts("{\"type\":\"end\",\"module\":\"parse\",\"counts\":{},\"status\":\"complete\",\"exit\":0}");
	return 0;
}

/* What each part of bundle_finish costs, on the standard error stream. */
static void stage(void *owner, const char *what)
{
	double *began = owner, t = cpu();
	if (what)
		fprintf(stderr, "%7.2f CPU s before %s\n", t - *began, what);
	*began = t;
}

static int through_engine(uint64_t events, const char *path)
{
	struct sink s = { 0 };
	char exe[4096];
	ssize_t n = readlink("/proc/self/exe", exe, sizeof exe - 1);
	exe[n > 0 ? n : 0] = 0;
	double began = 0;
	if (path && !(s.b = bundle_new(&(struct bundle_options){ .path = path, .stage = stage, .owner = &began })))
		return fail(path);
	int directory = open(path ? path : "/tmp", O_RDONLY | O_DIRECTORY);
	struct engine *e = engine_new(&(struct engine_options){ .worker_path = exe, .workers = 1, .landlock_most = -1, .directory = directory, .hang_seconds = 60 }, &(struct engine_client){ .owner = &s, .record = record });
	for (uint64_t first = 0, files = files_for(events); first < files; first += JOB_FILES) {
		struct job j = { first, files - first < JOB_FILES ? files - first : JOB_FILES };
		engine_add(e, &(struct engine_job){ .kind = 1, .prefix = "disk.E01", .payload = &j, .length = sizeof j });
	}
	if (engine_run(e) != ENGINE_DONE || !flush(&s)) {
		fprintf(stderr, "events: %s\n", engine_fault(e) ? engine_fault(e) : "standard output");
		return 1;
	}
	double engine = cpu(), all;
	engine_free(e);
	if (s.b && !bundle_finish(s.b, &(struct bundle_facts){ .version = "bench", .sandbox = "", .status = "complete" }))
		return fail(bundle_trouble(s.b));
	bundle_free(s.b);
	all = cpu();
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	fprintf(stderr, "%llu records; CPU s: %.2f until the last record, %.2f after it, %.2f in all = %.0f ns a record; peak %ld MiB\n", (unsigned long long)s.records, engine, all - engine, all,
		all / (double)s.records * 1e9, u.ru_maxrss / 1024);
	return 0;
}

/* ---- the events' part of the bundle alone */

struct part { struct timeline *timeline; struct output *output; struct buffer json; struct record_view view; };

static int part_next(void *owner, struct event_row *row)
{
	struct part *p = owner;
	size_t at = 0;
	int got = timeline_next_placed(p->timeline, &p->view, &row->place);
	if (got != 1)
		return got;
	buffer_clear(&p->json);
	record_to_json_marked(&p->json, &p->view, F_DATA, &at, &row->data_length);
	row->view = &p->view;
	row->data = row->data_length ? p->json.data + at : NULL;
	return output_write(p->output, p->json.data, p->json.length) ? 1 : -1;
}

static int timeline_only(uint64_t events, const char *path)
{
	uint8_t sha256[32];
	uint64_t size, files = files_for(events);
	int directory = open(path, O_RDONLY | O_DIRECTORY);
	struct buffer frames = { 0 };
	struct part p = { .timeline = timeline_new(directory, TIMELINE_MEMORY), .output = output_new(directory, "timeline.jsonl.zst", true) };
	struct database *d = database_new(directory, path, "timeline.sqlite");
	if (!p.output || !d)
		return fail(path);
	double making = 0;
	for (unsigned taken = 0; taken < 2; taken++) {  /* once only for what making and opening them costs */
		for (uint64_t i = 0; i < files; i++) {
			buffer_clear(&frames);
			made(&frames, i, "disk.E01");
			for (size_t at = 0, length; at < frames.length; at += length) {
				struct record_view v;
				length = record_frame_length(frames.data + at, frames.length - at);
				if (record_view_again(&v, frames.data + at, length))
					abort();
				if (taken && v.type == RECORD_EVENT && !timeline_add_placed(p.timeline, &v, database_place(d, &v)))
					return fail(path);
			}
		}
		making = taken ? making : cpu();
	}
	output_thread(p.output);
	if (!timeline_finish(p.timeline) || !database_events(d, part_next, &p) || !database_index(d) || !output_finish(p.output, sha256, &size) || !database_finish(d, sha256, &size))
		return fail(path);
	timeline_free(p.timeline);
	struct rusage u;
	getrusage(RUSAGE_SELF, &u);
	fprintf(stderr, "%llu events sorted, in the database, in the compressed timeline: %.2f CPU s (making them, not counted: %.2f); peak %ld MiB\n", (unsigned long long)events, cpu() - 2 * making, making,
		u.ru_maxrss / 1024);
	return 0;
}

static int frames_only(uint64_t events)
{
	struct buffer frames = { 0 };
	for (uint64_t i = 0; i < files_for(events); i++) {
		buffer_clear(&frames);
		made(&frames, i, "");
	}
	fprintf(stderr, "making: %.2f CPU s\n", cpu());
	return 0;
}

int main(int argc, char **argv)
{
	if (!strcmp(argv[0], "spoor-worker"))
		return worker_main(&(struct worker_function){ .preload = preload, .warm_up = warm_up, .run = run });
	uint64_t events = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
	if (argc == 3 && !strcmp(argv[1], "lines"))
		return lines(events);
	if (argc == 3 && !strcmp(argv[1], "json"))
		return through_engine(events, NULL);
	if (argc == 4 && !strcmp(argv[1], "bundle"))
		return through_engine(events, argv[3]);
	if (argc == 4 && !strcmp(argv[1], "timeline"))
		return timeline_only(events, argv[3]);
	if (argc == 3 && !strcmp(argv[1], "frames"))
		return frames_only(events);
	fputs("usage: events lines|json|frames N, events bundle|timeline N DIR\n", stderr);
	return 2;
}
