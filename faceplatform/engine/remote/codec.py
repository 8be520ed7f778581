"""Measurement <-> bytes, for the way between a worker and the process that asked.

MessagePack: numbers keep their 64 bits, an embedding travels as its little-endian float32 bytes.
Both ends run the same release; what does not fit is an error, never guessed at.
"""

from dataclasses import asdict
from typing import Any, NamedTuple

import msgpack
import numpy as np

from faceplatform.engine.types import (
    Box,
    Face,
    FrameAnalysis,
    Liveness,
    LivenessVerdict,
    Measurement,
    Pose,
    Quality,
)
from faceplatform.errors import EngineError
from faceplatform.matching.embeddings import Embedding
from faceplatform.matching.model import RecognitionModel

_FLOATS = np.dtype("<f4")


class Failure(NamedTuple):
    """A measurement that could not be made: the code and the detail of its error."""

    code: str
    detail: str = ""


def pack(measurement: Measurement) -> bytes:
    """The measurement as bytes, for `unpack`."""
    analysis = measurement.analysis
    return _packed(
        {
            "digest": measurement.digest,
            "fingerprint": measurement.fingerprint,
            "kept_image": measurement.kept_image,
            "boxes": [asdict(box) for box in analysis.boxes],
            "face": None if analysis.face is None else _face_fields(analysis.face),
            "model": asdict(analysis.model),
            "stages": dict(analysis.stages),
        }
    )


def pack_failure(failure: Failure) -> bytes:
    """The failure as bytes, for `unpack`."""
    return _packed({"failure": failure})


def unpack(data: bytes) -> Measurement | Failure:
    """What was packed.

    Raises:
        faceplatform.errors.EngineError: it was packed by another release, or is damaged.
    """
    try:
        fields = msgpack.unpackb(data)
        if "failure" in fields:
            return Failure(*fields["failure"])
        return Measurement(
            fields["digest"], fields["fingerprint"], _analysis(fields), fields["kept_image"]
        )
    except (ValueError, TypeError, KeyError, msgpack.UnpackException) as e:
        raise EngineError("A worker answered what this release does not understand") from e


def _packed(fields: dict[str, Any]) -> bytes:
    return bytes(msgpack.packb(fields))


def _face_fields(face: Face) -> dict[str, Any]:
    return {
        "box": asdict(face.box),
        "presence": face.presence,
        "pose": asdict(face.pose),
        "quality": asdict(face.quality),
        "embedding": None if face.embedding is None else _embedding_bytes(face.embedding),
        "liveness": None if face.liveness is None else asdict(face.liveness),
    }


def _embedding_bytes(embedding: Embedding) -> bytes:
    return embedding.astype(_FLOATS).tobytes()


def _analysis(fields: dict[str, Any]) -> FrameAnalysis:
    model = RecognitionModel(**fields["model"])
    face = fields["face"]
    return FrameAnalysis(
        boxes=tuple(Box(**box) for box in fields["boxes"]),
        face=None if face is None else _face(face, model.dimension),
        model=model,
        stages=fields["stages"],
    )


def _face(fields: dict[str, Any], dimension: int) -> Face:
    liveness = fields["liveness"]
    return Face(
        box=Box(**fields["box"]),
        presence=fields["presence"],
        pose=Pose(**fields["pose"]),
        quality=Quality(**fields["quality"]),
        embedding=_embedding(fields["embedding"], dimension),
        liveness=None
        if liveness is None
        else Liveness(LivenessVerdict(liveness["verdict"]), liveness["score"]),
    )


def _embedding(data: bytes | None, dimension: int) -> Embedding | None:
    if data is None:
        return None
    embedding = np.frombuffer(data, dtype=_FLOATS).astype(np.float32)
    if embedding.shape != (dimension,):
        raise ValueError(f"an embedding of {embedding.size} numbers, not {dimension}")
    return embedding
