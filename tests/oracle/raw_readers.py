"""Reads times and names straight from an image: the third opinion when spoor and fls differ.

Each reader finds an entry by the address that fls prints and gives, for the four body file columns (a, m, c, cr), a pair: the values that are
right, and the one that libtsk 4.11.1 shows. Written for well-formed test images; it believes what it reads.
"""

import calendar
import struct

EPOCH_FILETIME = 116444736 * 10**9
COLUMNS = ("atime", "mtime", "ctime", "crtime")


def wrapped(filetime):
    """libtsk's conversion of a FILETIME: unsigned 64-bit arithmetic, then cut to 32 bits."""
    return (filetime - EPOCH_FILETIME) % 2**64 // 10**7 % 2**32


def filetime_truths(filetime):
    """Seconds that may be shown. 0 is "not set"; from 2^63 on it is no time (Windows refuses it): then 0 will do."""
    right = {(filetime - EPOCH_FILETIME) // 10**7}
    if filetime == 0 or filetime >= 2**63:
        right.add(0)
    return right


class Ntfs:
    def __init__(self, data, base):
        self.data, self.base = data, base
        sector, per_cluster = struct.unpack_from("<HB", data, base + 11)
        if per_cluster > 128:
            per_cluster = 1 << (256 - per_cluster)
        self.cluster = sector * per_cluster
        size = struct.unpack_from("<b", data, base + 64)[0]
        self.record_size = 1 << -size if size < 0 else size * self.cluster
        self.sector = sector
        self.runs = [(struct.unpack_from("<Q", data, base + 48)[0], 1 << 40)]
        runs = []
        for kind, _, _, attribute in self.attributes(0):
            if kind == 0x80 and attribute[8]:
                runs = list(self.decode_runs(attribute))
        self.runs = runs
        self.records = sum(n for _, n in runs) * self.cluster // self.record_size

    @staticmethod
    def decode_runs(attribute):
        at, lcn = struct.unpack_from("<H", attribute, 32)[0], 0
        while at < len(attribute) and attribute[at]:
            count, width = attribute[at] & 15, attribute[at] >> 4
            length = int.from_bytes(attribute[at + 1 : at + 1 + count], "little")
            delta = int.from_bytes(attribute[at + 1 + count : at + 1 + count + width], "little", signed=True)
            lcn += delta
            yield (lcn if width else None), length
            at += 1 + count + width

    def record(self, number):
        at = number * self.record_size
        for lcn, length in self.runs:
            if at < length * self.cluster:
                raw = bytearray(self.data[self.base + lcn * self.cluster + at :][: self.record_size])
                break
            at -= length * self.cluster
        else:
            return None
        if raw[:4] != b"FILE":
            return None
        usa, count = struct.unpack_from("<HH", raw, 4)
        for i in range(1, count):
            raw[i * self.sector - 2 : i * self.sector] = raw[usa + 2 * i : usa + 2 * i + 2]
        return bytes(raw)

    def attributes(self, number):
        """(type, id, name as UTF-16 bytes, attribute bytes)"""
        raw = self.record(number)
        if raw is None:
            return
        at = struct.unpack_from("<H", raw, 20)[0]
        while at + 16 <= len(raw):
            kind, length = struct.unpack_from("<II", raw, at)
            if kind == 0xFFFFFFFF or length < 16:
                return
            name_at = at + struct.unpack_from("<H", raw, at + 10)[0]
            yield kind, struct.unpack_from("<H", raw, at + 14)[0], raw[name_at : name_at + 2 * raw[at + 9]], raw[at : at + length]
            at += length

    def has(self, number, attribute):
        """Is there an attribute "TYPE-ID" in the record (or an attribute list that may name it)?"""
        kinds = [(k, i) for k, i, _, _ in self.attributes(number)]
        return tuple(map(int, attribute.split("-"))) in kinds or 0x20 in [k for k, _ in kinds]

    def times(self, number, attribute=""):
        want = int(attribute.split("-")[1]) if attribute.startswith("48-") else None
        for kind, ident, _, body in self.attributes(number):
            if (kind == 0x30 and ident == want) if want is not None else kind == 0x10:
                at = struct.unpack_from("<H", body, 20)[0] + (8 if want is not None else 0)
                created, modified, changed, accessed = struct.unpack_from("<4Q", body, at)
                return [(filetime_truths(t), wrapped(t)) for t in (accessed, modified, changed, created)]
        return None

    def odd_names(self):
        """{record: [(name as WTF-8, as libtsk shows it)]} where the two differ (the control characters aside)."""
        out = {}
        for number in range(self.records):
            for kind, _, stream, body in self.attributes(number):
                raw = stream
                if kind == 0x30:
                    at = struct.unpack_from("<H", body, 20)[0]
                    raw = body[at + 66 : at + 66 + 2 * body[at + 64]]
                true = raw.decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass")
                shown = utf16_shown(raw)
                if true != shown:
                    out.setdefault(number, []).append((true, shown))
        return out


def utf16_shown(raw):
    """libtsk's lenient conversion: a high surrogate swallows what follows, a lone low one is "^"; NUL ends the name."""
    units = struct.unpack(f"<{len(raw) // 2}H", raw)
    out, i = bytearray(), 0
    while i < len(units):
        unit = units[i]
        i += 1
        if unit == 0:
            break
        if 0xD800 <= unit < 0xDC00:
            if i >= len(units):
                break
            low = units[i]
            i += 1
            out += chr(0x10000 + (unit - 0xD800 << 10) + low - 0xDC00).encode() if 0xDC00 <= low < 0xE000 else b"^"
        elif 0xDC00 <= unit < 0xE000:
            out += b"^"
        else:
            out += chr(unit).encode()
    return bytes(out)


class Ext:
    def __init__(self, data, base):
        self.data, self.base = data, base
        sb = base + 1024
        self.block = 1024 << struct.unpack_from("<I", data, sb + 24)[0]
        self.per_group = struct.unpack_from("<I", data, sb + 40)[0]
        first_data = struct.unpack_from("<I", data, sb + 20)[0]
        revision = struct.unpack_from("<I", data, sb + 76)[0]
        self.inode_size = struct.unpack_from("<H", data, sb + 88)[0] if revision else 128
        incompat = struct.unpack_from("<I", data, sb + 96)[0]
        self.descriptor = struct.unpack_from("<H", data, sb + 254)[0] if incompat & 0x80 else 32
        self.groups = base + (first_data + 1) * self.block

    def inode(self, number):
        group, index = divmod(number - 1, self.per_group)
        at = self.groups + group * self.descriptor
        table = struct.unpack_from("<I", self.data, at + 8)[0]
        if self.descriptor >= 64:
            table |= struct.unpack_from("<I", self.data, at + 0x28)[0] << 32
        at = self.base + table * self.block + index * self.inode_size
        return bytes(self.data[at : at + self.inode_size])

    def times(self, number, attribute=""):
        if number < 1:
            return None
        raw = self.inode(number)
        extra_size = struct.unpack_from("<H", raw, 128)[0] if self.inode_size > 128 else 0
        out = []
        for at, extra_at in ((8, 140), (16, 136), (12, 132), (144, 148)):  # a, m, c, cr
            if at == 144 and extra_size < 20:
                out.append(({0}, 0))
                continue
            low = struct.unpack_from("<I", raw, at)[0]
            extra = struct.unpack_from("<I", raw, extra_at)[0] if 128 + extra_size >= extra_at + 4 else 0
            signed = low - 2**32 if low & 0x80000000 else low
            out.append(({signed + ((extra & 3) << 32)}, low))
        return out


def dos_seconds(date, time, ten_ms=0):
    """Unix seconds of a FAT date and time taken as UTC, or None where it is none."""
    year, month, day = 1980 + (date >> 9), date >> 5 & 15, date & 31
    if date == 0 or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return calendar.timegm((year, month, day, time >> 11, time >> 5 & 63, (time & 31) * 2)) + ten_ms // 100


def fat_shown(date, time, ten_ms=0):
    """libtsk gives 0 for years beyond 2037."""
    value = dos_seconds(date, time, ten_ms)
    return 0 if value is None or 1980 + (date >> 9) > 2037 else value


class Fat:
    def __init__(self, data, base):
        self.data = data
        sector, _, reserved, fats, _, _, _, fat_size = struct.unpack_from("<HBHBHHBH", data, base + 11)
        fat_size = fat_size or struct.unpack_from("<I", data, base + 36)[0]
        # FAT12/16: the root directory begins here; FAT32: the data area does
        self.first = base + (reserved + fats * fat_size) * sector

    def entry(self, number):
        at = self.first + (number - 3) * 32
        return bytes(self.data[at : at + 32])

    def times(self, number, attribute=""):
        if number < 3:
            return None
        raw = self.entry(number)
        tens, ctime, cdate, adate = struct.unpack_from("<BHHH", raw, 13)
        mtime, mdate = struct.unpack_from("<HH", raw, 22)
        pairs = []
        for date, time, ten in ((adate, 0, 0), (mdate, mtime, 0), (0, 0, 0), (cdate, ctime, tens)):
            pairs.append(({dos_seconds(date, time, ten) or 0}, fat_shown(date, time, ten)))
        return pairs


class Exfat:
    def __init__(self, data, base):
        self.data = data
        heap = struct.unpack_from("<I", data, base + 88)[0]
        self.first = base + heap * (1 << data[base + 108])

    def times(self, number, attribute=""):
        if number < 3:
            return None
        at = self.first + (number - 3) * 32
        raw = bytes(self.data[at : at + 32])
        if raw[0] & 0x7F != 0x05:
            return None
        created, modified, accessed = struct.unpack_from("<III", raw, 8)
        created_ms, modified_ms, *offsets = raw[20:25]
        out = []
        for row in ((accessed, 0, offsets[2]), (modified, modified_ms, offsets[1]), None, (created, created_ms, offsets[0])):
            if row is None:
                out.append(({0}, 0))
                continue
            value, ten, offset = row
            date, time = value >> 16, value & 0xFFFF
            quarter_hours = ((offset & 0x7F) ^ 0x40) - 0x40 if offset & 0x80 else 0
            true = dos_seconds(date, time, ten)
            out.append(({0 if true is None else true - quarter_hours * 900}, fat_shown(date, time, ten)))
        return out


def reader_for(kind, data, base):
    """kind: what `fsstat -t` says."""
    for prefix, reader in (("ntfs", Ntfs), ("ext", Ext), ("exfat", Exfat), ("fat", Fat)):
        if kind.startswith(prefix):
            return reader(data, base)
    return None
