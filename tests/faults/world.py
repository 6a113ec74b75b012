"""A service with a competition that takes applications, somebody who writes to it, and what must be there afterwards."""

import base64
import collections
import contextlib
import datetime
import hashlib
import http.client
import json
import os
import re
import shutil
import signal
import socket
import sqlite3
import subprocess
import threading
import time

PASSWORD = "Quartz-Lantern-Meadow-42"
PROJECT = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..")
REGION = "320500"
WORKERS = 8
UPLOADERS = 2


def must(holds, what):
    """Says what does not hold."""
    if not holds:
        raise AssertionError(what)


def free_port():
    """A port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


RUNNING = []


def end_all():
    """Ends what a fault that went wrong has left."""
    for child in RUNNING:
        if child.poll() is None:
            child.kill()
            child.wait()
    RUNNING.clear()


class Service:
    """A running service."""

    def __init__(self, data, arguments=(), environment=None, before=(), at=None):
        self.port = at or free_port()
        options = ["serve", "--data", data, "--listen", f"127.0.0.1:{self.port}", "--rate", "0", "--drain", "0", *arguments]
        self.log_path = data.rstrip("/") + ".log"
        self.log = open(self.log_path, "ab")
        self.begun = time.monotonic()
        self.child = subprocess.Popen(
            [*before, os.environ["QIANGLIAN"], *options],
            stdout=subprocess.PIPE,
            stderr=self.log,
            text=True,
            env={**os.environ, "QIANGLIAN_LOG": "warn", "QIANGLIAN_SECOND_FACTOR": "optional", **(environment or {})},
        )
        RUNNING.append(self.child)
        self.code = None
        for line in self.child.stdout:
            if found := re.search(r"\bqll_\S+", line):
                self.code = found[0]
            if "http://127.0.0.1:" in line:
                break
        else:
            raise AssertionError(f"the service ended with {self.child.wait()} instead of starting; see {self.log_path}")
        self.started_in = time.monotonic() - self.begun
        self.drain = threading.Thread(target=self.child.stdout.read, daemon=True)
        self.drain.start()

    def end(self, how=signal.SIGTERM):
        """Ends it; its exit status."""
        if self.child.poll() is None:
            self.child.send_signal(how)
        try:
            return self.child.wait(timeout=60)
        except subprocess.TimeoutExpired as stuck:
            self.child.kill()
            raise AssertionError("the service did not end within 60 s of being told to") from stuck
        finally:
            self.child.wait()
            self.drain.join()
            self.log.close()

    def ended(self, within):
        """Its exit status if it ends by itself soon."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            return self.child.wait(timeout=within)
        return None


class Client:
    """One connection to a service, opened again when it is lost."""

    def __init__(self, port, timeout=60):
        self.port, self.timeout, self.line = port, timeout, None

    def ask(self, method, path, body=None, headers=None):
        """Status, headers and document of an answer; status 0 where the connection ended without one."""
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        for fresh in (False, True):
            if self.line is None:
                self.line, fresh = http.client.HTTPConnection("127.0.0.1", self.port, timeout=self.timeout), True
            try:
                self.line.request(method, path, body, headers)
                answer = self.line.getresponse()
                content = answer.read()
                try:
                    document = json.loads(content) if content else None
                except ValueError:
                    document = content
                return answer.status, answer.headers, document
            except (OSError, http.client.HTTPException):
                self.line.close()
                self.line = None
                # A connection that was kept may have been closed in between; only what is read is asked again.
                if fresh or method != "GET":
                    return 0, {}, None
        return 0, {}, None


class World:
    """A data directory with a competition and applications, made through the API."""

    def __init__(self, data, arguments=()):
        self.data, self.arguments = data, list(arguments)
        self.written = collections.defaultdict(list)  # application: acknowledged (text, revision, when)
        self.refused = set()
        self.uploaded = []  # acknowledged (evidence, digest, when)
        self.turned_away = set()  # digests of uploads that were refused
        self.numbers = iter(range(10**9))

    def serve(self, **how):
        """Starts the service."""
        extra = how.pop("arguments", [])
        return Service(self.data, [*self.arguments, *extra], **how)

    def make(self):
        """Sets all up."""
        service = self.serve()
        try:
            client = Client(service.port)

            def call(method, path, body=None, token=None, **headers):
                if token:
                    headers["Authorization"] = "Bearer " + token
                headers = {name.replace("_", "-"): value for name, value in headers.items()}
                status, _, document = client.ask(method, "/api/v1" + path, body, headers)
                must(200 <= status < 300, f"{method} {path} was answered {status}: {document}")
                return document

            call("POST", "/setup", {"code": service.code, "name": "admin", "display_name": "管理员", "password": PASSWORD})
            log_in = lambda name: call("POST", "/login", {"name": name, "password": PASSWORD})["access_token"]
            admin = log_in("admin")

            def invite(name, role, **more):
                account = {"name": name, "display_name": name, "role": role, **more}
                link = call("POST", "/accounts", account, admin)
                token = link.get("link_token")
                must(token, f"no link for {name}: {link}")
                call("POST", "/links/acceptance", {"token": token, "password": PASSWORD})
                return log_in(name)

            office = invite("office", "office")
            lead = invite("lead", "applicant", region_code=REGION)
            now = datetime.datetime.now(datetime.timezone.utc)
            at = [(now + datetime.timedelta(days=days)).isoformat(timespec="seconds") for days in (-1, 10, 11, 12, 13, 14)]
            with open(os.path.join(PROJECT, "data", "settings.example.json"), encoding="utf-8") as file:
                settings = json.load(file)
            stages = ["application", "recommendation", "checking", "review", "announcement"]
            settings["calendar"] = {
                stage: {"from": start, "until": end} for stage, start, end in zip(stages, at, at[1:])
            }
            competition = call("POST", "/competitions", settings, office)
            self.competition = competition["id"]
            call("POST", f"/competitions/{self.competition}/state", {"to": "application"}, office, If_Match=f'"{competition["revision"]}"')
            chains = call("GET", "/chains")
            chains = [chain["no"] for cluster in chains["catalogue"]["clusters"] for chain in cluster["chains"]]
            self.applications = [
                call("POST", f"/competitions/{self.competition}/applications", {"chain_number": chain, "role": "core"}, lead)["id"]
                for chain in chains[:WORKERS]
            ]
        finally:
            service.end()

    def copy(self, data):
        """The same in another directory, from where it stands: no service may run."""
        shutil.copytree(self.data, data)
        return self.copy_of(data)

    def copy_of(self, data):
        """What is known of it, for another directory."""
        other = World(data, self.arguments)
        other.competition, other.applications = self.competition, self.applications
        other.written = collections.defaultdict(list, {name: list(done) for name, done in self.written.items()})
        other.refused, other.uploaded = set(self.refused), list(self.uploaded)
        other.turned_away, other.numbers = set(self.turned_away), self.numbers
        return other


class Load:
    """Writers and uploaders, until told to stop."""

    def __init__(self, world, service, uploads=True, timeout=60):
        self.world, self.service, self.timeout = world, service, timeout
        self.answers = collections.Counter()
        self.slowest = 0.0
        self.wrong = []
        self.stopping, self.guard = threading.Event(), threading.Lock()
        status, _, document = Client(service.port).ask("POST", "/api/v1/login", {"name": "lead", "password": PASSWORD})
        must(status == 200, f"the login was answered {status}: {document}")
        self.token = document["access_token"]
        work = [(self.write, application) for application in world.applications]
        if uploads:
            work += [(self.upload, application) for application in world.applications[:UPLOADERS]]
        self.threads = [threading.Thread(target=self.repeat, args=one, daemon=True) for one in work]
        for thread in self.threads:
            thread.start()

    def repeat(self, act, application):
        """Does one thing again and again."""
        client = Client(self.service.port, self.timeout)
        while not self.stopping.is_set():
            begun = time.monotonic()
            try:
                status = act(client, application)
            except Exception as error:  # pylint: disable=broad-except
                self.wrong.append(f"the harness failed: {error!r}")
                return
            with self.guard:
                self.slowest = max(self.slowest, time.monotonic() - begun)
            if not 200 <= status < 300:
                if status == 0 and self.service.child.poll() is not None:
                    return
                time.sleep(0.02)

    def count(self, method, status, headers, document):
        """Counts an answer and looks at what an unsuccessful one says."""
        code = document.get("code") if isinstance(document, dict) else None
        with self.guard:
            self.answers[status if 200 <= status < 300 or not status else f"{status} {code}"] += 1
        if status in (503, 507) and status == 503 and not headers.get("Retry-After"):
            self.wrong.append(f"503 {code} without Retry-After")
        if status == 500 or status > 507:
            self.wrong.append(f"{method} was answered {status} {code}")
        return code

    def write(self, client, application):
        """Writes a text of its own into a part."""
        path = f"/api/v1/applications/{application}/parts/section.status"
        headers = {"Authorization": "Bearer " + self.token}
        text = f"text {next(self.world.numbers)} " + "x" * 300
        last = getattr(client, "revision", 0)
        status, answered, document = client.ask("PUT", path, {"text": text}, {**headers, "If-Match": f'"{last}"'})
        code = self.count("PUT", status, answered, document)
        if 200 <= status < 300:
            client.revision = document["revision"]
            self.world.written[application].append((text, document["revision"], time.time()))
        else:
            # A stale one is told what stands there now.
            client.revision = int(answered["ETag"].strip('"')) if code == "stale" else last
            if status and code != "outcome_unknown":
                self.world.refused.add(text)
        return status

    def upload(self, client, application):
        """Uploads a file of its own."""
        content = f"%PDF-1.4\n% {next(self.world.numbers)}\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n".encode()
        digest = hashlib.sha256(content)
        headers = {
            "Authorization": "Bearer " + self.token,
            "Content-Digest": f"sha-256=:{base64.b64encode(digest.digest()).decode()}:",
            "Content-Type": "application/pdf",
        }
        path = f"/api/v1/applications/{application}/evidence?kind=other&name=a.pdf"
        status, answered, document = client.ask("POST", path, content, headers)
        code = self.count("POST", status, answered, document)
        if 200 <= status < 300:
            self.world.uploaded.append((document["id"], digest.hexdigest(), time.time()))
        elif status and code != "outcome_unknown":
            self.world.turned_away.add(digest.hexdigest())
        time.sleep(0.01)
        return status

    def stop(self):
        """Ends it; what was answered, in words."""
        self.stopping.set()
        for thread in self.threads:
            thread.join(self.timeout + 5)
        must(not any(thread.is_alive() for thread in self.threads), "a request was never answered")
        must(not self.wrong, "; ".join(sorted(set(self.wrong))[:5]))
        return dict(self.answers)


def read_sqlite(data):
    """A function that reads the database of a data directory."""
    line = sqlite3.connect(f"file:{data}/qianglian.db?mode=ro", uri=True)

    def select(statement):
        return line.execute(statement).fetchall()

    return select


def check(world, select, until=float("inf"), refused=True):
    """Compares what is stored with what was acknowledged until a moment; how many writes that were."""
    stored = collections.defaultdict(dict)
    for application, revision, content in select(
        "SELECT application_id, revision, content FROM application_part_version WHERE part = 'section.status'"
    ):
        stored[str(application)][json.loads(content)["text"]] = int(revision)
    checked = 0
    for application, writes in world.written.items():
        for text, revision, when in writes:
            if when < until:
                found = stored[application].get(text)
                must(found == revision, f"an acknowledged write is lost: revision {revision} of {application}, {found} found")
                checked += 1
    files = {str(identifier): digest for identifier, digest in select("SELECT id, digest FROM evidence")}
    for identifier, digest, when in world.uploaded:
        if when < until:
            must(files.get(identifier) == digest, f"an acknowledged upload is lost: {identifier}")
            checked += 1
    for digest in files.values():
        path = os.path.join(world.data, "evidence", digest[:2], digest)
        with open(path, "rb") as file:
            must(hashlib.sha256(file.read()).hexdigest() == digest, f"the file {digest} is damaged")
    if refused:
        texts = {text for found in stored.values() for text in found}
        must(not texts & world.refused, "what was said not to be done was done")
        must(not set(files.values()) & world.turned_away, "an upload that was said not to be done was done")
    heads = {chain: (int(seq), digest) for chain, seq, digest in select("SELECT chain, seq, digest FROM audit_head")}
    last = {}
    for chain, seq, digest, body in select("SELECT chain, seq, digest, body FROM audit_event ORDER BY chain, seq"):
        before, prev = last.get(chain, (0, "0" * 64))
        must(int(seq) == before + 1, f"the chain {chain} has a gap after {before}")
        must(json.loads(body)["prev"] == prev, f"the chain {chain} is broken at {seq}")
        must(hashlib.sha256(body.encode()).hexdigest() == digest, f"event {seq} of {chain} is damaged")
        last[chain] = (int(seq), digest)
    must({chain: head for chain, head in heads.items() if head[0]} == last, "a head is not its chain's end")
    # Nothing half-done: every stored version of a part has its event.
    events = sum(int(count) for (count,) in select(
        "SELECT count(*) FROM audit_event WHERE action = 'application.change' AND outcome = 'done'"
    ))
    versions = sum(int(count) for (count,) in select("SELECT count(*) FROM application_part_version"))
    must(events == versions + len(files), f"{events} events for {versions} versions of parts and {len(files)} files")
    return checked
