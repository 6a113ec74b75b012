#!/usr/bin/env python3
"""A collection of requests for Bruno (https://www.usebruno.com), which also opens in tools that read its files.

    collection.py write     api-spec/bruno from api-spec/openapi.json and api-spec/examples
    collection.py check     the files there are those

The folder `walk` leads through the demonstration (`qianglian demo`), from signing in to a new competition, in order; each other
folder has the operations of a tag, with the examples that the tests recorded as bodies.
"""
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
COLLECTION = HERE / "bruno"
METHODS = ("get", "post", "put", "patch", "delete")
# The names in addresses that the walk finds something for.
KNOWN = {"competition_id": "{{competition_id}}", "application_id": "{{application_id}}", "number": "1", "version": "1"}

# The walk: the operation, its query, its body, and what is kept of the answer for those after it.
WALK = [
    ("logIn", {}, {"name": "{{user}}", "password": "{{password}}"}, 'bru.setVar("token", res.body.access_token);'),
    ("getMyAccount", {}, None, ""),
    ("listCompetitions", {}, None,
     'bru.setVar("competition_id", res.body.items.find((one) => one.state === "announced").id);'),
    ("getCompetition", {}, None, ""),
    ("listApplications", {"competition_id": "{{competition_id}}", "limit": "3"}, None,
     'bru.setVar("application_id", res.body.items[0].id);'),
    ("getApplication", {}, None, ""),
    ("getApplicationChecks", {}, None, ""),
    ("getApplicationInspection", {}, None, ""),
    ("listApplicationSheets", {}, None, ""),
    ("getCompetitionTallyRanking", {}, None, ""),
    ("getApplicationResult", {}, None, ""),
    ("getCompetitionAnnouncement", {}, None, ""),
    ("listTitles", {}, None, ""),
    ("getChanges", {"after": "latest"}, None, ""),
    ("getSettingsTemplate", {}, None, 'bru.setVar("settings", JSON.stringify(res.body));'),
    ("createCompetition", {}, "{{settings}}", ""),
]


def block(name, lines):
    return f"{name} {{\n" + "".join(f"  {line}\n" for line in lines) + "}\n"


def pairs(name, values):
    return block(name, [f"{key}: {value}" for key, value in values]) if values else ""


class Api:
    def __init__(self):
        self.whole = json.loads((HERE / "openapi.json").read_text("utf-8"))
        self.tags = [tag["name"] for tag in self.whole["tags"]]
        self.operations = {}
        for path, item in self.whole["paths"].items():
            shared = item.get("parameters", [])
            for method in METHODS:
                if method in item:
                    operation = item[method]
                    parameters = [self.resolved(one) for one in shared + operation.get("parameters", [])]
                    self.operations[operation["operationId"]] = (method, path, operation, parameters)

    def resolved(self, parameter):
        name = parameter.get("$ref", "").rsplit("/", 1)[-1]
        return self.whole["components"]["parameters"][name] if name else parameter

    def example(self, name):
        file = HERE / "examples" / f"{name}.json"
        return json.loads(file.read_text("utf-8")).get("request") if file.exists() else None

    def file(self, name, place, query=None, body=None, script=""):
        """The file of a request: `query` and `body` as in the walk, else all that may be sent, switched off."""
        method, path, operation, parameters = self.operations[name]
        of = lambda kind: [one for one in parameters if one["in"] == kind]
        in_walk = query is not None
        asked = list(query.items()) if in_walk else [(f"~{one['name']}", "") for one in of("query")]
        address = "{{base}}" + re.sub(r"\{(\w+)\}", r":\1", path)
        if in_walk and asked:
            address += "?" + "&".join(f"{key}={value}" for key, value in asked)
        media = list(operation.get("requestBody", {}).get("content", {}))
        if not in_walk and "application/json" in media:
            body = self.example(name)
        kind = "json" if body is not None else "none"
        headers = []
        for header in of("header"):
            wanted = header["name"] == "Idempotency-Key" and (in_walk and name == "createCompetition")
            value = "{{$guid}}" if header["name"] == "Idempotency-Key" else ""
            if wanted or not in_walk:
                headers.append((header["name"] if wanted else f"~{header['name']}", value))
        text = block("meta", [f"name: {place:02} {name}" if in_walk else f"name: {name}", "type: http", f"seq: {place}"])
        # Whoever signs in has no token yet; whatever else everybody may do is done with the token that there is.
        nobody = {} in operation.get("security", []) and "session" in operation["tags"]
        auth = "none" if nobody else "inherit"
        text += "\n" + block(method, [f"url: {address}", f"body: {kind}", f"auth: {auth}"])
        for title, values in [
            ("params:query", asked),
            ("params:path", [(one["name"], KNOWN.get(one["name"], "")) for one in of("path")]),
            ("headers", headers),
        ]:
            text += "\n" + pairs(title, values) if values else ""
        if kind == "json":
            written = body if isinstance(body, str) else json.dumps(body, ensure_ascii=False, indent=2)
            text += "\n" + block("body:json", written.splitlines())
        if script:
            text += "\n" + block("script:post-response", [script])
        if in_walk:
            text += "\n" + block("assert", ["res.status: lt 300"])
        summary = operation.get("summary", "").splitlines()
        text += "\n" + block("docs", summary) if summary else ""
        return text

    def files(self):
        made = {
            "bruno.json": json.dumps(
                {"version": "1", "name": "Qianglian", "type": "collection", "ignore": []}, indent=2) + "\n",
            "collection.bru": block("auth", ["mode: bearer"]) + "\n" + block("auth:bearer", ["token: {{token}}"]),
            "environments/demo.bru": block("vars", [
                "base: http://127.0.0.1:8080", "user: office-1", "password: yanshi-ferry-lantern-73"]),
        }
        for place, (name, query, body, script) in enumerate(WALK, 1):
            made[f"walk/{place:02}-{name}.bru"] = self.file(name, place, query, body, script)
        places = dict.fromkeys(self.tags, 0)
        for name, (_, _, operation, _) in self.operations.items():
            tag = operation["tags"][0]
            places[tag] += 1
            made[f"{tag}/{name}.bru"] = self.file(name, places[tag])
        return made


def main(arguments):
    if arguments not in (["write"], ["check"]):
        sys.exit(__doc__)
    made = Api().files()
    there = {
        str(path.relative_to(COLLECTION)): path.read_text("utf-8") for path in COLLECTION.rglob("*") if path.is_file()
    }
    if arguments == ["check"]:
        differing = sorted(name for name in made.keys() | there.keys() if made.get(name) != there.get(name))
        if differing:
            sys.exit(f"api-spec/bruno is not what the description says: collection.py write ({', '.join(differing[:5])}…)")
        return
    for name in there.keys() - made.keys():
        (COLLECTION / name).unlink()
    for name, text in made.items():
        path = COLLECTION / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
