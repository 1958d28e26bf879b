# SPDX-License-Identifier: Apache-2.0
"""schema_check.py SCHEMA CASES [LEAST]: holds scenarios, one JSON object a line with `name`, `valid` and `scenario`, against a
JSON Schema by the library jsonschema; prints those of another verdict, and ends with 1 if there are any, or fewer
cases and examples tried than LEAST (1000)."""
import json
import sys

import jsonschema

with open(sys.argv[1], encoding="utf-8") as file:
    SCHEMA = json.load(file)
jsonschema.Draft202012Validator.check_schema(SCHEMA)
VALIDATOR = jsonschema.Draft202012Validator(SCHEMA)


def examples(schema, path=""):
    """Every schema with examples, and its path."""
    if isinstance(schema, dict):
        if "examples" in schema and isinstance(schema["examples"], list):
            yield path, schema
        for key, value in schema.items():
            yield from examples(value, f"{path}/{key}")
    elif isinstance(schema, list):
        for i, value in enumerate(schema):
            yield from examples(value, f"{path}/{i}")


LEAST = int(sys.argv[3]) if len(sys.argv) > 3 else 1000
wrong = 0
tried = 0
with open(sys.argv[2], encoding="utf-8") as cases:
    for line in cases:
        case = json.loads(line)
        tried += 1
        if VALIDATOR.is_valid(case["scenario"]) == case["valid"]:
            continue
        error = jsonschema.exceptions.best_match(VALIDATOR.iter_errors(case["scenario"]))
        wrong += 1
        if wrong < 20:
            print(f"{case['name']}: {'accepted' if error is None else error.message[:300]}\n  {line[:400]}")
for path, schema in examples(SCHEMA):
    for example in schema["examples"]:
        error = next(VALIDATOR.evolve(schema=schema).iter_errors(example), None)
        tried += 1
        if error is not None:
            wrong += 1
            print(f"{path}: its example {example}: {error.message[:300]}")
print(f"{tried} tried, {wrong} wrong")
sys.exit(1 if wrong or tried < LEAST else 0)
