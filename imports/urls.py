from django.urls import path

from imports import views

urlpatterns = [
    path("users/import/", views.StartImportView.as_view(), name="import-start"),
    path("imports/", views.ImportListView.as_view(), name="import-list"),
    path("imports/<uuid:import_id>/", views.ImportView.as_view(), name="import"),
    path("imports/<uuid:import_id>/items/", views.ItemListView.as_view(), name="import-items"),
    path("imports/<uuid:import_id>/cancel/", views.CancelView.as_view(), name="import-cancel"),
]
