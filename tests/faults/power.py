"""What is on the disk when the power goes: a service's calls recorded by strace, and what they had made safe at a point.

Safe is what a file held when it was synced, under the names that its directory had when that was synced. Of what came
after, nothing is there, or any part of it, torn at sectors.
"""

import collections
import os
import re
import shutil
import time

from world import Load

SECTOR = 512
CALLS = (
    "openat,write,pwrite64,writev,pwritev,fsync,fdatasync,rename,renameat,renameat2,unlink,unlinkat,ftruncate,mkdir,"
    "mkdirat,link,linkat"
)
LINE = re.compile(r"^(\d+) +([\d.]+) (.*)$")
CALL = re.compile(r"^(\w+)\((.*)\) += (-?\d+)(.*)$")
TEXT = re.compile(r'"((?:\\x[0-9a-f]{2})*)"')
PLACE = re.compile(r"^\d+<([^>]*)>")


def plain(text):
    """The bytes of a string as strace writes it."""
    return bytes.fromhex(text.replace("\\x", ""))


def path_of(text):
    """A path, which strace may write in hexadecimal digits too."""
    return plain(text).decode() if text.startswith("\\x") else text


class File:
    """A file: what is safe of it, and what was done since."""

    def __init__(self, safe=b""):
        self.safe, self.size, self.since = bytearray(safe), len(safe), []

    def write(self, at, content):
        """Writes, not yet safely; at the end, where no place is given."""
        at = self.size if at is None else at
        self.since.append((at, content))
        self.size = max(self.size, at + len(content))

    def cut(self, length):
        """Shortens or lengthens it."""
        self.since.append((length, None))
        self.size = length

    def sync(self):
        """Makes all of it safe."""
        for change in self.since:
            apply(self.safe, *change)
        self.since = []

    def left(self, chance):
        """What may be left: what is safe, with some of what came after if there is a chance."""
        left = bytearray(self.safe)
        for at, content in self.since if chance else ():
            if chance.random() < 0.5:
                continue
            if content and chance.random() < 0.3:
                content = content[: chance.randrange(len(content) // SECTOR + 1) * SECTOR]
            apply(left, at, content)
        return left


def apply(held, at, content):
    """A write, or a new length, on bytes."""
    if content is None:
        del held[at:]
    if len(held) < at:
        held.extend(bytes(at - len(held)))
    if content:
        held[at : at + len(content)] = content


class Disk:
    """The files of a directory."""

    def __init__(self, root):
        self.root, self.names = root, {}
        for folder, _, names in os.walk(root):
            for name in names:
                path = os.path.join(folder, name)
                with open(path, "rb") as file:
                    self.names[path] = File(file.read())
        self.safe_names = dict(self.names)
        self.folders = {folder for folder, _, _ in os.walk(root)}

    def sync(self, path):
        """Makes a file, or the names in a directory, safe."""
        if path in self.names:
            self.names[path].sync()
        elif path in self.folders:
            for names, other in ((self.safe_names, self.names), (self.names, self.safe_names)):
                for name in [name for name in names if os.path.dirname(name) == path and name not in other]:
                    if names is self.safe_names:
                        del names[name]
            for name, file in self.names.items():
                if os.path.dirname(name) == path:
                    self.safe_names[name] = file

    def write_to(self, target, chance):
        """Leaves what a power cut may leave."""
        for folder in self.folders:
            os.makedirs(target + folder[len(self.root):], exist_ok=True)
        for name in set(self.names) | set(self.safe_names):
            # What is in memory that several share is never on the disk.
            if name.endswith("-shm"):
                continue
            safe, now = self.safe_names.get(name), self.names.get(name)
            file = now if chance and safe is not now and chance.random() < 0.5 else safe
            if file is not None:
                with open(target + name[len(self.root):], "wb") as out:
                    os.fchmod(out.fileno(), 0o600)
                    out.write(file.left(chance))

    def do(self, call, arguments, result):
        """Follows a call that succeeded; whether it was on one of the files."""
        texts = [plain(text) for text in TEXT.findall(arguments)]
        place = PLACE.match(arguments)
        path = path_of(place[1]) if place else None
        if call == "openat":
            name = texts[0].decode()
            ours = name.startswith(self.root)
            if ours and ("O_CREAT" in arguments and name not in self.names or "O_TRUNC" in arguments):
                if name in self.names:
                    self.names[name].cut(0)
                else:
                    self.names[name] = File()
            return False
        if call in ("rename", "renameat", "renameat2", "link", "linkat"):
            before, after = (text.decode() for text in texts)
            if not after.startswith(self.root):
                return False
            self.names[after] = self.names[before] if call.startswith("link") else self.names.pop(before)
            return True
        if call in ("unlink", "unlinkat"):
            return self.names.pop(texts[0].decode(), None) is not None
        if call in ("mkdir", "mkdirat"):
            name = texts[0].decode()
            if name.startswith(self.root):
                self.folders.add(name)
            return False
        if path is None or not path.startswith(self.root):
            return False
        if call in ("fsync", "fdatasync"):
            self.sync(path)
        elif path not in self.names:
            return False
        elif call == "ftruncate":
            self.names[path].cut(int(arguments.rsplit(", ", 1)[1]))
        else:
            at = int(arguments.rsplit(", ", 1)[1]) if call.startswith("p") else None
            self.names[path].write(at, b"".join(texts)[:result])
        return True


class Recording:
    """A service that is written to, recorded call by call."""

    def __init__(self, world, chance):
        self.world, self.chance = world, chance
        world.data = os.path.realpath(world.data)
        self.base, self.trace, self.calls = world.data + ".base", world.data + ".trace", 0

    def record(self, seconds):
        """Records; what was answered."""
        shutil.copytree(self.world.data, self.base)
        # The recorder is no parent of the service, so that this ends the service and not the recorder.
        before = ["strace", "-D", "-f", "-y", "-ttt", "-xx", "-s", "4000000", "-e", f"trace={CALLS}", "-e", "signal=none", "-o", self.trace]
        service = self.world.serve(before=before)
        load = Load(self.world, service)
        time.sleep(seconds)
        answers = load.stop()
        service.end()
        end = re.compile(rf"^{service.child.pid} .*\+\+\+ exited")
        while not any(map(end.match, self.last_lines())):
            time.sleep(0.1)
        return collections.Counter(answers)

    def last_lines(self):
        """The end of what is recorded."""
        with open(self.trace, "rb") as file:
            file.seek(max(0, os.path.getsize(self.trace) - 4_096))
            return file.read().decode("ascii", "replace").splitlines()

    def done(self):
        """The calls that succeeded, in order: when they were over, call, arguments, result."""
        begun = {}
        with open(self.trace, encoding="ascii") as file:
            for line in file:
                found = LINE.match(line)
                if not found:
                    continue
                process, when, text = found.groups()
                if text.endswith("<unfinished ...>"):
                    begun[process] = text[: -len("<unfinished ...>")]
                    continue
                if text.startswith("<... "):
                    text = begun.pop(process, "") + text.split("resumed>", 1)[1]
                call = CALL.match(text)
                if call and int(call[3]) >= 0:
                    yield float(when), call[1], call[2], int(call[3])

    def cuts(self, count):
        """Worlds as power cuts leave them, each with the moment until when everything must be there."""
        disk = Disk(self.base)
        # The calls name the directory that was recorded.
        disk.names = {self.world.data + name[len(self.base):]: file for name, file in disk.names.items()}
        disk.safe_names = dict(disk.names)
        disk.folders = {self.world.data + name[len(self.base):] for name in disk.folders}
        disk.root = self.world.data
        calls = list(self.done())
        self.calls = len(calls)
        ours = [number for number, (_, call, arguments, _) in enumerate(calls) if call != "write" or "</" in arguments]
        chosen = set(self.chance.sample(ours, min(count, len(ours))))
        for number, (when, call, arguments, result) in enumerate(calls):
            if number in chosen:
                other = self.world.copy_of(f"{self.world.data}.cut-{number}")
                disk.write_to(other.data, self.chance if self.chance.random() < 0.6 else None)
                yield other, when
            disk.do(call, arguments, result)
