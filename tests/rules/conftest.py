"""Lend tenants that live by the rules of products."""

from collections.abc import Callable
from functools import partial

import pytest
from flask import Flask

from tests.clock import FixedClock
from tests.rules.customer import Customer, Start
from tests.rules.products import Product

Begin = Callable[..., Product]


@pytest.fixture
def product(app: Flask) -> Begin:
    """Return what begins a tenant under a preset."""
    return partial(Product.of, app)


@pytest.fixture
def vixiees(product: Begin) -> Product:
    """Return a tenant that lives by the rules of the sales-calling product."""
    return product("vixiees")


@pytest.fixture
def helpdesk(product: Begin) -> Product:
    """Return a tenant that lives by the rules of the customer-conversation product."""
    return product("helpdesk")


@pytest.fixture
def start(app: Flask, clock: FixedClock) -> Start:
    """Return what begins a tenant under a preset, whose people act too."""
    return partial(Customer.start, app, clock)
