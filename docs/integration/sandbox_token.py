"""A token for an external system at a demonstration: `python3 sandbox_token.py applicant 320506` prints it.

It takes two administrators to make one. The demonstration has one, who here invites a second; the supervisor confirms that
account's link. At a real service two people do this at its pages. BASE is the demonstration's address.
"""

import json
import os
import sys
import urllib.error
import urllib.request
import uuid
from datetime import datetime, timedelta

PASSWORD = "yanshi-ferry-lantern-73"  # everybody's at a demonstration
BASE = os.environ.get("BASE", "http://127.0.0.1:8080")
GROUPS = ["applications", "changes", "competitions", "evidence"]


def ask(method, path, token=None, document=None):
    """What is answered, as JSON."""
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {token}"} if token else {})
    body = None if document is None else json.dumps(document).encode()
    request = urllib.request.Request(f"{BASE}/api/v1{path}", data=body, method=method, headers=headers)
    with urllib.request.urlopen(request, timeout=60) as answer:
        return json.loads(answer.read() or b"null")


def log_in(name):
    """An access token of somebody's."""
    return ask("POST", "/login", document={"name": name, "password": PASSWORD})["access_token"]


def administrators():
    """The first administrator, and a second who is invited if need be."""
    admin = log_in("admin-1")
    try:
        return admin, log_in("admin-2")
    except urllib.error.HTTPError:
        pass
    invited = ask("POST", "/accounts", admin, {"name": "admin-2", "display_name": "管理员乙", "role": "admin"})
    if invited["needs_confirmation"]:
        ask("POST", f"/accounts/{invited['account']['id']}/link/confirmation", log_in("supervisor-1"))
    ask("POST", "/links/acceptance", document={"token": invited["link_token"], "password": PASSWORD})
    return admin, log_in("admin-2")


def make(role, regions):
    """A token that reads and writes what its role may, for 30 days of the demonstration's time."""
    first, second = administrators()
    now = datetime.fromisoformat(ask("GET", "/clock", first)["at"])
    wanted = {
        "name": f"sandbox-{uuid.uuid4().hex[:8]}",
        "display_name": "沙箱",
        "role": role,
        "expires_at": (now + timedelta(days=30)).isoformat(timespec="seconds"),
        "scope": {"groups": [{"group": group, "access": "write"} for group in GROUPS], "region_codes": regions},
    }
    made = ask("POST", "/machines", first, wanted)
    ask("POST", f"/machines/{made['machine']['id']}/confirmation", second)
    return made["token"]


if __name__ == "__main__":
    print(make(sys.argv[1], sys.argv[2:]))
