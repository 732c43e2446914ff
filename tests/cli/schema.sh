#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# The JSON Schema that is installed: a valid schema by an independent validator; it takes every record of a case, and refuses what is wrong.
. tests/cli/lib.bash
fixtures demo ntfs mail
"$SPOOR" __schema >"$T/schema" || fail "no schema"
cmp -s "$T/schema" "$BUILD/record.schema.json" || fail "the schema that is installed is another one"
for m in walk parse scan; do "$SPOOR" $m -q --errors-ok "$F/demo/acme.E01" "$F/mail.mbox" "$F/ntfs.img" >>"$T/records" || fail "$m: exit $?"; done
python3 - "$T/schema" "$T/records" <<'PY' || fail "see above"
import json, sys
from jsonschema import Draft202012Validator
schema = json.load(open(sys.argv[1]))
Draft202012Validator.check_schema(schema)
v = Draft202012Validator(schema)
types, bad, seen = set(), 0, {}
for line in open(sys.argv[2], encoding="utf-8"):
    record = json.loads(line)
    types.add(record["type"])
    # records that have the same keys with the same kinds are one case; a few of each will do
    shape = (record["type"], tuple((k, type(x).__name__) for k, x in record.items()))
    seen[shape] = seen.get(shape, 0) + 1
    if seen[shape] > 5:
        continue
    for error in v.iter_errors(record):
        bad += 1
        if bad < 6:
            print(error.message[:200], "in", line[:200])
print(f"{sum(seen.values())} records of {len(types)} types in {len(seen)} shapes")
if not {"start", "evidence", "node", "artifact", "event", "message", "error", "note", "end"} <= types:
    bad += 1
    print("only", sorted(types))
good = {"type": "error", "kind": "x", "message": "y", "class": "damage"}
assert v.is_valid(good), list(v.iter_errors(good))
for wrong in ({"kind": "x"}, {**good, "offset": 5}, {**good, "signal": "9"}, {**good, "time": "2024-01-01"}, {"type": "end"}, {**good, "locator": None}):
    if v.is_valid(wrong):
        bad += 1
        print("the schema takes", wrong)
assert v.is_valid({"type": "omen", "offset": 5}) and v.is_valid({**good, "colour": []})
sys.exit(bad > 0)
PY
finish
