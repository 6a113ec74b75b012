#!/usr/bin/env python3
"""核对归档包 Checks an archive of 强链 Qianglian: python3 check.py ARCHIVE.zip | DIRECTORY

Finds every file that is missing, was added, or is not what SHA256SUMS and catalogue.json say. Python's standard library alone.
Exit status: 0 whole; 1 not; 2 it can't be read."""

import hashlib
import json
import os
import sys
import zipfile

SUMS = "SHA256SUMS"
CATALOGUE = "catalogue.json"
PIECE = 1 << 20


class Folder:
    """An archive that was unpacked."""

    def __init__(self, root):
        self.root = root

    def names(self):
        found = []
        for folder, _, files in os.walk(self.root):
            for file in files:
                path = os.path.relpath(os.path.join(folder, file), self.root)
                found.append(path.replace(os.sep, "/"))
        return found

    def open(self, name):
        return open(os.path.join(self.root, *name.split("/")), "rb")


class Zip:
    """An archive as it was made."""

    def __init__(self, path):
        self.archive = zipfile.ZipFile(path)

    def names(self):
        return [entry.filename for entry in self.archive.infolist() if not entry.is_dir()]

    def open(self, name):
        return self.archive.open(name)


def digest(archive, name):
    """The SHA-256 of a file, and how many bytes it has."""
    whole, size = hashlib.sha256(), 0
    with archive.open(name) as file:
        while piece := file.read(PIECE):
            whole.update(piece)
            size += len(piece)
    return whole.hexdigest(), size


def sums(archive):
    """The digest of each file by its name, as SHA256SUMS has them."""
    told = {}
    with archive.open(SUMS) as file:
        for line in file.read().decode("utf-8").splitlines():
            value, separator, name = line.partition("  ")
            if not separator or len(value) != 64 or name in told:
                raise ValueError(f"{SUMS}: {line!r}")
            told[name] = value
    return told


def check(archive):
    """What is wrong, a line each; nothing where all is whole."""
    problems = []
    names = archive.names()
    for name in sorted({name for name in names if names.count(name) > 1}):
        problems.append(f"重复 twice: {name}")
    there = set(names)
    if SUMS not in there:
        return [f"缺失 missing: {SUMS}"], {}
    told, found = sums(archive), {}
    for name in sorted(set(told) - there):
        problems.append(f"缺失 missing: {name}")
    for name in sorted(there - set(told) - {SUMS}):
        problems.append(f"多出 added: {name}")
    for name in sorted(set(told) & there):
        try:
            found[name] = digest(archive, name)
        except (OSError, zipfile.BadZipFile, EOFError, ValueError) as error:
            problems.append(f"改动 changed: {name} ({error})")
            continue
        if found[name][0] != told[name]:
            problems.append(f"改动 changed: {name}")
    return problems, found


def check_catalogue(archive, found):
    """Each item of the catalogue is a file of the archive, and each file an item."""
    if CATALOGUE not in found:
        return []
    with archive.open(CATALOGUE) as file:
        items = json.load(file)["items"]
    problems, listed = [], {CATALOGUE, "catalogue.csv", "README.txt"}
    for place, item in enumerate(items, 1):
        name = item["path"]
        if item["number"] != place:
            problems.append(f"目录件号不连续 numbers of the catalogue: {item['number']}")
        if not name:
            continue
        listed.add(name)
        if name in found and found[name] != (item["digest"], item["size"]):
            problems.append(f"与目录不符 not as the catalogue says: {name}")
        if name not in found:
            problems.append(f"目录所列缺失 listed and missing: {name}")
    problems += [f"目录未列 not listed: {name}" for name in sorted(set(found) - listed)]
    absent = sum(1 for item in items if not item["path"])
    print(f"目录 catalogue: {len(items)} 件 items，未收录 not included: {absent}")
    return problems


def main(arguments):
    if len(arguments) != 1:
        print(__doc__, file=sys.stderr)
        return 2
    try:
        archive = Folder(arguments[0]) if os.path.isdir(arguments[0]) else Zip(arguments[0])
        problems, found = check(archive)
        problems += check_catalogue(archive, found)
        if SUMS in archive.names():
            print(f"{SUMS}: {digest(archive, SUMS)[0]}")
    except (OSError, zipfile.BadZipFile, ValueError, KeyError) as error:
        print(f"无法读取 can't be read: {error}", file=sys.stderr)
        return 2
    for problem in problems:
        print(problem)
    if problems:
        return 1
    print(f"完好 whole: {len(found)} 个文件 files")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
