from django.apps import AppConfig


class LeasesConfig(AppConfig):
    name = "faceplatform.leases"
    label = "leases"
