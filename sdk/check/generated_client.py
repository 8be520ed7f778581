"""The README's flow with the client of openapi-python-client. Runs in that generator's environment.

The client is made by `make sdk-check`; the product's own environment does not have it.
"""

# mypy: ignore-errors

import os
from io import BytesIO
from pathlib import Path

from faceplatform_client import AuthenticatedClient, Client
from faceplatform_client.api.authentication import auth_client
from faceplatform_client.api.face_authentication import authentication_open
from faceplatform_client.api.face_enrollment import (
    enrollment_list,
    enrollment_open,
    enrollment_remove,
    process_image,
    session_frame,
    user_read,
)
from faceplatform_client.api.system import status
from faceplatform_client.models import (
    AuthenticationFrameAnswer,
    CaptureTypeEnum,
    CredentialsRequest,
    EnrollmentFrameAnswer,
    ErrorCode,
    FrameRequest,
    OpenAuthenticationRequest,
    OpenEnrollmentRequest,
    OpenEnrollmentRequestMetadata,
    ReasonEnum,
    SessionFrameRequest,
)
from faceplatform_client.types import UNSET, File

USER = "python"
BASE = os.environ["BASE"]


def photo(name: str) -> File:
    """Return a photograph as the client sends a file."""
    return File(BytesIO((Path(os.environ["PHOTOS"]) / name).read_bytes()), file_name=name)


def frame(client: AuthenticatedClient, session_token: str, name: str):
    """Post a frame as the client's backend does."""
    body = FrameRequest(image=photo(name), session_token=session_token, frame_number=1)
    return process_image.sync(client=client, body=body)


def browser_frame(session_token: str, name: str):
    """Post a frame as a browser does."""
    client = AuthenticatedClient(
        base_url=BASE, token=session_token, prefix="", auth_header_name="X-Session-Token"
    )
    return session_frame.sync(client=client, body=SessionFrameRequest(image=photo(name)))


def authentication(client: AuthenticatedClient, name: str, user_id=UNSET):
    """Verify or identify the person in a photograph."""
    body = OpenAuthenticationRequest(session_type=CaptureTypeEnum.WEBCAM, user_id=user_id)
    return frame(client, authentication_open.sync(client=client, body=body).session_token, name)


def main() -> None:
    """Run the flow; a failed assertion ends it."""
    credentials = CredentialsRequest(os.environ["API_KEY"], os.environ["API_SECRET"])
    tokens = auth_client.sync(client=Client(base_url=BASE), body=credentials)
    client = AuthenticatedClient(base_url=BASE, token=tokens.access)

    opening = OpenEnrollmentRequest(
        user_id=USER,
        capture_type=CaptureTypeEnum.WEBCAM,
        target_samples=2,
        metadata=OpenEnrollmentRequestMetadata.from_dict({"check": {"n": 1}}),
    )
    enrollment = enrollment_open.sync(client=client, body=opening)
    frame(client, enrollment.session_token, "obama.jpg")
    enrolled = browser_frame(enrollment.session_token, "obama2.jpg")
    assert isinstance(enrolled, EnrollmentFrameAnswer), enrolled
    assert enrolled.enrollment_complete

    verified = authentication(client, "obama3.jpg", USER)
    assert isinstance(verified, AuthenticationFrameAnswer), verified
    assert verified.result == "success"
    assert authentication(client, "biden.jpg", USER).reason == ReasonEnum.NO_MATCH
    assert authentication(client, "obama3.jpg").matched_user.user_id == USER

    listed = enrollment_list.sync(client=client, user_id=USER).results
    assert [each.status for each in listed] == ["completed"]
    assert user_read.sync(USER, client=client).is_enrolled
    assert isinstance(status.sync(client=client).policy.quality.sharpness, float)
    unknown = OpenAuthenticationRequest(session_type=CaptureTypeEnum.API, user_id="nobody")
    problem = authentication_open.sync(client=client, body=unknown)
    assert problem.code == ErrorCode.USER_NOT_FOUND, problem
    removed = enrollment_remove.sync_detailed(enrollment.enrollment_id, client=client)
    assert removed.status_code == 204, removed


main()
