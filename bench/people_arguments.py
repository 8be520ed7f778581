"""Arguments of the benches that compare labelled people."""

from argparse import ArgumentParser
from pathlib import Path


def people_parser(prog: str) -> ArgumentParser:
    """Return a parser of `--images`, `--people`, `--group-column` and `--model`."""
    parser = ArgumentParser(prog=prog)
    parser.add_argument("--images", type=Path, required=True, metavar="DIR")
    parser.add_argument("--people", type=Path, required=True, metavar="CSV")
    parser.add_argument("--group-column", default="group", metavar="NAME", help="of --people")
    parser.add_argument("--model", nargs="+", required=True, metavar="NAME")
    return parser
