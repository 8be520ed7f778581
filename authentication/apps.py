from django.apps import AppConfig


class AuthenticationConfig(AppConfig):
    name = "authentication"
    verbose_name = "Authentications"

    def ready(self) -> None:
        from authentication import (
            erasing,
            receivers,  # noqa: F401  (connects its signal receivers)
        )
        from authentication.kind import AuthenticationKind
        from faceplatform.sessions.registry import register

        register(AuthenticationKind())
        erasing.register()
