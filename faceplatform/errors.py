"""The error tree of the product.

Every error that reaches a caller has a stable ``code``, an HTTP ``status`` and a one-line
``title``. Code decides on the class or the code, never on the words. This module knows no web
framework: `faceplatform.api.problems` turns these into RFC 9457 answers.
"""

from collections.abc import Mapping
from typing import Any, ClassVar, Self


class FaceplatformError(Exception):
    """Base of every error the product raises on purpose.

    Args:
        detail: one sentence for the caller about this case. Never contains biometric data, secrets
            or another client's identifiers. Defaults to the title.
        extra: further members of the problem document (RFC 9457, section 3.2).
        retry_after: seconds after which the same request may succeed.
    """

    code: ClassVar[str] = "error"
    status: ClassVar[int] = 500
    title: ClassVar[str] = "Something went wrong"

    def __init__(
        self,
        detail: str = "",
        *,
        extra: Mapping[str, Any] | None = None,
        retry_after: int | None = None,
    ) -> None:
        self.detail = detail or self.title
        self.extra = dict(extra or {})
        self.retry_after = retry_after
        super().__init__(self.detail)


class ConfigurationError(FaceplatformError):
    """A setting, policy or environment variable cannot be used. Raised at start."""

    code = "configuration_invalid"
    title = "The configuration is not valid"


class CredentialsRefused(FaceplatformError):
    """The credentials are refused. All causes have the same answer, so none can be told apart."""

    code = "authentication_failed"
    status = 401
    title = "The credentials or the token are not valid"


# The image a caller sent --------------------------------------------------------------------


class ImageError(FaceplatformError):
    """Base of the errors in an image's bytes, found before any face detection."""

    code = "image_invalid"
    status = 400
    title = "The image cannot be used"


class ImageEmpty(ImageError):
    code = "image_empty"
    title = "The image is empty"


class ImageTooLarge(ImageError):
    code = "image_too_large"
    status = 413
    title = "The image has too many bytes"


class ImageUnreadable(ImageError):
    code = "image_unreadable"
    title = "The data is not a JPEG, PNG, WebP, BMP or AVIF image"


class ImageFormatUnsupported(ImageError):
    """The format is known, but not supported."""

    code = "image_format_unsupported"
    title = "Images of this format are not supported"

    @classmethod
    def named(cls, name: str) -> Self:
        """Return the error with the name of the format in its detail."""
        return cls(f"The data is in the format {name}; send a JPEG, PNG, WebP, BMP or AVIF image")


class ImageTruncated(ImageError):
    code = "image_truncated"
    title = "The image is damaged or incomplete"


class ImageTooComplex(ImageError):
    code = "image_too_complex"
    title = "The image is built in a way that costs too much to decode"


class ImageAnimated(ImageError):
    code = "image_animated"
    title = "The image has several frames; send a still image"


class ImageTooManyPixels(ImageError):
    code = "image_too_many_pixels"
    status = 413
    title = "The image has too many pixels"


class ImageTooSmall(ImageError):
    code = "image_too_small"
    title = "The image is too small to hold a face"


class SandboxNoteUnknown(ImageError):
    """Only in a sandbox: the note of an image, or the user id of its session, is no script."""

    code = "sandbox_note_unknown"
    title = "The sandbox knows no such note"


# The video a caller sent ----------------------------------------------------------------------


class VideoError(FaceplatformError):
    """Base of the errors in a video's bytes, found before any of its frames is measured.

    Attributes:
        frames: number of frames that it counts as: one, and the work of decoding it.
    """

    code = "video_invalid"
    status = 400
    title = "The video cannot be used"

    def __init__(self, detail: str = "", *, frames: int = 1) -> None:
        super().__init__(detail)
        self.frames = frames


class VideoFormatUnsupported(VideoError):
    code = "video_format_unsupported"
    title = "The data is not an MP4, WebM or MOV video"


class VideoUnreadable(VideoError):
    code = "video_unreadable"
    title = "The video cannot be decoded"


class VideoTooLong(VideoError):
    code = "video_too_long"
    title = "The video is too long"


class VideoTooLarge(VideoError):
    code = "video_too_large"
    status = 413
    title = "The video has too many bytes or pixels"


class VideoDecodersBusy(FaceplatformError):
    """No decoder was free, or its disk is full.

    Attributes:
        frames: number of frames that the decoding counts as until the disk was full; 0 if none was
            begun.
    """

    code = "video_decoders_busy"
    status = 503
    title = "Too many videos are being decoded at the moment"

    def __init__(self, detail: str = "", *, retry_after: int, frames: int = 0) -> None:
        super().__init__(detail, retry_after=retry_after)
        self.frames = frames


# The engine ---------------------------------------------------------------------------------


class EngineError(FaceplatformError):
    """Base of the engine's errors."""

    code = "engine_unavailable"
    status = 503
    title = "Face measurement is not available at the moment"


class EngineBusy(EngineError):
    """More frames are waiting than can be measured in time. This frame was not touched."""

    code = "engine_busy"
    title = "Too many frames are waiting to be measured"


class ModelMissing(EngineError):
    code = "model_missing"
    title = "A model's weights are not installed"


class ModelCorrupted(EngineError):
    code = "model_corrupted"
    title = "A model's weights do not have the expected checksum"
