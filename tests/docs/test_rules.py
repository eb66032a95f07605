"""Every statement of the five products has a test that bears its id, and the page of presets lists them all."""

from tests.docs.rules import PAGE, RULES, TITLES, borne_by, page


def test_every_rule_has_a_test() -> None:
    """No statement is only claimed, and no test bears an id that no statement has."""
    ids = [rule.id for rule in RULES]
    assert len(ids) == len(set(ids)) == 88
    assert borne_by().keys() == set(ids)


def test_the_page_is_made_of_the_rules_and_their_tests() -> None:
    """The page is written anew with `python -m tests.docs.rules`."""
    assert PAGE.read_text(encoding="utf-8") == page()


def test_the_statements_are_those_of_the_presets() -> None:
    """Each belongs to one of the five products by the letter of its id."""
    assert {(rule.id[0], rule.preset) for rule in RULES} == set(zip("UHDRV", TITLES, strict=True))
