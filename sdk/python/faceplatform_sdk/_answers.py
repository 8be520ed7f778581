"""Reads answers."""

from typing import Any, TypeVar

import httpx
from pydantic import BaseModel, ValidationError

from faceplatform_sdk.errors import InvalidAnswer
from faceplatform_sdk.models import AuthenticationFrameAnswer, EnrollmentFrameAnswer

T = TypeVar("T", bound=BaseModel)


def decoded(response: httpx.Response) -> Any:
    """Return the JSON of an answer; None if it has no body.

    Raises:
        InvalidAnswer: it is no JSON.
    """
    if not response.content:
        return None
    try:
        return response.json()
    except ValueError as e:
        raise InvalidAnswer(f"{response.status_code} without JSON") from e


def parsed(model: type[T], data: Any) -> T:
    """Return the data of an answer as this model.

    Raises:
        InvalidAnswer: the data is of another shape.
    """
    try:
        return model.model_validate(data)
    except ValidationError as e:
        # Its text would repeat the data, which may contain a token.
        places = sorted({".".join(map(str, fault["loc"])) for fault in e.errors()})
        raise InvalidAnswer(f"not a {model.__name__}: {', '.join(places)}") from None


def parsed_frame_answer(data: Any) -> EnrollmentFrameAnswer | AuthenticationFrameAnswer:
    """Return the data of the answer to a frame as the model of its kind.

    Raises:
        InvalidAnswer: the data is of another shape.
    """
    if isinstance(data, dict) and data.get("kind") == "enrollment":
        return parsed(EnrollmentFrameAnswer, data)
    return parsed(AuthenticationFrameAnswer, data)


def of_kind(kind: type[T], answer: BaseModel) -> T:
    """Return the answer to a frame if it is of the kind of its session.

    Raises:
        InvalidAnswer: it is of another.
    """
    if not isinstance(answer, kind):
        raise InvalidAnswer(f"{type(answer).__name__} instead of {kind.__name__}")
    return answer
