"""Conversion of published weights; the only importer of the converters.

The converters load the onnx package, which is not needed once the files are made.
"""

from collections.abc import Callable, Mapping
from pathlib import Path

from faceplatform.engine.preparation import deep_tree as deep_tree_tflite
from faceplatform.engine.preparation import minifasnet as minifasnet_tflite
from faceplatform.engine.preparation.blazeface import int8 as blazeface_int8_tflite
from faceplatform.engine.preparation.dlib import (
    floats as dlib_onnx,
)
from faceplatform.engine.preparation.dlib import (
    int8 as dlib_int8_onnx,
)
from faceplatform.engine.preparation.dlib import (
    network as dlib_network,
)
from faceplatform.engine.preparation.mobilefacenet import (
    floats as mobilefacenet_onnx,
)
from faceplatform.engine.preparation.mobilefacenet import (
    from_onnx as fr_feature_onnx,
)
from faceplatform.engine.preparation.mobilefacenet import (
    from_tflite as mobilefacenet_tflite,
)

Sources = Mapping[str, Path]

# Of MobileFaceNet's cosine in that of both nets, see "A joined pair" in docs/accuracy.md.
_MOBILEFACENET_WEIGHT = 0.75


def convert(name: str, sources: Sources) -> bytes:
    """Compute the file of a derived model.

    Args:
        name: a model of the manifest that is derived from others.
        sources: the verified files of the others, by name.

    Raises:
        faceplatform.errors.ModelCorrupted: a source does not hold the expected network.
    """
    return _CONVERTERS[name](sources)


def _dlib(sources: Sources) -> bytes:
    return dlib_int8_onnx.convert(dlib_network.read(sources["dlib_source"]))


def _dlib_fp32(sources: Sources) -> bytes:
    return dlib_onnx.convert(dlib_network.read(sources["dlib_source"]))


def _mobilefacenet(sources: Sources) -> bytes:
    return mobilefacenet_onnx.convert(mobilefacenet_tflite.read(sources["mobilefacenet_source"]))


def _mobilefacenet_fr(sources: Sources) -> bytes:
    return mobilefacenet_onnx.convert_joined(
        mobilefacenet_tflite.read(sources["mobilefacenet_source"]),
        fr_feature_onnx.read(sources["fr_feature_source"]),
        weight=_MOBILEFACENET_WEIGHT,
    )


def _blazeface(sources: Sources) -> bytes:
    return blazeface_int8_tflite.convert(sources["blazeface_back"])


def _minifasnet(sources: Sources) -> bytes:
    (path,) = sources.values()
    return minifasnet_tflite.convert(path)


def _deep_tree(sources: Sources) -> bytes:
    return deep_tree_tflite.convert(sources["deep_tree_source"])


def _deepface_dlib(sources: Sources) -> bytes:
    return sources["dlib_source"].read_bytes()


_CONVERTERS: Mapping[str, Callable[[Sources], bytes]] = {
    "dlib": _dlib,
    "dlib-fp32": _dlib_fp32,
    "mobilefacenet": _mobilefacenet,
    "mobilefacenet+fr": _mobilefacenet_fr,
    "blazeface_far": _blazeface,
    "minifasnet_v2": _minifasnet,
    "minifasnet_v1se": _minifasnet,
    "deep_tree": _deep_tree,
    "deepface_dlib": _deepface_dlib,
}
