"""The option --scopes of the commands about API keys."""

from django.core.management.base import CommandError

from faceplatform.api.scopes import ALL_SCOPES, Scope


def scopes_named(text: str | None) -> frozenset[Scope]:
    """Return the scopes in a list with commas; all of them for None.

    Raises:
        CommandError: a name is no scope.
    """
    if text is None:
        return ALL_SCOPES
    try:
        return frozenset(Scope(name.strip()) for name in text.split(","))
    except ValueError as e:
        raise CommandError(f"--scopes takes some of {','.join(sorted(ALL_SCOPES))}") from e
