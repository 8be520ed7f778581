"""The settings of the OpenAPI document."""

from faceplatform import env

SPECTACULAR_SETTINGS = {
    "TITLE": "Faceplatform",
    "VERSION": "0.1.0",
    "DESCRIPTION": (
        "Face enrollment, verification and identification by sessions. Exchange an API key and "
        "secret for a token, open a session, post frames to it, read the decision. Every error "
        "is an RFC 9457 problem document with a stable `code`."
    ),
    "OAS_VERSION": "3.1.0",
    "LICENSE": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
    "SERVERS": [{"url": env.path_prefix("FACEPLATFORM_PATH_PREFIX") or "/"}],
    "DEFAULT_GENERATOR_CLASS": "faceplatform.api.schema_documents.MainGenerator",
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "faceplatform.api.schema_documents.list_error_codes",
        "faceplatform.api.schema_documents.leave_out_empty_tags",
        "faceplatform.sessions.schema.require_frames",
        "webhooks.openapi.describe_webhooks",
    ],
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    # A PATCH needs its required members, too.
    "COMPONENT_SPLIT_PATCH": False,
    "ENUM_NAME_OVERRIDES": {
        "KindEnum": ["enrollment", "authentication"],
        "EnrollmentKindEnum": ["enrollment"],
        "AuthenticationKindEnum": ["authentication"],
        "CaptureTypeEnum": "faceplatform.sessions.models.CaptureType",
        "ScopeEnum": "faceplatform.api.scopes.Scope",
        "LegacyDecisionEnum": ["APPROVED", "REJECTED"],
        "AuthenticationTypeEnum": ["verification", "identification"],
        "SessionStatusEnum": "faceplatform.sessions.models.SessionStatus",
        "ReasonEnum": "faceplatform.sessions.reasons.Reason",
        "ResultEnum": ["success", "failure"],
        "LivenessEnum": "faceplatform.conf.LIVENESS_CHOICES",
        "LivenessMethodEnum": ["passive", "challenge"],
        "ChallengeStatusEnum": ["running", "passed", "failed"],
        "RefusalEnum": ["refuse", "allow"],
        "HandoverEnum": ["require", "refuse", "allow"],
        "HandoverStateEnum": ["none", "waiting", "connected", "ended"],
        "LanguageEnum": "faceplatform.liveness.texts.LANGUAGES",
        "CaptureOutcomeEnum": "capture.telling.OUTCOMES",
        "CaptureThemeEnum": "capture.models.Theme",
        "ImportStatusEnum": "imports.filters.SHOWN_STATUSES",
        "ImportResultEnum": "imports.models.Result",
        "SessionTypeEnum": "analytics.models.SessionType",
        "OutcomeEnum": "analytics.models.Outcome",
        "EndpointStateEnum": "webhooks.filters.SHOWN_STATES",
        "DeliveryStateEnum": "webhooks.models.DeliveryState",
        "WebhookEventTypeEnum": "webhooks.catalogue.EventType",
    },
    "TAGS": [
        # In the order of the integration guide. Those without operations are left out.
        {
            "name": "Authentication",
            "description": "Exchange an API key for tokens, and a finished authentication for a "
            "signed result.",
        },
        {
            "name": "Client Management",
            "description": "Your client: its keys, users, groups, limits and usage.",
        },
        {
            "name": "Face Enrollment",
            "description": "Register a user's face: open a session, post frames to it.",
        },
        {
            "name": "Face Authentication",
            "description": "Verify a user, or identify one among all: open a session, post frames "
            "to it, read the decision.",
        },
        {
            "name": "Capture Page",
            "description": "A page that captures the face: one-time links to it, and its look.",
        },
        {"name": "System", "description": "Health, status and configuration of the service."},
        {"name": "Analytics", "description": "Figures of your sessions, and the audit log."},
        {"name": "Webhooks", "description": "Calls of your addresses when something happens."},
    ],
}
