"""Requests and answers of the capture page's API."""

from collections.abc import Mapping
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from capture import colours, texts
from capture.links import Options
from capture.models import Theme
from capture.telling import OUTCOMES
from clients.accounts.serializers import OriginField, OriginsField
from faceplatform import characters
from faceplatform.api.fields import ImageBytesField, NamedChoiceField, WholeNumberField
from faceplatform.api.validation import refuse_misnamed, validated
from faceplatform.liveness.texts import LANGUAGES
from faceplatform.sessions.serializers import LivenessSerializer

_LEAST_SECONDS, _MOST_SECONDS = 30, 3600
_SECRET_LENGTH = 100


class ReturnUrlField(serializers.CharField):
    """The address of a page: http or https, without credentials, as every browser reads it."""

    MAX_LENGTH = 1000
    default_error_messages = {
        "url": "Send an address such as https://app.example.com/done, in ASCII, without a user, "
        "spaces or backslashes."
    }

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(max_length=self.MAX_LENGTH, trim_whitespace=False, **kwargs)

    def to_internal_value(self, data: Any) -> str:
        url = super().to_internal_value(data)
        scheme, separator, rest = url.partition("://")
        is_plain = url.isascii() and url.isprintable() and not set(url) & set(' \\"<>`')
        host = rest.partition("/")[0].partition("?")[0].partition("#")[0]
        if not is_plain or not separator or scheme not in {"https", "http"}:
            self.fail("url")
        if not host or "@" in host:
            self.fail("url")
        return url


class LinkOptionsSerializer(serializers.Serializer[Any]):
    """The options of a link; none is needed."""

    return_url = ReturnUrlField(
        required=False,
        help_text="The page offers to go on there, with `session_id` and `outcome` in its query. "
        "Its origin is one of the client's `allowed_origins`, or of its page's `return_origins`.",
    )
    language = NamedChoiceField(
        choices=LANGUAGES, required=False, help_text="Left out: that of the browser, else English."
    )
    theme = NamedChoiceField(
        choices=Theme.choices, required=False, help_text="Left out: that of the client's page."
    )
    expires_in = WholeNumberField(
        min_value=_LEAST_SECONDS,
        max_value=_MOST_SECONDS,
        required=False,
        help_text="Seconds. Left out: as long as the session, which no link outlives.",
    )
    parent_origin = OriginField(
        required=False,
        help_text="The only origin whose pages may show this page in a frame, one of the page's "
        "`allowed_parents`. Left out: all of these.",
    )


@extend_schema_field(
    {
        "oneOf": [
            {"type": "boolean"},
            {"$ref": "#/components/schemas/LinkOptionsRequest"},
        ]
    }
)
class CaptureLinkField(serializers.Field):
    """The wish for a link: true, or its options. The value is `Options`, or None for false."""

    default_error_messages = {"invalid": "Send true, or an object with the options of the link."}

    def to_internal_value(self, data: Any) -> Options | None:
        if isinstance(data, bool):
            return Options() if data else None
        if not isinstance(data, Mapping):
            self.fail("invalid")
        return Options(**validated(LinkOptionsSerializer, data))

    def to_representation(self, value: Any) -> Any:
        raise TypeError("options of a link are never returned")


class WithCaptureLinkSerializer(serializers.Serializer[Any]):
    """The member of an opening that asks for a link to the capture page."""

    capture_link = CaptureLinkField(
        required=False,
        default=None,
        help_text="True, or an object with options: the answer has `capture_url`, a one-time link "
        "to the page that captures the face. Send it to the person.",
    )


class CaptureUrlSerializer(serializers.Serializer[Any]):
    capture_url = serializers.CharField(
        help_text="A one-time link to the capture page. Whoever opens it first has the session."
    )
    capture_link_expires_at = serializers.DateTimeField()


class OpenedWithLinkSerializer(serializers.Serializer[Any]):
    """The members of an opening's answer where a link was asked for."""

    capture_url = serializers.CharField(
        required=False, help_text="Only with `capture_link`: a one-time link to the capture page."
    )
    capture_link_expires_at = serializers.DateTimeField(required=False)


class RedeemSerializer(serializers.Serializer[Any]):
    link = serializers.CharField(
        max_length=_SECRET_LENGTH, help_text="The last part of the link's address."
    )


class PageSessionSerializer(LivenessSerializer):
    token = serializers.CharField()
    kind = serializers.ChoiceField(choices=["enrollment", "verification", "identification"])
    session_id = serializers.UUIDField()
    expires_at = serializers.DateTimeField()


class ColorField(serializers.RegexField):
    """A colour as `#rrggbb`, kept in lower case."""

    default_error_messages = {"invalid": "Send a colour such as #1f6feb."}

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(r"\A#[0-9a-fA-F]{6}\Z", **kwargs)

    def to_internal_value(self, data: Any) -> str:
        return super().to_internal_value(data).lower()


class ColorsSerializer(serializers.Serializer[Any]):
    """Three colours. Text and accent have a contrast of at least 4.5 to the background."""

    accent = ColorField(help_text="Of buttons and of progress; a button's text is `background`.")
    background = ColorField()
    text = ColorField()

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if name := colours.unreadable(attrs):
            message = f"It needs a contrast of {colours.LEAST_CONTRAST} to the background."
            raise serializers.ValidationError({name: message}, "contrast_too_low")
        return attrs


class AppearanceSerializer(serializers.Serializer[Any]):
    name = serializers.CharField()
    logo_url = serializers.CharField(allow_null=True)
    colors = ColorsSerializer(allow_null=True)
    theme = serializers.ChoiceField(choices=Theme.choices)


class RetriesLeftField(serializers.IntegerField):
    """Further tries after a failure."""

    def __init__(self, **kwargs: Any) -> None:
        help_text = (
            "Further tries that the link gives, by the policy's `capture_retries`; 0 after an end "
            "that no further try can change."
        )
        super().__init__(min_value=0, help_text=help_text, **kwargs)


class RedeemedSerializer(serializers.Serializer[Any]):
    """The session of a link, and everything that its page shows."""

    session = PageSessionSerializer()
    appearance = AppearanceSerializer()
    language = serializers.ChoiceField(choices=LANGUAGES, allow_null=True)
    texts = serializers.DictField(
        child=serializers.DictField(child=serializers.CharField()), help_text="By language and key."
    )
    notice = serializers.CharField(allow_blank=True)
    keeps_images = serializers.BooleanField(help_text="The accepted pictures are kept, encrypted.")
    return_url = serializers.CharField(allow_null=True)
    parents = serializers.ListField(child=serializers.CharField())
    is_handover = serializers.BooleanField(
        help_text="Another device began: the person goes back to it afterwards."
    )
    handover = serializers.ChoiceField(
        choices=["require", "refuse", "allow"],
        help_text="The policy's `capture_handover`; `refuse` on the other device.",
    )
    refuse_virtual_cameras = serializers.BooleanField()
    retries_left = RetriesLeftField()


class RetriedSerializer(serializers.Serializer[Any]):
    """The session of another try."""

    session = PageSessionSerializer()
    retries_left = RetriesLeftField()


class HandoverSerializer(CaptureUrlSerializer):
    qr_code = serializers.CharField(help_text="The address as a QR code: an SVG image.")


class OutcomeSerializer(serializers.Serializer[Any]):
    """The end of a session, without a score."""

    outcome = serializers.ChoiceField(
        choices=OUTCOMES,
        allow_null=True,
        help_text="Null while the session is open.",
    )


class FollowedSerializer(OutcomeSerializer):
    """The state of a session that another device goes on with."""

    state = serializers.ChoiceField(choices=["none", "waiting", "connected", "ended"])
    retries_left = RetriesLeftField()


class PlainTextField(serializers.CharField):
    """A text that a page shows, without invisible characters."""

    def to_internal_value(self, data: Any) -> str:
        text = super().to_internal_value(data)
        if characters.has_invisible(text):
            raise serializers.ValidationError(characters.RULE, "control")
        return text


class TextsField(serializers.DictField):
    """Texts by language and key, in place of the page's own."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(
            child=serializers.DictField(child=PlainTextField(max_length=300)), **kwargs
        )

    def to_internal_value(self, data: Any) -> dict[str, dict[str, str]]:
        if isinstance(data, dict):
            refuse_misnamed(data, LANGUAGES)
            for language, worded in data.items():
                if isinstance(worded, dict) and (unknown := worded.keys() - texts.known_keys()):
                    message = f"There are no such texts: {', '.join(sorted(unknown)[:10])}"[:300]
                    raise serializers.ValidationError({language: message}, "unknown_field")
        kept: dict[str, dict[str, str]] = super().to_internal_value(data)
        return {language: worded for language, worded in kept.items() if worded}


class ChangeLookSerializer(serializers.Serializer[Any]):
    """The look of the capture page as a client sets it."""

    read_only_names = frozenset({"logo_url"})

    name = PlainTextField(
        max_length=80,
        allow_blank=True,
        required=False,
        help_text="Of whoever asks for the face. Empty: the name of the client.",
    )
    logo = ImageBytesField(
        allow_null=True,
        required=False,
        help_text="A PNG, JPEG or WebP image as base64 or a data URL, of at most 100 kB and a "
        "million pixels. It is decoded, and written again as a PNG. Null removes it.",
    )
    theme = NamedChoiceField(choices=Theme.choices, required=False)
    colors = ColorsSerializer(
        allow_null=True, required=False, help_text="Null: the page's own, light and dark."
    )
    texts = TextsField(
        required=False,
        help_text="Your own wording, by language and by key; plain text of at most 300 characters.",
    )
    notice = PlainTextField(
        max_length=600,
        allow_blank=True,
        required=False,
        help_text="What you do with the pictures, shown before the camera starts, beside the "
        "page's own words.",
    )
    allowed_parents = OriginsField(
        required=False, help_text="Origins whose pages may show this page in a frame."
    )
    return_origins = OriginsField(
        required=False,
        help_text="Origins that a `return_url` may have, beside the client's `allowed_origins`.",
    )


class LookSerializer(serializers.Serializer[Any]):
    """The look of the capture page."""

    name = serializers.CharField(help_text="Of whoever asks for the face. Empty: the client's.")
    logo_url = serializers.CharField(allow_null=True)
    theme = serializers.ChoiceField(choices=Theme.choices)
    colors = ColorsSerializer(allow_null=True, help_text="Null: the page's own, light and dark.")
    texts = serializers.DictField(child=serializers.DictField(child=serializers.CharField()))
    notice = serializers.CharField(allow_blank=True)
    allowed_parents = serializers.ListField(child=serializers.CharField())
    return_origins = serializers.ListField(child=serializers.CharField())
