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

    def names_it(self, number, attribute, name):
        """Does this $FILE_NAME hold this name (bytes, UTF-8)?"""
        for kind, ident, _, body in self.attributes(number):
            if kind == 0x30 and ident == int(attribute.split("-")[1]):
                at = struct.unpack_from("<H", body, 20)[0]
                return body[at + 66 : at + 66 + 2 * body[at + 64]].decode("utf-16-le", "surrogatepass").encode("utf-8", "surrogatepass") == name
        return False

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
    def __init__(self, data, base, kind="ext4"):
        self.data, self.base, self.kind = data, base, kind
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
            shown = 0 if at == 144 and self.kind != "ext4" else low  # libtsk reads the birth time on ext4 only
            out.append(({signed + ((extra & 3) << 32)}, shown))
        return out


def dos_seconds(date, time, ten_ms=0):
    """Unix seconds of a FAT date and time taken as UTC, or None where it is none."""
    year, month, day = 1980 + (date >> 9), date >> 5 & 15, date & 31
    if date == 0 or not 1 <= month <= 12 or not 1 <= day <= 31:
        return None
    return calendar.timegm((year, month, day, time >> 11, time >> 5 & 63, (time & 31) * 2)) + ten_ms // 100


def fat_shown(date, time, ten_ms=0):
    """libtsk gives 0 for years beyond 2037, and forgets the second that 100 units of 10 ms are (from 101 on it adds it)."""
    value = dos_seconds(date, time, 0 if ten_ms == 100 else ten_ms)
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


class Iso:
    """libtsk numbers ISO 9660 entries as it finds them, so a record is found by its path, in either tree (Joliet, or primary with Rock Ridge names)."""

    SECTOR = 2048

    def __init__(self, data, base):
        self.data, self.base, self.paths = data, base, {}
        for sector in range(16, 64):
            at = base + sector * self.SECTOR
            kind = data[at]
            if data[at + 1 : at + 6] != b"CD001" or kind == 255:
                break
            if kind in (1, 2):
                joliet = kind == 2 and data[at + 88 : at + 90] == b"%/"
                extent, size = struct.unpack_from("<I4xI", data, at + 158)
                self.walk(extent, size, b"", joliet, set())

    def walk(self, extent, size, path, joliet, seen):
        if extent in seen or len(path) > 8192:
            return
        at, end = self.base + extent * self.SECTOR, self.base + extent * self.SECTOR + size
        while at < end and at + 34 <= len(self.data):
            length = self.data[at]
            if length < 34:
                at += self.SECTOR - (at - self.base) % self.SECTOR
                continue
            record = bytes(self.data[at : at + length])
            at += length
            raw = record[33 : 33 + record[32]]
            if raw in (b"\0", b"\1"):
                continue
            plain = (raw.decode("utf-16-be", "replace").encode() if joliet else raw).split(b";")[0].rstrip(b".")
            for name in {plain, self.rock_ridge(record) or plain}:
                below = path + b"/" + name
                self.paths.setdefault(below.upper(), self.stamps(record[18:25]))
                if record[25] & 2:
                    self.walk(*struct.unpack_from("<I4xI", record, 2), below, joliet, seen | {extent})

    @staticmethod
    def rock_ridge(record):
        """The NM entries of the system use area (not over continuation areas)."""
        at, name = 33 + record[32] + (1 - record[32] % 2), b""
        while at + 4 <= len(record) and record[at + 2] >= 4:
            if record[at : at + 2] == b"NM":
                name += record[at + 5 : at + record[at + 2]]
            at += record[at + 2]
        return name

    @staticmethod
    def stamps(field):
        """(true, as libtsk shows it: the wall clock, its offset from GMT left out)"""
        year, month, day, hour, minute, second, zone = struct.unpack("<6Bb", field)
        if not 1 <= month <= 12 or not 1 <= day <= 31:
            return {0}, 0
        wall = calendar.timegm((1900 + year, month, day, hour, minute, second))
        return {wall - zone * 900}, wall

    def times(self, number, attribute="", path=b"", shown=0):
        found = self.paths.get(path.upper())
        if path.startswith(b"/$OrphanFiles/"):  # a record that has no path for libtsk: one with this wall clock must be there
            true = set().union(*(t for t, wall in self.paths.values() if wall == shown))
            found = (true, shown) if true else None
        return [({0}, 0), ({0}, 0), ({0}, 0), found] if found else None


def reader_for(kind, data, base):
    """kind: what `fsstat -t` says."""
    if kind.startswith("ext"):
        return Ext(data, base, kind)
    for prefix, reader in (("ntfs", Ntfs), ("exfat", Exfat), ("fat", Fat), ("iso9660", Iso)):
        if kind.startswith(prefix):
            return reader(data, base)
    return None
