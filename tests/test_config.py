"""Settings: read from the environment, and refused by name when one is wrong."""

import stat
from pathlib import Path

import pytest

from app.config import PREFIX, ConfigurationError, Settings, load

KEY = "k" * 32
PRODUCTION = {
    "ENVIRONMENT": "production",
    "DATABASE_URL": "postgresql://scim:secret@db/scim",
    "PUBLIC_URL": "https://scim.example.com/",
    "SECRET_KEYS": f"{KEY},{'o' * 32}",
}


@pytest.fixture(autouse=True)
def _nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Work in an empty folder."""
    monkeypatch.chdir(tmp_path)


def given(monkeypatch: pytest.MonkeyPatch, **variables: str) -> None:
    """Set variables of ours."""
    for name, value in variables.items():
        monkeypatch.setenv(PREFIX + name, value)


def problems(monkeypatch: pytest.MonkeyPatch, **variables: str) -> str:
    """Return why these variables stop the start."""
    given(monkeypatch, **variables)
    with pytest.raises(ConfigurationError) as raised:
        load()
    return str(raised.value)


def test_without_any_setting_it_starts_for_development() -> None:
    """The defaults are a SQLite file in the working folder and a local URL."""
    settings = load()
    assert settings.sqlite_file == Path("scim-lifecycle.db")
    assert settings.public_url == "http://127.0.0.1:8080"
    assert not settings.production


def test_a_development_key_is_made_once_and_kept_for_its_owner() -> None:
    """A second start signs with the same key, which nobody else can read."""
    first, second = load(), load()
    kept = Path("scim-lifecycle.key")
    assert first.secret_keys == second.secret_keys == (kept.read_text().strip(),)
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert [path.name for path in Path().iterdir()] == [kept.name]


def test_the_key_lies_beside_the_database(tmp_path: Path) -> None:
    """Whoever moves the folder of the database moves the key with it."""
    (tmp_path / "data").mkdir()
    settings = Settings(database_url=f"sqlite:///{tmp_path}/data/scim.db")
    assert (tmp_path / "data" / "scim-lifecycle.key").read_text().strip() == settings.secret_keys[0]


def test_a_missing_folder_for_the_key_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A database in a folder that is not there stops the start."""
    assert "nowhere/scim-lifecycle.key" in problems(monkeypatch, DATABASE_URL="sqlite:///nowhere/scim.db")


def test_production_takes_what_an_operator_gave(monkeypatch: pytest.MonkeyPatch) -> None:
    """The first key signs, the driver is filled in, and the URL loses its last slash."""
    given(monkeypatch, **PRODUCTION)
    settings = load()
    assert settings.secret_keys == (KEY, "o" * 32)
    assert settings.database_url == "postgresql+psycopg://scim:secret@db/scim"
    assert settings.public_url == "https://scim.example.com"
    assert not list(Path().iterdir())


def test_production_refuses_what_is_good_for_development_only(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of generated keys, SQLite and plain HTTP is named, all at once, and no key is made."""
    told = problems(monkeypatch, ENVIRONMENT="production")
    for name in ("SECRET_KEYS", "DATABASE_URL", "PUBLIC_URL"):
        assert PREFIX + name in told
    assert not list(Path().iterdir())


def test_sqlite_in_production_needs_an_explicit_word(monkeypatch: pytest.MonkeyPatch) -> None:
    """One node on SQLite is a choice that somebody must have made."""
    given(monkeypatch, **PRODUCTION | {"DATABASE_URL": "sqlite:///scim.db"})
    assert "ALLOW_SQLITE_IN_PRODUCTION=true" in problems(monkeypatch)
    given(monkeypatch, ALLOW_SQLITE_IN_PRODUCTION="true")
    assert load().on_sqlite


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("ENVIRONMENT", "staging", "'development' or 'production'"),
        ("DATABASE_URL", "mysql://u:hunter2@h/n", "sqlite:///FILE or postgresql://"),
        ("DATABASE_URL", "nonsense", "sqlite:///FILE or postgresql://"),
        ("PUBLIC_URL", "scim.example.com", "takes an http or https URL"),
        ("PUBLIC_URL", "https://scim.example.com/?a=b", "takes an http or https URL"),
        ("PUBLIC_URL", "https://scim.bücher.example", "takes ASCII only: write a host name as xn--"),
        ("SECRET_KEYS", "short", "at least 32 characters"),
        ("MAX_BODY_BYTES", "2MiB", "takes a whole number"),
        ("MAX_JSON_DEPTH", "1000000", "takes 500 or less"),
        ("BULK_MAX_OPERATIONS", "0", "takes 1 or more"),
        ("METRICS_ENABLED", "perhaps", "takes true or false"),
        ("LOG_FORMAT", "xml", "'auto', 'console' or 'json'"),
        ("DEFAULT_PAGE_SIZE", "5000", "takes at most SCIM_LIFECYCLE_MAX_PAGE_SIZE"),
        ("PUBLIC_UR", "x", "did you mean SCIM_LIFECYCLE_PUBLIC_URL?"),
        ("SECRET_KEY", KEY, "did you mean SCIM_LIFECYCLE_SECRET_KEYS?"),
        ("OUTBOUND_ALLOW", "10.0.0.0/8,intranet", "takes networks"),
        ("OUTBOUND_PORTS", "443,many", "takes a whole number"),
        ("ZEBRA", "x", "is not a setting."),
        ("SECRET_KEYS_FILE", "/nowhere/keys", "takes a file that can be read"),
    ],
)
def test_a_wrong_setting_is_named_and_its_value_is_not_shown(
    name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message says which variable, and what it takes; a secret never appears in it."""
    told = problems(monkeypatch, **{name: value})
    assert PREFIX + name in told
    assert says in told
    assert "hunter2" not in told
    assert len(told.splitlines()) == 1


def test_every_wrong_setting_is_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An operator mends all of them in one go."""
    told = problems(monkeypatch, PROXY_HOPS="many", LOG_LEVEL="loud", LOCK_TIMOUT_MS="5")
    assert len(told.splitlines()) == 3


def test_a_secret_comes_from_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Container platforms mount secrets as files."""
    (tmp_path / "keys").write_text(f"{KEY}\n")
    given(monkeypatch, SECRET_KEYS_FILE=str(tmp_path / "keys"))
    assert load().secret_keys == (KEY,)


def test_a_secret_given_twice_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody has to guess which of two keys is in force."""
    assert "keep one" in problems(monkeypatch, SECRET_KEYS=KEY, SECRET_KEYS_FILE=str(tmp_path))


def test_an_empty_variable_counts_as_unset(monkeypatch: pytest.MonkeyPatch) -> None:
    """Compose files pass variables on that nobody set."""
    given(monkeypatch, PUBLIC_URL="", SECRET_KEYS="")
    assert load().public_url == "http://127.0.0.1:8080"


def test_what_kubernetes_adds_for_a_service_of_our_name_is_no_mistake(monkeypatch: pytest.MonkeyPatch) -> None:
    """A Service called scim-lifecycle must not keep its own pods from starting."""
    given(monkeypatch, PORT="tcp://10.0.0.1:80", SERVICE_HOST="10.0.0.1", PORT_80_TCP_ADDR="10.0.0.1")
    assert load().public_url == "http://127.0.0.1:8080"


def test_settings_do_not_show_secrets() -> None:
    """A settings object in a traceback gives nothing away."""
    shown = repr(Settings(database_url="postgresql://u:hunter2@h/n", secret_keys=(KEY,)))
    assert "hunter2" not in shown
    assert KEY not in shown
