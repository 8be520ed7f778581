"""The base of all models."""

from collections.abc import Iterable
from typing import Any, ClassVar

from pydantic import BaseModel, ConfigDict


class Model(BaseModel):
    """An answer of the API. Members that this version does not know are kept as attributes.

    Its representation hides secrets, so that a logged answer does not disclose any.
    """

    model_config = ConfigDict(extra="allow", frozen=True)

    secret_members: ClassVar[frozenset[str]] = frozenset(
        {"access", "refresh", "session_token", "result_token", "capture_url"}
    )

    def __repr_args__(self) -> Iterable[tuple[str | None, Any]]:
        for name, value in super().__repr_args__():
            yield name, "***" if name in self.secret_members else value
