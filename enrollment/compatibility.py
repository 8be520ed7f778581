"""The check at start that stored templates and the engine's embeddings can be compared."""

import logging

from django.conf import settings
from django.db.models import Count

from enrollment import gallery
from enrollment.models import FaceTemplate
from faceplatform.errors import ConfigurationError
from faceplatform.matching.model import SANDBOX_NAME, ModelKey, RecognitionModel

log = logging.getLogger(__name__)


def check_templates(model: RecognitionModel) -> None:
    """Refuse a recognition model that no stored template was made with.

    Every user would have to enroll again, and until then nobody would be recognized: the operator
    must ask for that (FACEPLATFORM_ALLOW_MODEL_CHANGE), not find it out at the first frame.
    Templates of other models as well as of this one mean that a change is under way: that is
    logged. Those of sandbox clients are made by no model, and are not counted.

    Raises:
        faceplatform.errors.ConfigurationError: there are templates, none of them made with this
            model; or some carry its name and have another dimension.
    """
    templates = FaceTemplate.objects.exclude(model_name=SANDBOX_NAME)
    rows = templates.values_list(*gallery.MODEL_FIELDS, "dimension").annotate(Count("pk"))
    # Without an ordering, whose column MySQL would add to the groups.
    counts = {(ModelKey(*key), dimension): count for *key, dimension, count in rows.order_by()}
    _refuse_other_dimension(model, counts)
    own = counts.pop((model.key, model.dimension), 0)
    if not counts:
        return
    if not own and not settings.FACEPLATFORM_ALLOW_MODEL_CHANGE:
        raise ConfigurationError(
            f"No stored template was made with the recognition model {model.key}; there are "
            f"{_listed(counts)}. Set FACEPLATFORM_RECOGNITION_MODEL (or the version of this "
            "software) back; or "
            "run manage.py reembed, for users whose images were kept; or set "
            "FACEPLATFORM_ALLOW_MODEL_CHANGE=true and enroll every user again"
        )
    log.warning(
        "There are templates of other recognition models than %s: %s. Users who have no other are "
        "not recognized here: see manage.py reembed --dry-run",
        model.key,
        _listed(counts),
    )


def _refuse_other_dimension(
    model: RecognitionModel, counts: dict[tuple[ModelKey, int], int]
) -> None:
    other = {entry: n for entry, n in counts.items() if entry[0] == model.key}
    other.pop((model.key, model.dimension), None)
    if other:
        raise ConfigurationError(
            f"The recognition model {model.key} makes embeddings of {model.dimension}; there are "
            f"{_listed(other)} under its name. They cannot be compared: remove them and enroll "
            "their users again"
        )


def _listed(counts: dict[tuple[ModelKey, int], int]) -> str:
    return ", ".join(
        f"{count} of {key} ({dimension}-d)" for (key, dimension), count in sorted(counts.items())
    )
