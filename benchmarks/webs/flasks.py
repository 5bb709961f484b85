"""Flask with each of its sessions. What a request does is the same everywhere."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, session

Made = tuple[str, Any, Any]


def app_of(sessions: bool) -> Flask:
    app = Flask("bench")
    app.secret_key = "of no importance" if sessions else None  # without one, Flask has no session
    numbers = iter(range(1, 10**9))

    @app.get("/untouched")
    def untouched() -> str:
        return "ok"

    @app.get("/read")
    def read() -> str:
        return str(session.get("n")) if sessions else "ok"

    @app.get("/write")
    def write() -> str:
        number = next(numbers)
        if sessions:
            session["n"] = number
        return "ok"

    @app.get("/fill/<int:keys>/<int:chars>")
    def fill(keys: int, chars: int) -> str:
        for key in range(keys):
            session[f"filled{key}"] = os.urandom(chars // 2).hex()
        session["n"] = 0
        return "ok"

    @app.get("/add/<key>")
    def add(key: str) -> str:
        value = session.get(key, 0)
        time.sleep(0.002)
        session[key] = value + 1
        return "ok"

    @app.get("/sum")
    def total() -> str:
        return str(sum(value for value in dict(session).values() if type(value) is int))

    return app


def _made(install: Callable[[Flask], object]) -> Made:
    app = app_of(True)
    install(app)
    return "wsgi", app_of(False).wsgi_app, app.wsgi_app


def cookie(folder: Path) -> Made:
    return _made(lambda app: None)


def files(folder: Path) -> Made:
    from cachelib.file import FileSystemCache

    return _session("cachelib", SESSION_CACHELIB=FileSystemCache(str(folder / "sessions"), threshold=500))


def sqlite(folder: Path) -> Made:
    from flask_sqlalchemy import SQLAlchemy

    def install(app: Flask) -> None:
        from flask_session import Session

        app.config["SQLALCHEMY_DATABASE_URI"] = f"sqlite:///{folder / 'sessions.db'}"
        database = SQLAlchemy(app)
        app.config.update(SESSION_TYPE="sqlalchemy", SESSION_SQLALCHEMY=database)
        Session(app)
        with app.app_context():
            database.create_all()

    return _made(install)


def redis(folder: Path) -> Made:
    from redis import Redis

    return _session("redis", SESSION_REDIS=Redis.from_url(os.environ["BENCH_REDIS"]))


def _session(kind: str, **config: Any) -> Made:
    def install(app: Flask) -> None:
        from flask_session import Session

        app.config.update(SESSION_TYPE=kind, **config)
        Session(app)

    return _made(install)


def sojourn_process(folder: Path) -> Made:
    return _sojourn(folder, "process")


def sojourn_power(folder: Path) -> Made:
    return _sojourn(folder, "power")


def _sojourn(folder: Path, durability: Any) -> Made:
    from sojourn import Settings, Sojourn
    from sojourn.integrations.flask import FlaskSojourn, exclusive

    def install(app: Flask) -> None:
        store = Sojourn.open(f"sqlite:///{folder / 'data'}", settings=Settings(durability=durability))
        FlaskSojourn(app, store)

        @app.get("/incr/<key>")
        def incr(key: str) -> str:
            session.incr(key)  # type: ignore[attr-defined]
            return "ok"

        @app.get("/alone/<key>")
        @exclusive(wait_seconds=60)
        def alone(key: str) -> str:
            value = session.get(key, 0)
            time.sleep(0.002)
            session[key] = value + 1
            return "ok"

    return _made(install)
