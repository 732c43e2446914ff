# SPDX-License-Identifier: Apache-2.0
"""Where the bytes lie that a file of the evidence depends on: its data, its own metadata, and the directories and allocation entries on its path. Read here from the
image itself and with istat, so that the mutants' test does not ask spoor; only where data lies comes from spoor's node (list-fs -x), and of mail the message's own range.

A model says of each node (by its outermost step) which ranges these are; `whole` names the structures that everything depends on, `near` those of neighbours that a node's
content depends on. They give an exception its cause."""
import re
import struct
import subprocess


class Model:
    def __init__(self):
        self.own = {}       # key -> [(from, to)] or None where the place of the data is not known
        self.whole = {}     # cause -> [(from, to)]
        self.near = {}      # key -> {cause: [(from, to)]}
        self.dense = None   # (first, last): where most structures lie, for mutations that hit them


def u16(b, at):
    return struct.unpack_from("<H", b, at)[0]


def u32(b, at):
    return struct.unpack_from("<I", b, at)[0]


def u64(b, at):
    return struct.unpack_from("<Q", b, at)[0]


def istat_blocks(image, fs, address, size):
    """The blocks of a directory or an old-style file, those of indirect blocks too."""
    text = subprocess.run(["istat", "-f", fs, image, str(address)], capture_output=True, errors="replace").stdout
    found = []
    for part in re.split(r"^(?:Sectors|Direct Blocks|Indirect Blocks):", text, flags=re.M)[1:]:
        for line in part.strip("\n").split("\n"):
            if not re.fullmatch(r"[\d ]*", line):
                break
            found += [int(n) for n in line.split()]
    return [(n * size, (n + 1) * size) for n in found if n]


class Volume:
    """What file systems share: own ranges of a node are its data, its metadata record and those of all directories above it."""

    def __init__(self, image, nodes, places):
        self.image, self.nodes, self.places = image, nodes, places
        self.bytes = open(image, "rb").read()
        self.above, self.memory = {}, {}
        for record in nodes.values():
            if "address" in record and "parent" in record:
                self.above.setdefault(self.number(record["address"]), self.number(record["parent"]))
        self.model = Model()
        self.structures()
        for key, record in nodes.items():
            self.model.own[key] = self.own(key, record)

    @staticmethod
    def number(address):
        return int(address.split("-")[0])

    def remembered(self, what, number):
        if (what, number) not in self.memory:
            self.memory[what, number] = getattr(self, what)(number)
        return self.memory[what, number]

    def own(self, key, record):
        content, data = self.places.get(key, (0, []))
        if content in (3, 4) or "address" not in record:
            return None
        number = self.number(record["address"])
        ranges = data + self.remembered("entry", number) + self.chain(data)
        seen = {number}
        above = self.number(record["parent"]) if "parent" in record else None
        while above is not None and above not in seen:
            seen.add(above)
            ranges = ranges + self.remembered("entry", above) + self.remembered("directory", above)
            above = self.above.get(above)
        return ranges

    def entry(self, number):
        return []

    def directory(self, number):
        return []

    def chain(self, data):
        return []


class Ntfs(Volume):
    def structures(self):
        b = self.bytes
        size = struct.unpack_from("b", b, 0x40)[0]
        cluster = u16(b, 11) * b[13]
        self.size = 1 << -size if size < 0 else size * cluster
        self.records = [at for first, end in self.places["ntfs:/%24MFT"][1] for at in range(first, end - self.size + 1, self.size)]
        self.extensions = {}
        for at in self.records:
            base = u64(b, at + 0x20) & ((1 << 48) - 1)
            if b[at:at + 4] == b"FILE" and base:
                self.extensions.setdefault(base, []).append((at, at + self.size))
        self.model.whole = {"boot sector": [(0, 512)], "entry of $MFT": self.entry(0)}
        self.model.dense = (self.records[0], self.records[-1] + self.size - 1)

    def entry(self, number):
        return ([(self.records[number], self.records[number] + self.size)] if number < len(self.records) else []) + self.extensions.get(number, [])


class Ext(Volume):
    def structures(self):
        b = self.bytes
        self.block = 1024 << u32(b, 1024 + 0x18)
        self.a_group, self.inode = u32(b, 1024 + 0x28), u16(b, 1024 + 0x58)
        self.descriptor = u16(b, 1024 + 0xFE) if u32(b, 1024 + 0x60) & 0x80 else 32
        self.table_of_groups = (u32(b, 1024 + 0x14) + 1) * self.block
        groups = -(-u32(b, 1024) // self.a_group)
        bitmaps = [u32(b, self.table_of_groups + n * self.descriptor + 4) * self.block for n in range(groups)]
        self.model.whole = {"superblock": [(1024, 2048)], "group descriptors": [(self.table_of_groups, self.table_of_groups + groups * self.descriptor)],
                            "inode bitmap": [(at, at + self.block) for at in bitmaps]}
        first = self.inode_at(1)
        self.model.dense = (first, first + min(self.a_group, 128) * self.inode - 1)

    def inode_at(self, number):
        group, index = divmod(number - 1, self.a_group)
        at = self.table_of_groups + group * self.descriptor
        return u32(self.bytes, at + 8) * self.block + index * self.inode

    def entry(self, number):
        at = self.inode_at(number) if 0 < number <= u32(self.bytes, 1024) else None
        if at is None:
            return []
        ranges = [(at, at + self.inode)]
        if u32(self.bytes, at + 0x20) & 0x80000:
            tree = [(at + 0x28, at + 0x64)]
            while tree:
                node, _ = tree.pop()
                if u16(self.bytes, node) == 0xF30A and u16(self.bytes, node + 6):
                    for n in range(u16(self.bytes, node + 2)):
                        below = (u32(self.bytes, node + 16 + 12 * n) | u16(self.bytes, node + 20 + 12 * n) << 32) * self.block
                        ranges.append((below, below + self.block))
                        tree.append(ranges[-1])
        elif u16(self.bytes, at) >> 12 in (4, 8):
            ranges += istat_blocks(self.image, "ext", number, self.block)
        return ranges

    def directory(self, number):
        return istat_blocks(self.image, "ext", number, self.block)


class Fat(Volume):
    def structures(self):
        b = self.bytes
        self.sector = u16(b, 11)
        self.cluster = self.sector * b[13]
        self.fat = u16(b, 14) * self.sector
        length = (u16(b, 22) or u32(b, 36)) * self.sector
        self.data = self.fat + b[16] * length + -(-u16(b, 17) * 32 // self.sector) * self.sector
        sectors = u16(b, 19) or u32(b, 32)
        clusters = (sectors * self.sector - self.data) // self.cluster
        self.bits = 12 if clusters < 4085 else 16 if clusters < 65525 else 32
        self.model.whole = {"boot sector": [(0, 512)], "media entries of the FAT": [(self.fat, self.fat + self.bits // 4)], "FAT entries of others": [(self.fat, self.fat + length)]}
        self.model.dense = (0, self.data + 16 * self.cluster - 1)

    def directory(self, number):
        blocks = istat_blocks(self.image, "fat", number, self.sector)
        return blocks + self.chain(blocks)

    def chain(self, data):
        ranges = set()
        for first, end in data:
            for n in range(max(0, first - self.data) // self.cluster, -(-max(0, end - self.data) // self.cluster)):
                at = self.fat + (n + 2) * self.bits // 8
                ranges.add((at, at + max(2, self.bits // 8)))
        return sorted(ranges)


class Iso(Volume):
    def structures(self):
        b, at = self.bytes, 32768
        descriptors, tables = [], []
        while b[at + 1:at + 6] == b"CD001":
            descriptors.append((at, at + 2048))
            if b[at] in (1, 2):
                tables += [(u32(b, at + 140) * 2048, u32(b, at + 140) * 2048 + u32(b, at + 132))]
            at += 2048
            if b[at - 2048] == 255:
                break
        self.model.whole = {"volume descriptor": descriptors, "path table": tables}
        data = [first for _, ranges in self.places.values() for first, _ in ranges]
        self.model.dense = (32768, min(data + [len(b)]) - 1)

    def directory(self, number):
        return istat_blocks(self.image, "iso9660", number, 2048)


def zip_model(path, nodes):
    model, b = Model(), open(path, "rb").read()
    end = b.rindex(b"PK\5\6")
    entries, at = {}, u32(b, end + 16)
    first = at
    while b[at:at + 4] == b"PK\1\2":
        length = 46 + u16(b, at + 28) + u16(b, at + 30) + u16(b, at + 32)
        entries[u32(b, at + 42)] = (at, at + length)
        at += length
    model.whole = {"end of the central directory": [(end, len(b))], "entry of another member": [(first, end)]}
    model.dense = (first, len(b) - 1)
    starts = sorted(list(entries) + [first])
    for key, record in nodes.items():
        at = int(record.get("offset", -1))
        if at in entries:
            model.own[key] = [(at, starts[starts.index(at) + 1]), entries[at]]
            model.near[key] = {"local header of another member": [(n, n + 30 + u16(b, n + 26) + u16(b, n + 28)) for n in entries if n != at]}
    return model


def mbox_model(path, nodes):
    model, b = Model(), open(path, "rb").read()
    starts = sorted(int(n["offset"]) for n in nodes.values() if n["kind"] == "message" and "offset" in n)
    model.dense = (0, len(b) - 1)
    model.whole = {"first line of the file": [(0, b.index(b"\n") + 1)]}
    for key, record in nodes.items():
        at = int(record.get("offset", -1))
        if record["kind"] != "message" or at < 0:
            continue
        end = at + int(record["length"])
        model.own[key] = [(max(0, at - 4), end)]        # the line breaks before its From line, too: they make it one
        after = [n for n in starts if n > at][:1]
        model.near[key] = {"From line of the next message": [(end, (b.find(b"\n", after[0]) + 1) if after else len(b))]}
    return model


def ewf_model(path, media_model):
    """The same in the stored bytes of the first segment: a range of the media depends on the chunks that hold it."""
    b, at, chunk = open(path, "rb").read(), 13, {}
    whole = {"file header": [(0, 13)], "section heads": [], "geometry": [], "tables": [], "other sections": []}
    size = 32768
    first = 0
    sectors = (0, 0)
    while at < len(b):
        kind, after, length = b[at:at + 16].rstrip(b"\0").decode(), u64(b, at + 16), u64(b, at + 24)
        whole["section heads"].append((at, at + 76))
        body = (at + 76, max(at + 76, at + length))
        if kind in ("volume", "disk"):
            size = u32(b, at + 76 + 8) * u32(b, at + 76 + 12)
            whole["geometry"].append(body)
        elif kind == "sectors":
            sectors = body
        elif kind in ("table", "table2"):
            whole["tables"].append(body)
            if kind == "table":
                count, base = u32(b, at + 76), u64(b, at + 84)
                starts = [base + (u32(b, at + 100 + 4 * n) & 0x7FFFFFFF) for n in range(count)]
                for n, start in enumerate(starts):
                    chunk[first + n] = (start, starts[n + 1] if n + 1 < count else sectors[1])
                first += count
        else:
            whole["other sections"].append(body)
        if after <= at:
            break
        at = after
    model = Model()
    model.whole = {cause: ranges for cause, ranges in whole.items() if ranges}

    def stored(ranges):
        return [chunk[n] for first, end in ranges for n in range(first // size, -(-end // size)) if n in chunk]

    for key, ranges in media_model.own.items():
        model.own[key] = None if ranges is None else stored(ranges)
    for cause, ranges in media_model.whole.items():
        model.whole[cause] = stored(ranges)
    tables = model.whole.get("tables") or [(0, len(b))]
    model.dense = (min(f for f, _ in tables), max(e for _, e in tables) - 1)
    return model


PIECE = 512


def complement(ranges, size):
    """What no range covers."""
    out, at = [], 0
    for first, end in sorted(ranges):
        if first > at:
            out.append((at, first))
        at = max(at, end)
    return out + ([(at, size)] if at < size else [])


def pieces_model(path, media, media_model, prefix):
    """A disk or volume in pieces inside another file: each sector of the media that is not zeros is found by its bytes, wherever the file has it. What holds no sector of
    the media is the container's own: tables, labels, what lies between."""
    b, m = open(path, "rb").read(), open(media, "rb").read()
    places = {}
    for at in range(0, len(b) - PIECE + 1, PIECE):
        places.setdefault(b[at:at + PIECE], []).append((at, at + PIECE))
    zero = bytes(PIECE)

    def stored(ranges):
        if ranges is None:
            return None
        out = []
        for n in sorted({n for first, end in ranges for n in range(first // PIECE, -(-end // PIECE))}):
            piece = m[n * PIECE:(n + 1) * PIECE]
            if piece == zero or len(piece) < PIECE:
                continue
            if piece not in places:
                return None
            out += places[piece]
        return out

    return moved(media_model, stored, prefix, len(b), stored([(0, len(m))]))


def shifted_model(path, start, media_size, media_model, prefix):
    """An encrypted volume: each sector lies behind the header, at its own place."""
    def stored(ranges):
        return None if ranges is None else [(start + first // PIECE * PIECE, start + -(-end // PIECE) * PIECE) for first, end in ranges]
    return moved(media_model, stored, prefix, start + media_size, [(start, start + media_size)])


def moved(media_model, stored, prefix, size, used):
    model = Model()
    model.own = {prefix + key: stored(ranges) for key, ranges in media_model.own.items()}
    model.whole = {"structures of the container": complement(used, size)}
    model.whole.update({cause: stored(ranges) or [] for cause, ranges in media_model.whole.items()})
    model.dense = (0, max(model.whole["structures of the container"][0][1], 2 * PIECE) - 1)
    return model


def found_model(path, contents):
    """Files whose bytes the container keeps as they are: found piece by piece. All else in it are structures. contents: key -> bytes."""
    model, b = Model(), open(path, "rb").read()
    for key, content in contents.items():
        ranges, at = [], 0
        for size in (len(content), 4096, 512, 64):
            ranges, at = [], 0
            while size and at < len(content):
                place = b.find(content[at:at + size])
                if place < 0:
                    break
                while place >= 0:
                    ranges.append((place, place + len(content[at:at + size])))
                    place = b.find(content[at:at + size], place + 1)
                at += size
            if at >= len(content):
                break
        model.own[key] = ranges if len(content) > 8 and at >= len(content) else None
    model.whole = {"structures of the container": complement([r for own in model.own.values() for r in own or []], len(b))}
    model.dense = (0, len(b) - 1)
    return model


def pst_model_of(path, nodes):
    """Messages by the blocks of their own; all else (trees, folders, attachments, names of properties) are structures."""
    import pst_model
    b, model = open(path, "rb").read(), Model()
    store = pst_model.Store(b)
    messages = store.messages()
    for key, record in nodes.items():
        number = re.search(r"[/#](?:b\d+-)?(\d+)$", key)
        if record["kind"] == "message" and number and int(number.group(1)) in messages:
            model.own[key] = [(first, first + length) for first, length in messages[int(number.group(1))][1]]
    model.whole = {"structures of the store": complement([r for own in model.own.values() for r in own], len(b))}
    model.dense = (0, store.used() - 1)
    return model


FILE_SYSTEMS = {"ntfs": Ntfs, "ext": Ext, "fat": Fat, "iso": Iso}
