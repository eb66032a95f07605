"""What each dialect promises besides tidying, and how schemas are looked up."""

import pytest
from scim2_models import ScimPolicy

from app.scim.dialects import DIALECTS
from app.scim.dialects.paths import locate
from tests.scim.dialects.served import CORE, ENTERPRISE, INDEX


def test_dialects_are_known_by_name() -> None:
    """A connection stores the name of its dialect."""
    assert {name: dialect.name for name, dialect in DIALECTS.items()} == {name: name for name in DIALECTS}
    assert set(DIALECTS) == {"strict", "okta", "entra", "onelogin"}


def test_only_strict_refuses_unknown_attributes() -> None:
    """The RFC's policy is the strict dialect's; the others ignore what they do not know."""
    assert DIALECTS["strict"].policy == ScimPolicy()
    for name in ("okta", "entra", "onelogin"):
        assert DIALECTS[name].policy.unknown is ScimPolicy.Unknown.ignore


@pytest.mark.parametrize(
    ("dialect", "user", "group"),
    [
        ("strict", "resource", "resource"),
        ("okta", "resource", "empty"),
        ("entra", "resource", "empty"),
        ("onelogin", "resource", "resource"),
    ],
)
def test_patch_answers_differ_by_resource(dialect: str, user: str, group: str) -> None:
    """Users are answered with the resource; Okta and Entra want nothing back for groups."""
    spoken = DIALECTS[dialect]
    assert (spoken.patch_answer("User"), spoken.patch_answer("Group")) == (user, group)


@pytest.mark.parametrize(
    ("path", "spelt"),
    [
        ("USERNAME", "userName"),
        ("name.GIVENNAME", "name.givenName"),
        (f"{CORE}:name.givenName", "name.givenName"),
        (f"{ENTERPRISE.upper()}:Manager.VALUE", f"{ENTERPRISE}:manager.value"),
        (f"{ENTERPRISE}.division", f"{ENTERPRISE}:division"),
        ('EMAILS[type eq "a]b"].Value', 'emails[type eq "a]b"].value'),
        (ENTERPRISE, ENTERPRISE),
        ("externalid", "externalId"),
    ],
)
def test_paths_are_found_whatever_their_case(path: str, spelt: str) -> None:
    """A path designates the same attribute in any case, with or without the URN of the core schema."""
    target = locate(INDEX.shape("user"), path)
    assert target is not None
    assert target.text == spelt


@pytest.mark.parametrize(
    "path", ["", "nope", "name.nope", f"{ENTERPRISE}x:division", f"{ENTERPRISE}:nope", "a b", "emails]"]
)
def test_what_is_not_declared_is_not_found(path: str) -> None:
    """A path that no served schema declares designates nothing."""
    assert locate(INDEX.shape("User"), path) is None
