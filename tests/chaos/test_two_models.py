"""Two deployments with different recognition models on one database."""

import pytest

from tests.chaos.conftest import deployed
from tests.chaos.seen import picture, require_enrolled, require_match

pytestmark = pytest.mark.chaos


def opened(caller, user_id):
    return caller.post("/api/auth/authentication/", {"session_type": "api", "user_id": user_id})


def test_each_matches_with_its_own_model(deployment, told):
    """Until kept images are measured again; then both know everybody."""
    key = deployment.create_client("two-models", keep_images=True)
    deployment.manage("models", "prepare", "dlib-fp32")
    earlier = deployment.caller(key)
    require_enrolled(earlier.frame(earlier.enrollment("obama", target_samples=1), picture("obama")))

    shared = ("SECRET_KEY", "FACEPLATFORM_TEMPLATE_KEYS", "DATABASE_URL")
    with deployed(
        deployment.folder / "later",
        database=deployment.database,
        redis=deployment.redis,
        REDIS_URL=f"{deployment.redis.url.removesuffix('/0')}/1",
        FACEPLATFORM_RECOGNITION_MODEL="dlib-fp32",
        FACEPLATFORM_ALLOW_MODEL_CHANGE="true",
        **{name: deployment.environment[name] for name in shared},
    ) as later_deployment:
        later = later_deployment.caller(key)
        refused = opened(later, "obama")
        assert (refused.status, refused.code) == (409, "reenrollment_required"), refused
        require_enrolled(later.frame(later.enrollment("biden", target_samples=1), picture("biden")))
        require_match(later, "biden", picture("biden"))
        require_match(earlier, "obama", picture("obama2"))

        later_deployment.manage("reembed")
        require_match(later, "obama", picture("obama2"))
        require_match(earlier, "obama", picture("obama3"))
    told(
        "nothing, a second deployment with another recognition model on the same database",
        f"there {refused.status} {refused.code}, after `reembed` 200; here 200 throughout",
    )
