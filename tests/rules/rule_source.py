"""Reads the YARA rule files below yara-rules/ as text: names, meta, strings, condition.

Not a YARA parser: it knows the layout that yara-rules/README asks for (a rule's braces, and
the words meta:, strings: and condition:, each on lines of their own) and reports what departs from it.
"""
import os
import re

RULE = re.compile(r"^(private |global )?(private |global )?rule (\w+)([^\n{]*)\n\{\n(.*?)^\}", re.M | re.S)
PART = re.compile(r"^    (meta|strings|condition):\n", re.M)
META = re.compile(r'^        (\w+) = (?:"((?:[^"\\]|\\.)*)"|(-?\d+)|(true|false))$')
GROUP_OF_FOLDER = {
    "actors": "APT",
    "families": "APT",
    "tools": "TOOL",
    "webshells": "WEB",
    "carriers": "CARR",
    "techniques": "TECH",
    "rmm": "RMM",
    "generic": "GEN",
}


class Rule:
    def __init__(self, file, name, body, words):
        self.file = file
        self.name = name
        self.words = words
        self.meta = []
        self.problems = []
        pieces = PART.split(body)
        self.parts = dict(zip(pieces[1::2], pieces[2::2]))
        for line in self.parts.get("meta", "").splitlines():
            if not line.strip() or line.strip().startswith("//"):
                continue
            match = META.match(line)
            if not match:
                self.problems.append("meta line not understood: " + line.strip())
                continue
            key, text, number, truth = match.groups()
            if text is not None:
                value = re.sub(r"\\(.)", r"\1", text)
            elif number is not None:
                value = int(number)
            else:
                value = truth == "true"
            self.meta.append((key, value))

    def get(self, key, otherwise=""):
        for name, value in self.meta:
            if name == key:
                return value
        return otherwise

    @property
    def score(self):
        value = self.get("score", -1)
        return value if isinstance(value, int) else -1

    @property
    def group(self):
        return GROUP_OF_FOLDER.get(self.file.split("/")[0], "?")


def rule_files(root):
    """Rule files below root, as sorted paths relative to it with '/'."""
    found = []
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(".yar"):
                found.append(os.path.relpath(os.path.join(folder, name), root).replace(os.sep, "/"))
    return sorted(found)


def rules_of_file(root, file):
    with open(os.path.join(root, file), encoding="ascii") as stream:
        text = stream.read()
    rules = [
        Rule(file, match.group(3), match.group(5), (match.group(1) or "") + (match.group(2) or ""))
        for match in RULE.finditer(text)
    ]
    announced = len(re.findall(r"^\s*(?:private |global )*rule \w+", text, re.M))
    return text, rules, announced


def all_rules(root):
    rules = []
    for file in rule_files(root):
        rules += rules_of_file(root, file)[1]
    return rules
