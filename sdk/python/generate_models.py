"""Write ``faceplatform_sdk/models.py`` from the OpenAPI document with datamodel-code-generator.

``make sdk`` runs it, and ``make sdk-check`` with ``--check``, which fails if the file is out of
date.
"""

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

OUTPUT = Path(__file__).with_name("faceplatform_sdk") / "models.py"

# What the client's methods return, and the codes of errors. Schemas that these refer to come along.
ROOTS = (
    "AuthenticationOpened",
    "Client",
    "Config",
    "Enrollment",
    "EnrollmentOpened",
    "ErrorCode",
    "FrameAnswer",
    "Group",
    "Import",
    "ImportItem",
    "Info",
    "Member",
    "MembersAdded",
    "Problem",
    "Receipt",
    "SessionStatus",
    "SignedResult",
    "Status",
    "Tokens",
    "Unlocked",
    "User",
    "UserAnswer",
    "UserAuthentication",
    "WebhookEventTypeEnum",
)
_REFERENCE = "#/components/schemas/"
_BOUNDS = frozenset(
    (
        *("additionalProperties", "title", "pattern", "maxLength", "minLength"),
        *("maximum", "minimum", "exclusiveMaximum", "exclusiveMinimum"),
    )
)
_OPTIONS = (
    "--input-file-type=openapi",
    "--output-model-type=pydantic_v2.BaseModel",
    "--base-class=faceplatform_sdk._base.Model",
    "--target-python-version=3.11",
    "--enum-field-as-literal=all",
    "--use-annotated",
    "--use-union-operator",
    "--use-standard-collections",
    "--use-type-alias",
    "--use-schema-description",
    "--use-field-description",
    "--use-inline-field-description",
    "--disable-timestamp",
    "--formatters",
    "ruff-format",
)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("document", type=Path, help="the OpenAPI document as JSON")
    parser.add_argument("--check", action="store_true", help="fail if the file is out of date")
    arguments = parser.parse_args()
    document = json.loads(arguments.document.read_text())
    schemas = open_enums(without_bounds(reachable(document["components"]["schemas"], ROOTS)))
    written = generate({**document, "paths": {}, "components": {"schemas": schemas}})
    if not arguments.check:
        OUTPUT.write_text(written)
    elif OUTPUT.read_text() != written:
        sys.exit(f"{OUTPUT} is out of date: run `make sdk`")


def reachable(schemas: dict[str, Any], roots: tuple[str, ...]) -> dict[str, Any]:
    """Return the schemas among these that the roots are or refer to."""
    found: set[str] = set()
    waiting = list(roots)
    while waiting:
        name = waiting.pop()
        if name not in found:
            found.add(name)
            waiting += references(schemas[name])
    return {name: schema for name, schema in schemas.items() if name in found}


def references(part: Any) -> list[str]:
    """Return the names of the schemas to which this part of a document refers."""
    if isinstance(part, list):
        return [name for each in part for name in references(each)]
    if not isinstance(part, dict):
        return []
    own = [part["$ref"].removeprefix(_REFERENCE)] if "$ref" in part else []
    return own + [name for each in part.values() for name in references(each)]


def without_bounds(part: Any) -> Any:
    """Return this part of a document without limits of values, which only requests have to keep."""
    if isinstance(part, list):
        return [without_bounds(each) for each in part]
    if not isinstance(part, dict):
        return part
    return {
        key: without_bounds(each)
        for key, each in part.items()
        if key not in _BOUNDS or isinstance(each, dict)  # a member may have such a name
    }


def open_enums(schemas: dict[str, Any]) -> dict[str, Any]:
    """Let every enumeration of strings with several values accept other strings.

    A later version of the service may add a code; a client of today has to be able to read it. An
    enumeration with one value tells the members of a union apart and stays as it is.
    """
    return {
        name: {"anyOf": [schema, {"type": "string"}]} if len(schema.get("enum", ())) > 1 else schema
        for name, schema in schemas.items()
    }


def generate(document: dict[str, Any]) -> str:
    """Return the module with the models of the document's schemas."""
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "openapi.json", Path(folder) / "models.py"
        source.write_text(json.dumps(document))
        files = (f"--input={source}", f"--output={output}")
        command = [sys.executable, "-m", "datamodel_code_generator", *files, *_OPTIONS]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode != 0:
            sys.exit(done.stderr)
        return output.read_text()


if __name__ == "__main__":
    main()
