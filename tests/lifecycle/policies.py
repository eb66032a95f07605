"""Make any policy there can be: every knob by its own type, whatever knobs are added later."""

from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from hypothesis import reject
from hypothesis import strategies as st
from pydantic import BaseModel

from app.lifecycle.policy import PolicyInvalid, TenantPolicy

WORDS = st.sampled_from(["Owner", "Admin", "Ärztin", "sales", "ES", "x"])
NAMES = st.sampled_from(["seat", "sales", "task", "contact"])


def documents(model: type[BaseModel]) -> st.SearchStrategy[dict[str, Any]]:
    """Return documents of a group of knobs, some of which are not said."""
    knobs = {name: _values(field.annotation, field.metadata) for name, field in model.model_fields.items()}
    said = {name: knobs.pop(name) for name, field in model.model_fields.items() if field.is_required()}
    return st.fixed_dictionaries(said, optional=knobs)


def _values(annotation: Any, metadata: Any = ()) -> st.SearchStrategy[Any]:
    origin, parts = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        return _values(parts[0], (*metadata, *parts[1:]))
    if origin is Literal:
        return st.sampled_from(parts)
    if origin in {Union, UnionType}:
        return st.one_of(*(_values(part, metadata) for part in parts))
    if origin is tuple:
        return st.lists(_values(parts[0]), max_size=3, unique=True)
    if origin is dict:
        return st.dictionaries(NAMES, _values(parts[1]), max_size=2)
    return _plain(annotation, metadata)


def _plain(annotation: Any, metadata: Any) -> st.SearchStrategy[Any]:
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return documents(annotation)
    if annotation is int:
        bounds = [(getattr(each, "ge", None), getattr(each, "le", None)) for each in _flat(metadata)]
        least = max((low for low, _ in bounds if low is not None), default=0)
        return st.integers(least, min((high for _, high in bounds if high is not None), default=1000))
    return {bool: st.booleans(), str: WORDS, NoneType: st.none()}[annotation]


def _flat(metadata: Any) -> list[Any]:
    return [part for each in metadata for part in (getattr(each, "metadata", None) or [each])]


@st.composite
def policies(draw: st.DrawFn) -> TenantPolicy:
    """Return a policy that contradicts itself nowhere."""
    try:
        return TenantPolicy.load(draw(documents(TenantPolicy)))
    except PolicyInvalid:
        reject()
