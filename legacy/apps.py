from django.apps import AppConfig


class LegacyConfig(AppConfig):
    name = "legacy"
    verbose_name = "Older APIs"

    def ready(self) -> None:
        from legacy import (
            checks,  # noqa: F401  (registers checks)
            erasing,
            schema,  # noqa: F401  (tells drf-spectacular)
        )

        erasing.register()
