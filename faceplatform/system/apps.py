from django.apps import AppConfig


class SystemConfig(AppConfig):
    name = "faceplatform.system"
    label = "system"

    def ready(self) -> None:
        from django.contrib import admin

        from faceplatform.system.sign_in import AdminSignInForm

        admin.site.login_form = AdminSignInForm
