from django.urls import path

from authentication import views

urlpatterns = [
    path("authentication/", views.OpenAuthenticationView.as_view(), name="authentication-open"),
]
