from django.apps import AppConfig


class SystemConfig(AppConfig):
    name = "faceplatform.system"
    label = "system"

    def ready(self) -> None:
        from django.contrib import admin

        from faceplatform import housekeeping
        from faceplatform.system import sign_in

        admin.site.login_form = sign_in.AdminSignInForm
        housekeeping.register("admin sign-ins removed", sign_in.remove_expired, in_passing=50)
