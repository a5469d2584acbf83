"""Sessions that end when idle, can be revoked, and need a second factor where the policy asks for it."""

from collections.abc import Callable
from datetime import timedelta

from django.conf import settings
from django.contrib.auth import logout
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone

from dafeng.web.office.people.models import OpenSession
from dafeng.web.office.people.rights import acting_person, needs_second_factor

SEEN_EVERY = timedelta(seconds=60)
WITHOUT_FACTOR = ("/me/second-factor", "/me/act-for", "/signout", "/language", "/health", "/static/")


@receiver(user_logged_in)
def _opened(sender: object, request: HttpRequest, user: object, **_: object) -> None:  # noqa: ARG001 - signal
    if request.session.session_key is None:
        request.session.save()
    OpenSession.objects.update_or_create(
        key=request.session.session_key,
        defaults={
            "person": user, "address": str(request.META.get("REMOTE_ADDR", ""))[:64],
            "agent": request.headers.get("User-Agent", "")[:200], "last_seen": timezone.now(),
        },
    )  # fmt: skip


@receiver(user_logged_out)
def _closed(sender: object, request: HttpRequest, **_: object) -> None:  # noqa: ARG001 - signal
    OpenSession.objects.filter(key=request.session.session_key or "").delete()


class SessionsMiddleware:
    """Middleware that ends idle and revoked sessions and asks for the second factor."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.user.is_authenticated:
            if not self._holds(request):
                logout(request)
            elif (
                not request.user.is_verified()
                and not request.path.startswith(WITHOUT_FACTOR)
                and self._needs_factor(request)
            ):
                return HttpResponseRedirect("/me/second-factor")
        return self._get_response(request)

    @staticmethod
    def _needs_factor(request: HttpRequest) -> bool:
        """Return whether the rights of this session need a second factor: the person's own, and those acted with."""
        policy = settings.CONFIGURATION.second_factor
        return any(needs_second_factor(one, policy) for one in {request.user, acting_person(request)})

    def _holds(self, request: HttpRequest) -> bool:
        found: OpenSession | None = OpenSession.objects.filter(
            key=request.session.session_key, person=request.user
        ).first()
        now = timezone.now()
        if found is None or found.last_seen < now - timedelta(minutes=settings.CONFIGURATION.idle_minutes):
            return False
        if found.last_seen < now - SEEN_EVERY:
            OpenSession.objects.filter(pk=found.pk).update(last_seen=now)
        return True
