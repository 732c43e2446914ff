#!/usr/bin/env bash
# SPDX-License-Identifier: Apache-2.0
# What every output promises to the programs that read it, on events whose every text is an attack: spreadsheets, Timesketch, mactime, jq, Python, SQLite.
. tests/cli/lib.bash
fixtures demo
python3 - "$T" <<'END' || fail "no records"
import json, sys
evil = ['=cmd|"/c calc"!A1', '+1+1', '-1+1', '@SUM(1)', '\tTAB', '\rCR', '\nLF', '\x00NUL', '\uff1d1', '\uff0b1', '\uff0d1', '\uff201', 'a,b;c|d\te', 'quote " and \' and ,', 'line\nbreak\r\nend', '\u202egpj.exe', '\x1b[2J\x07',
        '\u2028\u2029', '</script><!--', ']]>', '\\t\\n\\\\', '', ' ', 'x' * 40000, '"', '""', 'İstanbul', '\U000e0041tag', '"=1+1', "'=1", 'http://evil.example.com/']
times = ['1601-01-01T00:00:00.000000000Z', '1677-09-21T00:12:43.145224192Z', '1969-12-31T23:59:59.999999999Z', '1970-01-01T00:00:00.000000000Z', '2023-11-14T22:13:20.123456789Z', '2038-01-19T03:14:08.000000000Z', '2261-12-31T23:59:59.999999999Z',
         '2262-01-01T00:00:00.000000000Z', '9999-12-31T23:59:59.999999999Z', '+012345-01-01T00:00:00.000000000Z', '-0001-01-01T00:00:00.000000000Z']
desc = ['Content Modification Time', 'Last Access Time', 'Metadata Modification Time', 'Creation Time', 'Last Time Executed', '=1+1']
out = open(sys.argv[1] + '/events.jsonl', 'w')
put = lambda o: out.write(json.dumps(o) + '\n')
put({'type': 'start', 'schema': 1, 'module': 'test'})
n = 0
for i, text in enumerate(evil):
    for k, t in enumerate(times if i in (0, 4) else [times[(i * 3) % len(times)], times[4]]):
        n += 1
        e = {'time': t, 'type': 'event', 'precision': '100ns', 'timestamp_desc': desc[n % 6], 'kind': ['fs:stat', 'windows:evtx:record', 'mail:received'][n % 3], 'locator': 'disk.E01::ntfs:/x%d' % n, 'message': text or 'empty', 'host': text[:300], 'user': text[:300],
             'artifact': 'fs.times', 'data': {'uid': text[:200], 'size': '18446744073709551615', 'mode': text[:100], 'address': '=1+1', 'url': text[:300], 'event_id': 4624}}
        if n % 2:
            e['path'] = '/' + str(n)
        if n % 5 == 0:
            e['zone'] = 'local'
        put(e)
put({'type': 'message', 'date': times[4], 'subject': '=1+1 \u202e', 'from': ['Ann <ann@example.com>'], 'to': ['x@example.com', '=1+1'], 'attachments': [{'name': 'a.zip', 'size': 1}], 'urls': ['http://evil.example.com/'], 'locator': 'mail.mbox::mbox:0'})
put({'type': 'hit', 'rule': '=R', 'score': 90, 'why': evil[12], 'locator': 'disk.E01::ntfs:/x1', 'path': '/1'})
put({'type': 'error', 'class': 'damage', 'kind': 'ntfs.fixup', 'message': evil[0], 'locator': 'disk.E01::ntfs:/x1'})
put({'type': 'end', 'status': 'complete', 'exit': 0, 'counts': {}})
open(sys.argv[1] + '/count', 'w').write(str(n))
out = open(sys.argv[1] + '/nodes.jsonl', 'w')
put({'type': 'start', 'schema': 1, 'module': 'test'})
for i, path in enumerate(['/plain', '/pipe%7cin%7cname', '/line%0abreak', '/esc%1b[2J', '/=cmd', '/ sp ace', '/deleted']):
    node = {'type': 'node', 'kind': 'file', 'locator': 'disk.E01::ntfs:' + path, 'path': path, 'address': '%d-1' % (i + 10), 'attribute': '128-1', 'size': str(i), 'name_type': 'r', 'mode': 'rrwxrwxrwx', 'mtime': times[4], 'atime': times[4], 'ctime': times[3], 'crtime': times[2 if i == 5 else 4]}
    if i == 6:
        node['allocated'] = False
    put(node)
put({'type': 'node', 'kind': 'symlink', 'locator': 'disk.E01::ntfs:/link', 'path': '/link', 'target': 'a|b\nc', 'address': '30', 'name_type': 'l', 'mode': 'lrwxrwxrwx', 'mtime': times[4]})
put({'type': 'end', 'status': 'complete', 'exit': 0, 'counts': {}})
END
events=$(cat "$T/count")
for f in jsonl csv l2tcsv tsv timesketch-csv timesketch-jsonl; do
	status 1 "$SPOOR" timeline -q --format $f <"$T/events.jsonl"         # there is an error record among them
	cp "$T/out" "$T/$f"
	[ -s "$T/err" ] && fail "timeline -q says something: $(head -n 1 "$T/err")"
	LC_ALL=tr_TR.UTF-8 TZ=Asia/Kathmandu "$SPOOR" timeline -q --format $f <"$T/events.jsonl" | cmp -s - "$T/$f" || fail "$f depends on the locale or the zone"
done

python3 - "$T" "$events" <<'END' || bad=1
import csv, datetime, json, re, sys
folder, events = sys.argv[1], int(sys.argv[2])
wrong = 0
def fail(*what):
    global wrong
    wrong = 1
    print('NOT:', *what)
def read(name): return open(folder + '/' + name, 'rb').read()
def formula(cell): return cell[:1] in ('=', '+', '-', '@', '\t', '\r', '\n', '\0', '\uff1d', '\uff0b', '\uff0d', '\uff20')
# nothing that acts on terminals or breaks a row
ACTS = '[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u2028\u2029\U000e0041]'
for name in ('csv', 'l2tcsv', 'tsv', 'timesketch-csv', 'timesketch-jsonl', 'jsonl'):
    text = read(name)
    if text[:3] == b'\xef\xbb\xbf' or b'\r' in text or text[-1:] != b'\n':
        fail(name, 'has a byte order mark, a carriage return or no last line feed')
    if re.search(ACTS, text.decode()):
        fail(name, 'holds what acts on terminals:', set(re.findall(ACTS, text.decode())))
    lines = text.decode().split('\n')[:-1]
    if len(lines) != events + (0 if 'jsonl' in name else 1):
        fail(name, 'has', len(lines), 'lines for', events, 'events')
# quoted CSV
csv.field_size_limit(1 << 24)
for name, head in (('csv', 'Date,Size,Type,Mode,UID,GID,Meta,File Name'), ('timesketch-csv', None)):
    rows = list(csv.reader(read(name).decode().splitlines(), strict=True))
    if head and ','.join(rows[0]) != head:
        fail(name, 'has another header')
    for row in rows[1:]:
        if len(row) != len(rows[0]):
            fail(name, 'has a row of', len(row), 'cells')
        for column, cell in zip(rows[0], row):
            if formula(cell) and not (column == 'timestamp' and re.fullmatch(r'-?\d+', cell)) and not re.fullmatch(r'[+-]\d{6}-.*', cell):
                fail(name, column, 'would run in a spreadsheet:', cell[:40])
    for line in read(name).decode().splitlines()[1:]:
        if re.search(r'(^|,)[^",\d-]', re.sub(r'"(?:[^"]|"")*"', '""', line)):
            fail(name, 'has a cell that is not quoted:', line[:80])
rows = list(csv.DictReader(read('csv').decode().splitlines()))
for row in rows:
    if not re.fullmatch(r'[m.][a.][c.][b.]', row['Type']) or not re.fullmatch(r"(\d{4}|[+-]\d{6})-\d\d-\d\dT\d\d:\d\d:\d\dZ?", row['Date']):
        fail('csv: type or date', row['Type'], row['Date'])
if len({row['Date'].endswith('Z') for row in rows}) != 2:
    fail('csv: local times are not told from UTC')
# l2tcsv: 17 columns without quotes
lines = read('l2tcsv').decode().splitlines()
if lines[0] != 'date,time,timezone,MACB,source,sourcetype,type,user,host,short,desc,version,filename,inode,notes,format,extra':
    fail('l2tcsv has another header')
for line in lines[1:]:
    cells = line.split(',')
    if len(cells) != 17 or cells[11] != '2' or not re.fullmatch('[M.][A.][C.][B.]', cells[3]) or not re.fullmatch(r'\d\d/\d\d/\d{4}', cells[0]) or not re.fullmatch(r'\d\d:\d\d:\d\d|--:--:--', cells[1]) or '' in cells:
        fail('l2tcsv:', line[:120])
    if any((formula(c) and c != '-' and k != 1) or c[:1] == '"' for k, c in enumerate(cells)):
        fail('l2tcsv would run in a spreadsheet or opens a quote:', line[:120])
# TSV
lines = read('tsv').decode().split('\n')[:-1]
columns = len(lines[0].split('\t'))
for line in lines:
    cells = line.split('\t')
    if len(cells) != columns or any(formula(c) and not re.match(r'([+-]\d{6}|-\d{4})-\d\d-\d\dT', c) for c in cells):
        fail('tsv:', line[:100])
    if re.search(r'\\(?![tnru])', line.replace('\\\\', '')):
        fail('tsv: a backslash that stands for nothing:', line[:100])
# Timesketch
def check(name, rows):
    for row in rows:
        for key in ('message', 'datetime', 'timestamp_desc'):
            if not row.get(key):
                fail(name, 'lacks', key)
        when = datetime.datetime.fromisoformat(row['datetime'])
        if not re.fullmatch(r'\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00', row['datetime']) or not 1700 <= when.year <= 2261:
            fail(name, 'would lose the row of', row['datetime'])
        us = (when - datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc)) // datetime.timedelta(microseconds=1)
        if us != int(row['timestamp']):
            fail(name, 'timestamp is not datetime in microseconds', row['timestamp'], us)
        if row['timestamp_desc'] == 'Not a time' and '[time ' not in row['message']:
            fail(name, 'loses a time that Timesketch can not hold')
        for key, value in row.items():
            if key.startswith('_') or key in ('__ts_timeline_id', 'timesketch_label'):
                fail(name, 'uses the reserved name', key)
            if len(str(value).encode()) > 32766:
                fail(name, key, 'is longer than the index takes')
    if len({key for row in rows for key in row}) > 100:
        fail(name, 'has too many names')
    if len([r for r in rows if '…[cut' in r['message'] and 'sha256=' in r['message']]) < 1:
        fail(name, 'does not tell of what it cut')
def once(pairs):
    if len({k for k, v in pairs}) != len(pairs):
        fail('a key stands twice')
    return dict(pairs)
check('timesketch-csv', list(csv.DictReader(read('timesketch-csv').decode().splitlines())))
rows = [json.loads(line, object_pairs_hook=once) for line in read('timesketch-jsonl').splitlines()]
check('timesketch-jsonl', rows)
kinds = {}
for row in rows:
    for key, value in row.items():
        if kinds.setdefault(key, type(value)) is not type(value) or type(value) not in (str, int, list) or (type(value) is int) != (key == 'timestamp'):
            fail('timesketch-jsonl:', key, 'changes its type')
# JSON Lines: time first, no number that JavaScript rounds, in the order of time
last = ''
def numbers(o):
    if isinstance(o, dict): o = list(o.values())
    if isinstance(o, list): return [n for x in o for n in numbers(x)]
    return [o] if isinstance(o, (int, float)) and not isinstance(o, bool) else []
order = []
for line in read('jsonl').splitlines():
    row = json.loads(line, object_pairs_hook=once, parse_constant=lambda c: fail('JSON holds', c))
    if list(row)[0] != 'time' or any(isinstance(n, float) or abs(n) > 1 << 53 for n in numbers(row)):
        fail('jsonl:', line[:100])
    t = row['time']
    year = int(re.match(r'[+-]?\d+', t)[0])
    order.append((year, t[t.index('-', 1):]))
if order != sorted(order):
    fail('jsonl is not in the order of time')
sys.exit(wrong)
END
for f in jsonl timesketch-jsonl; do
	[ "$(jq -c . <"$T/$f" | wc -l)" = "$events" ] || fail "jq does not read $f"
done

# the body file, and what mactime makes of it
status 0 "$SPOOR" timeline -q --format bodyfile <"$T/nodes.jsonl"
cp "$T/out" "$T/hostile.body"
"$SPOOR" mount "$F/demo/acme.E01" 2>/dev/null | "$SPOOR" walk --format bodyfile >"$T/demo.body" 2>/dev/null
[ "$(wc -l <"$T/hostile.body")" = 8 ] || fail "the body file has other lines than nodes"
for b in hostile demo; do
	[ -s "$T/$b.body" ] || fail "no body file of $b"
	awk -F'|' 'NF != 11 || $1 !~ /^(0|[0-9a-f]+)$/ || $2 == "" || $3 !~ /^[0-9]+(-[0-9]+-[0-9]+)?$/ || $4 !~ /^[-pcdbrlshwvV]\/..........$/ || $5 $6 $7 !~ /^[0-9]+$/ || $8 $9 $10 $11 !~ /^[-0-9]+$/' "$T/$b.body" >"$T/odd"
	[ -s "$T/odd" ] && fail "no line of a body file: $(head -n 1 "$T/odd")"
	LC_ALL=C grep -q '[[:cntrl:]]' "$T/$b.body" && fail "control characters in the body file of $b"
done
grep -qF '/pipe\x7cin\x7cname|' "$T/hostile.body" && grep -qF '/line\x0abreak|' "$T/hostile.body" && grep -qF '/link -> a\x7cb\x0ac|' "$T/hostile.body" || fail "names are escaped otherwise in the body file"
if command -v mactime >/dev/null; then
	for b in hostile demo; do
		mactime -b "$T/$b.body" -d -y >"$T/$b.mactime" 2>"$T/err" || fail "mactime: $(cat "$T/err")"
		[ "$(head -n 1 "$T/$b.mactime")" = "$(head -n 1 "$T/csv")" ] || fail "mactime has another header than our CSV"
		python3 - "$T/$b" <<'END' || fail "mactime loses names or times of $b"
import csv, sys
body = [line.rstrip('\n').split('|') for line in open(sys.argv[1] + '.body')]
rows = list(csv.reader(open(sys.argv[1] + '.mactime')))[1:]
wanted = {(c[1], int(t)) for c in body for t in c[7:11] if int(t) > 0}         # mactime leaves out a 0, which is none, and times before 1970
import datetime
def seconds(d): return 0 if d.startswith('0000') else int(datetime.datetime.fromisoformat(d.replace('Z', '+00:00')).timestamp())
got = {(r[7], seconds(r[0])) for r in rows}
lost = [w for w in wanted if w not in got]
print(lost[:3])
sys.exit(bool(lost))
END
	done
else
	echo "skipped: mactime is not there"
fi

# the database
status 1 "$SPOOR" bundle -q -o "$T/case" <"$T/events.jsonl"
db=$T/case/data/timeline.sqlite
if command -v sqlite3 >/dev/null; then
	ask() { sqlite3 -readonly "file:$db?immutable=1" "$1"; }
	[ "$(ask 'PRAGMA integrity_check; PRAGMA foreign_key_check; PRAGMA application_id; PRAGMA journal_mode')" = "ok
1936748402
delete" ] || fail "the database: $(ask 'PRAGMA integrity_check; PRAGMA application_id; PRAGMA journal_mode')"
	[ "$(ask 'SELECT count(*) FROM v_timeline')" = "$events" ] || fail "v_timeline has other rows than events"
	[ "$(ask "SELECT count(*) FROM v_timeline WHERE locator LIKE 'disk.E01::ntfs:/x%' AND seconds IS NOT NULL")" = "$events" ] || fail "v_timeline lacks locators"
	[ "$(ask 'SELECT score, rule, locator FROM v_findings')" = '90|=R|disk.E01::ntfs:/x1' ] || fail "v_findings: $(ask 'SELECT * FROM v_findings')"
	[ "$(ask 'SELECT sender, recipients, subject, attachments, urls, locator FROM v_mail')" = 'Ann <ann@example.com>|x@example.com, =1+1|=1+1 \u{202e}|a.zip|http://evil.example.com/|mail.mbox::mbox:0' ] || fail "v_mail: $(ask 'SELECT * FROM v_mail')"
	[ "$(ask 'SELECT class, kind, errors, first_locator FROM v_errors')" = 'damage|ntfs.fixup|1|disk.E01::ntfs:/x1' ] || fail "v_errors: $(ask 'SELECT * FROM v_errors')"
	for view in $(ask "SELECT name FROM sqlite_master WHERE type = 'view'"); do
		grep -qF "$view" man/spoor-bundle.5 || fail "the view $view is not described"
	done
	ask 'SELECT message, host, user FROM v_timeline' | LC_ALL=C grep -q '[[:cntrl:]]' && fail "the database holds what acts on terminals"
else
	echo "skipped: sqlite3 is not there"
fi
# every JSON file of a bundle
for f in "$T"/case/data/*.jsonl "$T"/case/data/*.json; do
	jq -c . "$f" >/dev/null || fail "jq does not read $f"
	python3 -c 'import json,sys; [json.loads(l) for l in open(sys.argv[1])]' "$f" || fail "Python does not read $f"
done
for f in "$T"/case/data/*.zst; do
	zstd -qdc "$f" | jq -c . >/dev/null || fail "jq does not read $f"
	zstd -qdc "$f" | python3 -c 'import json,sys; [json.loads(l) for l in sys.stdin]' || fail "Python does not read $f"
done
finish
