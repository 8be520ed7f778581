"""Addresses of the capture page and of its own calls, of links, and of the page's look."""

from django.urls import path

from capture import look_views, page_api, pages, session_views

urlpatterns = [
    path(
        "capture/logos/<uuid:logo_id>.png", pages.LogoView.as_view(schema=None), name="capture-logo"
    ),
    path("capture/<str:secret>", pages.CapturePageView.as_view(schema=None), name="capture-page"),
    path("api/capture/redeem/", page_api.RedeemView.as_view(), name="capture-redeem"),
    path("api/capture/handover/", page_api.HandoverView.as_view(), name="capture-handover"),
    path("api/capture/retry/", page_api.RetryView.as_view(), name="capture-retry"),
    path("api/capture/cancel/", page_api.CancelView.as_view(), name="capture-cancel"),
    path("api/clients/capture/", look_views.LookView.as_view(), name="capture-look"),
    path(
        "api/auth/sessions/current/link/",
        session_views.CurrentSessionLinkView.as_view(),
        name="current-session-link",
    ),
    path(
        "api/auth/sessions/<str:session_token>/link/",
        session_views.SessionLinkView.as_view(),
        name="session-link",
    ),
]
