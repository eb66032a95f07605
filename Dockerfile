FROM python:3.13-slim AS build
RUN pip install --no-cache-dir uv
WORKDIR /src
COPY pyproject.toml uv.lock ./
ENV UV_PROJECT_ENVIRONMENT=/opt/scim-lifecycle UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never
RUN uv sync --frozen --no-install-project --extra celery
COPY . .
RUN uv sync --frozen --no-editable --extra celery

FROM python:3.13-slim
RUN useradd --system --uid 10001 --home-dir /nonexistent --shell /usr/sbin/nologin scim \
    && install -d -o scim -g scim -m 0700 /data
COPY --from=build /opt/scim-lifecycle /opt/scim-lifecycle
COPY wsgi.py /opt/scim-lifecycle/
# the root may be read-only: gunicorn's heartbeat files go to memory, and SQLite to the volume
ENV PATH=/opt/scim-lifecycle/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    PYTHONUNBUFFERED=1 \
    GUNICORN_CMD_ARGS="--worker-tmp-dir /dev/shm --no-control-socket" \
    SCIM_LIFECYCLE_DATABASE_URL=sqlite:////data/scim-lifecycle.db
WORKDIR /opt/scim-lifecycle
USER scim
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s CMD \
    ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8080/healthz', timeout=2)"]
CMD ["scim-lifecycle", "serve", "--host", "0.0.0.0", "--port", "8080"]
