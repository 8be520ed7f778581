"""The variant of a model with the opposite choice about mirror images."""

from dataclasses import replace

from faceplatform.engine.catalogue import choices
from faceplatform.engine.stages.recognition import OnnxRecognizer, Recognizer


def is_averaged(name: str) -> bool:
    """Return True if the model averages the embeddings of a chip and its mirror image."""
    return choices.recognition(name).mirrored


def build_toggled(name: str) -> Recognizer | None:
    """Build the same net with averaging switched on if it is off, and off if it is on.

    Returns:
        None for a model of DeepFace, which has no such choice.
    """
    choice = choices.recognition(name)
    if not choice.weights:
        return None
    return OnnxRecognizer(replace(choice, mirrored=not choice.mirrored))
