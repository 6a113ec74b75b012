"""Says which crates of the program need a newer Rust than Cargo.toml promises; what only tests use may."""

import json
import subprocess
import sys

METADATA = ["cargo", "metadata", "--format-version", "1", "--locked", "--filter-platform", "x86_64-unknown-linux-gnu"]


def version(text):
    return tuple(int(part) for part in text.split("."))


metadata = json.loads(subprocess.run(METADATA, check=True, stdout=subprocess.PIPE).stdout)
packages = {package["id"]: package for package in metadata["packages"]}
nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
root = metadata["resolve"]["root"]
promised = packages[root]["rust_version"]

needed, waiting = set(), [root]
while waiting:
    at = waiting.pop()
    if at in needed:
        continue
    needed.add(at)
    for dependency in nodes[at]["deps"]:
        if any(kind["kind"] != "dev" for kind in dependency["dep_kinds"]):
            waiting.append(dependency["pkg"])

late = [packages[at] for at in needed if version(packages[at]["rust_version"] or "1") > version(promised)]
for package in late:
    print(f"{package['name']} {package['version']} needs Rust {package['rust_version']}, {promised} is promised")
print(f"{len(needed)} crates of the program looked at for Rust {promised}")
sys.exit(1 if late else 0)
