/* The table of events. Without this script the page says everything else. Texts of evidence only ever become text nodes.
 * Events come as blocks (see pack.c): the times are unpacked at once, the texts of a block when it is looked at or searched. The scrollbar is scaled,
 * since browsers stop at some ten million pixels; `first` is the truth about where the table stands. The filters stand in the page's address behind #. */
'use strict';
(function () {
const $ = (name, attributes, ...children) => {
	const e = document.createElement(name);
	for (const [key, value] of Object.entries(attributes || {}))
		e.setAttribute(key, value);
	e.append(...children);
	return e;
};
const grouped = n => String(n).replace(/\B(?=(\d{3})+$)/g, ',');

/* colours: as the system says, or as chosen */
const nav = document.querySelector('nav'), root = document.documentElement;
const theme = $('button', { class: 'theme', type: 'button' }, 'dark / light');
theme.onclick = () => {
	const dark = root.dataset.theme ? root.dataset.theme === 'dark' : matchMedia('(prefers-color-scheme: dark)').matches;
	root.dataset.theme = dark ? 'light' : 'dark';
};
nav.append(theme);
let opened = [];
addEventListener('beforeprint', () => { opened = [...document.querySelectorAll('details.errors:not([open])')]; opened.forEach(d => { d.open = true; }); });
addEventListener('afterprint', () => { opened.forEach(d => { d.open = false; }); });

const place = document.getElementById('table'), sources = [...document.querySelectorAll('script.events')];
if (!place || !sources.length)
	return;
if (typeof DecompressionStream === 'undefined') {
	place.append($('p', { class: 'warn' }, 'This browser is too old for the table (it knows no DecompressionStream); all events are in timeline.jsonl.zst and timeline.sqlite.'));
	return;
}

/* ---- unpacking */
async function inflate(text) {
	const packed = atob(text), bytes = new Uint8Array(packed.length);
	for (let i = 0; i < bytes.length; i++)
		bytes[i] = packed.charCodeAt(i);
	return new Uint8Array(await new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream('deflate'))).arrayBuffer());
}
class Reader {
	constructor(bytes) { this.bytes = bytes; this.at = 0; }
	number() {
		let value = 0, scale = 1, byte;
		do {
			byte = this.bytes[this.at++];
			value += (byte & 127) * scale;
			scale *= 128;
		} while (byte & 128);
		return value;
	}
	run(count) { return this.bytes.subarray(this.at, this.at += count); }
}
const kinds = JSON.parse(document.getElementById('kinds').textContent), total = Number(document.getElementById('embedded').value);
const KIND_OTHER = 255, TEXTS = ['what', 'message', 'locator', 'host', 'user'];
const seconds = new Float64Array(total), nanoseconds = new Uint32Array(total), kind = new Uint8Array(total), flags = new Uint8Array(total);
const blocks = [];              /* {first, rows, source} */
const kindName = k => k === KIND_OTHER ? 'other' : defang(kinds[k]);

async function unpackTimes() {
	let first = 0;
	for (const source of sources) {
		const text = source.textContent, r = new Reader(await inflate(text.slice(0, text.indexOf('.')))), rows = r.number();
		let at = r.number();
		at = at % 2 ? -(at + 1) / 2 : at / 2;
		seconds[first] = at;
		for (let i = 1; i < rows; i++)
			seconds[first + i] = at += r.number();
		for (let i = 0; i < rows; i++) {
			const fraction = r.number();
			nanoseconds[first + i] = fraction % 2 ? (fraction - 1) / 2 : fraction * 50;
		}
		kind.set(r.run(rows), first);
		flags.set(r.run(rows), first);
		blocks.push({ first, rows, source });
		first += rows;
	}
}
const kept = new Map();         /* the blocks whose texts were unpacked last */
async function texts(block) {
	let t = kept.get(block);
	if (t)
		kept.delete(block);
	else {
		const packed = block.source.textContent, r = new Reader(await inflate(packed.slice(packed.indexOf('.') + 1)));
		t = {};
		const columns = TEXTS.map(name => t[name] = new Uint32Array(block.rows));     /* 0: none, else the line's number from 1 */
		let next = 1;
		for (let i = 0; i < block.rows; i++)
			for (const column of columns) {
				const code = r.number();
				column[i] = code === 1 ? next++ : code ? code - 1 : 0;
			}
		t.dictionary = new TextDecoder().decode(r.bytes.subarray(r.at));
		t.lines = t.dictionary.split('\n');
	}
	kept.set(block, t);
	if (kept.size > 6)
		kept.delete(kept.keys().next().value);
	return t;
}
const lines = new Map();        /* texts of single events that were shown, so that a table over many blocks needs each of them once */
function linesOf(t, block, i) {
	const all = {};
	for (const name of TEXTS)
		all[name] = t.lines[t[name][i - block.first] - 1] || '';
	if (lines.size > 4000)
		lines.clear();
	lines.set(i, all);
	return all;
}
const blockOf = i => {
	let low = 0, high = blocks.length - 1;
	while (low < high) {
		const middle = (low + high + 1) >> 1;
		if (blocks[middle].first <= i)
			low = middle;
		else
			high = middle - 1;
	}
	return blocks[low];
};

/* ---- times */
const two = n => String(n).padStart(2, '0');
function moment(s, digits) {
	const d = new Date(s * 1000);
	if (isNaN(d))
		return s + ' s';
	const y = d.getUTCFullYear(), year = y < 0 || y > 9999 ? (y < 0 ? '-' : '+') + String(Math.abs(y)).padStart(6, '0') : String(y).padStart(4, '0');
	return `${year}-${two(d.getUTCMonth() + 1)}-${two(d.getUTCDate())} ${two(d.getUTCHours())}:${two(d.getUTCMinutes())}:${two(d.getUTCSeconds())}`.slice(0, digits || 99);
}
const fine = i => moment(seconds[i]) + (nanoseconds[i] ? '.' + String(nanoseconds[i]).padStart(9, '0').replace(/0+$/, '') : '');
/* "2021", "2021-05", "2021-05-28 08:00": the first second of it, or the first one behind it; null when it is no time. */
function parseTime(text, end) {
	const m = /^([+-]?\d{1,6})(?:-(\d\d?))?(?:-(\d\d?))?(?:[T ]+(\d\d?))?(?::(\d\d?))?(?::(\d\d?)(?:\.\d*)?)?Z?$/.exec(text.trim());
	if (!m)
		return null;
	const part = m.slice(1).map(x => x === undefined ? null : Number(x));
	let last = part.findIndex(x => x === null);
	last = (last < 0 ? 6 : last) - 1;
	const value = [part[0], (part[1] || 1) - 1, part[2] || 1, part[3] || 0, part[4] || 0, part[5] || 0];
	if (end)
		value[last]++;
	const d = new Date(0);
	d.setUTCFullYear(value[0], value[1], value[2]);
	d.setUTCHours(value[3], value[4], value[5]);
	return isNaN(d) ? null : d / 1000;
}
function firstAt(s) {           /* the first event not before */
	let low = 0, high = total;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (seconds[middle] < s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* ---- the parts of the page */
const search = $('input', { type: 'search', placeholder: 'words that must all occur; -word must not; "two words" together', 'aria-label': 'Text filter', spellcheck: 'false' });
const from = $('input', { class: 'when', placeholder: '2021-05-28 08:00', 'aria-label': 'From (UTC)' }), to = $('input', { class: 'when', placeholder: '2021-06', 'aria-label': 'To, inclusive (UTC)' });
const choice = $('select', { 'aria-label': 'Kind' }, $('option', { value: '' }, 'all kinds'));
const reset = $('button', { type: 'button' }, 'show all'), state = $('span', { class: 'soft', role: 'status' }, 'unpacking …');
const body = $('tbody', {}), spacer = $('div', { class: 'spacer' }), detail = $('div', { id: 'event' }, $('p', { class: 'soft' }, 'Choose a row to see all of it. Keys: / search, ↑ ↓ PgUp PgDn Home End move, Esc shows all.'));
const grid = $('table', { role: 'grid', 'aria-label': 'Events' }, $('colgroup', {}, $('col', { class: 'time' }), $('col', { class: 'what' }), $('col', { class: 'kind' }), $('col', { class: 'message' }), $('col', {})),
	$('thead', {}, $('tr', {}, ...['time (UTC)', 'what', 'kind', 'message', 'locator'].map(t => $('th', { scope: 'col' }, t)))), body);
const view = $('div', { class: 'view', tabindex: '0' }, spacer);
spacer.append(grid);
place.append($('div', { class: 'filters' }, search, $('label', {}, 'from ', from), $('label', {}, 'to ', to), choice, reset, state), view, detail);

/* ---- the table */
const MOST_PIXELS = 6000000;
let found = null, count = 0, first = 0, selected = -1, rowHeight = 24, ignored = -1, painted = 0;
const indexOf = position => found ? found[position] : base + position;
let base = 0;                   /* of a filter by time alone: the first event of the range */
const shown = () => Math.max(1, Math.floor(view.clientHeight / rowHeight) - 1);
const most = () => Math.max(0, count - shown());

function defang(text) {
	return text.replace(/\b(ht|f)tp(s?):\/\/([^\/?#\s<>"'),;]*)/gi, (all, scheme, s, host) => (scheme.toLowerCase() === 'f' ? 'fxp' : 'hxxp') + s + '://' + host.replace(/\./g, '[.]'));
}
function layout() {
	const pixels = Math.min((count + 1) * rowHeight, MOST_PIXELS);
	spacer.style.height = Math.max(pixels, view.clientHeight) + 'px';
	grid.setAttribute('aria-rowcount', count + 1);
	first = Math.min(first, most());
}
function syncScroll() {
	const room = view.scrollHeight - view.clientHeight;
	ignored = most() ? Math.round(first / most() * room) : 0;
	view.scrollTop = ignored;
	ignored = view.scrollTop;
}
function cell(row, text, own) {
	row.append($('td', own ? { class: own } : {}, $('bdi', {}, text)));
}
async function paint() {
	const mine = ++painted, rows = document.createDocumentFragment(), n = Math.min(shown() + 1, count - first), wanted = new Map();
	for (let k = 0; k < n; k++) {
		const position = first + k, i = indexOf(position), block = blockOf(i), row = $('tr', { 'aria-rowindex': position + 2, 'aria-selected': i === selected });
		const t = lines.get(i) || (kept.has(block) ? linesOf(kept.get(block), block, i) : null);
		row.dataset.position = position;
		cell(row, fine(i) + (flags[i] & 1 ? ' local' : ''), 'time');
		cell(row, t ? t.what : '');
		cell(row, kindName(kind[i]));
		cell(row, t ? defang(t.message) + (flags[i] & 2 ? ' (deleted)' : '') + (flags[i] & 4 ? ' (damaged)' : '') : '…');
		cell(row, t ? t.locator.replace(/^[^:]*\/(?=[^\/:]*::)/, '…/') : '');       /* without the folder that the evidence lies in */
		rows.append(row);
		if (!t)
			wanted.set(block, [...(wanted.get(block) || []), i]);
	}
	body.replaceChildren(rows);
	for (const [block, events] of wanted) {
		const t = await texts(block);
		if (mine !== painted)
			return;
		events.forEach(i => linesOf(t, block, i));
	}
	if (wanted.size)
		paint();
}
function move(position) {
	first = Math.max(0, Math.min(position, most()));
	syncScroll();
	paint();
}
async function select(position) {
	if (position < 0 || position >= count)
		return;
	const i = selected = indexOf(position), block = blockOf(i), t = linesOf(await texts(block), block, i), list = $('dl', {});
	if (i !== selected)
		return;
	const add = (name, text, own) => { if (text) list.append($('dt', {}, name), $('dd', {}, $('bdi', own ? { class: own } : {}, text))); };
	add('time', fine(i) + (flags[i] & 1 ? ' (local, zone unknown)' : ' UTC'), 'c');
	add('what', t.what);
	add('kind', kindName(kind[i]));
	add('message', defang(t.message));
	add('locator', t.locator, 'c');
	add('host', t.host);
	add('user', t.user);
	add('state', [flags[i] & 2 ? 'deleted' : '', flags[i] & 4 ? 'some of its bytes lie in a damaged part of the evidence' : ''].filter(x => x).join(', '));
	detail.replaceChildren(list);
	if (position < first)
		move(position);
	else if (position >= first + shown())
		move(position - shown() + 1);
	else
		paint();
}
function selectedPosition() {
	if (selected < 0)
		return -1;
	if (!found)
		return selected - base;
	let low = 0, high = count;
	while (low < high) {
		const middle = (low + high) >> 1;
		if (found[middle] < selected)
			low = middle + 1;
		else
			high = middle;
	}
	return low < count && found[low] === selected ? low : -1;
}
view.addEventListener('scroll', () => {
	if (view.scrollTop === ignored)
		return;
	const room = view.scrollHeight - view.clientHeight;
	ignored = view.scrollTop;
	first = room > 0 ? Math.round(view.scrollTop / room * most()) : 0;
	paint();
});
view.addEventListener('wheel', e => {
	if (e.ctrlKey || !e.deltaY)
		return;
	const step = e.deltaMode === 1 ? e.deltaY : e.deltaY / rowHeight, next = Math.max(0, Math.min(most(), first + (Math.abs(step) < 1 ? Math.sign(step) : Math.round(step))));
	if (next === first)
		return;         /* at an end: the page scrolls on */
	e.preventDefault();
	move(next);
}, { passive: false });
body.addEventListener('click', e => { const row = e.target.closest('tr'); if (row && !String(getSelection())) select(Number(row.dataset.position)); });
view.addEventListener('keydown', e => {
	const at = selectedPosition(), page = shown();
	const step = { ArrowDown: at + 1, ArrowUp: at < 0 ? 0 : at - 1, j: at + 1, k: at < 0 ? 0 : at - 1, PageDown: at < 0 ? first + page : at + page, PageUp: Math.max(0, at - page), Home: 0, End: count - 1 }[e.key];
	if (step === undefined || e.ctrlKey || e.altKey || e.metaKey)
		return;
	e.preventDefault();
	select(Math.max(0, Math.min(count - 1, step)));
});
addEventListener('keydown', e => {
	if (e.key === '/' && !/^(INPUT|SELECT|TEXTAREA)$/.test(e.target.tagName)) {
		e.preventDefault();
		place.scrollIntoView();
		search.focus();
	} else if (e.key === 'Escape' && (e.target === view || place.contains(e.target)))
		reset.click();
});
addEventListener('resize', () => { layout(); move(first); });

/* ---- the histogram: of what the filters let through; dragging over it chooses a time */
const figure = document.getElementById('histogram'), svg = figure.querySelector('svg'), caption = figure.querySelector('figcaption'), axis = figure.querySelector('.axis'), before = [caption.textContent, svg.innerHTML, axis.innerHTML];
const NS = svg.namespaceURI, BARS = 200, marks = [...document.querySelectorAll('article[data-moments]')].flatMap(a => a.dataset.moments.split(' ').filter(x => x).map(Number));
let span = null;                /* what the picture shows: [from, to) */
figure.classList.add('live');
function shape(name, attributes) {
	const e = document.createElementNS(NS, name);
	for (const [key, value] of Object.entries(attributes))
		e.setAttribute(key, value);
	return e;
}
function draw(low, high) {
	if (!count) {
		svg.replaceChildren();
		axis.replaceChildren();
		caption.textContent = 'No event passes the filters.';
		return;
	}
	const all = !state.filter.low && !state.filter.high && count > 1000;
	const a = low !== null ? low : seconds[indexOf(all ? Math.floor(count / 1000) : 0)], b = high !== null ? high : seconds[indexOf(all ? count - 1 - Math.floor(count / 100000) : count - 1)] + 1;
	const width = Math.max(1, (b - a) / BARS), bars = new Float64Array(BARS + 1);
	let highest = 0, outside = 0;
	for (let k = 0; k < count; k++) {
		const bar = Math.floor((seconds[indexOf(k)] - a) / width);
		if (bar < 0 || bar > BARS)
			outside++;
		else if (++bars[bar] > highest)
			highest = bars[bar];
	}
	span = [a, a + width * BARS];
	const step = 1000 / BARS, scale = 108 / Math.log2(1 + highest), shapes = [];
	for (let k = 0; k < BARS; k++) {
		if (!bars[k])
			continue;
		const height = scale * Math.log2(1 + bars[k]), bar = shape('rect', { x: k * step, y: 120 - height, width: step - 0.5, height }), title = shape('title', {});
		title.textContent = `${moment(a + k * width)}: ${grouped(bars[k])}`;
		bar.append(title);
		shapes.push(bar);
	}
	for (const m of new Set(marks.map(m => Math.floor((m - a) / width))))
		if (m >= 0 && m < BARS)
			shapes.push(shape('path', { class: 'mark', d: `M${(m + 0.5) * step - 3} 0h6l-3 8z` }));
	svg.replaceChildren(...shapes);
	axis.replaceChildren(...[0, 1, 2, 3, 4].map(k => $('span', {}, moment(a + width * BARS * k / 4, width * BARS > 86400 * 30 ? 10 : 19))));
	caption.replaceChildren(`Events that pass the filters, ${BARS} bars (UTC); the height is logarithmic, the highest bar is ${grouped(highest)}. ${outside ? `Outside the picture: ${grouped(outside)}. ` : ''}Drag over it to choose a time. `);
	if (marks.length)
		caption.append($('span', { class: 'bad' }, '▾'), ' marks moments of findings.');
}
let drag = null;
const along = e => { const r = svg.getBoundingClientRect(); return Math.max(0, Math.min(1, (e.clientX - r.left) / r.width)); };
svg.addEventListener('pointerdown', e => {
	if (!span)
		return;
	drag = { from: along(e), box: shape('rect', { class: 'pick', y: 0, height: 120, x: 0, width: 0 }) };
	svg.append(drag.box);
	svg.setPointerCapture(e.pointerId);
	e.preventDefault();
});
svg.addEventListener('pointermove', e => {
	if (!drag)
		return;
	const at = along(e);
	drag.box.setAttribute('x', 1000 * Math.min(at, drag.from));
	drag.box.setAttribute('width', 1000 * Math.abs(at - drag.from));
});
svg.addEventListener('pointerup', e => {
	if (!drag)
		return;
	const at = along(e), low = Math.min(at, drag.from), high = Math.max(at, drag.from);
	drag.box.remove();
	drag = null;
	if (high - low < 0.003)
		return;
	from.value = moment(Math.floor(span[0] + (span[1] - span[0]) * low));
	to.value = moment(Math.floor(span[0] + (span[1] - span[0]) * high));
	filter();
});

/* ---- the filters */
state.filter = {};
let turn = 0, timer = 0;
const plain = text => text.toLowerCase().replace(/hxxp/g, 'http').replace(/\bfxp/g, 'ftp').replace(/\[\.\]/g, '.');
function words(text) {
	const list = [];
	for (const m of text.matchAll(/(-?)(?:"([^"]*)"?|(\S+))/g))
		if (m[2] || m[3])
			list.push({ not: m[1] === '-', text: plain(m[2] || m[3]) });
	return list;
}
/* Which lines of a dictionary hold the text: one search over all of it. */
function hits(lower, starts, text) {
	const hit = new Uint8Array(starts.length + 1);
	let line = 0;
	for (let at = lower.indexOf(text); at >= 0; at = lower.indexOf(text, at)) {
		while (line + 1 < starts.length && starts[line + 1] <= at)
			line++;
		hit[line + 1] = 1;
		if (line + 1 >= starts.length)
			break;
		at = starts[line + 1];
	}
	return hit;
}
function say(text, bad) { state.textContent = text; state.className = bad ? 'bad' : 'soft'; }
function address() {
	const p = new URLSearchParams();
	for (const [key, e] of [['q', search], ['from', from], ['to', to], ['kind', choice]])
		if (e.value)
			p.set(key, e.value);
	return String(p) ? '#?' + p : '';
}
async function filter() {
	const mine = ++turn, low = from.value.trim() ? parseTime(from.value, false) : null, high = to.value.trim() ? parseTime(to.value, true) : null, list = words(search.value);
	clearTimeout(timer);
	from.setAttribute('aria-invalid', from.value.trim() !== '' && low === null);
	to.setAttribute('aria-invalid', to.value.trim() !== '' && high === null);
	if ((from.value.trim() && low === null) || (to.value.trim() && high === null)) {
		say('That is no time: give 2021, 2021-05, 2021-05-28 or 2021-05-28 08:00:00.', true);
		return;
	}
	const target = address();
	if (target !== location.hash && (target || location.hash.startsWith('#?')))
		history.replaceState(null, '', target || '#timeline');
	state.filter = { low: low !== null, high: high !== null };
	const begin = low === null ? 0 : firstAt(low), end = high === null ? total : Math.max(begin, firstAt(high)), only = choice.value === '' ? -1 : Number(choice.value);
	first = 0;
	if (!list.length && only < 0) {
		found = null;
		base = begin;
		count = end - begin;
	} else {
		found = new Uint32Array(end - begin);
		count = 0;
		if (!list.length) {
			for (let i = begin; i < end; i++)
				if (kind[i] === only)
					found[count++] = i;
		} else {
			const names = kinds.concat(Array(KIND_OTHER - kinds.length).fill(''), 'other').map(k => k.toLowerCase()), byKind = list.map(w => names.map(n => n.includes(w.text)));
			let painted = false;
			for (const block of blocks) {
				if (block.first + block.rows <= begin || block.first >= end)
					continue;
				const t = await texts(block);
				if (mine !== turn)
					return;
				if (t.lower === undefined) {
					t.lower = t.dictionary.toLowerCase();
					t.starts = new Uint32Array(t.lines.length);
					for (let k = 0, at = 0; k < t.lines.length; k++) {
						t.starts[k] = at;
						at += t.lines[k].length + 1;
					}
					if (t.lower.length !== t.dictionary.length) {   /* letters that grow in lower case (İ): line by line */
						const lines = t.lines.map(l => l.toLowerCase());
						t.lower = lines.join('\n');
						for (let k = 0, at = 0; k < lines.length; k++) {
							t.starts[k] = at;
							at += lines[k].length + 1;
						}
					}
				}
				const maps = list.map(w => hits(t.lower, t.starts, w.text)), stop = Math.min(block.rows, end - block.first);
				for (let k = Math.max(0, begin - block.first); k < stop; k++) {
					const i = block.first + k;
					if (only >= 0 && kind[i] !== only)
						continue;
					let passes = true;
					for (let w = 0; passes && w < list.length; w++) {
						const hit = maps[w];
						passes = !!(hit[t.message[k]] | hit[t.locator[k]] | hit[t.what[k]] | hit[t.host[k]] | hit[t.user[k]] | byKind[w][kind[i]]) !== list[w].not;
					}
					if (!passes)
						continue;
					if (count < 100)
						linesOf(t, block, i);
					found[count++] = i;
				}
				if (!painted && count > shown()) {
					painted = true;
					layout();
					move(0);
				}
				say(`${grouped(count)} so far, searching …`);
			}
		}
	}
	selected = selectedPosition() < 0 ? -1 : selected;
	layout();
	move(0);
	draw(low, high);
	say(count === total ? `${grouped(total)} events` : `${grouped(count)} of ${grouped(total)} events`);
	place.dataset.ready = turn;
}
const soon = () => { clearTimeout(timer); timer = setTimeout(filter, 250); };
search.addEventListener('input', soon);
from.addEventListener('change', filter);
to.addEventListener('change', filter);
choice.addEventListener('change', filter);
for (const e of [search, from, to])
	e.addEventListener('keydown', k => { if (k.key === 'Enter') filter(); });
reset.addEventListener('click', () => { search.value = from.value = to.value = choice.value = ''; filter(); });
function fromAddress() {
	if (!location.hash.startsWith('#?'))
		return false;
	const p = new URLSearchParams(location.hash.slice(2));
	search.value = p.get('q') || '';
	from.value = p.get('from') || '';
	to.value = p.get('to') || '';
	choice.value = p.get('kind') || '';
	if (choice.selectedIndex < 0)
		choice.value = '';
	return true;
}
addEventListener('hashchange', () => { if (fromAddress()) filter(); });

/* from a finding to the hour around its moments */
for (const article of document.querySelectorAll('article[data-moments]')) {
	const all = article.dataset.moments.split(' ').filter(x => x).map(Number);
	if (!all.length)
		continue;
	const line = $('p', {}, 'In the table, an hour around: ');
	for (const m of all) {
		const b = $('button', { type: 'button' }, moment(m));
		b.onclick = () => {
			search.value = choice.value = '';
			from.value = moment(m - 3600);
			to.value = moment(m + 3600);
			filter().then(() => { select(firstAt(m) - base); place.scrollIntoView(); });
		};
		line.append(b, ' ');
	}
	article.querySelector('dl').after(line);
}

(async function () {
	try {
		await unpackTimes();
	} catch (e) {
		say('The events in this page are damaged: ' + e.message, true);
		return;
	}
	const each = new Float64Array(256);
	for (let i = 0; i < total; i++)
		each[kind[i]]++;
	for (let k = 0; k < 256; k++)
		if (each[k])
			choice.append($('option', { value: k }, `${kindName(k)} (${grouped(each[k])})`));
	const asked = fromAddress();
	await filter();
	rowHeight = body.rows.length ? body.rows[0].getBoundingClientRect().height : rowHeight;
	layout();
	move(0);
	if (asked)
		place.scrollIntoView();
})();
})();
