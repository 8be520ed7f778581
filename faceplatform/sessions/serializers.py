"""Requests and answers of the frame call and of the session calls."""

from collections.abc import Mapping
from typing import Any, cast

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail

from faceplatform.api.fields import (
    IdentifierField,
    ImageBytesField,
    MetadataField,
    NamedChoiceField,
    VideoBytesField,
    WholeNumberField,
)
from faceplatform.conf import LIVENESS_CHOICES
from faceplatform.engine.types import Face, LivenessMethod
from faceplatform.liveness.challenge import LOOK_STRAIGHT
from faceplatform.liveness.gestures import Gesture
from faceplatform.liveness.methods import CHALLENGE, PASSIVE
from faceplatform.liveness.ordering import HIGHEST
from faceplatform.liveness.texts import LANGUAGES
from faceplatform.sessions.models import CaptureType, SessionStatus
from faceplatform.sessions.reasons import Reason

_IMAGE_NAMES = ("image", "frame_data", "image_base64")
_LONGEST_TOKEN = 128
_SOURCES = (
    "Source of the frames: `webcam` for a camera at a computer, `mobile` for a phone or tablet, "
    "`api` for images that your program sends. The policy may demand further liveness checks of "
    "sessions at a camera (`camera_liveness`)."
)


@extend_schema_field({"type": "integer", "minimum": 0, "maximum": HIGHEST, "example": 1})
class FrameNumberField(WholeNumberField):
    """An integer with an example: Swagger UI would otherwise fill in the maximum."""


@extend_schema_field({"type": "string", "maxLength": _LONGEST_TOKEN, "example": ""})
class SessionTokenField(serializers.CharField):
    """A text with an empty example: Swagger UI would otherwise fill in a word, no token."""


class OpenSessionSerializer(serializers.Serializer[Any]):
    """The fields of every request for a session. It has exactly one of both names of the source."""

    capture_type = NamedChoiceField(
        choices=CaptureType.choices,
        required=False,
        help_text=f"{_SOURCES} Send this or `session_type`.",
    )
    session_type = NamedChoiceField(
        choices=CaptureType.choices,
        required=False,
        help_text=f"Another name of `capture_type`: send one of the two. {_SOURCES} In answers, "
        "`session_type` is the kind of session.",
    )
    liveness = NamedChoiceField(
        choices=LIVENESS_CHOICES,
        required=False,
        help_text="The liveness checks of this session: those of the client's policy, or more. "
        "Left out: those of the policy.",
    )
    language = NamedChoiceField(
        choices=LANGUAGES,
        required=False,
        help_text="Of a challenge's instructions. Left out: each call's `Accept-Language`, else "
        "English.",
    )
    metadata = MetadataField(
        required=False,
        default=dict,
        help_text="Any JSON object of yours, returned unchanged: at most 4096 characters as JSON; "
        "integers have at most 64 bits.",
    )

    def to_internal_value(self, data: Any) -> dict[str, Any]:
        """Return the values, with the source as `capture_type`."""
        faults = _faults_of_source(data) if isinstance(data, Mapping) else {}
        try:
            values: dict[str, Any] = super().to_internal_value(data)
        except serializers.ValidationError as e:
            raise serializers.ValidationError({**faults, **cast("dict[str, Any]", e.detail)}) from e
        if faults:
            raise serializers.ValidationError(faults)
        return values | {"capture_type": values.get("capture_type") or values.pop("session_type")}


def _faults_of_source(data: Mapping[str, Any]) -> dict[str, ErrorDetail]:
    match len({"capture_type", "session_type"} & set(data)):
        case 0:
            return {"capture_type": ErrorDetail("This field is required.", "required")}
        case 1:
            return {}
    return {"capture_type": ErrorDetail("Send either capture_type or session_type.", "ambiguous")}


class SessionFrameSerializer(serializers.Serializer[Any]):
    """A frame of the caller's own session, or a clip."""

    image = ImageBytesField(
        required=False,
        help_text="A file, or a field with base64 or a data URL. The names `frame_data` and "
        "`image_base64` are accepted, too. Send this or `video`.",
    )
    video = VideoBytesField(
        required=False,
        help_text="A file: MP4, WebM or MOV, at most 10 seconds, 15 MB with its form, 4096 x 2304 "
        "pixels and 60 frames a second.",
    )
    frame_number = FrameNumberField(
        required=False,
        min_value=0,
        max_value=HIGHEST,
        help_text="Repeated in the answer. With liveness on, the number of an image must not "
        "contradict those before (`frame_order`): it is no other image's, and at most 7 below the "
        "highest.",
    )


class FrameSerializer(SessionFrameSerializer):
    """A frame and its session."""

    session_token = SessionTokenField(
        max_length=_LONGEST_TOKEN,
        required=False,
        allow_blank=True,  # so that the empty example is valid
        help_text="From the answer that opened the session. May be left out when the "
        "X-Session-Token header carries it.",
    )


class PostedSessionFrameSerializer(SessionFrameSerializer):
    """A frame as the service accepts it: the image under one of three names, or a video.

    The schema shows only `image` and `video`: generators cannot express "one of four".
    """

    frame_data = ImageBytesField(required=False)
    image_base64 = ImageBytesField(required=False)

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        given = [name for name in (*_IMAGE_NAMES, "video") if name in attrs]
        if not given:
            raise serializers.ValidationError({"image": "This field is required."}, "required")
        if len(given) > 1:
            raise serializers.ValidationError({"image": "Send one image per call."}, "ambiguous")
        if given != ["video"]:
            attrs["image"] = attrs[given[0]]
        return attrs


class PostedFrameSerializer(PostedSessionFrameSerializer):
    """The same with its session."""

    session_token = SessionTokenField(max_length=_LONGEST_TOKEN, required=False)


class BoxSerializer(serializers.Serializer[Any]):
    """In pixels of the posted image, after its EXIF orientation."""

    x = serializers.FloatField()
    y = serializers.FloatField()
    width = serializers.FloatField()
    height = serializers.FloatField()


class PoseSerializer(serializers.Serializer[Any]):
    """Degrees."""

    yaw = serializers.FloatField()
    pitch = serializers.FloatField()
    roll = serializers.FloatField()


class QualitySerializer(serializers.Serializer[Any]):
    """Each 0..1, 1 is best, after ISO/IEC 29794-5; eye_distance in pixels."""

    sharpness = serializers.FloatField()
    brightness = serializers.FloatField()
    under_exposure = serializers.FloatField()
    over_exposure = serializers.FloatField()
    contrast = serializers.FloatField()
    size = serializers.FloatField()
    pose = serializers.FloatField()
    eyes_uncovered = serializers.FloatField()
    eyes_open = serializers.FloatField()
    mouth_closed = serializers.FloatField()
    inside_frame = serializers.FloatField()
    single_face = serializers.FloatField(
        help_text="1 if no other face was detected, otherwise 1 minus the relative size of the "
        "next-largest one (square root of the areas). Nothing depends on it."
    )
    eye_distance = serializers.FloatField()


class FaceSerializer(serializers.Serializer[Any]):
    box = BoxSerializer()
    pose = PoseSerializer()
    quality = QualitySerializer()


class ChallengeSerializer(serializers.Serializer[Any]):
    """A session's challenge: the current step, and no later one."""

    status = serializers.ChoiceField(choices=["running", "passed", "failed"])
    code = serializers.ChoiceField(
        choices=[LOOK_STRAIGHT, *Gesture],
        allow_null=True,
        help_text="The step to show the person now; null once the challenge is over.",
    )
    instruction = serializers.CharField(
        allow_null=True,
        help_text="The same as a sentence. Left and right are the person's own, in frames that are "
        "not mirrored.",
    )
    steps_done = serializers.IntegerField()
    steps_total = serializers.IntegerField(
        help_text="Gestures that are asked for. Each fault adds one."
    )
    seconds_left = serializers.FloatField(
        allow_null=True, help_text="For this step; null where no time is set."
    )


class LivenessSerializer(serializers.Serializer[Any]):
    """The liveness checks of a session."""

    liveness_methods = serializers.ListField(
        child=serializers.ChoiceField(choices=[PASSIVE, CHALLENGE]),
        help_text="The checks that this session must pass.",
    )
    challenge = ChallengeSerializer(allow_null=True, help_text="Null without a challenge.")


class ClipSerializer(serializers.Serializer[Any]):
    """The frames of a clip."""

    frames_chosen = serializers.IntegerField(help_text="Frames chosen from the clip.")
    frames_taken = serializers.IntegerField(
        help_text="Frames of these that were measured: fewer if the session ended before."
    )
    seconds_taken = serializers.FloatField(
        help_text="From the clip's first frame to the last one taken."
    )
    reasons = serializers.DictField(
        child=serializers.IntegerField(), help_text="Number of frames taken by their `reason`."
    )
    stopped = serializers.CharField(
        allow_null=True,
        help_text="Cause why frames were left out though the session is open: `time_limit`, "
        "`throttled`, or the code of an error of the engine, such as `engine_busy`.",
    )


class FrameAnswerSerializer(LivenessSerializer):
    """The members that all answers to a frame have."""

    success = serializers.BooleanField(
        help_text="Of an enrollment: the frame was accepted. Of an authentication: the user was "
        "recognized. `frame_accepted`, `enrollment_complete` and `result` each have one meaning."
    )
    session_status = serializers.ChoiceField(choices=SessionStatus.choices)
    frame_accepted = serializers.BooleanField()
    requires_more_frames = serializers.BooleanField()
    samples_collected = serializers.IntegerField(help_text="0 again after a suspected spoof.")
    quality_score = serializers.FloatField(allow_null=True)
    liveness_score = serializers.FloatField(allow_null=True)
    liveness_verified = serializers.BooleanField(
        allow_null=True,
        help_text="The session succeeded, and every check of `liveness_methods` ran and passed on "
        "the frames that decided. False until then, and null without any check.",
    )
    reason = serializers.ChoiceField(choices=Reason.choices)
    advice = serializers.CharField(allow_blank=True)
    message = serializers.CharField()
    face = FaceSerializer(allow_null=True)
    frame_number = serializers.IntegerField(required=False)
    next_frame_number = serializers.IntegerField(
        required=False,
        help_text="The number with which a page that was loaded again goes on. Only where numbers "
        "are compared: with liveness on, once a frame had one. Not after the highest number: "
        "further frames have none.",
    )
    clip = ClipSerializer(required=False, help_text="Only in the answer to a video.")
    request_id = serializers.CharField()


class EnrollmentFrameAnswerSerializer(FrameAnswerSerializer):
    """The answer to a frame of an enrollment."""

    kind = serializers.ChoiceField(choices=["enrollment"])
    enrollment_progress = serializers.FloatField(help_text="Percent.")
    enrollment_complete = serializers.BooleanField()
    enrollment_id = serializers.UUIDField()
    target_samples = serializers.IntegerField(
        help_text="The number needed now: after a suspected spoof it may be more than at first."
    )
    duplicate_suspected = serializers.BooleanField(
        help_text="Another user has this face, and the client's policy only flags that."
    )


class MatchedUserSerializer(serializers.Serializer[Any]):
    user_id = serializers.CharField()


class AuthenticationFrameAnswerSerializer(FrameAnswerSerializer):
    """The answer to a frame of an authentication."""

    kind = serializers.ChoiceField(choices=["authentication"])
    session_type = serializers.ChoiceField(choices=["verification", "identification"])
    result = serializers.ChoiceField(choices=["success", "failure"], allow_null=True)
    matched_user = MatchedUserSerializer(allow_null=True)
    similarity_score = serializers.FloatField(
        allow_null=True,
        help_text="0..1; 0.5 at a false match rate of one in a thousand. Null for callers "
        "that hold only the session token.",
    )
    error = serializers.CharField(allow_null=True)


class SessionStatusSerializer(LivenessSerializer):
    kind = serializers.ChoiceField(choices=["enrollment", "authentication"])
    session_type = serializers.CharField(
        help_text="`enrollment`, `verification` or `identification`."
    )
    capture_type = serializers.ChoiceField(choices=CaptureType.choices)
    status = serializers.ChoiceField(choices=SessionStatus.choices)
    reason = serializers.ChoiceField(choices=Reason.choices, allow_null=True)
    user_id = IdentifierField(allow_null=True)
    samples_collected = serializers.IntegerField()
    frames_received = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    expires_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    liveness_nets = serializers.ListField(
        child=serializers.ChoiceField(choices=list(LivenessMethod)),
        help_text="The nets of the passive check that judged a sample of the session.",
    )
    metadata = serializers.DictField(help_text="As the session was opened with.")
    # Enrollments only
    enrollment_id = serializers.UUIDField(required=False)
    target_samples = serializers.IntegerField(required=False)
    # Authentications only
    result = serializers.ChoiceField(
        choices=["success", "failure"], allow_null=True, required=False
    )
    matched_user = MatchedUserSerializer(allow_null=True, required=False)
    similarity_score = serializers.FloatField(allow_null=True, required=False)
    liveness_verified = serializers.BooleanField(required=False, allow_null=True)


# Once: asking a serializer for its fields copies them all.
_QUALITY_MEASURES = tuple(QualitySerializer().get_fields())


def face_as_json(face: Face | None) -> dict[str, Any] | None:
    """Return box, pose and quality of a face, rounded; never the embedding."""
    if face is None:
        return None
    quality = {name: round(getattr(face.quality, name), 3) for name in _QUALITY_MEASURES}
    return {
        "box": {n: round(getattr(face.box, n), 1) for n in ("x", "y", "width", "height")},
        "pose": {n: round(getattr(face.pose, n), 1) for n in ("yaw", "pitch", "roll")},
        "quality": quality,
    }
