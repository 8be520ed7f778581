"""Addresses of groups, below `/api/clients/`."""

from django.urls import path

from clients.groups import views

urlpatterns = [
    path("groups/", views.GroupListView.as_view(), name="client-groups"),
    path("groups/<uuid:group_id>/", views.GroupView.as_view(), name="client-group"),
    path(
        "groups/<uuid:group_id>/members/",
        views.MemberListView.as_view(),
        name="client-group-members",
    ),
    path(
        "groups/<uuid:group_id>/members/<user:user>/",
        views.MemberView.as_view(),
        name="client-group-member",
    ),
]
