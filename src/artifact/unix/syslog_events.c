/* SPDX-License-Identifier: Apache-2.0 */
/* syslog_events.c: what sshd, sudo, su, pam_unix, cron, logind and the account tools say in a log line.
 *
 * User names in these lines are whatever the other side sent, spaces included: "Invalid user x from 10.0.0.1 port 1 from 192.0.2.7 port 22" is one user name and the
 * address behind the *last* " from ". So texts are taken apart from the end. A pattern that does not fit leaves the line as it is. */
#include "artifact/unix/syslog.h"

#include <stdbool.h>
#include <string.h>

static bool starts(struct syslog_text *t, const char *prefix)
{
	size_t length = strlen(prefix);
	if (t->length < length || memcmp(t->bytes, prefix, length) != 0)
		return false;
	t->bytes += length;
	t->length -= length;
	return true;
}

static bool is(const struct syslog_text *t, const char *text)
{
	return t->length == strlen(text) && memcmp(t->bytes, text, t->length) == 0;
}

static const uint8_t *find(const struct syslog_text *t, const char *text)
{
	return t->length ? memmem(t->bytes, t->length, text, strlen(text)) : NULL;
}

static const uint8_t *find_last(const struct syslog_text *t, const char *text)
{
	size_t length = strlen(text);
	for (size_t at = t->length; at >= length; at--)
		if (t->bytes[at - length] == (uint8_t)*text && memcmp(t->bytes + at - length, text, length) == 0)
			return t->bytes + at - length;
	return NULL;
}

static struct syslog_text between(const uint8_t *from, const uint8_t *to)
{
	return (struct syslog_text){ from, (size_t)(to - from) };
}

/* Splits at `at`, a place where `mark` stands: returns what is before, leaves what is behind the mark. */
static struct syslog_text split(struct syslog_text *t, const uint8_t *at, const char *mark)
{
	struct syslog_text head = between(t->bytes, at);
	const uint8_t *end = t->bytes + t->length;
	t->bytes = at + strlen(mark);
	t->length = (size_t)(end - t->bytes);
	return head;
}

/* Splits where `mark` stands first: false when it does not. */
static bool split_at(struct syslog_text *t, const char *mark, struct syslog_text *head)
{
	const uint8_t *at = find(t, mark);
	if (at)
		*head = split(t, at, mark);
	return at;
}

/* Takes a closing sign away. */
static void strip_last(struct syslog_text *t, char sign)
{
	if (t->length && t->bytes[t->length - 1] == (uint8_t)sign)
		t->length--;
}

static struct syslog_text word(const struct syslog_text *t)
{
	size_t n = 0;
	while (n < t->length && t->bytes[n] > ' ')
		n++;
	return (struct syslog_text){ t->bytes, n };
}

/* The first of its name stays: keys must not repeat, whatever the line repeats. */
static struct syslog_text says(const char *word) { return (struct syslog_text){ (const uint8_t *)word, strlen(word) }; }

static void field(struct syslog_event *e, const char *key, struct syslog_text text)
{
	for (size_t i = 0; i < e->fields; i++)
		if (strcmp(e->field[i].key, key) == 0)
			return;
	if (e->fields < SYSLOG_FIELDS_MAX && text.length) {
		e->field[e->fields].key = key;
		e->field[e->fields++].text = text;
	}
}

/* "USER from ADDRESS port N ..." from the end; both parts optional. */
static bool user_and_peer(struct syslog_event *e, struct syslog_text t, const char *mark)
{
	const uint8_t *from = find_last(&t, mark);
	if (!from)
		return false;
	e->user = split(&t, from, mark);
	struct syslog_text address = word(&t);
	field(e, "remote_address", address);
	struct syslog_text before;
	if (split_at(&t, " port ", &before)) {
		struct syslog_text number = word(&t);
		while (number.length && (number.bytes[number.length - 1] < '0' || number.bytes[number.length - 1] > '9'))
			number.length--;
		field(e, "remote_port", number);
	}
	return address.length > 0;
}

static bool sshd(struct syslog_event *e, struct syslog_text t)
{
	struct syslog_text text = t;
	bool accepted = starts(&t, "Accepted ");
	if (accepted || starts(&t, "Failed ")) {
		struct syslog_text before;
		if (!split_at(&t, " for ", &before))
			return false;
		field(e, "method", before);
		if (starts(&t, "invalid user ") || starts(&t, "illegal user "))
			field(e, "account_exists", says("no"));
		if (!user_and_peer(e, t, " from "))
			return false;
		if (accepted && split_at(&t, " ssh2: ", &before))
			field(e, "key", t);
		e->kind = accepted ? "login" : "login_failed";
		return true;
	}
	if (starts(&t, "Invalid user ") || starts(&t, "Illegal user ")) {
		field(e, "account_exists", says("no"));
		e->kind = "login_failed";
		return user_and_peer(e, t, " from ");
	}
	if (starts(&t, "error: maximum authentication attempts exceeded for ") || starts(&t, "Disconnecting: Too many authentication failures for ")) {
		(void)starts(&t, "invalid user ");
		e->kind = "login_failed";
		return user_and_peer(e, t, " from ");
	}
	if (starts(&t, "Disconnected from ") || starts(&t, "Connection closed by ") || starts(&t, "Connection reset by ")) {
		e->kind = "logout";
		(void)starts(&t, "authenticating ");
		(void)starts(&t, "invalid ");
		if (!starts(&t, "user ")) {
			field(e, "remote_address", word(&t));
			return true;
		}
		const uint8_t *port = find_last(&t, " port ");
		if (!port)
			return false;
		struct syslog_text head = between(t.bytes, port), rest = between(port + 6, t.bytes + t.length);
		const uint8_t *space = memrchr(head.bytes, ' ', head.length);
		if (!space)
			return false;
		e->user = between(head.bytes, space);
		field(e, "remote_address", between(space + 1, head.bytes + head.length));
		field(e, "remote_port", word(&rest));
		return true;
	}
	if (starts(&t, "Received disconnect from ")) {
		e->kind = "logout";
		struct syslog_text address = word(&t);
		strip_last(&address, ':');
		field(e, "remote_address", address);
		return true;
	}
	const uint8_t *bracket = find(&text, " [");
	if (bracket && find(&text, "POSSIBLE BREAK-IN ATTEMPT")) {
		(void)split(&text, bracket, " [");
		const uint8_t *close = memchr(text.bytes, ']', text.length);
		if (close)
			field(e, "remote_address", between(text.bytes, close));
	}
	return false;
}

/* "pam_unix(sshd:session): session opened for user ann(uid=1000) by (uid=0)", and without "pam_unix(...)" where that is in the tag. */
static bool pam(struct syslog_event *e, struct syslog_text t)
{
	if (starts(&t, "pam_unix(")) {
		const uint8_t *close = memchr(t.bytes, ')', t.length);
		if (!close)
			return false;
		struct syslog_text service = split(&t, close, ")");
		(void)starts(&t, ": ");
		const uint8_t *colon = memchr(service.bytes, ':', service.length);
		field(e, "service", colon ? between(service.bytes, colon) : service);
	}
	bool opened = starts(&t, "session opened for user ");
	if (opened || starts(&t, "session closed for user ")) {
		const uint8_t *by = find_last(&t, " by ");
		struct syslog_text user = by ? split(&t, by, " by ") : t;
		if (by) {
			const uint8_t *paren = memchr(t.bytes, '(', t.length);
			field(e, "by", paren ? between(t.bytes, paren) : t);
		}
		const uint8_t *uid = find_last(&user, "(uid=");
		if (uid) {
			struct syslog_text id = between(uid + 5, user.bytes + user.length);
			const uint8_t *close = memchr(id.bytes, ')', id.length);
			if (close)
				field(e, "uid", between(id.bytes, close));
			user = between(user.bytes, uid);
		}
		e->user = user;
		e->kind = "session";
		field(e, "action", opened ? says("opened") : says("closed"));
		return true;
	}
	if (starts(&t, "authentication failure")) {
		e->kind = "login_failed";
		const uint8_t *host = find_last(&t, " rhost="), *user = find_last(&t, " user=");
		if (host) {
			struct syslog_text rest = between(host + 7, t.bytes + t.length);
			field(e, "remote_address", word(&rest));
		}
		if (user && (!host || user > host)) {
			e->user = between(user + 6, t.bytes + t.length);
			while (e->user.length && e->user.bytes[e->user.length - 1] == ' ')
				e->user.length--;
		}
		return true;
	}
	return false;
}

/* "ann : TTY=pts/0 ; PWD=/home/ann ; USER=root ; COMMAND=/bin/sh" */
static bool sudo(struct syslog_event *e, struct syslog_text t)
{
	static const struct { const char *mark, *key; } part[] = { { "TTY=", "terminal" }, { "PWD=", "directory" }, { "USER=", "as_user" }, { "GROUP=", "as_group" }, { "ENV=", "environment" } };
	struct syslog_text user;
	if (!split_at(&t, " : ", &user))
		return false;
	while (user.length && *user.bytes == ' ') {
		user.bytes++;
		user.length--;
	}
	const uint8_t *command = find(&t, "COMMAND=");
	if (!command || (command != t.bytes && command[-1] != ' '))
		return false;
	e->user = user;
	struct syslog_text head = between(t.bytes, command), rest = between(command + 8, t.bytes + t.length);
	while (head.length) {
		const uint8_t *next = find(&head, " ; ");
		struct syslog_text item = next ? split(&head, next, " ; ") : head;
		if (!next)
			head.length = 0;
		bool known = false;
		for (size_t i = 0; i < sizeof part / sizeof *part && !known; i++) {
			known = starts(&item, part[i].mark);
			if (known)
				field(e, part[i].key, item);
		}
		if (!known)
			field(e, "refused", item);              /* "user NOT in sudoers", "3 incorrect password attempts" */
	}
	field(e, "command", rest);
	e->kind = "sudo";
	return true;
}

static bool su(struct syslog_event *e, struct syslog_text t)
{
	bool failed = starts(&t, "FAILED SU ") || starts(&t, "FAILED su for "), known = failed || starts(&t, "Successful su for "), to = starts(&t, "(to ");
	const uint8_t *by = known && !to ? find_last(&t, " by ") : NULL;
	struct syslog_text other;
	if (by) {
		other = split(&t, by, " by ");
		e->user = t;
	} else {
		if ((!known && !to) || !split_at(&t, ")", &other))
			return false;
		(void)starts(&t, " ");
		const uint8_t *on = find_last(&t, " on ");
		e->user = on ? between(t.bytes, on) : t;
	}
	field(e, "as_user", other);
	field(e, "result", failed ? says("failed") : says("ok"));
	e->kind = "su";
	return true;
}

/* "new user: name=x, UID=1001, GID=1001, home=/home/x, shell=/bin/sh, from=/dev/pts/0" */
static bool account(struct syslog_event *e, struct syslog_text t)
{
	static const struct { const char *mark, *key; } part[] = { { "UID=", "uid" }, { "GID=", "gid" }, { "home=", "home" }, { "shell=", "shell" }, { "from=", "from" } };
	bool user = starts(&t, "new user: name=");
	if (user || starts(&t, "new group: name=")) {
		bool named = false;
		while (t.length) {
			const uint8_t *next = find(&t, ", ");
			struct syslog_text item = next ? split(&t, next, ", ") : t;
			if (!next)
				t.length = 0;
			if (!named) {
				if (user)
					e->user = item;
				else
					field(e, "group", item);
				named = true;
				continue;
			}
			for (size_t i = 0; i < sizeof part / sizeof *part; i++)
				if (starts(&item, part[i].mark))
					field(e, part[i].key, item);
		}
		e->kind = "account_change";
		field(e, "action", says("created"));
		return named;
	}
	const uint8_t *password = find(&t, "password changed for ");
	if (password) {
		e->user = between(password + 21, t.bytes + t.length);
		e->kind = "account_change";
		return true;
	}
	if (starts(&t, "delete user '") || starts(&t, "change user '") || starts(&t, "add '")) {
		const uint8_t *quote = memchr(t.bytes, '\'', t.length);
		if (!quote)
			return false;
		e->user = between(t.bytes, quote);
		e->kind = "account_change";
		return true;
	}
	return false;
}

/* "(root) CMD (run-parts /etc/cron.hourly)" */
static bool cron(struct syslog_event *e, struct syslog_text t)
{
	if (!starts(&t, "(") || !split_at(&t, ") CMD (", &e->user))
		return false;
	strip_last(&t, ')');
	field(e, "command", t);
	e->kind = "cron_job";
	return true;
}

static bool logind(struct syslog_event *e, struct syslog_text t)
{
	struct syslog_text session;
	if (!starts(&t, "New session ") || !split_at(&t, " of user ", &session))
		return false;
	field(e, "session", session);
	strip_last(&t, '.');
	e->user = t;
	e->kind = "session";
	field(e, "action", says("opened"));
	return true;
}

struct syslog_event syslog_event_of(const struct syslog_line *l)
{
	static const struct { const char *tag; bool (*read)(struct syslog_event *e, struct syslog_text t); } by_tag[] = {
		{ "sshd", sshd }, { "sshd-session", sshd }, { "sudo", sudo }, { "su", su }, { "useradd", account }, { "usermod", account }, { "userdel", account },
		{ "groupadd", account }, { "passwd", account }, { "chpasswd", account }, { "CRON", cron }, { "cron", cron }, { "crond", cron }, { "/USR/SBIN/CRON", cron },
		{ "systemd-logind", logind },
	};
	const struct syslog_event none = { .kind = "log_event" };
	struct syslog_event e = none;
	struct syslog_text tag = l->tag;
	/* "sshd(pam_unix)[1]:" of older systems */
	const uint8_t *paren = tag.length ? memchr(tag.bytes, '(', tag.length) : NULL;
	bool old_pam = paren && find(&tag, "(pam_unix)");
	if (paren)
		tag.length = (size_t)(paren - tag.bytes);
	for (size_t i = 0; tag.length && i < sizeof by_tag / sizeof *by_tag; i++) {
		if (!is(&tag, by_tag[i].tag))
			continue;
		if (by_tag[i].read(&e, l->text))
			return e;
		struct syslog_event kept = none;                /* a field may have been found even where the line as a whole is nothing known */
		if (e.fields && by_tag[i].read == sshd && find(&l->text, "POSSIBLE BREAK-IN"))
			kept = (struct syslog_event){ .kind = "log_event", .fields = e.fields, .field[0] = { e.field[0].key, e.field[0].text } };
		e = kept;
	}
	struct syslog_event session = none;
	struct syslog_text text = l->text;
	if ((old_pam || (text.length > 9 && memcmp(text.bytes, "pam_unix(", 9) == 0)) && pam(&session, text)) {
		if (old_pam)
			field(&session, "service", tag);
		return session;
	}
	return e;
}
