#!/usr/bin/env python3
"""Requests made from the description of the API, proper and improper ones, as every role, against a demonstration.

No answer may be a 5xx, of another status, media type or shape than described. `--quick` asks some 5,000 times, the whole
some 60,000 times.
"""

import argparse
import json
import os
import re
import subprocess
import sys
import tempfile
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
CHECKS = ",".join([
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_schema_conformance",
])
# The media types of answers that are asked for as tables, and as documents for paper.
TABLES = ("application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "text/csv")
PAPERS = ("application/pdf", "application/vnd.openxmlformats-officedocument.wordprocessingml.document")
# What the description's parameters that ask for files give.
FILES = {"format": TABLES, "document_format": PAPERS, "any_format": TABLES + PAPERS}
# What would end the session that the rest of the run needs, or takes a second of hashing at each request.
LEFT_OUT = r"/(logout|logout/everywhere|login|refresh|setup|links/acceptance|me/password|me/sessions/.*)$"
OPEN = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(base, path, token=None, body=None):
    """An answer as JSON."""
    headers = {"Content-Type": "application/json"}
    if token:
        headers["Authorization"] = "Bearer " + token
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(base + path, data=data, headers=headers)
    with OPEN.open(request, timeout=60) as answer:
        return json.load(answer)


def log_in(base, who):
    """A fresh access token."""
    return ask(base, "/api/v1/login", body={"name": who["user"], "password": who["password"]})["access_token"]


def some_ids(base, token):
    """Identifiers of the demonstration, by the names of parameters."""
    ids = {}
    competitions = ask(base, "/api/v1/competitions?limit=100")["items"]
    ids["competition_id"] = [competition["id"] for competition in competitions]
    lists = {"application_id": "applications", "expert_id": "experts", "title_id": "titles"}
    for name, path in lists.items():
        ids[name] = [item["id"] for item in ask(base, f"/api/v1/{path}?limit=100", token)["items"]]
    for application in ids["application_id"][:10]:
        evidence = ask(base, f"/api/v1/applications/{application}/evidence", token)
        ids.setdefault("evidence_id", []).extend(item["id"] for item in evidence["items"])
    return ids


def main():
    """Runs the tool once for each role."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tool", required=True, help="the program `st` of schemathesis")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    program = os.environ["QIANGLIAN"]
    with tempfile.TemporaryDirectory() as scratch:
        sign_ins = os.path.join(scratch, "sign-ins.json")
        described = os.path.join(scratch, "openapi.json")
        told = subprocess.run([program, "openapi"], capture_output=True, check=True).stdout
        with open(described, "w", encoding="utf-8") as file:
            json.dump(with_files(json.loads(told)), file)
        service = subprocess.Popen(
            [program, "demo", "--data", os.path.join(scratch, "data"), "--listen", "127.0.0.1:0", "--sign-ins", sign_ins],
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
        )
        try:
            base = next(match[0] for line in service.stdout if (match := re.search(r"http://[\d.:]+", line)))
            return attack(options, base, described, sign_ins, scratch, service)
        finally:
            service.terminate()
            service.wait(timeout=60)


def with_files(description):
    """The description with the media types of files, which it leaves out for the clients that are made of it (decision 36)."""
    for operations in description["paths"].values():
        for operation in operations.values():
            asked = operation.get("parameters", []) if isinstance(operation, dict) else []
            for name, media_types in FILES.items():
                if {"$ref": f"#/components/parameters/{name}"} in asked:
                    operation["responses"]["200"]["content"].update({media_type: {} for media_type in media_types})
    return description


def attack(options, base, described, sign_ins, scratch, service):
    """Runs the tool as every role and as nobody; 1 if an answer was not as described."""
    with open(sign_ins, encoding="utf-8") as file:
        people = json.load(file)
    ids = os.path.join(scratch, "ids.json")
    with open(ids, "w", encoding="utf-8") as file:
        json.dump(some_ids(base, log_in(base, people["supervisor"])), file)
    environment = dict(os.environ, SCHEMATHESIS_HOOKS="ids", PYTHONPATH=HERE, IDS=ids, NO_PROXY="127.0.0.1",
                       no_proxy="127.0.0.1")
    failed, requests = False, 0
    roles = ["nobody", "applicant", "city_reviewer", "expert", "office", "supervisor", "admin"]
    for number, role in enumerate(roles):
        seed = options.seed * 100 + number
        environment["SEED"] = str(seed)
        command = [
            options.tool, "run", described, "--url", base, "--seed", str(seed), "--checks", CHECKS, "--no-shrink",
            "--exclude-path-regex", LEFT_OUT, "--workers", "2", "--warnings", "off", "--continue-on-failure",
            "--phases", "fuzzing" if options.quick else "coverage,fuzzing",
            "--max-examples", "6" if options.quick else "40", "--generation-database", "none",
            # A rubric has so many patterns that most of what the tool makes of it at random is thrown away by itself.
            "--suppress-health-check", "filter_too_much",
        ]
        if role != "nobody":
            command += ["--header", "Authorization: Bearer " + log_in(base, people[role])]
        run = subprocess.run(command, env=environment, cwd=scratch, capture_output=True, text=True, check=False)
        count = re.search(r"(\d+) generated", run.stdout)
        requests += int(count[1]) if count else 0
        print(f"{role}: {count[1] if count else 'no'} requests, seed {seed}, {'passed' if run.returncode == 0 else 'FAILED'}",
              flush=True)
        if run.returncode != 0:
            failed = True
            print(run.stdout[-20_000:], run.stderr[-2_000:], flush=True)
    if service.poll() is not None:
        print(f"the service ended with {service.returncode}")
        failed = True
    print(f"{requests} requests in all")
    if requests < 5_000:
        print("too few were asked")
        failed = True
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
