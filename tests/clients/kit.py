"""The examples of docs/integration against a demonstration: an application is filed, a copy is kept."""

import importlib
import json
import os
import pathlib
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor

sys.path.insert(0, "docs/integration")
# pylint: disable=wrong-import-position
file_application = importlib.import_module("file_application")
sandbox_token = importlib.import_module("sandbox_token")

FILED, MEMBER = "320506", "320583"


def run(token, region):
    """Runs the example as a city's system does: its status and what it says."""
    environment = {**os.environ, "TOKEN": token, "REGION": region}
    command = [sys.executable, "docs/integration/file_application.py", "docs/integration/application.json"]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout


def sign(application):
    """What people do at the service's pages: the member consents, the lead undertakes."""
    member, lead = sandbox_token.log_in(f"region-{MEMBER}"), sandbox_token.log_in(f"region-{FILED}")
    consents = sandbox_token.ask("GET", f"/applications/{application}/consents", member)
    given = {"given": True, "signatory": "局长", "covered_digest": consents["digest"]}
    sandbox_token.ask("POST", f"/applications/{application}/consents", member, given)
    service = file_application.Service(sandbox_token.BASE, lead, FILED)
    undertaking = {"accepted": True, "signatory": "李局长", "post": "局长"}
    service.ask("PUT", f"/api/v1/applications/{application}/parts/undertaking", undertaking, headers={"If-Match": '"0"'})


def filing():
    """It waits for people, is run again, files, and says what is refused afterwards."""
    token = sandbox_token.make("applicant", [FILED])
    status, said = run(token, FILED)
    assert status == 3 and "missing:" in said, (status, said)
    application = said.rstrip().rsplit("/", 1)[1]
    before = sandbox_token.ask("GET", f"/applications/{application}", sandbox_token.log_in(f"region-{FILED}"))
    assert run(token, FILED)[0] == 3
    again = sandbox_token.ask("GET", f"/applications/{application}", sandbox_token.log_in(f"region-{FILED}"))
    assert again == before, "what was written is written again"
    sign(application)
    status, said = run(token, FILED)
    assert status == 0 and said.startswith("filed: "), (status, said)
    status, said = run(token, FILED)
    assert status == 1 and "409" in said, (status, said)
    status, said = run(token, MEMBER)
    assert status == 1 and "region_not_allowed" in said, (status, said)
    return token


class Busy(file_application.Service):
    """A service that has no time at first, and whose answer is lost once."""

    def __init__(self, *of):
        self.waited, self.keys, self.left = [], [], [429, 503, OSError()]
        super().__init__(*of, wait=self.waited.append)

    def once(self, method, path, body, headers):
        if method == "GET":
            return super().once(method, path, body, headers)
        self.keys.append(headers["Idempotency-Key"])
        trouble = self.left.pop(0) if self.left else None
        if isinstance(trouble, int):
            return trouble, {"Retry-After": "7"}, b"{}"
        done = super().once(method, path, body, headers)
        if trouble:
            raise trouble
        return done


def troubles(token):
    """What is asked again is done once; who was quicker is read first."""
    service = Busy(sandbox_token.BASE, token, FILED)
    competition = file_application.open_competition(service)
    begun = file_application.application_of(service, competition, {"chain_number": 5, "role": "core"})
    assert service.waited == [7, 7, 1] and len(set(service.keys)) == 1 and len(service.keys) == 4, service.keys
    at = f"/api/v1/applications/{begun}/parts/section.status"
    service.ask("PUT", at, {"text": "他人所写"}, headers={"If-Match": '"0"'})
    revisions = iter([0, 1])
    written = file_application.put_over(service, at, lambda: next(revisions), {"text": "本系统所写"})
    assert written["revision"] == 2, written


def mirrored(token, directory):
    """Runs the example; how many requests it took."""
    command = ["node", os.environ["MIRROR"], directory]
    done = subprocess.run(command, env={**os.environ, "TOKEN": token}, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return int(done.stdout.split()[0])


def fresh(token):
    """What exports have now, by application."""
    there = {}
    for one in sandbox_token.ask("GET", "/competitions?limit=100", token)["items"]:
        service = file_application.Service(sandbox_token.BASE, token, "")
        _, _, lines = service.once("GET", f"/api/v1/competitions/{one['id']}/export", None, {"Authorization": f"Bearer {token}"})
        there |= {json.loads(line)["id"]: json.loads(line) for line in lines.decode().splitlines()}
    return there


def same(token, directory):
    """The copy is what a fresh read gives."""
    files = pathlib.Path(directory).glob("application-*.json")
    copy = {file.stem.removeprefix("application-"): json.loads(file.read_text(encoding="utf-8")) for file in files}
    assert copy == fresh(token) and len(copy) > 80, len(copy)


def mirroring():
    """From nothing, then only what changed, then again from nothing where the place is lost, and beside somebody who files."""
    with tempfile.TemporaryDirectory() as scratch:
        directory = os.path.join(scratch, "mirror")
        token = sandbox_token.make("supervisor", [])
        first = mirrored(token, directory)
        same(token, directory)
        assert mirrored(token, directory) == 1
        with ThreadPoolExecutor() as beside:
            filer = beside.submit(filing)
            while not filer.done():
                mirrored(token, directory)
            filer.result()
        mirrored(token, directory)
        same(token, directory)
        pathlib.Path(directory, "place.json").unlink()
        assert mirrored(token, directory) >= first
        same(token, directory)


mirroring()
troubles(sandbox_token.make("applicant", [FILED]))
print("integration kit: filed an application, kept a copy")
