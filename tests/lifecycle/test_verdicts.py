"""Every verdict and every sentence is as it was read and found right."""

import json

import pytest

from app.lifecycle.commands import Deactivate
from app.lifecycle.decide import decide
from app.lifecycle.refusals import Refused
from tests.lifecycle.people import IDP, NOW, last_owner, policy
from tests.lifecycle.verdicts import FILE, NAMES, told

READ = json.loads(FILE.read_text(encoding="utf-8"))


def test_all_were_read() -> None:
    """Whoever adds or changes one runs `python -m tests.lifecycle.verdicts`, and reads the difference."""
    assert list(READ) == NAMES


@pytest.mark.parametrize("name", READ)
def test_a_verdict_is_as_it_was_read(name: str) -> None:
    """Code, words, remedies and what stands in the way; or transition, effects and changes."""
    assert told(name) == READ[name]


def test_a_refusal_names_whom_it_is_about() -> None:
    """So that an answer can say where the command is judged beforehand."""
    verdict = decide(Deactivate(IDP), last_owner(), policy(), NOW)
    with pytest.raises(Refused) as refused:
        verdict.require("u1")
    assert (refused.value.user_id, refused.value.refusals) == ("u1", verdict.refusals)
