#!/usr/bin/env python3
"""What the API's description promises to clients, as lines, and which of them it no longer keeps.

    promises.py write                 api-spec/promises.txt from api-spec/openapi.json: when a version is released
    promises.py check                 each promise of that file is kept, or its line stands in CHANGELOG.md under [Unreleased]

A line is one promise: that an operation is there, that it takes no more than this, that an answer has this. So a break is a
line that is gone; what is added is none.
"""
import json
import re
import sys
from pathlib import Path

HERE = Path(__file__).parent
PROMISES = HERE / "promises.txt"


def name(pointer):
    return pointer.rsplit("/", 1)[-1]


def form(schema):
    """A schema in a word, without what may be null."""
    if "$ref" in schema:
        return name(schema["$ref"])
    for word in ("anyOf", "oneOf", "allOf"):
        if word in schema:
            return "|".join(sorted(form(one) for one in schema[word] if one.get("type") != "null"))
    if schema.get("type") == "array":
        return f"[{form(schema.get('items', {}))}]"
    if "enum" in schema:
        return "word"
    if schema.get("type") == "object" and isinstance(schema.get("additionalProperties"), dict):
        return f"{{{form(schema['additionalProperties'])}}}"
    return ":".join(str(schema[key]) for key in ("type", "format", "pattern") if key in schema) or "anything"


def may_be_null(schema):
    return any(one.get("type") == "null" for one in schema.get("anyOf", []))


def reached(api, schema, found):
    for key, value in schema.items() if isinstance(schema, dict) else enumerate(schema):
        if key == "$ref":
            if name(value) not in found:
                found.add(name(value))
                reached(api, api["components"]["schemas"][name(value)], found)
        elif isinstance(value, (dict, list)):
            reached(api, value, found)


def promises(api):
    taken, given, lines = set(), set(), set()
    for path, item in api["paths"].items():
        for method in set(item) - {"parameters"}:
            operation, at = item[method], f"{method.upper()} {path}"
            lines.add(f"{at} is {operation['operationId']}")
            for one in item["parameters"] + operation.get("parameters", []):
                one = api["components"]["parameters"][name(one["$ref"])] if "$ref" in one else one
                lines.add(f"{at} takes {one['name']}: {form(one['schema'])}")
                if one["in"] == "header" and not one.get("required"):
                    lines.add(f"{at} can do without {one['name']}")
            body = operation.get("requestBody", {}).get("content", {})
            for kind, content in body.items():
                lines.add(f"{at} takes {kind}: {form(content['schema'])}")
                reached(api, content["schema"], taken)
            if not body:
                lines.add(f"{at} can do without a body")
            for status, answer in operation["responses"].items():
                if status.startswith("2"):
                    for kind, content in answer.get("content", {}).items():
                        lines.add(f"{at} answers {status} {kind}: {form(content.get('schema', {}))}")
                        reached(api, content.get("schema", {}), given)
                    if not answer.get("content"):
                        lines.add(f"{at} answers {status}")
    for title in sorted(taken | given):
        schema = api["components"]["schemas"][title]
        lines |= {f"{title} has the word {word}" for word in schema.get("enum", [])}
        for member, described in schema.get("properties", {}).items():
            lines.add(f"{title}.{member} is {form(described)}")
            required = member in schema.get("required", [])
            if title in given:
                lines |= {f"{title}.{member} is answered always"} if required else set()
                lines |= set() if may_be_null(described) else {f"{title}.{member} is never null"}
            if title in taken:
                lines |= set() if required else {f"{title}.{member} need not be sent"}
                lines |= {f"{title}.{member} may be sent null"} if may_be_null(described) else set()
    return lines


def folded(lines):
    """Lines below what they are about: an operation, or a member of a schema."""
    written, about = [], None
    for line in lines:
        words = line.split(" ")
        subject = " ".join(words[: 2 if "/" in words[1:2][0] else 1])
        if subject != about:
            written.append(subject)
            about = subject
        written.append(f"\t{line[len(subject) + 1 :]}")
    return "\n".join(written) + "\n"


def unfolded(text):
    about = ""
    for line in text.splitlines():
        if line.startswith("\t"):
            yield f"{about} {line[1:]}"
        else:
            about = line


def main():
    now = promises(json.loads((HERE / "openapi.json").read_text()))
    if sys.argv[1:] == ["write"]:
        PROMISES.write_text(folded(sorted(now)))
        return 0
    told = re.search(r"^## \[Unreleased\]\n(.*?)(?=^## |\Z)", (HERE.parent / "CHANGELOG.md").read_text(), re.S | re.M)[1]
    broken = sorted(line for line in unfolded(PROMISES.read_text()) if line not in now and f"`{line}`" not in told)
    if broken:
        print("Promises of the API that are broken and stand nowhere in CHANGELOG.md under [Unreleased]:")
        print("\n".join(f"- `{line}`" for line in broken))
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
