"""Client of Faceplatform, the self-hosted face recognition API."""

from faceplatform_sdk._async.client import AsyncClient
from faceplatform_sdk._sync.client import Client
from faceplatform_sdk._version import __version__
from faceplatform_sdk.errors import (
    ApiError,
    BadRequest,
    Conflict,
    ConnectionFailed,
    FaceplatformError,
    Forbidden,
    Gone,
    InvalidAnswer,
    Locked,
    NotFound,
    ResultRejected,
    ServerError,
    ServiceUnavailable,
    TooLarge,
    TooManyRequests,
    Unauthorized,
    Unprocessable,
    WaitTimedOut,
    WebhookRejected,
)
from faceplatform_sdk.frames import Frame
from faceplatform_sdk.outcomes import AuthenticationOutcome, EnrollmentOutcome
from faceplatform_sdk.retry import Retry
from faceplatform_sdk.webhooks import Event, Webhook

__all__ = [
    "ApiError",
    "AsyncClient",
    "AuthenticationOutcome",
    "BadRequest",
    "Client",
    "Conflict",
    "ConnectionFailed",
    "EnrollmentOutcome",
    "Event",
    "FaceplatformError",
    "Forbidden",
    "Frame",
    "Gone",
    "InvalidAnswer",
    "Locked",
    "NotFound",
    "ResultRejected",
    "Retry",
    "ServerError",
    "ServiceUnavailable",
    "TooLarge",
    "TooManyRequests",
    "Unauthorized",
    "Unprocessable",
    "WaitTimedOut",
    "Webhook",
    "WebhookRejected",
    "__version__",
]
