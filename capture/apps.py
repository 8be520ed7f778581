from django.apps import AppConfig


class CaptureConfig(AppConfig):
    name = "capture"
    verbose_name = "Capture page"

    def ready(self) -> None:
        from capture import links
        from faceplatform import erasure, housekeeping

        erasure.register("capture_links", lambda owner: links.count_of(owner.subject_pk))
        # More than one session adds.
        housekeeping.register("links to the capture page forgotten", links.forget)
