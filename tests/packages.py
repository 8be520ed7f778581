"""The packages of the product, as pyproject.toml lists them."""

import tomllib
from pathlib import Path

_PYPROJECT = Path(__file__).parent.parent / "pyproject.toml"
PACKAGES = tuple(tomllib.loads(_PYPROJECT.read_text())["tool"]["importlinter"]["root_packages"])
