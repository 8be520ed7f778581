"""`make sdk-check`: lint the OpenAPI document, generate clients from it, and run each of them; and
check the types of the JavaScript SDK and of the service's own scripts.

The clients talk to the embedded default with real photographs. A linter's or a generator's warning
is a failure. `sdk/python` and `sdk/typescript` are checked as their users have them.
"""

import json
import re
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from sdk.check.packages import APP, check_packages, check_readme
from sdk.check.work import DATA, DOCUMENT, NODE, PYTHON, SOURCES, WORK, run
from tests.deployment.embedded import Embedded
from tests.photographs import fetch

ROOT = Path(__file__).resolve().parents[2]
JAVASCRIPT = ROOT / "sdk" / "javascript"
# Where the scripts of the capture page and of /try/ are checked.
PAGES = WORK / "pages"


def prepare() -> None:
    """Copy the flows and settings to WORK, next to node_modules, and delete generated code."""
    for generated in ("hey", "python", "js", "capture"):
        shutil.rmtree(WORK / generated, ignore_errors=True)
    for name in ("*.ts", "*.mjs", "*.json", "*.yaml", ".*.yaml", "generated_client.py"):
        for source in SOURCES.glob(name):
            shutil.copy(source, WORK)


def write_document() -> None:
    """Write the OpenAPI document of the main API."""
    run(sys.executable, ROOT / "manage.py", "spectacular", "--format", "openapi-json",
        "--fail-on-warn", "--validate", "--file", WORK / DOCUMENT,
        FACEPLATFORM_DATA_DIR=str(DATA))  # fmt: skip


def lint() -> None:
    """Run Redocly's recommended rules and Spectral's rules for OpenAPI."""
    offline = {"REDOCLY_TELEMETRY": "off", "REDOCLY_SUPPRESS_UPDATE_NOTICE": "true"}
    run(NODE / "redocly", "lint", DOCUMENT, **offline)
    run(NODE / "spectral", "lint", DOCUMENT, "--fail-severity", "hint")


def declare() -> None:
    """Check the types of the JavaScript SDK, and write its declarations for ``page.ts``."""
    run(NODE / "tsc", "--project", JAVASCRIPT, "--outDir", WORK / "capture")


def check_pages() -> None:
    """Check the types of the service's own scripts, laid out with the SDK as browsers get them."""
    shutil.rmtree(PAGES, ignore_errors=True)
    for folder in ("capture/static/capture", "tryit/static/tryit"):
        shutil.copytree(ROOT / folder, PAGES / Path(folder).name)
    shutil.copytree(JAVASCRIPT / "src", PAGES / "sdk")
    shutil.copy(JAVASCRIPT / "package.json", PAGES)  # says that they are modules
    settings = {"extends": str(JAVASCRIPT / "tsconfig.json"), "include": ["capture", "tryit"]}
    options = {"declaration": False, "emitDeclarationOnly": False, "noEmit": True, "rootDir": "."}
    (PAGES / "tsconfig.json").write_text(json.dumps(settings | {"compilerOptions": options}))
    run(NODE / "tsc", "--project", PAGES)


def generate() -> None:
    """Generate the clients, and check the TypeScript ones with the compiler."""
    run(PYTHON / "openapi-python-client", "generate", "--path", DOCUMENT,
        "--output-path", "python", "--fail-on-warning")  # fmt: skip
    require_no_warning(run("node", "generate_types.mjs"))
    require_no_warning(run(NODE / "openapi-ts", "--input", DOCUMENT, "--output", "hey"))
    run(NODE / "tsc")


def require_no_warning(output: str) -> None:
    """Raise an error if a generator printed a warning, which these two do without failing.

    Raises:
        RuntimeError: with the output.
    """
    if re.search("warn|\N{WARNING SIGN}", output, re.IGNORECASE):
        raise RuntimeError(output)


def run_flows(server: Embedded) -> None:
    """Run the flow of each generated client as a new tenant of the service."""
    for name, command in _FLOWS.items():
        key: Mapping[str, str] = server.create_client(name, probe_frames=1)
        variables = {
            "BASE": f"http://127.0.0.1:{server.port}",
            "API_KEY": key["api_key"],
            "API_SECRET": key["api_secret"],
            "PHOTOS": str(fetch()),
            "PYTHONPATH": str(WORK / "python"),
        }
        said = run(*command, **variables)
        if name == "sdk/typescript":
            check_readme(said)
        print(f"{name}: token, enrollment, frames, verification, identification")


_FLOWS: dict[str, tuple[str | Path, ...]] = {
    "openapi-python-client": (PYTHON / "python", "generated_client.py"),
    "openapi-fetch": ("node", "js/fetch.js"),
    "Hey API": ("node", "js/hey.js"),
    "sdk/typescript": ("node", APP / "readme.js"),
}


def main() -> None:
    prepare()
    write_document()
    lint()
    declare()
    check_pages()
    generate()
    check_packages()
    folder = WORK / "server"
    shutil.rmtree(folder, ignore_errors=True)
    with Embedded(folder, models=DATA / "models") as server:
        run_flows(server)
    paths = json.loads((WORK / DOCUMENT).read_text())["paths"]
    print(f"{len(paths)} paths, no warning of 2 linters and 3 generators")


main()
