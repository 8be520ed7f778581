from django.apps import AppConfig


class SessionsConfig(AppConfig):
    name = "faceplatform.sessions"
    label = "capture_sessions"  # "sessions" is Django's own

    def ready(self) -> None:
        from faceplatform.sessions import schema  # noqa: F401  (tells drf-spectacular)
