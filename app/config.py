"""Read the settings from the environment, and name every wrong one before anything starts."""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Iterator
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path
from typing import Annotated, Any, Literal, Self, TypeAlias
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, model_validator
from pydantic_core import PydanticCustomError
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError

from app.kept import kept
from app.outbound.destinations import Destinations

PREFIX = "SCIM_LIFECYCLE_"
FROM_FILES = ("SECRET_KEYS", "DATABASE_URL", "BROKER_URL", "THROTTLE_STORAGE_URL")
MIB = 1024 * 1024
# Standard Webhooks recommends these steps: more than three days in all
BACKOFF_S = (5.0, 300.0, 1800.0, 7200.0, 18000.0, 36000.0, 50400.0, 72000.0, 86400.0)
SHORTEST_KEY = 32
LOCAL_URL = "http://127.0.0.1:8080"
KEY_FILE = "scim-lifecycle.key"
# Kubernetes sets these by itself for a Service that is called scim-lifecycle.
_KUBERNETES = re.compile(r"SERVICE_HOST|SERVICE_PORT(_.+)?|PORT(_\d+_(TCP|UDP)(_(PROTO|PORT|ADDR))?)?")


class ConfigurationError(Exception):
    """Say what is wrong with the settings, one line each."""

    def __init__(self, problems: list[str]) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


def _wrong(message: str) -> PydanticCustomError:
    return PydanticCustomError("setting", "{message}", {"message": message})


def _http_url(value: str) -> str:
    """Accept the URL under which the world sees this server."""
    if not value.isascii():
        raise _wrong(f"takes ASCII only: write a host name as xn--… and other characters as %XX, not {value!r}")
    parts = urlsplit(value)
    plain = not (parts.query or parts.fragment or parts.username)
    if parts.scheme not in {"http", "https"} or not parts.hostname or not plain:
        raise _wrong(f"takes an http or https URL without query, such as https://scim.example.com, not {value!r}")
    return value.rstrip("/")


def _database_url(value: str) -> str:
    """Accept a URL of SQLite or PostgreSQL, whatever name of the scheme is in use."""
    try:
        url = make_url(value)
    except ArgumentError:
        url = URL.create("unreadable")
    if url.drivername in {"postgres", "postgresql"}:
        url = url.set(drivername="postgresql+psycopg")
    if url.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise _wrong("takes sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME")
    return url.render_as_string(hide_password=False)


def _broker_url(value: str, schemes: tuple[str, ...] = ("amqp", "amqps", "redis", "rediss")) -> str:
    """Accept a URL of RabbitMQ or Redis."""
    parts = urlsplit(value)
    if parts.scheme not in schemes or not parts.hostname:
        forms = " or ".join(f"{scheme}://" for scheme in schemes)
        raise _wrong(f"takes {forms} followed by USER:PASSWORD@HOST/NAME")
    return value


def _redis_url(value: str) -> str:
    """Accept a URL of Redis, if there is a client for it."""
    if find_spec("redis") is None:
        raise _wrong("needs a client of Redis; run: pip install 'scim-lifecycle[redis]'")
    return _broker_url(value, ("redis", "rediss"))


def _listed(value: object) -> object:
    """Split a list at commas."""
    entries = [entry.strip() for entry in value.split(",")] if isinstance(value, str) else value
    return [entry for entry in entries if entry] if isinstance(entries, list) else entries


def _long_enough(keys: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse keys that could be guessed."""
    if any(len(key) < SHORTEST_KEY for key in keys):
        raise _wrong(
            f"takes keys of at least {SHORTEST_KEY} characters, separated by commas, the one that signs first; "
            "make one with: openssl rand -base64 32"
        )
    return keys


def _openings(entries: tuple[str, ...]) -> tuple[str, ...]:
    """Refuse what names no network."""
    try:
        Destinations.of(entries, ())
    except ValueError as error:
        raise _wrong(f"takes networks, such as 10.1.0.0/16 or 10.1.2.3:8080, separated by commas: {error}") from error
    return entries


def _lower(value: object) -> object:
    return value.lower() if isinstance(value, str) else value


SecretKeys: TypeAlias = Annotated[
    tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_long_enough), Field(repr=False)
]


class Settings(BaseSettings):
    """The settings, each from ``SCIM_LIFECYCLE_`` and its name in capitals."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, env_ignore_empty=True, extra="forbid", frozen=True)

    environment: Annotated[Literal["development", "production"], BeforeValidator(_lower)] = "development"
    database_url: Annotated[str, AfterValidator(_database_url)] = Field(
        default="sqlite:///scim-lifecycle.db", repr=False
    )
    public_url: Annotated[str, AfterValidator(_http_url)] = LOCAL_URL
    secret_keys: SecretKeys = ()
    allow_sqlite_in_production: bool = False
    database_pool_size: int = Field(default=10, ge=1, le=1000)
    lock_timeout_ms: int = Field(default=10_000, ge=100, le=600_000)
    proxy_hops: int = Field(default=0, ge=0, le=10)
    outbound_allow: Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed), AfterValidator(_openings)] = ()
    outbound_ports: Annotated[tuple[int, ...], NoDecode, BeforeValidator(_listed)] = (443, 8443)

    max_body_bytes: int = Field(default=2 * MIB, ge=1024)
    max_json_depth: int = Field(default=64, ge=4, le=500)
    max_filter_length: int = Field(default=16_384, ge=64)
    max_page_size: int = Field(default=1000, ge=1)
    default_page_size: int = Field(default=100, ge=1)
    cursor_timeout_s: int = Field(default=3600, ge=1, le=604_800)
    max_patch_operations: int = Field(default=1000, ge=1)
    bulk_max_operations: int = Field(default=1000, ge=1)
    bulk_max_payload_bytes: int = Field(default=10 * MIB, ge=1024)

    throttle_connection_rate: int = Field(default=100, ge=0, le=100_000)
    throttle_tenant_rate: int = Field(default=400, ge=0, le=100_000)
    throttle_burst_s: int = Field(default=10, ge=1, le=3600)
    throttle_failures_per_minute: int = Field(default=60, ge=0, le=100_000)
    throttle_storage_url: Annotated[str, AfterValidator(_redis_url)] | None = Field(default=None, repr=False)
    access_token_lifetime_s: int = Field(default=900, ge=300, le=3600)
    schemas_dir: Path | None = None

    delivery_timeout_s: float = Field(default=15, ge=0.1, le=60)
    delivery_backoff_s: Annotated[tuple[float, ...], NoDecode, BeforeValidator(_listed)] = BACKOFF_S
    broker_url: Annotated[str, AfterValidator(_broker_url)] | None = Field(default=None, repr=False)
    event_retention_days: int = Field(default=30, ge=1, le=3650)
    request_log_days: int = Field(default=30, ge=0, le=3650)

    log_level: Annotated[Literal["debug", "info", "warning", "error"], BeforeValidator(_lower)] = "info"
    log_format: Annotated[Literal["auto", "console", "json"], BeforeValidator(_lower)] = "auto"
    metrics_enabled: bool = False

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003
        file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read arguments, then the environment, then the files that the environment names."""
        return init_settings, env_settings, _FileSource(settings_cls)

    @property
    def production(self) -> bool:
        """Tell whether mistakes would hurt."""
        return self.environment == "production"

    @property
    def on_sqlite(self) -> bool:
        """Tell whether the database is a SQLite file."""
        return self.database_url.startswith("sqlite")

    @property
    def sqlite_file(self) -> Path | None:
        """Return the file of the SQLite database, None where there is none."""
        name = make_url(self.database_url).database if self.on_sqlite else None
        return None if name in {None, "", ":memory:"} else Path(str(name))

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if problems := list(_contradictions(self)):
            raise _wrong("\n".join(problems))
        if not self.secret_keys:
            object.__setattr__(self, "secret_keys", (_kept_key(self.sqlite_file),))
        return self


class _FileSource(PydanticBaseSettingsSource):
    """Read secrets from the files that ``…_FILE`` names, as container platforms mount them."""

    def get_field_value(self, field: Any, field_name: str) -> tuple[Any, str, bool]:  # noqa: ARG002
        """Return the content of the file of one setting, None where no file is named."""
        name = f"{PREFIX}{field_name.upper()}"
        path = os.environ.get(f"{name}_FILE")
        if not path or field_name.upper() not in FROM_FILES:
            return None, field_name, False
        if os.environ.get(name):
            raise ConfigurationError([f"{name} and {name}_FILE are both set; keep one of them."])
        try:
            return Path(path).read_text(encoding="utf-8").strip(), field_name, False
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigurationError([f"{name}_FILE takes a file that can be read: {error}."]) from error

    def __call__(self) -> dict[str, Any]:
        found = {name: self.get_field_value(None, name)[0] for name in self.settings_cls.model_fields}
        return {name: value for name, value in found.items() if value}


def load() -> Settings:
    """Return the settings of the environment, or raise ConfigurationError naming each wrong one."""
    problems = list(_unknown_variables())
    try:
        settings = Settings()
    except ValidationError as error:
        problems += [line for item in error.errors(include_url=False) for line in _explained(item)]
    except ConfigurationError as error:
        problems += error.problems
    if problems:
        raise ConfigurationError(problems)
    return settings


def _contradictions(settings: Settings) -> Iterator[str]:
    """Yield what cannot hold together, and what is only good enough for development."""
    if settings.default_page_size > settings.max_page_size:
        yield f"{PREFIX}DEFAULT_PAGE_SIZE takes at most {PREFIX}MAX_PAGE_SIZE, which is {settings.max_page_size}."
    if not settings.production:
        return
    if not settings.secret_keys:
        yield f"{PREFIX}SECRET_KEYS is needed in production, where no key is made up: openssl rand -base64 32."
    if settings.on_sqlite and not settings.allow_sqlite_in_production:
        yield (
            f"{PREFIX}DATABASE_URL takes postgresql://USER:PASSWORD@HOST/NAME in production; "
            f"to run on one node with SQLite, set {PREFIX}ALLOW_SQLITE_IN_PRODUCTION=true."
        )
    if not settings.public_url.startswith("https://"):
        yield f"{PREFIX}PUBLIC_URL takes an https URL in production, since bearer tokens travel to it."


def _unknown_variables() -> Iterator[str]:
    """Yield a line for each variable with our prefix that nothing reads."""
    known = [f"{PREFIX}{name.upper()}" for name in Settings.model_fields] + [f"{PREFIX}{n}_FILE" for n in FROM_FILES]
    for name in sorted(os.environ):
        if not name.startswith(PREFIX) or name in known or _KUBERNETES.fullmatch(name.removeprefix(PREFIX)):
            continue
        near = get_close_matches(name, known, 1, 0.8)
        yield f"{name} is not a setting" + (f"; did you mean {near[0]}?" if near else ".")


_SENTENCES = {
    "literal_error": "takes {expected}",
    "int_parsing": "takes a whole number",
    "greater_than_equal": "takes {ge} or more",
    "less_than_equal": "takes {le} or less",
    "bool_parsing": "takes true or false",
}


def _explained(item: Any) -> list[str]:
    """Turn an error of pydantic into lines without the value, which may be a secret."""
    said = _SENTENCES.get(item["type"], item["msg"]).format(**item.get("ctx", {}))
    if not item["loc"]:
        return str(said).split("\n")
    return [f"{PREFIX}{str(item['loc'][0]).upper()} {said}."]


def _kept_key(database: Path | None) -> str:
    """Return the key of this development installation, made once and kept beside its database."""
    path = (database.parent if database else Path()) / KEY_FILE
    try:
        return kept(path, lambda: secrets.token_urlsafe(SHORTEST_KEY))
    except OSError as error:
        raise _wrong(f"{PREFIX}SECRET_KEYS is not set, and no key can be kept in {path}: {error.strerror}.") from error
