/* SPDX-License-Identifier: Apache-2.0 */
/* signature.c: custody.log.sig, the responder's own signature under custody.log. spoor has no cryptography of its own for this: it runs OpenSSH's ssh-keygen (namespace
 * "spoor") or GnuPG, which laboratories have, by absolute path and with few variables of the environment: what lies on the PATH of an evidence station is not to be trusted.
 *
 * Signed is custody.log up to the end of its last seal. The seal names the hash of the tag manifest, that names the manifest, that names every file of data/; each
 * line of the log names the one before. So one signature covers all of the bundle. By hand, as long as nothing was added after the seal:
 *   ssh-keygen -Y verify -f SIGNERS -I NAME -n spoor -s custody.log.sig < custody.log        or        gpgv --keyring KEYS custody.log.sig custody.log
 *
 * Sources: ssh-keygen(1) "-Y", "ALLOWED SIGNERS"; PROTOCOL.sshsig; gpgv(1); GnuPG's doc/DETAILS (status lines). */
#include "bundle/place.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"

static const char LOG[] = "custody.log", SIGNATURE[] = "custody.log.sig", SSH_KEYGEN[] = "/usr/bin/ssh-keygen", GPG[] = "/usr/bin/gpg", GPGV[] = "/usr/bin/gpgv";
enum { LOG_MOST = 256 << 20, SIGNATURE_MOST = 1 << 16, SAID_MOST = 1 << 16, DESCRIPTORS = 10, ARGUMENTS = 16 };

/* A descriptor above those that a child gets; takes `fd`. */
static int above(int fd)
{
	int high = fd < 0 ? -1 : fcntl(fd, F_DUPFD_CLOEXEC, DESCRIPTORS);
	if (fd >= 0)
		close(fd);
	return high;
}

static int memory_file(const void *bytes, size_t length)
{
	int fd = above(memfd_create("spoor", MFD_CLOEXEC));
	if (fd >= 0 && (!write_whole(fd, bytes, length) || lseek(fd, 0, SEEK_SET) != 0)) {
		close(fd);
		return -1;
	}
	return fd;
}

static bool read_file(int fd, struct buffer *text, size_t most)
{
	struct stat st;
	if (fd < 0 || fstat(fd, &st) != 0)
		return false;
	if (!S_ISREG(st.st_mode)) {
		errno = EINVAL;
		return false;
	}
	for (;;) {
		ssize_t n = pread(fd, buffer_reserve(text, 1 << 16), 1 << 16, (off_t)text->length);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n == 0;
		text->length += (size_t)n;
		if (text->length > most) {
			errno = EFBIG;
			return false;
		}
	}
}

static bool read_named(int directory, const char *name, struct buffer *text, size_t most)
{
	int fd = openat(directory, name, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	bool good = read_file(fd, text, most);
	int was = errno;
	if (fd >= 0)
		close(fd);
	errno = was;
	return good;
}

/* The log up to the end of its last seal; 0: there is none. */
static size_t sealed_length(const struct buffer *log)
{
	size_t sealed = 0, n;
	for (size_t at = 0; at < log->length;) {
		const uint8_t *feed = memchr(log->data + at, '\n', log->length - at);
		if (!feed)
			break;
		size_t end = (size_t)(feed - log->data);
		const struct buffer line = { log->data + at, end - at, end - at };
		const uint8_t *action = json_member(&line, "action", &n);
		at = end + 1;
		if (action && n == 6 && memcmp(action, "\"seal\"", 6) == 0)
			sealed = at;
	}
	return sealed;
}

/* Runs a program: 0 and 3 of the child are `in` and `also`, 1 (and 2 when `quiet`) goes into `said`. Its exit status, -1 with errno when it could not be run. */
static int run(const char *program, const char *const argument[], int in, int also, bool quiet, struct buffer *said)
{
	static const char *const kept[] = { "HOME", "TERM", "SSH_AUTH_SOCK", "GNUPGHOME", "GPG_TTY", "DISPLAY", "WAYLAND_DISPLAY", "XAUTHORITY", "XDG_RUNTIME_DIR", "DBUS_SESSION_BUS_ADDRESS" };
	enum { KEPT = sizeof kept / sizeof *kept };
	struct buffer text[KEPT] = { { 0 } };
	char *environment[KEPT + 3], *argv[ARGUMENTS];
	size_t variables = 0, arguments = 0;
	environment[variables++] = (char[]){ "PATH=/usr/bin:/bin" };
	environment[variables++] = (char[]){ "LC_ALL=C" };
	for (size_t i = 0; i < KEPT; i++) {
		const char *value = getenv(kept[i]);
		if (!value)
			continue;
		buffer_format(&text[i], "%s=%s", kept[i], value);
		buffer_byte(&text[i], 0);
		environment[variables++] = (char *)text[i].data;
	}
	environment[variables] = NULL;
	argv[arguments++] = (char *)(uintptr_t)program;
	for (; argument[arguments - 1] && arguments < ARGUMENTS - 1; arguments++)
		argv[arguments] = (char *)(uintptr_t)argument[arguments - 1];
	argv[arguments] = NULL;

	int out = above(memfd_create("spoor", MFD_CLOEXEC)), status = -1;
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	pid_t child;
	posix_spawn_file_actions_init(&actions);
	posix_spawnattr_init(&attributes);
	sigset_t none, all;
	sigemptyset(&none);
	sigfillset(&all);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	int failed = out < 0 ? errno : 0;
	if (!failed) {
		posix_spawn_file_actions_adddup2(&actions, in, 0);
		posix_spawn_file_actions_adddup2(&actions, out, 1);
		if (quiet)
			posix_spawn_file_actions_adddup2(&actions, out, 2);
		if (also >= 0)
			posix_spawn_file_actions_adddup2(&actions, also, 3);
		posix_spawn_file_actions_addclosefrom_np(&actions, also >= 0 ? 4 : 3);
		failed = posix_spawn(&child, program, &actions, &attributes, argv, environment);
	}
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	if (!failed) {
		while (waitpid(child, &status, 0) < 0 && errno == EINTR)
			;
		status = WIFEXITED(status) ? WEXITSTATUS(status) : 128;
		if (!read_file(out, said, SAID_MOST))
			said->length = 0;
	}
	if (out >= 0)
		close(out);
	for (size_t i = 0; i < KEPT; i++)
		buffer_free(&text[i]);
	errno = failed ? failed : errno;
	return failed ? -1 : status;
}

bool bundle_key_there(const char *key, struct buffer *why)
{
	const char *program = strncmp(key, "gpg:", 4) == 0 ? GPG : SSH_KEYGEN;
	if (program == SSH_KEYGEN && access(key, R_OK) != 0)
		buffer_format(why, "%s: %s", key, strerror(errno));
	else if (access(program, X_OK) != 0)
		buffer_format(why, "%s, which makes the signature, is not there", program);
	else
		return true;
	return false;
}

bool bundle_sign(const char *path, const char *key, struct buffer *why)
{
	int directory = above(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), in = -1, status = -1;
	struct buffer log = { 0 }, said = { 0 };
	bool gpg = strncmp(key, "gpg:", 4) == 0, good = false;
	const char *const ssh_words[] = { "-q", "-Y", "sign", "-n", "spoor", "-f", key, NULL };
	const char *const gpg_words[] = { "--quiet", "--armor", "--detach-sign", "--local-user", key + (gpg ? 4 : 0), "--output", "-", NULL };
	uint8_t sha256[32];
	uint64_t size;
	if (directory < 0 || !read_named(directory, LOG, &log, LOG_MOST) || (in = memory_file(log.data, sealed_length(&log))) < 0)
		buffer_format(why, "%s: %s", LOG, strerror(errno));
	else if ((status = run(gpg ? GPG : SSH_KEYGEN, gpg ? gpg_words : ssh_words, in, -1, false, &said)) < 0)
		buffer_format(why, "%s: %s", gpg ? GPG : SSH_KEYGEN, strerror(errno));
	else if (status || said.length < 20 || memcmp(said.data, "-----BEGIN ", 11) != 0)
		buffer_format(why, "%s made no signature with the key %s", gpg ? GPG : SSH_KEYGEN, key);
	else {
		struct output *o = output_new(directory, SIGNATURE, false);
		if (o && output_write(o, said.data, said.length))
			good = output_finish(o, sha256, &size);
		else
			output_drop(o);
		if (!good)
			buffer_format(why, "%s: %s", SIGNATURE, strerror(errno));
	}
	if (in >= 0)
		close(in);
	if (directory >= 0)
		close(directory);
	buffer_free(&log);
	buffer_free(&said);
	return good;
}

/* ---- checking */

static bool says(struct buffer *said, const char *what) { return strstr(buffer_string(said), what) != NULL; }

/* The first line that begins so, without it. */
static void line_after(struct buffer *out, struct buffer *said, const char *head)
{
	const char *at = strstr(buffer_string(said), head);
	if (at)
		buffer_append(out, at + strlen(head), strcspn(at + strlen(head), "\n"));
}

/* What is wrong with the signature, NULL nothing; `by`: whose it is. */
static const char *check_ssh(int log, int signature, const char *signers, struct buffer *by)
{
	struct buffer said = { 0 }, name = { 0 };
	const char *wrong = NULL;
	int status;
	if (!signers) {
		const char *const words[] = { "-Y", "check-novalidate", "-n", "spoor", "-s", "/proc/self/fd/3", NULL };
		status = run(SSH_KEYGEN, words, log, signature, true, &said);
		wrong = status < 0 ? "could not be checked: /usr/bin/ssh-keygen is not there" : status ? "does not fit custody.log" : NULL;
		line_after(by, &said, "signature with ");
	} else {
		const char *const find[] = { "-Y", "find-principals", "-f", signers, "-s", "/proc/self/fd/3", NULL };
		status = run(SSH_KEYGEN, find, log, signature, true, &said);
		line_after(&name, &said, "");
		if (status < 0)
			wrong = "could not be checked: /usr/bin/ssh-keygen is not there";
		else if (status)
			wrong = "is by another key than those of the signers file, or none can be read there";
		else {
			char *principal = memory_string(buffer_string(&name));
			const char *const verify[] = { "-Y", "verify", "-f", signers, "-I", principal, "-n", "spoor", "-s", "/proc/self/fd/3", NULL };
			buffer_clear(&said);
			lseek(log, 0, SEEK_SET);
			if (run(SSH_KEYGEN, verify, log, signature, true, &said) != 0)
				wrong = "does not fit custody.log";
			line_after(by, &said, "signature for ");
			free(principal);
		}
	}
	buffer_free(&said);
	buffer_free(&name);
	return wrong;
}

static const char *check_gpg(int log, int signature, const char *signers, struct buffer *by)
{
	struct buffer said = { 0 }, keyring = { 0 };
	const char *wrong = NULL;
	buffer_format(&keyring, "%s%s", signers && strchr(signers, '/') ? "" : "./", signers ? signers : "");
	const char *const words[] = { "--status-fd", "1", "--keyring", buffer_string(&keyring), "/proc/self/fd/3", "-", NULL };
	if (signers) {
		int status = run(GPGV, words, log, signature, true, &said);
		wrong = status < 0 ? "could not be checked: /usr/bin/gpgv is not there" : !status && says(&said, "[GNUPG:] GOODSIG ") ? NULL : says(&said, "[GNUPG:] BADSIG ") ? "does not fit custody.log" : "is by another key than those of the signers file, or none can be read there";
		line_after(by, &said, "[GNUPG:] GOODSIG ");
	}
	buffer_free(&said);
	buffer_free(&keyring);
	return wrong;
}

int64_t bundle_verify_signature(const char *path, const char *signers, void (*tell)(void *owner, const char *kind, const char *message), void *owner, struct buffer *said)
{
	int directory = above(open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)), log_fd = -1, signature_fd = -1;
	struct buffer log = { 0 }, signature = { 0 }, by = { 0 }, text = { 0 };
	const char *wrong = NULL;
	bool there = directory >= 0 && read_named(directory, SIGNATURE, &signature, SIGNATURE_MOST);
	bool gpg = signature.length > 27 && memcmp(signature.data, "-----BEGIN PGP SIGNATURE-----", 27) == 0;
	if (!there && errno == ENOENT)
		wrong = signers ? "is missing: the bundle is not signed" : NULL;
	else if (!there)
		wrong = "can't be read";
	else if (!read_named(directory, LOG, &log, LOG_MOST) || !sealed_length(&log))
		wrong = "has no sealed custody.log that it could be for";
	else if ((log_fd = memory_file(log.data, sealed_length(&log))) < 0 || (signature_fd = memory_file(signature.data, signature.length)) < 0)
		wrong = "could not be checked: no memory";
	else if (signers && access(signers, R_OK) != 0)
		wrong = "could not be checked: the signers file can't be read";
	else
		wrong = gpg ? check_gpg(log_fd, signature_fd, signers, &by) : check_ssh(log_fd, signature_fd, signers, &by);
	if (wrong) {
		buffer_format(&text, "%s: %s", SIGNATURE, wrong);
		tell(owner, "signature", buffer_string(&text));
	} else if (there && signers) {
		buffer_format(said, "signed by %s", buffer_string(&by));
	} else if (there) {
		buffer_format(said, "signed%s%s; whose key that is says only a signers file: --signers FILE", by.length ? " with " : " by GnuPG", buffer_string(&by));
	}
	if (log_fd >= 0)
		close(log_fd);
	if (signature_fd >= 0)
		close(signature_fd);
	if (directory >= 0)
		close(directory);
	buffer_free(&log);
	buffer_free(&signature);
	buffer_free(&by);
	buffer_free(&text);
	return wrong != NULL;
}
