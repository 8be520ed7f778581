from django.apps import AppConfig


class AuthenticationConfig(AppConfig):
    name = "authentication"

    def ready(self) -> None:
        from authentication.kind import AuthenticationKind
        from faceplatform.sessions.registry import register

        register(AuthenticationKind())
