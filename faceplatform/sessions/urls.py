from django.urls import path

from faceplatform.sessions import views
from faceplatform.sessions.stream_view import StreamView

urlpatterns = [
    path("process-image/", views.ProcessImageView.as_view(), name="process-image"),
    # OpenAPI describes no WebSockets: the frame calls' descriptions name this one.
    path("stream/", StreamView.as_view(schema=None), name="stream"),
    path("sessions/current/", views.CurrentSessionView.as_view(), name="current-session"),
    path("sessions/current/frames/", views.SessionFramesView.as_view(), name="session-frames"),
    path("sessions/<str:session_token>/", views.SessionView.as_view(), name="session"),
]
