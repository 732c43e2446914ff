/* SPDX-License-Identifier: Apache-2.0 */
/* spoor.c: the front door: one table of modules gives dispatch, help and completions. */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <signal.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/hash.h"
#include "base/text.h"
#include "modules/modules.h"
#include "record/describe.h"

#define WHERE "[EVIDENCE|LOCATOR]..."
const struct module modules[] = {
	{ "triage", M_TRIAGE, "EVIDENCE...", "everything in one pass: a timeline bundle with findings, mail, artefacts and a report", "Reads every evidence item once and does everything that the other modules do one by one: lists it with deleted entries, hashes its media and its files, opens archives and mail, parses artefacts, runs YARA and Sigma rules. The output directory becomes a timeline bundle: a BagIt bag with report.html, timelines, findings, messages, errors and the content that was found, and a custody log.\n\nWith a profile, files that the catalogue does not name for it are listed but not read; their records say so.\n\nThe same evidence gives the same bytes, custody.log aside. A run that was cut off, by a signal, a crash, a full disk or the power, goes on with --resume: the same command with that option, in the same directory. Jobs that were done are taken from its journal and not run again; the bytes are those of an undisturbed run. Other options, other evidence or another build of spoor are refused, and so is a second run in a directory in which one works. A finished bundle is left alone.\n\nInterrupt once to stop after the jobs in hand (at most two seconds), twice to stop at once; while the bundle is put together, once is enough.\n\nWhile it runs, data/ can be read: errors.jsonl.partial holds the errors so far, records.jsonl.zst.partial and messages.jsonl.zst.partial the records so far in the order of the evidence, hits among them (zstd -dcf FILE gives all that is whole and then complains of the end). Findings sorted by score, the timelines, the artefacts and the report are written at the end. Names lose .partial when the file is whole.\n\nEvery node is read, skipped (profile: it was not asked for; limit; type: there is nothing to read in such a thing; no content: an entry whose content is gone) or failed; data/coverage.json has the sums by kind and by evidence, and they add up.", { "spoor triage -o case.spoor disk.E01 mail.mbox", "spoor triage --profile windows -o case.spoor disk.E01", NULL }, module_triage },
	{ "mount", M_MOUNT, WHERE, "say what the evidence is: images, volumes, file systems, what is locked, damaged or unsupported; with --at mount all that is in it", "Writes one evidence record for each item and node records for the media, partitions and what is recognised on them. Files are not listed. On a terminal, or with --format tree, the same is a tree for people, with what is locked, damaged or unsupported below what it concerns.\n\nWith --at it mounts a read-only view of everything that spoor opens on a directory (FUSE; no root is needed where /dev/fuse may be used) and serves it until ^C, SIGTERM or fusermount3 -u. Any program can then read it. Several items of evidence stand side by side. NAME is what NAME holds as bytes: of evidence those of its media. NAME::FORMAT is a folder with what was found in it: disk.E01::mbr/1::ntfs/Users/ann/mail.pst::pst/Inbox. A stream is NAME:STREAM; an entry that its locator names by address (deleted, doubled) is NAME::#ADDRESS; folders that only paths speak of are shown too.\n\nNames are those of locators, but that printable ASCII other than / % and : stands as it is; a name of more than 255 bytes, or one that is taken, ends with ::~ and a hash. Links that would lead out of the view lead to the same path in it. Devices, pipes and sockets are shown as empty files. Modes, owners, sizes and times (1970 where none is known) are those of the records; inode numbers are the same in each mount. The attribute user.spoor.locator holds the locator; user.spoor.sha256 the hash of the content, which is made when it is first asked for and listed from then on (getfattr).\n\nThe process that serves the view parses nothing: a container or a folder is looked at by a worker when it is first looked into, content is read by workers and kept in a bounded cache. A job whose worker dies runs again; if it dies each time or hangs (--hang-seconds), the request fails with an input/output error and all else goes on. What is damaged reads as zeros, as everywhere, and an error record on standard output says so. Of an unreadable or encrypted content every read is an input/output error.\n\nA mount whose process was killed goes away by itself where fusermount3 can do that; one that stays (every access says that the transport endpoint is not connected) is taken away by fusermount3 -u -z DIR.\n\nFolders as evidence are not shown: name the images in them.", { "spoor mount disk.E01 mail.mbox", NULL, NULL }, module_mount },
	{ "walk", M_WALK, WHERE, "list everything in it, deleted entries included", "Writes a node record for every entry of every file system, archive and mailbox, deleted ones included. Archives and mail among the files are opened unless --shallow. As a body file it opens none.\n\nWithout operands it reads the records of spoor mount on standard input.", { "spoor walk disk.E01", "spoor walk --format bodyfile disk.E01", NULL }, module_walk },
	{ "cat", M_CAT, "LOCATOR...", "a locator's bytes to standard output", "Writes the bytes that a locator names. Nothing else goes to standard output.", { "spoor cat disk.E01::mbr:1::ntfs:/Users/ann/Documents/minutes.txt", NULL, NULL }, module_cat },
	{ "extract", M_EXTRACT, WHERE, "content into a store, named by SHA-256", "Reads the content of nodes and writes it into the directory under its SHA-256, without execute permission. Node records gain sha256, filetype and state. With a profile only what the catalogue names is taken; all else is marked as skipped.", { "spoor walk disk.E01 | spoor extract --profile windows -o store", NULL, NULL }, module_extract },
	{ "parse", M_PARSE, WHERE, "artefacts into events", "Turns file times, mail and artefacts into event, message and artifact records.", { "spoor walk disk.E01 | spoor parse", "spoor parse --artifact lx.utmp wtmp.old", NULL }, module_parse },
	{ "scan", M_SCAN, WHERE, "run YARA rules over content, Sigma rules over events", "Runs YARA rules over content that is in memory anyway. Every hit says which rule matched, why, and where the strings lie. Rules are compiled from source once a run, file by file: one that does not compile is an error record and costs only itself. A rule runs only on content that begins as its condition demands, where its source proves that no hit is lost so.\n\nRules also see what lies encoded in content: base64 in text and scripts, UTF-16 as UTF-8, gzip and deflate in these, macros of documents, streams of PDF files. Such a hit says so, as in base64@0x10/utf16@0x0; its offset and length are those of the encoded bytes, offsets of its matches count in what was decoded.\n\nIndicators of --ioc are met in hashes of content and in names; where artefacts are parsed, too (triage, --sigma), in all texts of events and messages. Hits name the list, the line and the indicator (IOC_HASH, IOC_NAME, IOC_NETWORK). Lists are text or CSV, STIX 2.1 bundles (comparisons joined by OR), MISP events or OpenIOC.\n\nWith --sigma it runs Sigma rules as well: over events of Windows event logs, and, for rules of product spoor, over records of nodes, messages and the events of other artefacts. The logs are parsed for that, but their events are not written. A hit holds the event's time and its place in the log, the fields that matched, the rule's id, tags as ATT&CK ids, and a score by the rule's level: informational 20, low 40, medium 60, high 75, critical 90.\n\nField names and log sources are those of Sigma's taxonomy, for Sysmon and for Windows' own events. All modifiers of Sigma 2 are known but expand and those for parts of a time; a rule that can't be used is an error record with the reason, and one for events that spoor has none of a note. Counts and correlations (event_count, value_count, temporal, temporal_ordered, and the pipe to count of Sigma 1) look at one log at a time. Where the template of a recovered record is lost its values have no names: only rules that ask for nothing but the System part see it. A regular expression that takes too many steps is given up for that value, and after 16 values for that log: an error record says so.\n\nMail messages are judged as well, each by itself: what the receiving server found of its sender, whether names and domains pass for others (of the recipients, or of --own-domain), where links lead behind gateways and redirects, what is attached by its content and what archives hold. Each sign stands in the hit with its weight and what it was seen in; their sum makes the rule: MAIL_LOW, MAIL_SUSPICIOUS or MAIL_LIKELY_PHISHING. That is a reason to look, not a verdict. Settings and installer packages of remote management tools tell to whom they report (REMOTE_TOOL_SETTINGS, REMOTE_TOOL_PACKAGE).\n\nWhat only several records together tell comes with the bundle: who wrote for the first time, a stranger in a thread, one hit a remote tool (spoor-bundle(5)).", { "spoor walk disk.E01 | spoor scan -r yara-rules", NULL, NULL }, module_scan },
	{ "timeline", M_TIMELINE, WHERE, "events sorted by time, in many formats", "Sorts events by time, whatever their order on standard input, and writes them in the asked format. Bodyfile writes the nodes instead.", { "spoor parse disk.E01 | spoor timeline --format timesketch-csv", NULL, NULL }, module_timeline },
	{ "bundle", M_BUNDLE, WHERE, "records into a timeline bundle", "Writes the records of standard input into a bundle as spoor triage does.", { "spoor parse disk.E01 | spoor bundle -o case.spoor", NULL, NULL }, module_bundle },
	{ "verify", M_VERIFY, "EVIDENCE|BUNDLE...", "evidence against the hashes it states, a bundle against its manifests and custody log", "Reads the whole media of each evidence item, computes the digests that its container states and SHA-256, and names every damaged range. A bundle is checked against its manifests, its custody log and, where there is one, its signature; evidence that is named beside it also against what the bundle says it was made from. Every difference is an error record.", { "spoor verify disk.E01", "spoor verify case.spoor disk.E01", NULL }, module_verify },
	{ "selftest", M_SELFTEST, "", "try what workers must not do on this kernel, and say what was refused", "Starts workers as every run does and has each try one deed that evidence must never be able to do: opening a file, a socket, starting a program and others. Exit status 1 when the kernel let one happen.", { "spoor selftest", NULL, NULL }, module_selftest },
	{ "version", M_VERSION, "", "versions of spoor, its libraries and rules, and what of the sandbox holds", "Prints the version of spoor, the libraries that its broker links, the libraries that its workers link (a worker is started and asked), what of the kernel sandbox held for that worker, and the rule files that a scan would use, with one hash of their names and texts. Rules that do not compile are named; then the exit status is 1.", { "spoor version", "spoor version -r yara-rules", NULL }, module_version },
	{ 0 },
};

static int close_out(int code)
{
	if (fflush(stdout) || ferror(stdout)) {
		say(NULL, "standard output can't be written: %s", strerror(errno));
		return EXIT_OUTPUT;
	}
	return code;
}

static int help(FILE *to)
{
	fprintf(to, "usage: spoor MODULE [OPTION]... [EVIDENCE|LOCATOR]...\nOffline forensic triage: evidence in, a timeline bundle out.\n\n");
	for (const struct module *m = modules; m->name; m++)
		fprintf(to, "  %-9s %s\n", m->name, m->about);
	fprintf(to, "\nBegin with: spoor triage -o case.spoor disk.E01\nMore: spoor MODULE --help, man spoor-MODULE\n");
	return 0;
}

int main(int argc, char **argv)
{
	/* descriptors 0 to 2 must be there: evidence must never end up as standard output */
	for (int fd; (fd = open("/dev/null", O_RDWR)) >= 0;)
		if (fd > 2) {
			close(fd);
			break;
		}
	(void)fcntl(STDOUT_FILENO, F_SETPIPE_SZ, 1 << 20);         /* a pipe of its usual 64 KiB makes the two ends wait for each other; what is no pipe stays as it is */
	setenv("TZ", "UTC", 1);
	hash_warm_up();
	if (argc < 2) {
		help(stderr);
		return EXIT_USAGE;
	}
	const char *word = argv[1];
	if (!strcmp(word, "-h") || !strcmp(word, "--help") || (!strcmp(word, "help") && argc < 3)) {
		help(stdout);
		return close_out(EXIT_DONE);
	}
	if (!strcmp(word, "-V") || !strcmp(word, "--version")) {
		printf("spoor %s\n", PACKAGE_VERSION);
		return close_out(EXIT_DONE);
	}
	if (!strcmp(word, "__complete"))
		return argc > 2 && options_complete(argv[2], stdout) ? close_out(EXIT_DONE) : EXIT_USAGE;
	if (!strcmp(word, "__schema") || (!strcmp(word, "__man") && argc > 2 && !strcmp(argv[2], "records"))) {
		struct buffer text = { 0 };
		if (word[2] == 's')
			record_schema_json(&text);
		else
			record_describe_mdoc(&text);
		fwrite(text.data, 1, text.length, stdout);
		buffer_free(&text);
		return close_out(EXIT_DONE);
	}
	if (!strcmp(word, "__man") && argc > 2 && module_by_name(argv[2])) {
		options_man(module_by_name(argv[2]), stdout);
		return close_out(EXIT_DONE);
	}
	bool asked = !strcmp(word, "help");
	const struct module *m = module_by_name(asked ? argv[2] : word);
	if (!m) {
		options_suggest(asked ? argv[2] : word);
		return EXIT_USAGE;
	}
	struct settings set = { 0 };
	if (!asked && !options_parse(m, &set, argc - 1, argv + 1))
		return EXIT_USAGE;
	if (asked || set.help) {
		options_help(m, stdout);
		return close_out(EXIT_DONE);
	}
	if (set.version) {
		printf("spoor %s\n", PACKAGE_VERSION);
		return close_out(EXIT_DONE);
	}
	int code = options_files_from(m, &set) ? m->run(m, &set, argc - 1, argv + 1) : EXIT_USAGE;
	options_free(&set);
	if (code > 128) {
		/* ended by a signal: what started this must see that */
		signal(code - 128, SIG_DFL);
		raise(code - 128);
	}
	return code;
}
