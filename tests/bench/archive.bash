# SPDX-License-Identifier: Apache-2.0
# archive.bash: the rows on archives of one tree of 13,922 files. Both sides list nothing that they don't read: they hash (SHA-256) the archive itself and all that comes
# out of it. spoor gives a digest and a record for each member; bsdtar gives all contents as one stream, which OpenSSL's digest, the fastest at hand, turns into one.
# With BARE=1 the peer only unpacks, while spoor goes on hashing: more work on our side, to see what it costs. A row calls
#   archive FORMAT EVIDENCE WANTED
archive() {
	title="$1, it and its members hashed" evidence=$2 tools='bsdtar openssl tsk_recover' limit="cpu >= $3"
	[ -z "${BARE:-}" ] || title+=', against unpacking alone'
}
spoor() { exec "$SPOOR" walk -q --workers 1 --hash sha256 "$evidence"; }
peer() {
	if [ -n "${BARE:-}" ]; then
		bsdtar -xOf "$evidence" | wc -c
	else
		openssl dgst -sha256 -r "$evidence" && bsdtar -xOf "$evidence" | openssl dgst -sha256 -r
	fi
}
check() { # the archive's own digest; what is in it is compared by tests/oracle/table
	local digest
	[ -n "${BARE:-}" ] || { digest=$(awk 'NR == 1 { print $1 }' "out/$name/peer") && [ ${#digest} = 64 ] && grep -q "\"sha256\":\"$digest\"" "out/$name/spoor"; }
}
