import pytest

from faceplatform.engine import registry
from tests.enrollment.two_models import A, B, TwoModelEngine
from tests.stage import CALIBRATION


class TwoDeployments:
    """Two deployments on one database; this process is one of them at a time."""

    def __init__(self) -> None:
        self.a, self.b = TwoModelEngine(A), TwoModelEngine(B)
        self.be(self.a)

    def be(self, engine: TwoModelEngine) -> None:
        registry.set_engine(engine)


@pytest.fixture
def deployments(settings) -> TwoDeployments:
    settings.FACEPLATFORM_CALIBRATION_DIR = CALIBRATION
    return TwoDeployments()
