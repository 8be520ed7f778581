"""Facts about the configured models that need no model loaded."""

from django.conf import settings

from faceplatform.engine.base import Engine
from faceplatform.engine.catalogue import choices, weights
from faceplatform.matching.model import RecognitionModel


class ConfiguredEngine(Engine):
    """An engine of the models that the settings name, in this process or in workers."""

    @property
    def model(self) -> RecognitionModel:
        return choices.recognition(settings.FACEPLATFORM_RECOGNITION_MODEL).model

    @property
    def has_liveness(self) -> bool:
        """True if the weights are installed here: web and workers run the same container image."""
        return all(weights.is_installed(name) for name in weights.liveness_in_use())
