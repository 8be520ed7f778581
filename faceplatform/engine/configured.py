"""What every engine that runs the configured models knows of them without loading any."""

from django.conf import settings

from faceplatform.engine.base import Engine
from faceplatform.engine.catalogue import choices, weights
from faceplatform.matching.model import RecognitionModel


class ConfiguredEngine(Engine):
    """An engine of the models that the settings name, wherever it measures."""

    @property
    def model(self) -> RecognitionModel:
        return choices.recognition(settings.FACEPLATFORM_RECOGNITION_MODEL).model

    @property
    def has_liveness(self) -> bool:
        """As far as the weights lie here: web and workers run the same image."""
        return all(weights.is_installed(name) for name in weights.LIVENESS)
