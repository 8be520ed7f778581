from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        from corsheaders.signals import check_request_enabled

        from clients import schema  # noqa: F401  (tells drf-spectacular about the token)
        from clients.cors import may_be_answered

        check_request_enabled.connect(may_be_answered)
