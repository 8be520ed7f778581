"""The models of DeepFace 0.0.103, described without loading it.

`faceplatform.engine.deepface.adapter` refuses a model that differs from its description.
"""

from collections.abc import Mapping
from dataclasses import dataclass

# What choosing one of DeepFace's is called in settings: FACEPLATFORM_DETECTOR=deepface:mtcnn.
PREFIX = "deepface:"

DETECTORS = (
    "opencv",
    "mtcnn",
    "ssd",
    "dlib",
    "retinaface",
    "mediapipe",
    "yolov8n",
    "yolov8m",
    "yolov8l",
    "yolov11n",
    "yolov11s",
    "yolov11m",
    "yolov11l",
    "yolov12n",
    "yolov12s",
    "yolov12m",
    "yolov12l",
    "yunet",
    "fastmtcnn",
    "centerface",
)


@dataclass(frozen=True, slots=True)
class RecognitionNet:
    """One of DeepFace's recognition models.

    Attributes:
        size: width and height of its input.
        dimension: of its embeddings.
        both_engines: True if there are weights for each of DeepFace's engines. They are
            conversions of each other whose accuracy nobody has measured, so embeddings of one
            engine are not compared with those of another.
        notice: a warning for operators.
    """

    size: tuple[int, int]
    dimension: int
    both_engines: bool = True
    notice: str = ""


NON_COMMERCIAL = "its weights are for non-commercial use only (InsightFace)"

# All except Dlib, which is the default model in another runtime (see `choices`).
RECOGNITION: Mapping[str, RecognitionNet] = {
    "VGG-Face": RecognitionNet((224, 224), 4096),
    "Facenet": RecognitionNet((160, 160), 128),
    "Facenet512": RecognitionNet((160, 160), 512),
    "OpenFace": RecognitionNet((96, 96), 128),
    "DeepFace": RecognitionNet((152, 152), 4096),
    "DeepID": RecognitionNet((47, 55), 160),
    "ArcFace": RecognitionNet((112, 112), 512),
    "SFace": RecognitionNet((112, 112), 128, both_engines=False),
    "GhostFaceNet": RecognitionNet((112, 112), 512),
    "Buffalo_L": RecognitionNet((112, 112), 512, both_engines=False, notice=NON_COMMERCIAL),
}
