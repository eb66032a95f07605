"""Identity providers of several tenants talk at once, again and again, and each hears what it expects."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from app.runtime import EXTENSION
from tests.service import TenantUnderTest
from tests.transcripts.performance import Performance
from tests.transcripts.test_transcripts import SCRIPTS

TENANTS, ROUNDS = 4, 3


@pytest.mark.slow
def test_four_tenants_at_once(app: Flask) -> None:
    """All transcripts, three times over, by four tenants at once, end as each does alone."""

    def play(place: int) -> list[str]:
        wrong = []
        for turn in range(ROUNDS):
            for script in SCRIPTS:
                slug = f"t{place}-{turn}-{script.stem}".replace("_", "-")
                tenant = TenantUnderTest.create(app.extensions[EXTENSION], slug)
                wrong += Performance.of(script, app.test_client(), tenant).play()
        return wrong

    with ThreadPoolExecutor(TENANTS) as threads:
        assert [line for wrong in threads.map(play, range(TENANTS)) for line in wrong] == []
