"""Banned openings of docstrings, and banned phrases in docstrings, comments and documents."""

import ast
import re
import tokenize
from collections.abc import Iterator
from io import StringIO
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# Folders without text of the repository, in addition to hidden ones.
SKIPPED = {"var", "__pycache__"}

# A docstring is an imperative ("Return the ...") or, for what is no function, a noun phrase.
OPENINGS = {
    *("What", "Whether", "Who", "Which", "How", "Where", "When", "That", "Why"),
    "Returns",
}
PHRASES = re.compile(
    r"\b(anew|(is|are) let be|(lie|lies) beside|(tell|tells) of|who calls|as the guide has it)\b",
    re.IGNORECASE,
)

_DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def files(pattern: str) -> list[Path]:
    """Return the repository's files that match the pattern, without generated ones."""
    return [
        path
        for path in sorted(ROOT.rglob(pattern))
        if not any(
            part in SKIPPED or part.startswith(".") for part in path.relative_to(ROOT).parts[:-1]
        )
    ]


def docstrings(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each docstring."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
            statement = node.body[0]
            assert isinstance(statement, ast.Expr)
            assert isinstance(statement.value, ast.Constant)
            yield statement.lineno, str(statement.value.value)


def comments(source: str) -> Iterator[tuple[int, str]]:
    """Yield the line and the text of each comment."""
    for token in tokenize.generate_tokens(StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string


def bad_openings(source: str) -> list[tuple[int, str]]:
    """Return the line and the first word of each docstring with a banned opening."""
    first_words = ((line, re.search(r"\w+", text)) for line, text in docstrings(source))
    return [(line, word[0]) for line, word in first_words if word and word[0] in OPENINGS]


def bad_phrases(first_line: int, text: str) -> list[tuple[int, str]]:
    """Return the line and the words of each banned phrase in a text that starts on that line."""
    return [
        (number, found[0])
        for number, line in enumerate(text.splitlines(), first_line)
        for found in PHRASES.finditer(line)
    ]


def located(path: Path, faults: list[tuple[int, str]]) -> list[str]:
    return [f"{path.relative_to(ROOT)}:{line}: {words!r}" for line, words in sorted(faults)]


def test_no_docstring_has_a_banned_opening():
    faults = [
        fault for path in files("*.py") for fault in located(path, bad_openings(path.read_text()))
    ]
    assert not faults, "\n".join(["docstrings that open badly:", *faults])


def test_no_banned_phrase_is_used():
    faults = []
    for path in files("*.py"):
        source = path.read_text()
        for texts in (docstrings(source), comments(source)):
            for line, text in texts:
                faults += located(path, bad_phrases(line, text))
    for path in files("*.md"):
        faults += located(path, bad_phrases(1, path.read_text()))
    assert not faults, "\n".join(["phrases to replace:", *faults])


def test_the_repository_is_found():
    assert Path(__file__) in files("*.py")
    assert ROOT / "CHANGELOG.md" in files("*.md")


@pytest.mark.parametrize("word", sorted(OPENINGS))
def test_an_opening_is_found(word):
    source = f'"""A module."""\n\n\nclass A:\n    def b(self):\n        """{word} it is."""\n'
    assert bad_openings(source) == [(6, word)]


def test_a_phrase_is_found_in_a_comment_and_in_a_docstring():
    source = '"""Reads.\n\nReads anew.\n"""\nx = 1  # Who calls is known; "anew" twice anew.\n'
    ((line, text),) = docstrings(source)
    assert bad_phrases(line, text) == [(3, "anew")]
    ((line, text),) = comments(source)
    assert bad_phrases(line, text) == [(5, "Who calls"), (5, "anew"), (5, "anew")]
