"""Filters become conditions, and what cannot be one is refused in words an administrator can act upon."""

import time

import pytest
from scim2_models import Group, InvalidFilterException, InvalidPathException, ScimFilter

from app.db.query import AllOf, AnyElement, AnyOf, Match, Negate, Never, Op, Present, Sort
from app.scim.filters import condition_of, relaxed, sorts_of
from tests.scim.filter_models import CUSTOM, ENTERPRISE, Model

URN = ENTERPRISE.lower()
NO_EMAIL = Match(("emails",), Op.eq, None)
EMAIL = AnyElement(("emails",), Match(("value",), Op.eq, "a@x.example"))
WORK = Match(("type",), Op.eq, "work")


@pytest.mark.parametrize(
    ("text", "condition"),
    [
        ('USERNAME EQ "Ann"', Match(("username",), Op.eq, "ann")),
        ('externalId eq "Ann"', Match(("externalid",), Op.eq, "Ann")),
        ('userName ne "Ann"', Negate(Match(("username",), Op.eq, "ann"))),
        ('emails eq "A@x.example"', EMAIL),
        ('emails.value eq "a@x.example"', EMAIL),
        ('emails[value eq "a@x.example"]', EMAIL),
        ('emails ne "a@x.example"', Negate(EMAIL)),
        ("emails eq null", AnyOf((NO_EMAIL, AnyElement(("emails",), Match(("value",), Op.eq, None))))),
        ('emails[type eq "work" and primary pr]', AnyElement(("emails",), AllOf((WORK, Present(("primary",)))))),
        ("emails pr", Present(("emails",), nested=True)),
        ("not (emails.type pr)", Negate(AnyElement(("emails",), Present(("type",))))),
        ('schemas eq "Urn:X"', AnyElement(("schemas",), Match((), Op.eq, "urn:x"))),
        ('name eq "x"', Never()),
        ("name pr", Present(("name",), nested=True)),
        ("name eq null", Match(("name",), Op.eq, None)),
        (f'{ENTERPRISE}:manager.value eq "M1"', Match((URN, "manager", "value"), Op.eq, "M1")),
        (f'{ENTERPRISE.upper()}:manager.$ref eq "/M1"', Match((URN, "manager", "$ref"), Op.eq, "/M1")),
        (f"{CUSTOM}:floor gt 2", Match((CUSTOM.lower(), "floor"), Op.gt, 2)),
        (f"{CUSTOM}:floor co 2", Never()),
        (
            'meta.created gt "2026-11-23T01:25:00+01:00"',
            Match(("meta", "created"), Op.gt, "2026-11-23T00:25:00.000000Z"),
        ),
        (r'title eq "\u00e9\""', Match(("title",), Op.eq, 'é"')),
    ],
)
def test_conditions(text: str, condition: object) -> None:
    """Names fold, values become keys, and every spelling of a comparison with an e-mail address is the same one."""
    assert condition_of(text, Model) == condition


def test_members_compare_their_value() -> None:
    """A multi-valued attribute named alone stands for the values of its elements."""
    assert condition_of('members eq "U1"', Group) == AnyElement(("members",), Match(("value",), Op.eq, "U1"))


def test_filters_of_one_shape_keep_their_own_values() -> None:
    """The cached shape of a filter holds none of its values."""
    names = [condition_of(f'userName eq "u{n}" or title eq "t{n}"', Model) for n in range(3)]
    assert names[2] == AnyOf((Match(("username",), Op.eq, "u2"), Match(("title",), Op.eq, "t2")))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('salary eq "1"', "'salary', which this service does not know"),
        ('emails[kind eq "1"]', "'emails.kind', which"),
        ('manager eq "1"', "starts with the extension's URN"),
        ("active gt true", "'gt' cannot be applied to 'active', since it is true or false"),
        ('x509Certificates.value co "a"', "since it is binary"),
        ('password sw "a"', "never read back"),
        ("userName eq 5", "compares 'userName' with 5"),
        ("meta.location pr", "Compare 'id' instead"),
        ('meta.created gt "soon"', "compares 'meta.created' with 'soon'"),
        ('name[givenName eq "x"]', "holds a single value"),
        ('userName eq "a', "cannot be read: invalid syntax at column 13"),
        (r'userName eq "\x"', "cannot be read"),
        ("", "cannot be read"),
        ('userName eq "a" garbage', "at column 17"),
        (r'userName eq "\u0000"', "no stored value can contain"),
        (r'userName eq "\ud800"', "no stored value can contain"),
        ('userName eq "' + "a" * 16384 + '"', "longer than 16 KiB"),
        (" or ".join(["title pr"] * 201), "more than 200 terms"),
        ("(" * 51 + "title pr" + ")" * 51, "more than 50 deep"),
        ("not (" * 40 + "title pr" + ")" * 40, "nests more than 32 conditions; simplify it"),
    ],
)
def test_refusals(text: str, words: str) -> None:
    """What cannot be a condition is refused with ``invalidFilter``, naming the attribute, value or limit."""
    with pytest.raises(InvalidFilterException) as refused:
        condition_of(text, Model)
    assert words in refused.value.detail


@pytest.mark.parametrize("text", [" or ".join(["title pr"] * 200), "(" * 50 + "title pr" + ")" * 50])
def test_the_largest_filters(text: str) -> None:
    """Filters at the limits are served."""
    assert condition_of(text, Model) is not None


@pytest.mark.parametrize(
    ("name", "sort"),
    [
        ("userName", Sort(("username",))),
        ("emails", Sort(("emails",), element=("value",))),
        ("emails.type", Sort(("emails",), element=("type",))),
        (f"{CUSTOM}:floor", Sort((CUSTOM.lower(), "floor"), numeric=True)),
        (f"{CUSTOM}:skills", Sort((CUSTOM.lower(), "skills"), element=())),
        ("meta.lastModified", Sort(("meta", "lastmodified"))),
    ],
)
def test_sorts(name: str, sort: Sort) -> None:
    """A multi-valued attribute is sorted by an element's value, numbers as numbers."""
    assert sorts_of(name, [Model]) == [sort]


@pytest.mark.parametrize(
    "name", ["salary", "name", "x509Certificates", "password", "meta.location", "a b", 'emails[type eq "work"]']
)
def test_what_nothing_is_sorted_by(name: str) -> None:
    """Unknown, complex, binary and write-only attributes, and what is no attribute, are refused."""
    with pytest.raises(InvalidPathException, match="cannot be sorted by"):
        sorts_of(name, [Model])


@pytest.mark.parametrize(
    ("sent", "read"),
    [
        ('emails[type eq "work"] eq "x"', 'emails[type eq "work" and value eq "x"]'),
        (
            'emails[type eq "a" or type eq "b"] co "x" and active eq true',
            'emails[(type eq "a" or type eq "b") and value co "x"] and active eq true',
        ),
        ("userName eq ann@x.example", 'userName eq "ann@x.example"'),
        ("(userName eq ann) or active eq True", '(userName eq "ann") or active eq True'),
        ("employeeNumber eq 12345", 'employeeNumber eq "12345"'),
        ("emails[type eq work] eq x", 'emails[type eq "work" and value eq "x"]'),
        (f'{ENTERPRISE}:manager eq "M1"', f'{ENTERPRISE}:manager.value eq "M1"'),
        ("manager Eq M1", f'{ENTERPRISE}:manager.value Eq "M1"'),
        ('  userName eq "a b"   ', 'userName eq "a b"'),
        ('userName eq "manager eq x"', 'userName eq "manager eq x"'),
        (r'title eq "\" eq x" and title pr', r'title eq "\" eq x" and title pr'),
        ('emails[type eq "work"].value eq "x"', 'emails[type eq "work"].value eq "x"'),
    ],
)
def test_forms_that_lenient_dialects_send(sent: str, read: str) -> None:
    """Known departures are read as they are meant, and strings are left as they are."""
    assert relaxed(sent) == read
    assert ScimFilter(relaxed(sent))
    assert relaxed(relaxed(sent)) == read


@pytest.mark.parametrize(
    "text",
    [
        '"' + r"\"" * 8000,
        "urn:" * 4000,
        "[" * 16000,
        "[a]" + " " * 16000,
        "title eq" + " " * 16000,
        " eq" * 5000,
        "manager" + " " * 16000,
        'userName eq "\\',
    ],
)
def test_hostile_texts(text: str) -> None:
    """A text made to be slow is refused at once."""
    started = time.process_time()
    with pytest.raises(InvalidFilterException):
        condition_of(relaxed(text), Model)
    assert time.process_time() - started < 0.5
