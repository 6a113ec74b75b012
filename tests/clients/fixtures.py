"""Requests of the API's examples (`api-spec/examples`), each with the name of its schema."""

import json
import os
import pathlib
import sys


def requests(api):
    """Operation, schema and request of each that has one. Which have none, and why, stands in tests/it/examples.rs."""
    for item in api["paths"].values():
        for operation in item.values():
            content = operation.get("requestBody", {}).get("content", {}) if isinstance(operation, dict) else {}
            example = pathlib.Path("api-spec/examples", f"{operation['operationId']}.json") if content else None
            if "application/json" in content and example.exists():
                schema = content["application/json"]["schema"]["$ref"].rsplit("/", 1)[1]
                yield operation["operationId"], schema, json.loads(example.read_text(encoding="utf-8"))["request"]


def alternatives(api, schema):
    """The schemas that one of several has, or itself."""
    described = api["components"]["schemas"][schema]
    refs = described.get("anyOf") or described.get("oneOf") or []
    return [one["$ref"].rsplit("/", 1)[1] for one in refs] or [schema]


def round_trips(to_and_fro, plain=lambda request: request):
    """How many requests are what they were, once `to_and_fro(schema, request)` has made them into a client's type and back."""
    with open(os.environ["DESCRIPTION"], encoding="utf-8") as file:
        api = json.load(file)
    count = 0
    for operation, schema, request in requests(api):
        made = []
        for one in alternatives(api, schema):
            try:
                made.append(to_and_fro(one, request))
            except Exception as error:  # pylint: disable=broad-exception-caught
                made.append(error)  # Another of the alternatives takes it.
        assert plain(request) in made, f"{operation}: {request} became {made}"
        count += 1
    assert count > 70, count
    return count


def typescript(api):
    """Each request as a value of its type, by both makers of TypeScript."""
    yield "import type { components } from './made/schema.js';"
    yield "import type * as hey from './made/hey/types.gen.js';"
    for operation, schema, request in requests(api):
        value = json.dumps(request, ensure_ascii=False)
        yield f"export const {operation}: components['schemas']['{schema}'] = {value};"
        yield f"export const {operation}Hey: hey.{schema} = {value};"


if __name__ == "__main__":
    with open(sys.argv[1], encoding="utf-8") as file:
        print("\n".join(typescript(json.load(file))))
