"""FrameAnalysis <-> bytes, for the way between a worker and the process that asked.

MessagePack: numbers keep their 64 bits, an embedding travels as its little-endian float32 bytes.
Both ends run the same release; what does not fit is an error, never guessed at.
"""

from dataclasses import asdict
from typing import Any

import msgpack
import numpy as np

from faceplatform.engine.types import (
    Box,
    Embedding,
    Face,
    FrameAnalysis,
    Liveness,
    LivenessVerdict,
    Pose,
    Quality,
    RecognitionModel,
)
from faceplatform.errors import EngineError

_FLOATS = np.dtype("<f4")


def pack_analysis(analysis: FrameAnalysis) -> bytes:
    """The analysis as bytes, for `unpack`."""
    return _packed(
        {
            "boxes": [asdict(box) for box in analysis.boxes],
            "face": None if analysis.face is None else _face_fields(analysis.face),
            "model": asdict(analysis.model),
            "stages": dict(analysis.stages),
        }
    )


def pack_failure(code: str) -> bytes:
    """A measurement that could not be made, by the code of its error, for `unpack`."""
    return _packed({"failure": code})


def unpack(data: bytes) -> FrameAnalysis | str:
    """What was packed: an analysis, or the code of the error that took its place.

    Raises:
        faceplatform.errors.EngineError: it was packed by another release, or is damaged.
    """
    try:
        fields = msgpack.unpackb(data)
        if "failure" in fields:
            return str(fields["failure"])
        return _analysis(fields)
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
