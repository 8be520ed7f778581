from django.apps import AppConfig


class SystemConfig(AppConfig):
    name = "faceplatform.system"
    label = "system"
    verbose_name = "Staff"

    def ready(self) -> None:
        from django.db.models.signals import post_migrate

        from faceplatform import housekeeping
        from faceplatform.system import queue_panel, roles, sign_in

        housekeeping.register("admin sign-ins removed", sign_in.remove_expired)
        queue_panel.register()
        post_migrate.connect(roles.grant)
