from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "faceplatform.sessions"
    label = "capture_sessions"  # "sessions" is Django's own

    def ready(self) -> None:
        from faceplatform import erasure, housekeeping
        from faceplatform.sessions import (
            ending,
            erasing,
            lookup,
            replay,
            schema,  # noqa: F401  (tells drf-spectacular)
        )

        erasure.register("samples", erasing.count_samples)
        erasure.register("seen_frames", erasing.count_seen_frames)
        housekeeping.register("sessions expired", ending.expire_overdue)
        housekeeping.register("sessions of expired keys ended", lookup.end_cut_off)
        # More than one session adds.
        housekeeping.register("seen frames forgotten", replay.forget_expired)
        # Opening a session takes care of its own client's.
        housekeeping.register(
            "seen frames forgotten before their time", replay.forget_surplus_of_all
        )
