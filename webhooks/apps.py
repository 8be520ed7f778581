from django.apps import AppConfig


class WebhooksConfig(AppConfig):
    name = "webhooks"

    def ready(self) -> None:
        from faceplatform import housekeeping
        from webhooks import retention

        housekeeping.register("webhook deliveries removed", retention.remove_old, in_passing=10)
        housekeeping.register("webhook deliveries abandoned", retention.abandon, in_passing=10)
