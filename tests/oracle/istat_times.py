# SPDX-License-Identifier: Apache-2.0
"""The times of an NTFS entry as istat prints them, at 100 ns."""
import re
import subprocess

TIMES = ("mtime", "atime", "ctime", "crtime")
ISTAT = {"File Modified": "mtime", "Accessed": "atime", "MFT Modified": "ctime", "Created": "crtime"}
ISTAT_LINE = re.compile(r"(Created|File Modified|MFT Modified|Accessed):\s+(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{9})")


def istat_times(image, number, offset=0):
    """Its sequence as names of it carry it (a deleted record's was counted up), and the times of $STANDARD_INFORMATION, then of each $FILE_NAME: [(name, times)]; name None: the former.
    (None, what istat says): it does not know the entry."""
    ran = subprocess.run(["istat", "-f", "ntfs", "-z", "UTC", "-o", str(offset // 512), image, str(number)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    text = ran.stdout.decode("utf-8", "replace")
    sequence = re.search(r"Sequence: (\d+)", text)
    if ran.returncode or not sequence:
        return None, ran.stderr.decode("utf-8", "replace")
    found = []
    for block in re.split(r"\n(?=\$(?:STANDARD_INFORMATION|FILE_NAME) Attribute Values)", text)[1:]:
        name = re.search(r"^Name: (.*)$", block, re.M)
        times = {ISTAT[k]: f"{day}T{clock}Z" for k, day, clock in ISTAT_LINE.findall(block.split("\n\n")[0])}
        found.append((name and name.group(1), tuple(times.get(k) for k in TIMES)))
    return int(sequence.group(1)) - ("Not Allocated" in text), found
