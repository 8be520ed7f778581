"""Checks of the packages `sdk/python` and `sdk/typescript` as their users have them."""

import re
import shutil
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from sdk.check.work import DOCUMENT, NODE, PYTHON, SOURCES, WORK, run

_PACKAGES = SOURCES.parent
_TYPESCRIPT = WORK / "typescript"
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
    (code,) = _README.findall((_TYPESCRIPT / "README.md").read_text())
    (_TYPESCRIPT / "src/readme.ts").write_text(code)
    run(NODE / "tsc", "--project", _TYPESCRIPT)
    run("node", "--test", _TYPESCRIPT / "test")


def check_readme(output: str) -> None:
    """Raise an error if the TypeScript README's code printed something else than it says.

    Raises:
        RuntimeError: with the output.
    """
    if output.splitlines() != _PRINTED:
        raise RuntimeError(f"the README of sdk/typescript printed:\n{output}")
