"""Django with its sessions in a database."""

import os
import time
from pathlib import Path
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import path

Made = tuple[str, Any, Any]

_numbers = iter(range(1, 10**9))


def untouched(request: Any) -> HttpResponse:
    return HttpResponse("ok")


def read(request: Any) -> HttpResponse:
    return HttpResponse(str(request.session.get("n")) if hasattr(request, "session") else "ok")


def write(request: Any) -> HttpResponse:
    number = next(_numbers)
    if hasattr(request, "session"):
        request.session["n"] = number
    return HttpResponse("ok")


def fill(request: Any, keys: int, chars: int) -> HttpResponse:
    for key in range(keys):
        request.session[f"filled{key}"] = os.urandom(chars // 2).hex()
    request.session["n"] = 0
    return HttpResponse("ok")


def add(request: Any, key: str) -> HttpResponse:
    value = request.session.get(key, 0)
    time.sleep(0.002)
    request.session[key] = value + 1
    return HttpResponse("ok")


def total(request: HttpRequest) -> HttpResponse:
    values = dict(request.session.items()).values()
    return HttpResponse(str(sum(value for value in values if type(value) is int)))


urlpatterns = [
    path("untouched", untouched),
    path("read", read),
    path("write", write),
    path("fill/<int:keys>/<int:chars>", fill),
    path("add/<key>", add),
    path("sum", total),
]


def db(folder: Path) -> Made:
    import django

    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"  # who asks does so from a loop
    settings.configure(
        SECRET_KEY="of no importance",
        ALLOWED_HOSTS=["*"],
        ROOT_URLCONF=__name__,
        INSTALLED_APPS=["django.contrib.sessions"],
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": folder / "django.db"}},
        MIDDLEWARE=[],
    )
    django.setup()
    from django.core.handlers.wsgi import WSGIHandler
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    base = WSGIHandler()
    settings.MIDDLEWARE = ["django.contrib.sessions.middleware.SessionMiddleware"]
    return "wsgi", base, WSGIHandler()
