#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# LZX as WOF uses it: what wimlib packs (programs, text, zeros, random bytes, a few bytes) comes out with the SHA-1 that the WIM has of it.
set -u
if ! command -v wimcapture >/dev/null; then
	echo "skip: wimtools is not installed"
	exit 0
fi
make -C "$BUILD" -s tests/oracle/unpack-lzx || exit 1
dir=$(mktemp -d "$BUILD/lzx.XXXXXX") || exit 1
trap 'rm -rf "$dir"' EXIT
mkdir "$dir/in"
cp /bin/bash "$(command -v python3)" README.md "$dir/in"
head -c 300000 /dev/zero >"$dir/in/zeros"
head -c 100001 /dev/urandom >"$dir/in/random"
printf 'hello hello hello hello' >"$dir/in/small"
{ head -c 40000 /dev/urandom; seq 20000; head -c 9999 /dev/urandom; cat /bin/bash; } >"$dir/in/mixed"
status=0 compared=0
for level in 20 50 100; do
	wimcapture "$dir/in" "$dir/$level.wim" --compress=LZX:$level --chunk-size=32K >/dev/null || exit 1
	while read -r sha1 size packed offset flags; do
		[ "$flags" = packed ] || continue
		made=$("$BUILD/tests/oracle/unpack-lzx" "$dir/$level.wim" "$offset" "$packed" "$size" | sha1sum | cut -d ' ' -f 1)
		compared=$((compared + 1))
		[ "$made" = "$sha1" ] || { echo "NOT: level $level, $size bytes at $offset: $made, not $sha1"; status=1; }
	done < <(wiminfo "$dir/$level.wim" --blobs | awk -F '= *' '/^Hash/ { h = substr($2, 3) } /^Uncompressed size/ { u = $2 + 0 } /^Compressed size/ { c = $2 + 0 } /^Offset in WIM/ { o = $2 + 0 }
		/^Flags/ { print h, u, c, o, /_COMPRESSED/ ? "packed" : "plain" }')
done
echo "$compared resources of WIMs compared"
[ "$compared" -ge 15 ] || status=1
exit $status
