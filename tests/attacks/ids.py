"""Puts identifiers that exist where the tool would make up all of them, so that more than the way to 404 is tried.

Loaded by the tool (SCHEMATHESIS_HOOKS). IDS is a JSON file: parameter -> values that exist.
"""

import ast
import json
import os
import random
import threading

import schemathesis

# The parser of Python 3.11 counts its depth for all threads together, and fails with a SystemError where two workers of the
# tool have it read a function at a time (python/cpython#106905): one after the other.
PARSE, ONE = ast.parse, threading.Lock()


def parse(*arguments, **named):
    with ONE:
        return PARSE(*arguments, **named)


ast.parse = parse

with open(os.environ["IDS"], encoding="utf-8") as file:
    IDS = json.load(file)
CHANCE = random.Random(int(os.environ["SEED"]))


@schemathesis.hook
def map_path_parameters(context, path_parameters):
    """Two of three identifiers are ones that exist."""
    for name, values in IDS.items():
        if path_parameters and name in path_parameters and values and CHANCE.random() < 0.67:
            path_parameters[name] = CHANCE.choice(values)
    return path_parameters
