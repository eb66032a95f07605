"""Ask an application without a server: to profile it, and to test the benchmark."""

from __future__ import annotations

import io
from wsgiref.types import WSGIEnvironment

from flask import Flask
from werkzeug.test import EnvironBuilder, run_wsgi_app

from bench.target import Door, Request, Stock, Target
from bench.wire import Answer


class InProcess(Target):
    """An application of this process, asked without a network."""

    app: Flask

    @classmethod
    def of(cls, name: str, app: Flask, doors: dict[str, Door], stock: Stock) -> InProcess:
        """Return a target without users."""
        target = cls(name, ("127.0.0.1", 0), doors)
        target.app, target.stock = app, stock
        return target

    def call(self, request: Request) -> Answer:
        """Ask outside of what is profiled."""
        return self.answer(self.environ(request))

    def environ(self, request: Request) -> WSGIEnvironment:
        """Return a request as a server would hand it over."""
        door = self.door(request)
        path, _, query = f"{door.prefix}{request.path}".partition("?")
        headers = [("Authorization", f"Bearer {door.token}")]
        builder = EnvironBuilder(path, query_string=query, method=request.method, headers=headers)
        if request.body:
            builder.input_stream, builder.content_type = io.BytesIO(request.body), request.media_type
            builder.content_length = len(request.body)
        return builder.get_environ()

    def answer(self, environ: WSGIEnvironment) -> Answer:
        """Let the application answer."""
        body, status, headers = run_wsgi_app(self.app, environ, buffered=True)
        return Answer(int(status[:3]), str(headers).encode(), b"".join(body))
