from django.apps import AppConfig


class ClientsConfig(AppConfig):
    name = "clients"

    def ready(self) -> None:
        from clients import schema, usage  # noqa: F401  (the schema: drf-spectacular finds it)
        from clients.lockout import services as lockout
        from faceplatform import housekeeping, metering

        metering.register(usage.record)
        housekeeping.register(
            "counts of failed identifications forgotten", lockout.forget_addresses, in_passing=20
        )
        housekeeping.register("days of usage removed", usage.remove_old, in_passing=20)
