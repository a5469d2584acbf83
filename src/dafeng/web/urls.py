"""Routes of the web faces."""

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.urls import path
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from dafeng.web.api import api
from dafeng.web.keys import key_of
from dafeng.web.owned import owned


def health(_: HttpRequest) -> JsonResponse:
    """Whether the store answers."""
    owned().store.rows("SELECT 1")
    return JsonResponse({"state": "ready"})


def metrics(request: HttpRequest) -> HttpResponse:
    """Counters in Prometheus' format, for keys with the scope metrics."""
    token = request.headers.get("Authorization", "").removeprefix("Bearer ").strip()
    key = key_of(token)
    if key is None or "metrics" not in key.scopes.split():
        return HttpResponse(status=401)
    owned().store_bytes.set(owned().store.path.stat().st_size)
    return HttpResponse(generate_latest(owned().registry), content_type=CONTENT_TYPE_LATEST)


urlpatterns = [path("api/v1/", api.urls), path("health", health), path("metrics", metrics)]
