#!/usr/bin/env python3
"""Breaks a service on purpose while it is written to, and looks whether every acknowledged write is there afterwards.

Each fault prints a line of a table: what was done how often, what was acknowledged and checked, what was answered
meanwhile. Every loop is bounded; `--quick` does less of the same; `--keep DIR` works there and leaves it. Exits 1 if anything
did not hold.
"""

import argparse
import collections
import errno
import glob
import mmap
import os
import random
import shutil
import signal
import struct
import sys
import tempfile
import time
import traceback

from postgres import Cluster
from power import Recording
from world import PASSWORD, Client, Load, World, check, end_all, must, read_sqlite

WRITES, SYNCS, NAMES = 1, 2, 4


class Control:
    """What the library lets fail."""

    def __init__(self, path):
        self.path = path
        with open(path, "wb") as file:
            file.write(bytes(128))
        with open(path, "r+b") as file:
            self.memory = mmap.mmap(file.fileno(), 128)

    def fail(self, part, calls, error):
        """Lets calls fail where a path has this part."""
        self.memory[:128] = struct.pack("iii116s", 0, calls, 0, part.encode())
        self.memory[0:4] = struct.pack("i", error)

    def heal(self):
        """Lets everything go on; how many calls failed."""
        self.memory[0:4] = struct.pack("i", 0)
        return struct.unpack("i", self.memory[8:12])[0]


def told(answers):
    """Answers in words, the frequent ones first."""
    return ", ".join(f"{count} × {answer or 'no answer'}" for answer, count in answers.most_common())


def kill(context):
    """Killed (SIGKILL) while it is written to, again and again on the same data."""
    world = context.world("kill")
    answers, rounds, slowest = collections.Counter(), 4 if context.quick else 40, 0.0
    for _ in range(rounds):
        service = world.serve()
        slowest = max(slowest, service.started_in)
        load = Load(world, service)
        time.sleep(context.chance.uniform(0.3, 1.2))
        service.end(signal.SIGKILL)
        answers.update(load.stop())
        checked = check(world, read_sqlite(world.data))
    context.row("kill -9 under load", rounds, checked, answers, f"up again in ≤ {slowest:.1f} s")


def power(context):
    """Cut off from power at any point: what was not synced is gone, or only some of it is there."""
    world = context.world("power")
    recording = Recording(world, context.chance)
    answers = recording.record(3 if context.quick else 12)
    cuts, checked = 10 if context.quick else 150, 0
    for state, when in recording.cuts(cuts):
        service = state.serve()
        service.end()
        checked = max(checked, check(state, read_sqlite(state.data), until=when, refused=False))
        shutil.rmtree(state.data)
    context.row("power cut", cuts, checked, answers, f"seed {context.seed}, {recording.calls} calls recorded")


DISKS = [
    ("qianglian.db", "database"),
    ("qianglian.db-wal", "log of the database"),
    ("/spool", "spool"),
    ("/evidence", "evidence"),
]

# What does not happen while it serves.
NEVER = {("database", "new names"), ("log of the database", "new names"), ("evidence", "writes")}


def disks(context):
    """Disks that are full or fail, for a second, under each kind of file."""
    for part, what in DISKS:
        for error in ("ENOSPC", "EIO"):
            for calls, which in ((WRITES, "writes"), (SYNCS, "syncs"), (NAMES, "new names")):
                if (what, which) in NEVER or (error, which) == ("ENOSPC", "syncs"):
                    continue
                with context.finding(f"{error} at {which} of the {what}"):
                    disk(context, part, getattr(errno, error), calls, f"{error} at {which} of the {what}")


def disk(context, part, error, calls, what):
    """One of them."""
    world = context.world("disk")
    control = Control(os.path.join(context.scratch, "control"))
    control.fail(part, calls, 0)
    environment = {"LD_PRELOAD": context.library, "FAIL_CONTROL": control.path}
    service = world.serve(environment=environment)
    load = Load(world, service)
    time.sleep(0.5)
    control.fail(part, calls, error)
    status = service.ended(1.5 if context.quick else 4)
    met = control.heal()
    if status is None:
        time.sleep(0.5)
        status = service.child.poll()
    answers = load.stop()
    must(status in (None, 70), f"the service ended with {status}")
    must(met or context.quick, "nothing failed")
    if status is None:
        before = sum(map(len, world.written.values()))
        load = Load(world, service)
        time.sleep(0.5)
        load.stop()
        must(sum(map(len, world.written.values())) > before, "nothing can be written after the disk is well again")
        service.end()
    else:
        service.end()
    # A service that ended, and one that did not, starts again and goes on.
    service = world.serve()
    load = Load(world, service)
    time.sleep(0.3)
    load.stop()
    service.end()
    checked = check(world, read_sqlite(world.data))
    end = "stopped (70), started again" if status == 70 else "went on"
    context.row(what, f"{met} calls", checked, collections.Counter(answers), end)
    shutil.rmtree(world.data)


def clock(context):
    """A clock that is 30 days ahead for 3.5 s, and one that is an hour behind."""
    for days, seconds in ((30, 3.5), (-1 / 24, 3.5)):
        world = context.world("clock")
        stamp = os.path.join(context.scratch, "faketime")

        def shift(to):
            with open(stamp + ".new", "w", encoding="ascii") as file:
                file.write(f"{to:+d}\n")
            os.replace(stamp + ".new", stamp)

        shift(0)
        environment = {
            "LD_PRELOAD": glob.glob("/usr/lib/*/faketime/libfaketimeMT.so.1")[0],
            "FAKETIME_TIMESTAMP_FILE": stamp,
            "FAKETIME_NO_CACHE": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
            "DONT_FAKE_MONOTONIC": "1",
        }
        service = world.serve(environment=environment)
        load = Load(world, service)
        time.sleep(0.5)
        shift(round(days * 86_400))
        time.sleep(seconds)
        shift(0)
        time.sleep(1.5)
        answers = load.stop()
        must(not any(answer != 200 and answer != 201 for answer in answers), f"answers: {answers}")
        # Nobody was signed out, no stage was closed.
        client = Client(service.port)
        status, _, _ = client.ask("GET", "/api/v1/me", headers={"Authorization": "Bearer " + load.token})
        must(status == 200, f"a session was answered {status}")
        status, _, competition = client.ask("GET", f"/api/v1/competitions/{world.competition}")
        must(competition["state"] == "application", f"the competition is {competition['state']}")
        status, _, admin = client.ask("POST", "/api/v1/login", {"name": "admin", "password": PASSWORD})
        must(status == 200, f"a login was answered {status}")
        service.end()
        checked = check(world, read_sqlite(world.data))
        context.row(f"clock {days * 24:+.0f} h for {seconds} s", 1, checked, collections.Counter(answers), "no stage closed, nobody signed out")
        shutil.rmtree(world.data)


def postgres(context):
    """PostgreSQL killed, paused, restarted and failed over while it is written to."""
    with Cluster(os.path.join(context.scratch, "postgres")) as cluster:
        world = World(context.path("on-postgres"), ["--database-url", cluster.url])
        world.make()
        faults = [cluster.kill, cluster.restart, cluster.pause, cluster.fail_over]
        faults = faults[::3] if context.quick else faults
        for fault in faults:
            with context.finding(f"PostgreSQL: {fault.__doc__}"):
                meet(context, cluster, world, fault)


def meet(context, cluster, world, fault):
    """A fault of PostgreSQL under load: readiness tells of it within 2 s, and all is well by itself afterwards."""
    service, mend = world.serve(), None
    try:
        load = Load(world, service)
        time.sleep(1)
        readiness = Client(service.port, timeout=10)

        def ready():
            begun = time.monotonic()
            status, _, _ = readiness.ask("GET", "/readyz")
            took = time.monotonic() - begun
            must(took < 2.5, f"/readyz took {took:.1f} s")
            return status

        must(ready() == 200, "it is not ready at first")
        begun = time.monotonic()
        mend = fault()
        statuses = []
        while mend and time.monotonic() - begun < 5:
            statuses.append(ready())
            time.sleep(0.2)
        if mend:
            must(503 in statuses, f"/readyz never told: {statuses}")
            must(200 not in statuses[-5:], "/readyz tells that a lost database is ready")
            mend = mend()
        mended = time.monotonic()
        while ready() != 200:
            must(time.monotonic() - mended < 30, "it does not recover by itself")
            time.sleep(0.1)
        recovered = time.monotonic() - mended
        before = sum(map(len, world.written.values()))
        time.sleep(2)
        answers = load.stop()
        must(sum(map(len, world.written.values())) > before, "nothing can be written afterwards")
        must(not answers.get(0), f"{answers.get(0)} connections ended without an answer")
        checked = check(world, cluster.select)
    finally:
        if mend:
            mend()
        service.end()
    context.row(
        f"PostgreSQL: {fault.__doc__}", 1, checked, collections.Counter(answers),
        f"ready again after {recovered:.1f} s, slowest answer {load.slowest:.1f} s",
    )


class Context:
    """What the faults share."""

    def __init__(self, options, scratch):
        self.quick, self.library, self.scratch, self.seed = options.quick, options.library, scratch, options.seed
        self.chance = random.Random(options.seed)
        self.template, self.failed, self.number = None, 0, 0

    def path(self, name):
        """A new place."""
        self.number += 1
        return os.path.join(self.scratch, f"{name}-{self.number}")

    def world(self, name):
        """A fresh competition."""
        if self.template is None:
            self.template = World(self.path("template"))
            self.template.make()
        return self.template.copy(self.path(name))

    def row(self, what, rounds, checked, answers, more):
        """A line of the table."""
        print(f"| {what} | {rounds} | {checked} | {told(answers)} | {more} |", flush=True)

    def finding(self, what):
        """Goes on after what does not hold, and counts it."""
        return Finding(self, what)


class Finding:
    """A fault that may have been too much."""

    def __init__(self, context, what):
        self.context, self.what = context, what

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        end_all()
        if error is None or not issubclass(kind, Exception):
            return False
        self.context.failed += 1
        print(f"| {self.what} | FAILED: {error} |", flush=True)
        if not issubclass(kind, AssertionError):
            traceback.print_exception(kind, error, trace)
        return True


FAULTS = [kill, power, disks, clock, postgres]


def main():
    """Meets all faults, or those that are named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*", help="some of: " + ", ".join(fault.__name__ for fault in FAULTS))
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--library", required=True)
    parser.add_argument("--keep")
    parser.add_argument("--seed", type=int, default=random.randrange(10**6))
    options = parser.parse_args()
    # What was started is ended also when this is told to end.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    begun = time.monotonic()
    print("| fault | rounds | acknowledged writes found | answers meanwhile | then |\n| --- | --- | --- | --- | --- |", flush=True)
    with tempfile.TemporaryDirectory(prefix="qianglian-faults.") as scratch:
        if options.keep:
            os.makedirs(options.keep, exist_ok=True)
        context = Context(options, options.keep or scratch)
        os.chmod(context.scratch, 0o755)
        for fault in FAULTS:
            if not options.names or fault.__name__ in options.names:
                with context.finding(fault.__name__):
                    fault(context)
    print(f"\n{context.failed} faults did not go well; {time.monotonic() - begun:.0f} s, seed {options.seed}")
    return 1 if context.failed else 0


if __name__ == "__main__":
    sys.exit(main())
