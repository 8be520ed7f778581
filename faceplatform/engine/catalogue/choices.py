"""The available models: a table of detectors and one of recognition models, by setting value.

A choice describes a model without loading it, and names its builder. So a wrong name is refused at
start, and a process that never measures a face loads nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from django.conf import settings

from faceplatform.engine.catalogue import deepface as deepface_choices
from faceplatform.engine.catalogue import layouts, weights
from faceplatform.engine.catalogue.deepface import PREFIX, RecognitionNet
from faceplatform.engine.catalogue.layouts import Layout
from faceplatform.engine.catalogue.manifest import MANIFEST
from faceplatform.errors import ConfigurationError
from faceplatform.matching.model import RecognitionModel


@dataclass(frozen=True, slots=True)
class DetectorChoice:
    """A value of the setting FACEPLATFORM_DETECTOR.

    Attributes:
        builder: dotted path of a callable that takes the choice.
        weights: names in the manifest; empty for a model of DeepFace.
        deepface: DeepFace's name of the model, or "".
    """

    builder: str
    weights: tuple[str, ...] = ()
    deepface: str = ""


@dataclass(frozen=True, slots=True)
class RecognitionChoice:
    """A value of the setting FACEPLATFORM_RECOGNITION_MODEL.

    Attributes:
        model: the label of its embeddings.
        layout: of the chips that it takes.
        builder: dotted path of a callable that takes the choice.
        weights: the name in the manifest, or "" for a model of DeepFace.
        deepface: DeepFace's name of the model, or "".
        both_engines: True if it differs between DeepFace's engines; the version then names one.
        mirrored: True if the embeddings of a chip and its mirror image are averaged.
        notice: a warning for operators; "" for none.
    """

    model: RecognitionModel
    layout: Layout
    builder: str
    weights: str = ""
    deepface: str = ""
    both_engines: bool = False
    mirrored: bool = False
    notice: str = ""


_ONNX = "faceplatform.engine.stages.recognition.OnnxRecognizer"
_DEEPFACE_DETECTOR = "faceplatform.engine.deepface.adapter.DeepFaceDetector"
_DEEPFACE_RECOGNIZER = "faceplatform.engine.deepface.adapter.DeepFaceRecognizer"


def _deepface(name: str, net: RecognitionNet) -> RecognitionChoice:
    layout = layouts.arcface(*net.size)
    return RecognitionChoice(
        # The name is also that of the calibration file: no colon.
        model=RecognitionModel(
            name=f"deepface-{name}",
            version="1",
            alignment=layout.name,
            dimension=net.dimension,
        ),
        layout=layout,
        builder=_DEEPFACE_RECOGNIZER,
        deepface=name,
        both_engines=net.both_engines,
        notice=net.notice,
    )


# A model's version stands for the weights and their use: change it when either changes.
_DLIB = RecognitionChoice(
    model=RecognitionModel(
        name="dlib", version="resnet-v1-mirror-int8", alignment=layouts.DLIB.name, dimension=128
    ),
    layout=layouts.DLIB,
    builder=_ONNX,
    weights="dlib",
    # This nearly doubles the time, from 2.2 to 3.9 ms, and is worth it: see docs/accuracy.md.
    mirrored=True,
)
# The same net in floats, as dlib itself computes it: 10.8 ms instead of 3.9 in integers.
_DLIB_FP32 = replace(
    _DLIB,
    model=replace(_DLIB.model, name="dlib-fp32", version="resnet-v1-mirror"),
    weights="dlib-fp32",
)
_MOBILEFACENET = RecognitionChoice(
    model=RecognitionModel(
        name="mobilefacenet",
        # Of the package that these weights were first read from.
        version="human-3.0.4",
        alignment=layouts.ARCFACE.name,
        dimension=192,
    ),
    layout=layouts.ARCFACE,
    builder=_ONNX,
    weights="mobilefacenet",
    # Averaging the mirror image would double the 5.8 ms, with no measurable gain: false
    # non-matches on the same photographs are 1.7 % without and 1.8 % with it (95 % confidence
    # +-0.6) at a false match rate of 1e-3, and 4.8 and 4.2 % (+-0.9) at 1e-4.
    notice="its weights were trained on refined MS-Celeb-1M, a data set that its publisher "
    "withdrew",
)
# Both nets on the same chip; the cosine is a weighted mean of theirs, see `preparation.conversion`.
_MOBILEFACENET_FR = replace(
    _MOBILEFACENET,
    model=replace(_MOBILEFACENET.model, name="mobilefacenet+fr", version="1", dimension=192 + 512),
    weights="mobilefacenet+fr",
    notice=f"{_MOBILEFACENET.notice}; nothing is known about the training data of its second net",
)

DETECTORS: Mapping[str, DetectorChoice] = {
    "blazeface": DetectorChoice(
        "faceplatform.engine.stages.detection.BlazeFacePair", ("blazeface_short", "blazeface_far")
    ),
    "yunet": DetectorChoice("faceplatform.engine.stages.yunet.YuNet", ("yunet",)),
    **{
        f"{PREFIX}{name}": DetectorChoice(_DEEPFACE_DETECTOR, deepface=name)
        for name in deepface_choices.DETECTORS
    },
}

RECOGNITION_MODELS: Mapping[str, RecognitionChoice] = {
    "dlib": _DLIB,
    "dlib-fp32": _DLIB_FP32,
    "mobilefacenet": _MOBILEFACENET,
    "mobilefacenet+fr": _MOBILEFACENET_FR,
    # The same net on the same chips, run by dlib itself in 20 times the time: its embeddings equal
    # those of `dlib-fp32` to 1e-5, so it shares templates and calibration.
    f"{PREFIX}Dlib": replace(_DLIB_FP32, builder=_DEEPFACE_RECOGNIZER, weights="", deepface="Dlib"),
    **{
        f"{PREFIX}{name}": _deepface(name, net)
        for name, net in deepface_choices.RECOGNITION.items()
    },
}


def detector(name: str) -> DetectorChoice:
    """Return the detector of this name.

    Raises:
        faceplatform.errors.ConfigurationError: there is no such detector.
    """
    try:
        return DETECTORS[name]
    except KeyError as e:
        raise ConfigurationError(
            f"FACEPLATFORM_DETECTOR is {name!r}; there are {', '.join(DETECTORS)}"
        ) from e


def weights_in_use() -> set[str]:
    """Return the manifest's names of the weights that the configured engine loads.

    Those of liveness are included: the policy of each client decides about their use.

    Raises:
        faceplatform.errors.ConfigurationError: a setting names no detector or model.
    """
    return required_weights() | {*weights.liveness_in_use()}


def required_weights() -> set[str]:
    """Return those of `weights_in_use` without which the engine does not start.

    Raises:
        faceplatform.errors.ConfigurationError: a setting names no detector or model.
    """
    chosen = {
        *detector(settings.FACEPLATFORM_DETECTOR).weights,
        recognition(settings.FACEPLATFORM_RECOGNITION_MODEL).weights,
    }
    return chosen - {""} | {*weights.MESH}


def to_prepare() -> tuple[str, ...]:
    """Return the names of the configured detector and recognition model for `models prepare`.

    Weights that a package ships ready for use are left out, as are those of liveness.

    Raises:
        faceplatform.errors.ConfigurationError: a setting names no detector or model.
    """
    found = detector(settings.FACEPLATFORM_DETECTOR)
    recognizer = recognition(settings.FACEPLATFORM_RECOGNITION_MODEL)
    ours = [name for name in (*found.weights, recognizer.weights) if name]
    deepfaces = [f"{PREFIX}{name}" for name in (found.deepface, recognizer.deepface) if name]
    return (*(name for name in ours if MANIFEST[name].package is None), *deepfaces)


def notice(model: RecognitionModel) -> str:
    """Return the warning for operators about a recognition model; "" for none."""
    return next(
        (each.notice for each in RECOGNITION_MODELS.values() if each.model.name == model.name), ""
    )


def recognition(name: str) -> RecognitionChoice:
    """Return the recognition model of this name.

    Raises:
        faceplatform.errors.ConfigurationError: there is no such model.
    """
    try:
        choice = RECOGNITION_MODELS[name]
    except KeyError as e:
        raise ConfigurationError(
            f"FACEPLATFORM_RECOGNITION_MODEL is {name!r}; there are {', '.join(RECOGNITION_MODELS)}"
        ) from e
    if not choice.both_engines:
        return choice
    version = f"{settings.FACEPLATFORM_DEEPFACE_BACKEND}-{choice.model.version}"
    return replace(choice, model=replace(choice.model, version=version))
