"""The only importer of DeepFace, and the shield against its traps.

DeepFace chooses its runtime when it is first imported, TensorFlow if available, and reads the
folder of its weights from the environment. So the environment is set before the first import: the
runtime from the setting FACEPLATFORM_DEEPFACE_BACKEND, the folder from the operator's choice.

Handled here, so that no other module has to:

- It takes BGR, and a string instead of an image may be a path or a URL: it gets arrays only.
- With ``enforce_detection`` off, an image without a face comes back as one face that covers it.
  Its detectors are called directly, which avoids that.
- It downloads weights when a model is first used. Here it gets verified files, and downloads only
  while `manage.py models prepare` runs.
- Its ONNX sessions use one thread per core; they are replaced by ours with a single thread.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Any

import numpy as np
import onnxruntime
from django.conf import settings
from numpy.typing import NDArray

from faceplatform.engine.catalogue import deepface as deepface_choices
from faceplatform.engine.catalogue import weights
from faceplatform.engine.catalogue.choices import DetectorChoice, RecognitionChoice
from faceplatform.engine.catalogue.manifest import MANIFEST, ModelFile
from faceplatform.engine.runtime import load_onnx_session
from faceplatform.engine.stages.detection import Detection
from faceplatform.engine.stages.recognition import Recognition, Recognizer, normalised
from faceplatform.engine.types import Box
from faceplatform.errors import ConfigurationError, ModelMissing

_DETECTOR_TASK, _RECOGNITION_TASK = "face_detector", "facial_recognition"

# DeepFace's Dlib multiplies by 255 and truncates, which lowers many a pixel by one; it also takes
# pixels of 0..255.
_TAKES_BYTES = ("Dlib",)

# Installs a file and returns its path; the second argument downloads it to a new path.
Install = Callable[[ModelFile, Callable[[Path], object]], Path]

# Models are built one at a time: they are shared, and DeepFace's downloader is replaced meanwhile.
_building = Lock()


def _configure() -> None:
    os.environ["DEEPFACE_HOME"] = str(weights.deepface_home())
    os.environ["DEEPFACE_BACKEND_ENGINE"] = settings.FACEPLATFORM_DEEPFACE_BACKEND


class DeepFaceDetector:
    """One of DeepFace's detectors, one frame at a time: lanes share it.

    Raises:
        faceplatform.errors.ConfigurationError: DeepFace cannot build it on this machine.
        faceplatform.errors.ModelMissing: its weights are not installed.
        faceplatform.errors.ModelCorrupted: its weights have changed since their installation.
    """

    def __init__(self, choice: DetectorChoice) -> None:
        self._client = _build(_DETECTOR_TASK, choice.deepface, _Files(choice.deepface))
        self._lock = _lock_of(self._client)

    def detect(self, pixels: NDArray[np.uint8]) -> list[Detection]:
        """Return every face in an upright RGB frame (height, width, 3), widest first."""
        bgr = np.ascontiguousarray(pixels[:, :, ::-1])
        with self._lock:
            areas = self._client.detect_faces(bgr)
        detections = [_detection(area) for area in areas if area.w > 0 and area.h > 0]
        return sorted(detections, key=lambda detection: detection.box.width, reverse=True)


def _detection(area: Any) -> Detection:
    """Convert DeepFace's FacialAreaRegion, whose left eye is the person's own."""
    box = Box(
        x=float(area.x),
        y=float(area.y),
        width=float(area.w),
        height=float(area.h),
        confidence=1.0 if area.confidence is None else float(area.confidence),
    )
    guessed = area.left_eye is None or area.right_eye is None
    if guessed:
        # Some detectors find no eyes: assume an upright face, which the second pass of the mesh
        # corrects.
        eyes = [(box.x + share * box.width, box.y + 0.4 * box.height) for share in (0.3, 0.7)]
    else:
        eyes = [tuple(area.right_eye[:2]), tuple(area.left_eye[:2])]
    keypoints = np.array(eyes, dtype=np.float32)
    return Detection(box=box, keypoints=keypoints, eyes_guessed=guessed)


class DeepFaceRecognizer(Recognizer):
    """One of DeepFace's recognition models on our chips; one batch at a time.

    Pixels are scaled as DeepFace's own ``represent`` scales them: BGR, 0..1.

    Raises:
        faceplatform.errors.ConfigurationError: DeepFace cannot build it on this machine, or it
            differs from its description in `deepface_choices`.
        faceplatform.errors.ModelMissing: its weights are not installed.
        faceplatform.errors.ModelCorrupted: its weights have changed since their installation.
    """

    def __init__(self, choice: RecognitionChoice) -> None:
        super().__init__(choice)
        self._client = _build(_RECOGNITION_TASK, choice.deepface, _Files(choice.deepface))
        self._lock = _lock_of(self._client)
        self._scale = 1.0 if choice.deepface in _TAKES_BYTES else 1 / 255
        found = (tuple(self._client.input_shape), int(self._client.output_shape))
        if found != (choice.layout.size, choice.model.dimension):
            raise ConfigurationError(
                f"DeepFace's {choice.deepface} has input and output {found}, not "
                f"{(choice.layout.size, choice.model.dimension)}: its version is not the pinned one"
            )

    def _run(self, chips: NDArray[np.uint8]) -> Recognition:
        bgr = np.ascontiguousarray(chips[..., ::-1], dtype=np.float32) * np.float32(self._scale)
        with self._lock:
            embeddings = self._client.forward(bgr)
        rows = np.asarray(embeddings, dtype=np.float32).reshape(len(chips), self.model.dimension)
        return Recognition(normalised(rows))


def prepare(name: str, *, install: Install) -> list[Path]:
    """Install the weights of one of DeepFace's models. Return its files.

    Some detectors (mtcnn, retinaface, mediapipe) ship with packages and have no files here.

    Args:
        name: a detector or a recognition model, as DeepFace calls it.
        install: called for each file that DeepFace would download.

    Raises:
        faceplatform.errors.ConfigurationError: DeepFace cannot build it on this machine.
        faceplatform.errors.ModelMissing: its weights cannot be downloaded; or raised by
            ``install``.
    """
    files = _Files(name, install)
    task = _DETECTOR_TASK if name in deepface_choices.DETECTORS else _RECOGNITION_TASK
    _build(task, name, files)
    _forget(task, name)
    return files.used


@dataclass
class _Files:
    """The source of weights while one of DeepFace's models is built.

    Replaces its ``download_weights_if_necessary``.

    Attributes:
        install: None if the files are installed.
        used: the files that DeepFace asked for.
    """

    name: str
    install: Install | None = None
    used: list[Path] = field(default_factory=list)

    def path(self, download: Callable[..., Any], file: str, url: Any, compression: Any) -> Path:
        model = weights.deepface_file(f"{deepface_choices.PREFIX}{self.name}", file)
        if self.install is None:
            path = weights.locate_file(model)
        else:
            path = self.install(
                model,
                lambda partial: _download_to(download, model.name, partial, url, compression),
            )
        self.used.append(path)
        return path


def _build(task: str, name: str, files: _Files) -> Any:
    """Build DeepFace's client for a model, or return the one in its cache."""
    _configure()
    from deepface.modules import exceptions, modeling

    with _building, _weights_from(files):
        try:
            client = modeling.build_model(task, name)
        # Raised by DeepFace for a package that is not installed or a file that it cannot read.
        except (ValueError, ImportError, exceptions.UnimplementedError) as e:
            raise ConfigurationError(f"DeepFace cannot build {name}: {e}") from e
        if isinstance(getattr(client, "model", None), onnxruntime.InferenceSession) and files.used:
            client.model = load_onnx_session(files.used[-1])
    return client


def _forget(task: str, name: str) -> None:
    """Drop a model from DeepFace's cache, so that its files are verified when it is next built."""
    from deepface.modules import modeling

    with _building:
        modeling.cached_models[task].pop(name, None)


@contextmanager
def _weights_from(files: _Files) -> Iterator[None]:
    from deepface.commons import weight_utils

    original = weight_utils.download_weights_if_necessary

    def replacement(file_name: str, source_url: Any, compress_type: str | None = None) -> str:
        return str(files.path(original, file_name, source_url, compress_type))

    weight_utils.download_weights_if_necessary = replacement
    try:
        yield
    finally:
        weight_utils.download_weights_if_necessary = original


def _download_to(
    download: Callable[..., Any], name: str, partial: Path, url: Any, compression: str | None
) -> None:
    """Let DeepFace download a file to a path."""
    try:
        # DeepFace joins the name to its folder, which leaves an absolute path unchanged.
        download(file_name=str(partial), source_url=url, compress_type=compression)
    except ValueError as e:  # raised by DeepFace for every failure
        raise ModelMissing(_undownloaded(name)) from e
    finally:
        if compression is not None:
            partial.with_name(f"{partial.name}.{compression}").unlink(missing_ok=True)
    if not partial.is_file():
        raise ModelMissing(_undownloaded(name))


def _lock_of(client: Any) -> Lock:
    """Return the lock of one of DeepFace's models, some of which keep state between calls."""
    lock: Lock = client.__dict__.setdefault("_faceplatform_lock", Lock())
    return lock


def download(name: str, path: Path) -> None:
    """Let DeepFace download weights that are in the manifest.

    Args:
        name: the source of one of MiniFASNet's nets, or "yunet".
        path: the target; absolute, and not there yet.

    Raises:
        faceplatform.errors.ModelMissing: the download failed.
    """
    _configure()
    from deepface.commons.weight_utils import download_weights_if_necessary
    from deepface.models.face_detection import YuNet
    from deepface.models.spoofing.onnx import FasNet as FasNetFiles

    urls = {
        "minifasnet_v2_source": FasNetFiles.FIRST_WEIGHTS_URL,
        "minifasnet_v1se_source": FasNetFiles.SECOND_WEIGHTS_URL,
        "yunet": YuNet.WEIGHTS_URL,
    }
    _download_to(download_weights_if_necessary, name, path, urls[name], None)


def _undownloaded(name: str) -> str:
    what = MANIFEST[name].file if name in MANIFEST else f"the weights of {name}"
    return (
        f"DeepFace could not download {what}; put it into a folder and run "
        f"`manage.py models prepare {name} --from FOLDER`"
    )
