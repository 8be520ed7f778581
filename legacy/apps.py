from django.apps import AppConfig


class LegacyConfig(AppConfig):
    name = "legacy"
    verbose_name = "older APIs"

    def ready(self) -> None:
        from legacy import checks, schema  # noqa: F401  (registers checks, tells drf-spectacular)
