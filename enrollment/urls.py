from django.urls import path

from enrollment import views

urlpatterns = [
    path("enrollment/", views.OpenEnrollmentView.as_view(), name="enrollment-open"),
    path("enrollments/", views.EnrollmentListView.as_view(), name="enrollment-list"),
    path("enrollments/<uuid:enrollment_id>/", views.EnrollmentView.as_view(), name="enrollment"),
    # `path`: an id may contain a slash.
    path("users/<path:user_id>/", views.UserView.as_view(), name="user"),
]
