"""Measurement <-> bytes, for the way between a worker and the process that asked.

MessagePack of the types themselves: numbers keep their 64 bits, an embedding travels as its
little-endian float32 bytes, a patch as its number of rows and its pixels. Both ends run the same
release; anything else is an error, never a guess.
"""

from typing import Any, NamedTuple, get_args, get_origin

import msgspec
import numpy as np
from numpy.typing import NDArray

from faceplatform.engine.types import MOST_PATCH_SIDE, Following, Measurement
from faceplatform.errors import EngineError

_FLOATS = np.dtype("<f4")


class Failure(NamedTuple):
    """A measurement that could not be made: the code and the detail of its error."""

    code: str
    detail: str = ""


def pack(answer: Measurement | Failure) -> bytes:
    """Encode an answer, for `unpack`."""
    return _encoder.encode(answer)


def unpack(data: bytes) -> Measurement | Failure:
    """Decode an answer of `pack`.

    Raises:
        faceplatform.errors.EngineError: it was packed by another release, or is damaged.
    """
    try:
        answer: Measurement | Failure = _decoder.decode(data)
        _require_own(answer, data)
    except (msgspec.MsgspecError, ValueError, RecursionError) as e:
        raise EngineError("A worker answered what this release does not understand") from e
    return answer


def following_of(members: dict[str, Any] | None) -> Following | None:
    """Return the `Following` with these members, nested ones included."""
    return None if members is None else msgspec.convert(members, Following)


def _require_own(answer: Measurement | Failure, data: bytes) -> None:
    """Refuse bytes that `pack` of this release would not have written."""
    # The decoder skips unknown fields and fills in missing ones: this finds both.
    if _encoder.encode(answer) != data:
        raise ValueError("not the fields of this release")
    if isinstance(answer, Measurement) and (face := answer.analysis.face) is not None:
        shape = (answer.analysis.model.dimension,)
        if face.embedding is not None and face.embedding.shape != shape:
            raise ValueError(f"an embedding of shape {face.embedding.shape}, not {shape}")


def _encode_array(value: Any) -> bytes:
    if not isinstance(value, np.ndarray):
        raise TypeError(f"{type(value).__name__} is no part of an answer")
    if value.dtype == np.uint8:
        return bytes([len(value)]) + value.tobytes()
    return value.astype(_FLOATS).tobytes()


def _decode_array(kind: Any, value: Any) -> Any:
    if get_origin(kind) is not np.ndarray or not isinstance(value, bytes):
        raise TypeError(f"{kind} is no part of an answer")
    (dtype,) = get_args(get_args(kind)[1])
    return _decode_patch(value) if dtype is np.uint8 else _decode_embedding(value)


def _decode_embedding(value: bytes) -> NDArray[np.float32]:
    return np.frombuffer(value, dtype=_FLOATS).astype(np.float32)


def _decode_patch(value: bytes) -> NDArray[np.uint8]:
    rows, pixels = value[:1], value[1:]
    if not rows or not rows[0] or not pixels or len(pixels) % rows[0]:
        raise ValueError("no rows of one length")
    patch = np.frombuffer(pixels, dtype=np.uint8).reshape(rows[0], -1)
    if max(patch.shape) > MOST_PATCH_SIDE:
        raise ValueError(f"a patch of {patch.shape} pixels")
    return patch


_encoder = msgspec.msgpack.Encoder(enc_hook=_encode_array)
_decoder = msgspec.msgpack.Decoder(Measurement | Failure, dec_hook=_decode_array)
