"""Django's admin with the product's own site."""

from django.contrib.admin.apps import AdminConfig


class StaffAdminConfig(AdminConfig):
    default_site = "faceplatform.system.site.StaffSite"
