/* SPDX-License-Identifier: Apache-2.0 */
/* mail_history.c: each sign of a message that the mail before it gives, and what gives none; whatever order records arrive in. */
#include "correlate_harness.h"

enum { MOST = 128 };
static char *line[MOST];
static unsigned lines;

/* A message record; minute: after noon; more: further members, with a comma in front. */
static void message(unsigned minute, const char *from, const char *id, const char *more)
{
	if (asprintf(&line[lines], "{\"type\":\"message\",\"locator\":\"a.mbox::mbox:/%u\",\"message_id\":\"<%s>\",\"subject\":\"Offer %u\",\"from\":[\"%s\"],\"to\":[\"bob@victim.example\"],\"date\":\"2024-03-05T%02u:%02u:00.000000000Z\"%s}", lines, id, minute, from, 12 + minute / 60, minute % 60, more) < 0)
		abort();
	lines++;
}

#define HABITS "\"headers\":[{\"name\":\"X-Mailer\",\"value\":\"Thunderbird 1\"},{\"name\":\"Date\",\"value\":\"Tue, 5 Mar 2024 12:00:00 +0100\"}],\"received\":[{\"by\":\"mx.victim.example\"},{\"by\":\"mail.partner.example\"}]"
#define OTHERS "\"headers\":[{\"name\":\"X-Mailer\",\"value\":\"king mail\"},{\"name\":\"Date\",\"value\":\"Tue, 5 Mar 2024 12:00:00 +0700\"}],\"received\":[{\"by\":\"mx.victim.example\"},{\"by\":\"vps.hoster.example\"}]"
#define LINK ",\"urls\":[\"https://files.example/x\"]"

/* 24 messages of two correspondents, all alike. */
static void mailbox(void)
{
	char id[64];
	while (lines)
		free(line[--lines]);
	for (unsigned i = 0; i < 24; i++) {
		snprintf(id, sizeof id, "%u@mail.partner.example", i);
		message(i, i % 2 ? "Ann Smith <ann@partner.example>" : "carl@supplier.example", id, "," HABITS);
	}
}

static char *hits(bool backwards) { return hits_of("mail", (const char *const *)line, lines, backwards); }

/* The last message has the sign (or none at all), read either way. */
static void last_shows(const char *sign)
{
	char *forward = hits(false), *backward = hits(true), *locator, *id;
	assert_string_equal(forward, backward);
	if (!sign) {
		assert_string_equal(forward, "");
	} else {
		if (asprintf(&locator, "\"locator\":\"a.mbox::mbox:/%u\"", lines - 1) < 0 || asprintf(&id, "\"id\":\"%s\"", sign) < 0)
			abort();
		if (!strstr(forward, locator) || !strstr(forward, id))
			fail_msg("no %s at %s in %s", id, locator, forward);
		assert_null(strstr(strchr(forward, '\n') + 1, "\"rule\""));
		free(locator);
		free(id);
	}
	free(forward);
	free(backward);
}

static void mail_history_ordinary_mail_is_no_hit(void **state)
{
	(void)state;
	mailbox();
	message(60, "Ann Smith <ann@partner.example>", "60@mail.partner.example", "," HABITS LINK);
	message(61, "dora@new.example", "61@new.example", "");          /* new, and nothing else */
	last_shows(NULL);
}

static void mail_history_first_time_sender_adds_to_other_signs(void **state)
{
	(void)state;
	mailbox();
	message(60, "dora@new.example", "60@new.example", LINK);
	last_shows(NULL);
	if (asprintf(&line[lines], "{\"type\":\"hit\",\"locator\":\"a.mbox::mbox:/%u\",\"rule\":\"MAIL_LOW\",\"score\":20,\"method\":\"mail\",\"why\":\"x\",\"data\":{\"sum\":1}}", lines - 1) < 0)
		abort();
	lines++;
	char *out = hits(false), *back = hits(true);
	assert_string_equal(out, back);
	assert_non_null(strstr(out, "\"rule\":\"MAIL_HISTORY_SUSPICIOUS\""));
	assert_non_null(strstr(out, "first_time_sender"));
	free(out);
	free(back);
}

static void mail_history_lookalike_of_a_correspondent(void **state)
{
	(void)state;
	mailbox();
	message(60, "ann@partmer.example", "60@x.example", LINK);
	last_shows("correspondent_lookalike");
	mailbox();
	message(60, "ann@mail.partner.example", "60@x.example", LINK);  /* the same house */
	last_shows(NULL);
}

static void mail_history_known_name_with_another_address(void **state)
{
	(void)state;
	mailbox();
	message(60, "Ann Smith <ann.smith@mailer.example>", "60@x.example", LINK);
	last_shows("name_new_address");
}

static void mail_history_stranger_in_a_thread(void **state)
{
	(void)state;
	mailbox();
	message(60, "eve@other.example", "60@x.example", ",\"headers\":[{\"name\":\"In-Reply-To\",\"value\":\"<3@mail.partner.example>\"}]" LINK);
	last_shows("thread_stranger");
	mailbox();      /* a recipient answers */
	message(60, "bob@victim.example", "60@x.example", ",\"headers\":[{\"name\":\"In-Reply-To\",\"value\":\"<3@mail.partner.example>\"}]" LINK);
	last_shows(NULL);
}

static void mail_history_changed_reply_to(void **state)
{
	(void)state;
	mailbox();
	message(60, "carl@supplier.example", "60@mail.partner.example", ",\"reply_to\":[\"carl@elsewhere.example\"]," HABITS);
	last_shows("reply_to_changed");
	mailbox();
	message(60, "carl@supplier.example", "60@mail.partner.example", ",\"reply_to\":[\"office@supplier.example\"]," HABITS);
	last_shows(NULL);
}

static void mail_history_known_sender_from_elsewhere(void **state)
{
	(void)state;
	mailbox();
	message(60, "Ann Smith <ann@partner.example>", "60@vps.hoster.example", "," OTHERS LINK);
	last_shows("sender_differs");
	mailbox();      /* another mail program alone is no sign */
	message(60, "Ann Smith <ann@partner.example>", "60@mail.partner.example", ",\"headers\":[{\"name\":\"X-Mailer\",\"value\":\"Other\"}]" LINK);
	last_shows(NULL);
}

static void mail_history_copies_count_once_borrowed_identifiers_do_not_hide(void **state)
{
	(void)state;
	mailbox();
	message(60, "eve@other.example", "60@x.example", ",\"headers\":[{\"name\":\"In-Reply-To\",\"value\":\"<3@mail.partner.example>\"}]" LINK);
	message(60, "eve@other.example", "60@x.example", ",\"headers\":[{\"name\":\"In-Reply-To\",\"value\":\"<3@mail.partner.example>\"}]" LINK);
	char *out = hits(false);
	assert_null(strstr(strchr(out, '\n') + 1, "\"rule\""));
	free(out);
	mailbox();
	message(60, "ann@partmer.example", "3@mail.partner.example", LINK);
	last_shows("correspondent_lookalike");
}

static int end(void **state)
{
	(void)state;
	while (lines)
		free(line[--lines]);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mail_history_ordinary_mail_is_no_hit), cmocka_unit_test(mail_history_first_time_sender_adds_to_other_signs), cmocka_unit_test(mail_history_lookalike_of_a_correspondent),
		cmocka_unit_test(mail_history_known_name_with_another_address), cmocka_unit_test(mail_history_stranger_in_a_thread), cmocka_unit_test(mail_history_changed_reply_to),
		cmocka_unit_test(mail_history_known_sender_from_elsewhere), cmocka_unit_test(mail_history_copies_count_once_borrowed_identifiers_do_not_hide),
	};
	return cmocka_run_group_tests(tests, NULL, end);
}
