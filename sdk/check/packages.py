"""Checks of the packages `sdk/python` and `sdk/typescript` as their users have them."""

import json
import re
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sdk.check.work import DATA, DOCUMENT, NODE, PYTHON, SOURCES, WORK, run, run_at

_PACKAGES = SOURCES.parent
_TYPESCRIPT = WORK / "typescript"
# An app with nothing but the packed package, beside WORK, whose node_modules it must not see.
APP = DATA / "sdk-app"
_README = re.compile(r"^```ts\n(.*?)^```", re.MULTILINE | re.DOTALL)
# What the README says that its code prints.
_PRINTED = [
    "true enrolled",
    "true true",
    "false no_match",
    "barack",
    "404 user_not_found",
    "completed 2",
    "ada created",
    "grace created",
    "barack success",
    "[ 'barack' ]",
]


def check_packages() -> None:
    """Check the types of both packages, and run the tests of the one for Node.js.

    Expects the TypeScript types of the document in `schema.d.ts`.
    """
    checks: tuple[Callable[[], None], ...] = (_check_python, _check_typescript)
    with ThreadPoolExecutor() as pool:
        for done in [pool.submit(check) for check in checks]:
            done.result()


def _check_python() -> None:
    python = PYTHON / "python"
    run(python, _PACKAGES / "python/generate_models.py", DOCUMENT, "--check")
    run(python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps",
        "--no-build-isolation", "--force-reinstall", _PACKAGES / "python")  # fmt: skip
    shutil.copy(SOURCES / "consumer.py", WORK)
    strict = ("--strict", "--config-file=", "--python-executable", python)
    run(sys.executable, "-m", "mypy", *strict, "consumer.py")
    run(NODE / "pyright", "--pythonpath", python, "consumer.py")


def _check_typescript() -> None:
    shutil.rmtree(_TYPESCRIPT, ignore_errors=True)
    shutil.copytree(
        _PACKAGES / "typescript",
        _TYPESCRIPT,
        ignore=shutil.ignore_patterns("node_modules", "dist", "schema.d.ts"),
    )
    shutil.copy(WORK / "schema.d.ts", _TYPESCRIPT / "src")
    run_at(_TYPESCRIPT, "npm", "run", "--silent", "build")
    run("node", "--test", _TYPESCRIPT / "test")
    _install_app()
    run(NODE / "tsc", "--project", APP)


def _install_app() -> None:
    """Write the README's program into an app that has the package as `npm pack` makes it."""
    shutil.rmtree(APP, ignore_errors=True)
    APP.mkdir()
    package = run_at(_TYPESCRIPT, "npm", "pack", "--silent", "--pack-destination", APP)
    manifest = json.loads((_TYPESCRIPT / "package.json").read_text())
    types = f"@types/node@{manifest['devDependencies']['@types/node']}"
    (APP / "package.json").write_text(json.dumps({"private": True, "type": "module"}))
    run_at(APP, "npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--silent",
        f"./{package.split()[-1]}", types)  # fmt: skip
    (code,) = _README.findall((_TYPESCRIPT / "README.md").read_text())
    (APP / "readme.ts").write_text(code)
    options = {"strict": True, "skipLibCheck": False, "target": "es2022", "module": "nodenext"}
    (APP / "tsconfig.json").write_text(json.dumps({"compilerOptions": options}))


def check_readme(output: str) -> None:
    """Raise an error if the TypeScript README's code printed something else than it says.

    Raises:
        RuntimeError: with the output.
    """
    if output.splitlines() != _PRINTED:
        raise RuntimeError(f"the README of sdk/typescript printed:\n{output}")
