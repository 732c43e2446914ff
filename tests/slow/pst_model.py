# SPDX-License-Identifier: Apache-2.0
"""A PST or OST as [MS-PST] has it, read without spoor: for pst-mutants.

Store(bytes): the live B-trees of a sound store; messages() gives the blocks that each message's properties lie in. carve(bytes): how many messages a scan for trailers
alone reaches (no header, no trees; a block or page counts when its checksum or its signature fits): the yardstick that a reader of damaged stores has to reach."""
import struct
import zlib

KINDS = {"ansi": dict(page=512, trailer=12, align=64, head=12, bid=4, most=8180), "unicode": dict(page=512, trailer=16, align=64, head=16, bid=8, most=8176),
         "4k": dict(page=4096, trailer=24, align=512, head=24, bid=8, most=65512)}


def crc(data):
    return zlib.crc32(data, 0xFFFFFFFF) ^ 0xFFFFFFFF


def signature(offset, bid):
    x = (offset ^ bid) & 0xFFFFFFFF
    return (x >> 16) ^ (x & 0xFFFF)


def kind_of(data):
    version = struct.unpack_from("<H", data, 10)[0]
    return "ansi" if version < 20 else "4k" if version >= 36 else "unicode"


def page_entries(data, at, kind):
    """(type, level, entry size, entries) of a B-tree page, or None."""
    k = KINDS[kind]
    page = data[at : at + k["page"]]
    if len(page) < k["page"]:
        return None
    if kind == "ansi":
        count, _, size, level = page[496:500]
        trailer = 500
    elif kind == "unicode":
        count, _, size, level = page[488:492]
        trailer = 496
    else:
        count, _ = struct.unpack_from("<HH", page, 4056)
        size, level = page[4060:4062]
        trailer = 4072
    types = page[trailer : trailer + 2]
    if types[0] != types[1] or types[0] not in (0x80, 0x81):
        return None
    if kind == "ansi":
        bid, check = struct.unpack_from("<II", page, trailer + 4)
    else:
        check, bid = struct.unpack_from("<IQ", page, trailer + 4)
    if not size or count * size > trailer:
        return None
    fits = crc(page[:trailer]) == check or signature(at, bid) == struct.unpack_from("<H", page, trailer + 2)[0]
    return types[0], level, size, [page[i * size : i * size + size] for i in range(count)], fits


def node_of(entry, kind):
    if kind == "ansi":
        nid, data, sub, parent = struct.unpack_from("<IIII", entry)
    else:
        nid, data, sub, parent = struct.unpack_from("<QQQI", entry)
    return nid & 0xFFFFFFFF, data & ~1, sub & ~1, parent


def total(size, kind):
    k = KINDS[kind]
    return (size + k["head"] + k["align"] - 1) // k["align"] * k["align"]


class Store:
    def __init__(self, data):
        self.data, self.kind = data, kind_of(data)
        self.nodes, self.blocks = {}, {}
        small = self.kind == "ansi"
        for at in (184, 192) if small else (216, 232):
            self.walk(struct.unpack_from("<II" if small else "<QQ", data, at)[1], 0)

    def walk(self, at, depth):
        page = page_entries(self.data, at, self.kind)
        if not page or depth > 8:
            return
        kind, level, size, entries, _ = page
        for e in entries:
            if level:
                self.walk(struct.unpack_from("<III" if self.kind == "ansi" else "<QQQ", e)[2], depth + 1)
            elif kind == 0x81:
                node = node_of(e, self.kind)
                self.nodes[node[0]] = node
            elif self.kind == "ansi":
                bid, offset, length = struct.unpack_from("<IIH", e)
                self.blocks[bid & ~1] = (offset, length)
            else:
                bid, offset, length = struct.unpack_from("<QQH", e)
                self.blocks[bid & ~1] = (offset, length)

    def ranges(self, bid, depth=0):
        """Places of the blocks of a node's data, lists of blocks with them."""
        place = self.blocks.get(bid & ~1)
        if not place or depth > 3:
            return []
        offset, length = place
        out = [(offset, total(length, self.kind))]
        if not bid & 2:
            return out
        body = self.data[offset : offset + length]
        if self.kind == "4k" and body[:1] == b"\x78":
            try:
                body = zlib.decompress(body)
            except zlib.error:
                return out
        if body[:1] == b"\1":                                   # a list of blocks
            count = struct.unpack_from("<H", body, 2)[0]
            size = 4 if self.kind == "ansi" else 8
            for i in range(count):
                out += self.ranges(int.from_bytes(body[8 + i * size : 8 + (i + 1) * size], "little"), depth + 1)
        return out

    def messages(self):
        """nid: (bid of its data, ranges); messages of folders alone, not what is associated."""
        return {n: (node[1], self.ranges(node[1])) for n, node in self.nodes.items() if n & 0x1F == 4 and node[1] in self.blocks}

    def marks(self):
        """Signature and client of the heaps that messages are, as they are encoded."""
        marks = set()
        for bid in {bid for bid, _ in self.messages().values() if not bid & 2}:
            offset, length = self.blocks[bid]
            head = self.data[offset : offset + length]
            marks.add((zlib.decompress(head) if self.kind == "4k" and head[:1] == b"\x78" else head)[2:4])
        return marks

    def used(self):
        return max(offset + total(length, self.kind) for offset, length in self.blocks.values())


def carve(data, kind, marks):
    """Numbers of the nodes that are messages and whose block of properties is found: it begins with what `marks` has, as it is encoded."""
    k = KINDS[kind]
    blocks, nodes = {}, {}
    t = k["head"]
    for end in range(k["align"], len(data) + 1, k["align"]):
        size, sig = struct.unpack_from("<HH", data, end - t)
        if not 1 <= size <= k["most"]:
            continue
        start = end - total(size, kind)
        if start < 0:
            continue
        bid, check = struct.unpack_from("<II", data, end - t + 4) if kind == "ansi" else struct.unpack_from("<IQ", data, end - t + 4)[::-1]
        if not 0 < bid < 1 << 40:
            continue
        by_signature = signature(start, bid) == sig
        if by_signature or crc(data[start : start + size]) == check:
            blocks.setdefault(bid & ~1, (start, size))
    for at in range(0, len(data), k["page"]):
        page = page_entries(data, at, kind)
        if page and page[0] == 0x81 and page[1] == 0 and page[4]:
            for e in page[3]:
                if len(e) >= (16 if kind == "ansi" else 32):
                    node = node_of(e, kind)
                    if node[0] not in nodes or nodes[node[0]][1] < node[1]:
                        nodes[node[0]] = node
    def begins(bid):
        start, size = blocks[bid]
        head = data[start : start + size]
        if kind == "4k" and head[:1] == b"\x78":
            try:
                head = zlib.decompress(head)
            except zlib.error:
                return False
        return bid & 2 or head[2:4] in marks

    return {n for n, node in nodes.items() if n & 0x1F == 4 and node[1] in blocks and begins(node[1])}
