from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        from clients import (
            families,
            schema,  # noqa: F401  (tells drf-spectacular about the token)
        )
        from faceplatform import housekeeping

        # More than one exchange adds.
        housekeeping.register("token families removed", families.remove_expired, in_passing=50)
