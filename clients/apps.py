from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        from clients import schema  # noqa: F401  (tells drf-spectacular about the token)
