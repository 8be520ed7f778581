from django.apps import AppConfig


class ImportsConfig(AppConfig):
    name = "imports"
    verbose_name = "Imports"

    def ready(self) -> None:
        from clients import stats
        from faceplatform import erasure, events, housekeeping
        from faceplatform.api import addresses
        from imports import index_panels, jobs

        addresses.add_hint(
            "/api/clients/users/import/", "read it at /api/clients/imports/{import_id}/"
        )
        index_panels.register()
        stats.register("imports_unfinished", jobs.count_unfinished)
        erasure.register("import_items", jobs.count_items_of)
        housekeeping.register("imports removed", jobs.remove_old)
        events.published.connect(jobs.finish_enrolled, dispatch_uid="import_item_enrolled")
        events.published.connect(jobs.forget_user, dispatch_uid="import_items_of_erased")
