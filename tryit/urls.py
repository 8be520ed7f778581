from django.urls import path

from tryit import views

urlpatterns = [
    path("try/", views.PageView.as_view(schema=None), name="try"),
    path("try/start/", views.StartView.as_view(schema=None), name="try-start"),
    path("try/photos/<str:name>", views.PhotoView.as_view(schema=None), name="try-photo"),
]
