#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# make install, staged and with another prefix: what is installed finds its own worker and rules; man pages, completions and the schema are where they are looked for;
# make uninstall leaves nothing behind.
. tests/cli/lib.bash
# what a rule finds, so that the rules must have been found
tests/rules/make-specimens --demo "$T/specimen" || fail "no specimen"
make_in() { make -C "$BUILD" -s "$@" >"$T/make" 2>&1 || { fail "make $*"; tail -n 5 "$T/make"; }; }

# installed PREFIX-AS-SEEN-HERE
installed() {
	local p=$1 f worker
	for f in bin/spoor libexec/spoor-worker share/spoor/record.schema.json share/spoor/yara-rules/index.tsv share/man/man1/spoor.1 share/man/man1/spoor-triage.1 share/man/man5/spoor-records.5 \
		share/man/man5/spoor-bundle.5 share/man/man7/spoor-locators.7 share/man/man7/spoor-formats.7 share/man/man7/spoor-sandbox.7 share/bash-completion/completions/spoor share/zsh/site-functions/_spoor share/fish/vendor_completions.d/spoor.fish; do
		[ -s "$p/$f" ] || fail "$p/$f is not there"
	done
	[ "$(find "$p/share/spoor/yara-rules" -name '*.yar' | wc -l)" = "$(find yara-rules -name '*.yar' | wc -l)" ] || fail "not every rule file is installed"
	[ "$(find "$p/share/spoor/sigma-rules" -name '*.yml' | wc -l)" = "$(find sigma-rules -name '*.yml' | wc -l)" ] || fail "not every Sigma rule is installed"
	for f in $("$p/bin/spoor" help | sed -n 's/^  \([a-z]*\)  *.*/\1/p'); do
		[ -s "$p/share/man/man1/spoor-$f.1" ] || fail "module $f has no man page installed"
	done
	jq -e '."$schema"' "$p/share/spoor/record.schema.json" >"$T/out" || fail "the schema is no JSON"
	worker=$("$p/bin/spoor" selftest | sed -n 's/^worker *//p')
	[ "$worker" = "$p/libexec/spoor-worker" ] || fail "the worker is $worker"
	status 0 "$p/bin/spoor" scan -q "$T/specimen"
	grep -q '"type":"hit"' "$T/out" || fail "$p: no rule of ours was used"
	bash -c ". '$p/share/bash-completion/completions/spoor'; complete -p spoor" >"$T/out" 2>&1 || fail "bash completion: $(cat "$T/out")"
}

prefix=$(sed -n 's/^prefix = //p' "$BUILD/Makefile")
make_in install DESTDIR="$T/stage"
installed "$T/stage$prefix"
make_in uninstall DESTDIR="$T/stage"
[ -z "$(find "$T/stage" ! -type d)" ] || fail "make uninstall leaves $(find "$T/stage" ! -type d | head -n 3)"
make_in install prefix="$T/own"
installed "$T/own"
make_in uninstall prefix="$T/own"
[ -z "$(find "$T/own" ! -type d)" ] || fail "make uninstall with a prefix leaves $(find "$T/own" ! -type d | head -n 3)"
finish
