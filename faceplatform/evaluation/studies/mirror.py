"""A model with the other choice about mirror images than the one it ships with."""

from dataclasses import replace

from faceplatform.engine.catalogue import choices
from faceplatform.engine.stages.recognition import OnnxRecognizer, Recognizer


def is_averaged(name: str) -> bool:
    """Whether the model averages the embeddings of a chip and of its mirror image."""
    return choices.recognition(name).mirrored


def build_toggled(name: str) -> Recognizer | None:
    """The same net, averaging where it does not and the other way round.

    Returns:
        None for a model that has no such choice: it is not run by us.
    """
    choice = choices.recognition(name)
    if not choice.weights:
        return None
    return OnnxRecognizer(replace(choice, mirrored=not choice.mirrored))
