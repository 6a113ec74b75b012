#!/usr/bin/env python3
"""What strangers can do to the service a thousand times over: each attack, and what must still hold after it.

The service is started on loopback, attacked from addresses in 127.0.0.0/8, and watched: it must go on, answer others,
and take at most 512 MiB. Every loop is bounded in count and time. `--quick` does less of the same.
"""

import argparse
import base64
import contextlib
import hashlib
import http.client
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time

MIB = 1 << 20
MOST_MEMORY = 512 * MIB
PASSWORD = "Quartz-Lantern-Meadow-42"
WRONG = "Quartz-Lantern-Meadow-41"


class Service:
    """A running service."""

    def __init__(self, arguments, scratch):
        program = os.environ["QIANGLIAN"]
        self.log = open(os.path.join(scratch, "service.log"), "ab")
        self.child = subprocess.Popen(
            [program, *arguments, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, stderr=self.log, text=True
        )
        self.code = None
        for line in self.child.stdout:
            if found := re.search(r"\bqll_\S+", line):
                self.code = found[0]
            if found := re.search(r"http://127\.0\.0\.1:(\d+)", line):
                self.port = int(found[1])
                return
        raise SystemExit("the service did not start")

    def stop(self):
        """Ends it, as an operator does."""
        self.child.terminate()
        self.child.wait(timeout=60)
        self.log.close()

    def memory(self):
        """The bytes that it has in memory now, and the most that it has had."""
        with open(f"/proc/{self.child.pid}/status", encoding="ascii") as file:
            lines = dict(line.split(":", 1) for line in file)
        return tuple(int(lines[name].split()[0]) * 1024 for name in ("VmRSS", "VmHWM"))

    def ask(self, method, path, body=None, headers=None, source="127.0.0.1", timeout=60):
        """Status, headers and body of an answer; status 0 where the connection ended without one."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout, source_address=(source, 0))
        headers = dict(headers or {})
        if isinstance(body, (dict, list)):
            body = json.dumps(body).encode()
            headers.setdefault("Content-Type", "application/json")
        try:
            connection.request(method, path, body, headers)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        except (OSError, http.client.HTTPException):
            return 0, {}, b""
        finally:
            connection.close()

    def log_in(self, name, password, source="127.0.0.1"):
        """Status and answer of a login."""
        status, _, body = self.ask("POST", "/api/v1/login", {"name": name, "password": password}, source=source)
        return status, json.loads(body or b"null")


def together(count, work):
    """The results of `work(number)` for each number, done by 64 threads."""
    results, numbers, guard = [None] * count, iter(range(count)), threading.Lock()

    def run():
        while True:
            with guard:
                number = next(numbers, None)
            if number is None:
                return
            results[number] = work(number)

    threads = [threading.Thread(target=run) for _ in range(min(count, 64))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def counted(values):
    """How often each value comes."""
    return {value: values.count(value) for value in sorted(set(values))}


def must(holds, what):
    """Says what does not hold."""
    if not holds:
        raise AssertionError(what)


def source_of(number):
    """One of many addresses of this machine."""
    return f"127.1.{number // 250}.{number % 250 + 1}"


SEAL = hashlib.sha256(b"qianglian form\n").hexdigest()[:32]
FORM = {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "same-origin"}


def nested_fields(service, _quick):
    """Names of fields that nest without end, by both kinds of forms."""
    statuses = []
    for depth in (17, 300, 3_000, 100_000):
        name = "/a" * depth
        statuses.append(service.ask("POST", "/act/v1/objections/status", f"_csrf_token={SEAL}&{name}=1", FORM)[0])
        boundary = "b"
        part = f'--b\r\nContent-Disposition: form-data; name="{{}}"\r\n\r\n{{}}\r\n'
        body = part.format("_csrf_token", SEAL) + part.format(name, "1") + "--b--\r\n"
        kind = {**FORM, "Content-Type": f"multipart/form-data; boundary={boundary}"}
        statuses.append(service.ask("POST", "/act/v1/objections/status", body, kind)[0])
        statuses.append(service.ask("POST", "/api/v1/objections/status", "[" * depth)[0])
    # An answer each, and none that is a fault of the service: a refusal, or a page that says what is wrong.
    must(all(200 <= status < 500 for status in statuses), f"answers: {counted(statuses)}")
    return f"answers {counted(statuses)}"


def large_forms(service, quick):
    """Forms of nobody with 180 MB of parts."""
    size = (60 if quick else 180) * 1_000_000

    def send(number):
        head = "--b\r\nContent-Disposition: form-data; name=\"_csrf_token\"\r\n\r\n" + SEAL + "\r\n"
        part = b"--b\r\nContent-Disposition: form-data; name=\"/text\"\r\n\r\n" + b"x" * 1_500_000 + b"\r\n"
        length = len(head) + (size // len(part)) * len(part) + len(b"--b--\r\n")
        line = (
            f"POST /act/v1/objections/status HTTP/1.1\r\nHost: x\r\nSec-Fetch-Site: same-origin\r\n"
            f"Content-Type: multipart/form-data; boundary=b\r\nContent-Length: {length}\r\n\r\n{head}"
        )
        with contextlib.suppress(OSError), socket.socket() as line_out:
            line_out.bind((source_of(number), 0))
            line_out.settimeout(30)
            line_out.connect(("127.0.0.1", service.port))
            line_out.sendall(line.encode())
            for _ in range(size // len(part)):
                line_out.sendall(part)
        return True

    together(4 if quick else 16, send)
    return "sent"


def failed_logins(service, quick):
    """Wrong passwords for names that are and that are not, from many addresses."""
    before = service.memory()[0]
    count = 200 if quick else 2_000
    statuses = together(count, lambda number: service.log_in(f"x{number}", WRONG, source_of(number % 30))[0])
    must(set(statuses) <= {401, 429, 503}, f"answers: {counted(statuses)}")
    after = service.memory()[0]
    must(after - before < 128 * MIB, f"{before / MIB:.0f} MiB before, {after / MIB:.0f} MiB after")
    return f"answers {counted(statuses)}, {before / MIB:.0f} MiB before, {after / MIB:.0f} MiB after"


def parallel_guesses(service, _quick):
    """Wrong passwords at one name at once; the right one comes right after, from the address of the guesser."""
    statuses = together(150, lambda number: service.log_in("attacked", WRONG, "127.2.0.1")[0])
    must(set(statuses) <= {401, 429, 503}, f"answers: {counted(statuses)}")
    status, _ = service.log_in("attacked", PASSWORD, "127.2.0.1")
    must(status != 200, "the right password let in after 150 wrong ones from the same address")
    # Whoever the name belongs to, elsewhere, is not shut out by one guesser.
    status, _ = service.log_in("attacked", PASSWORD, "127.3.0.1")
    must(status == 200, f"the owner, at another address, was answered {status}")
    return f"answers {counted(statuses)}"


def nine_o_clock(service, _quick):
    """25 experts, six of them twice, sign in at once behind one address."""
    password = json.load(open(service.sign_ins, encoding="utf-8"))["expert"]["password"]
    statuses = together(31, lambda number: service.log_in(f"expert-{number % 25 + 1:02}", password, "127.4.0.1")[0])
    must(set(statuses) == {200}, f"answers: {counted(statuses)}")
    return f"answers {counted(statuses)}"


def browsers(service, quick):
    """Many connections that ask for pages as browsers do."""
    seconds = 3 if quick else 20
    end = time.monotonic() + seconds
    browser = {"Accept-Encoding": "gzip, deflate, br, zstd", "Accept": "text/html"}

    def visit(_number):
        asked = 0
        while time.monotonic() < end:
            status, _, _ = service.ask("GET", "/", headers=browser)
            must(status == 200, f"the home page answered {status}")
            asked += 1
        return asked

    asked = sum(together(64, visit))
    return f"{asked / seconds:.0f} pages/s, a connection each"


def on_notice(service):
    """The entries of the notice that still runs: competition and application."""
    _, _, body = service.ask("GET", "/api/v1/notices")
    notice = max((one["notice"] for one in json.loads(body)["items"]), key=lambda notice: notice["deadline"])
    return [(notice["competition"], entry["application"]) for entry in notice["entries"]]


def object_to(service, entry, number, source):
    """Status and answer of an objection by somebody who says to be somebody."""
    competition, application = entry
    objection = {
        "application_id": application,
        "content": {"kind": "facts", "text": f"这是一份伪造的异议，编号{number}"},
        "objector": {"name": "某人" + "甲乙丙丁戊己庚辛壬癸"[number % 10], "contact": f"138{number:08}"},
    }
    status, _, body = service.ask("POST", f"/api/v1/competitions/{competition}/objections", objection, source=source)
    return status, json.loads(body or b"null")


def objections(service, quick):
    """Forged objections against all that are on notice."""
    entries = on_notice(service)

    def file(number):
        return object_to(service, entries[number % len(entries)], number, f"127.5.0.{number % 3 + 1}")[0]

    statuses = together(150 if quick else 1_500, file)
    taken = statuses.count(201) + statuses.count(200)
    must(taken > 0, f"nobody can object: {counted(statuses)}")
    must(all(200 <= status < 500 or status == 503 for status in statuses), f"answers: {counted(statuses)}")
    must(taken <= 60, f"{taken} of three addresses were taken: {counted(statuses)}")
    return f"answers {counted(statuses)}"


def slow_uploads(service, quick):
    """One objection's code opens slow uploads of files; somebody with an account uploads meanwhile."""
    status, receipt = object_to(service, on_notice(service)[0], 0, "127.7.0.1")
    must(status in (200, 201), f"an objection was answered {status}: {receipt}")
    lines = []
    digest = base64.b64encode(hashlib.sha256(b"").digest()).decode()
    for number in range(40):
        line = socket.create_connection(("127.0.0.1", service.port), 10, (source_of(number % 2), 0))
        line.sendall(
            f"POST /api/v1/objection-files?name=a.pdf HTTP/1.1\r\nHost: x\r\nObjection-Code: {receipt['code']}\r\n"
            f"Content-Digest: sha-256=:{digest}:\r\nContent-Type: application/octet-stream\r\n"
            f"Content-Length: 10000000\r\n\r\n%PDF-1.7\n".encode()
        )
        lines.append(line)
    sign_ins = json.load(open(service.sign_ins, encoding="utf-8"))
    who = sign_ins["applicant"]
    _, login = service.log_in(who["user"], who["password"])
    _, _, body = service.ask("GET", "/api/v1/applications", headers={"Authorization": "Bearer " + login["access_token"]})
    application = json.loads(body)["items"][0]["id"]
    content = b"%PDF-1.7\n%%EOF\n"
    headers = {
        "Authorization": "Bearer " + login["access_token"],
        "Content-Digest": f"sha-256=:{base64.b64encode(hashlib.sha256(content).digest()).decode()}:",
        "Content-Type": "application/octet-stream",
    }
    path = f"/api/v1/applications/{application}/evidence?name=a.pdf&kind=other"
    status, _, body = service.ask("POST", path, content, headers, source="127.6.0.1")
    for line in lines:
        line.close()
    # It is refused for what it is; but it is not turned away because others are slow.
    must(status not in (0, 503, 429), f"an upload of an account was answered {status}: {body[:200]!r}")
    return f"an upload of an account was answered {status}"


EMPTY = [nested_fields, large_forms, parallel_guesses, failed_logins]
DEMONSTRATION = [nine_o_clock, browsers, slow_uploads, objections]


def run(attacks, service, quick):
    """Does each, and looks whether the service still stands; how many did not hold."""
    failed = 0
    for attack in attacks:
        begun = time.monotonic()
        try:
            told = attack(service, quick)
            must(service.child.poll() is None, f"the service ended with {service.child.poll()}")
            status, _, _ = service.ask("GET", "/healthz", source="127.9.9.9")
            must(status == 200, f"/healthz answered {status}")
            most = service.memory()[1]
            must(most <= MOST_MEMORY, f"the service took {most / MIB:.0f} MiB")
            print(f"{attack.__name__}: held; {told}; at most {most / MIB:.0f} MiB; {time.monotonic() - begun:.1f} s", flush=True)
        except AssertionError as wrong:
            failed += 1
            print(f"{attack.__name__}: FAILED: {wrong}", flush=True)
            if service.child.poll() is not None:
                break
    return failed


def main():
    """Runs all attacks; 1 if one succeeded."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    options = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as scratch:
        service = Service(
            ["serve", "--second-factor", "optional", "--drain", "0", "--data", os.path.join(scratch, "empty")], scratch
        )
        try:
            first = {"code": service.code, "name": "attacked", "display_name": "管理员", "password": PASSWORD}
            status, _, body = service.ask("POST", "/api/v1/setup", first)
            must(status in (200, 201), f"setting up answered {status} {body!r}")
            failed += run(EMPTY, service, options.quick)
        finally:
            service.stop()
        sign_ins = os.path.join(scratch, "sign-ins.json")
        demonstration = ["demo", "--data", os.path.join(scratch, "demo"), "--sign-ins", sign_ins]
        service = Service(demonstration, scratch)
        service.sign_ins = sign_ins
        try:
            failed += run(DEMONSTRATION, service, options.quick)
        finally:
            service.stop()
    print(f"{failed} attacks succeeded")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
