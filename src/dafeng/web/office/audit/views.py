"""Page of the audit log."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from dafeng.web.office.audit.models import AuditEvent
from dafeng.web.office.people.rights import needs

PER_PAGE = 100


@require_safe
@needs("office.audit")
def audit(request: HttpRequest) -> HttpResponse:
    """Show the newest events, of one person or act where asked, page by page."""
    events = AuditEvent.objects.order_by("-id")
    name, before = request.GET.get("name", "").strip(), request.GET.get("before", "")
    if name:
        events = events.filter(name=name)
    if request.GET.get("refused"):
        events = events.filter(status__gte=400)
    if before.isdigit():
        events = events.filter(id__lt=int(before[:15]))
    listed = list(events[:PER_PAGE])
    return render(request, "audit/audit.html", {"events": listed, "name": name, "refused": bool(request.GET.get("refused")), "before": listed[-1].id if len(listed) == PER_PAGE else ""})  # fmt: skip
