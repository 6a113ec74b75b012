"""Files an application from a city's own system: `python3 file_application.py application.json`.

Standard library only. BASE is the service's address, TOKEN the token of the external system (`qlm_…`), REGION the code of the
region that it files for. What only a person may do, the undertaking of the lead and the consents of the other regions, people
do on the service's pages; the program says what it waits for, and files when it is run again.
"""

import base64
import hashlib
import json
import os
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
import uuid


class Refused(Exception):
    """What the service refused: `status`, and the members of the problem (RFC 9457)."""

    def __init__(self, status, problem):
        self.status, self.problem, self.code = status, problem, problem.get("code")
        details = [problem.get("detail", "")] + [f"{one.get('pointer', '')} {one['detail']}" for one in problem.get("errors", [])]
        super().__init__(f"{status} {self.code}: " + "; ".join(details))


class Service:
    """The service, as an external system that files for one region asks it."""

    def __init__(self, base, token, region, wait=time.sleep):
        self.base, self.token, self.region, self.wait = base, token, region, wait

    def once(self, method, path, body, headers):
        """One request: status, headers, body."""
        request = urllib.request.Request(self.base + path, data=body, method=method, headers=headers)
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return answer.status, answer.headers, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.headers, error.read()

    def ask(self, method, path, document=None, file=None, headers=()):
        """Asks until the service has time. What is sent again has the same idempotency key, so that it is done once."""
        headers = {"Authorization": f"Bearer {self.token}", "Qianglian-Region": self.region, **dict(headers)}
        body = file
        if document is not None:
            body = json.dumps(document).encode()
            headers["Content-Type"] = "application/json"
        if file is not None:
            digest = base64.b64encode(hashlib.sha256(file).digest()).decode()
            headers |= {"Content-Digest": f"sha-256=:{digest}:", "Content-Type": "application/octet-stream"}
        if method != "GET":
            headers["Idempotency-Key"] = uuid.uuid4().hex
        for _ in range(8):
            try:
                status, told, content = self.once(method, path, body, headers)
            except OSError:
                status, told, content = 503, {}, b"{}"  # Nobody answered. Whether it was done is not known; the key sees to it.
            if status not in (429, 503):
                break
            self.wait(int(told.get("Retry-After") or 1))
        if status >= 400:
            raise Refused(status, json.loads(content or b"{}"))
        return json.loads(content) if content else None


def open_competition(service):
    """The competition that takes applications now."""
    for one in service.ask("GET", "/api/v1/competitions?limit=100")["items"]:
        if one["state"] == "application":
            return one["id"]
    raise SystemExit("no competition takes applications now")


def application_of(service, competition, wanted):
    """The region's application with that chain, begun where there is none yet."""
    query = urllib.parse.urlencode({"competition_id": competition, "chain_number": wanted["chain_number"], "limit": 100})
    for one in service.ask("GET", f"/api/v1/applications?{query}")["items"]:
        if one["lead_region"]["code"] == service.region and one["state"] != "withdrawn":
            return one["id"]
    begun = {"chain_number": wanted["chain_number"], "role": wanted["role"]}
    return service.ask("POST", f"/api/v1/competitions/{competition}/applications", begun)["id"]


def put_over(service, path, read, document):
    """Writes over what stands there. 412 says that somebody was quicker: it is read again, and written over that.

    A system that must not overwrite what people wrote at the pages asks its user instead; `problem["errors"]` say who changed what.
    """
    for _ in range(3):
        try:
            return service.ask("PUT", path, document, headers={"If-Match": f'"{read()}"'})
        except Refused as refused:
            if refused.status != 412:
                raise
            print(f"{path}: {refused}")
    raise SystemExit(f"{path}: somebody is writing there, try later")


def says(there, wanted):
    """Whether what stands there says all that is wanted; the service adds members that have a default."""
    if isinstance(wanted, dict):
        return isinstance(there, dict) and all(says(there.get(name), one) for name, one in wanted.items())
    if isinstance(wanted, list):
        return isinstance(there, list) and len(there) == len(wanted) and all(map(says, there, wanted))
    return there == wanted


def fill_in(service, application, wanted, folder):
    """Members, evidence and all parts that a system may write."""
    at = f"/api/v1/applications/{application}"
    now = service.ask("GET", at)
    if [one["region"]["code"] for one in now["members"] if not one["lead"]] != [one["region_code"] for one in wanted["members"]]:
        members = {"lead_role": wanted["role"], "members": wanted["members"]}
        put_over(service, f"{at}/members", lambda: service.ask("GET", at)["revision"], members)
    there = {one["name"]: one["id"] for one in service.ask("GET", f"{at}/evidence")["items"]}
    for name, kind in wanted["evidence"].items():
        if name not in there:
            with open(os.path.join(folder, name), "rb") as file:
                query = urllib.parse.urlencode({"kind": kind, "name": name})
                there[name] = service.ask("POST", f"{at}/evidence?{query}", file=file.read())["id"]
    for figure in wanted["parts"]["figures"]["figures"]:
        figure["evidence"] = [there.get(name, name) for name in figure["evidence"]]
    for part, content in wanted["parts"].items():
        def revision(part=part):
            return service.ask("GET", at)["parts"].get(part, {}).get("revision", 0)
        if not says(now["parts"].get(part, {}).get("content"), content):
            put_over(service, f"{at}/parts/{part}", revision, content)


def submit(service, application):
    """Files it, or says what is missing. 409 says in which state it is that does not allow it, such as after the deadline."""
    at = f"/api/v1/applications/{application}"
    missing = service.ask("GET", f"{at}/completeness")
    if not missing["complete"]:
        for one in missing["missing"]:
            print("missing:", one["zh"])
        return None
    revision = service.ask("GET", at)["revision"]
    return service.ask("POST", f"{at}/submissions", headers={"If-Match": f'"{revision}"'})


def main():
    """Files what the file says; 0 once it is filed, 3 while people have to do something, 1 if it was refused."""
    with open(sys.argv[1], encoding="utf-8") as file:
        wanted = json.load(file)
    service = Service(os.environ["BASE"], os.environ["TOKEN"], os.environ["REGION"])
    try:
        application = application_of(service, open_competition(service), wanted)
        fill_in(service, application, wanted, os.path.dirname(os.path.abspath(sys.argv[1])))
        receipt = submit(service, application)
    except Refused as refused:
        print(refused)
        return 1
    if receipt is None:
        print(f"waits for people: {service.base}/applications/{application}")
        return 3
    print(f"filed: {receipt['number']}, submission {receipt['submission']} at {receipt['submitted_at']}, digest {receipt['digest']}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
