"""What may stand where: the shapes of the product's files, read as forms a mutation can break."""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from pydantic import BaseModel

from clausebook import shapes
from clausebook.model import Parameter

KINDS: dict[str, Any] = {
    "flag": shapes.Flag,
    "date": shapes.Day,
    "address": shapes.Url,
    "colour": shapes.Colour,
    "asset": shapes.Asset,
}
WRONG = {
    "flag": "maybe",
    "address": "handbook",
    "colour": "blue",
    "asset": "../crest.svg",
    "choice": "no-such-choice",
}


@dataclass(frozen=True)
class Form:
    """One kind of value: how it may be written and what is inside it."""

    kind: str
    accepts: frozenset[str]
    fields: Mapping[str, Form] = field(default_factory=dict)
    required: frozenset[str] = frozenset()
    inside: Form | None = None
    keys: tuple[str, ...] = ()
    model: str = ""


TEXT, LIST, MAPPING = frozenset({"text"}), frozenset({"list"}), frozenset({"mapping"})
FREE = Form("free", TEXT)


@lru_cache(maxsize=1)
def files() -> dict[str, Form]:
    """The form of each kind of file."""
    return {name: _model(shape) for name, shape in shapes.FILES.items()}


def _model(model: type[BaseModel]) -> Form:
    hints = get_type_hints(model, include_extras=True)
    fields, required = {}, set()
    for name, info in model.model_fields.items():
        key = info.alias or name
        fields[key] = form_of(hints[name])
        if info.is_required():
            required.add(key)
    return Form("model", MAPPING, fields, frozenset(required), model=model.__name__)


def form_of(hint: Any) -> Form:
    """The form an annotation describes."""
    metadata = getattr(hint, "__metadata__", ())
    for kind, known in KINDS.items():
        if metadata[: len(known.__metadata__)] == known.__metadata__:
            return Form(kind, TEXT)
    origin, arguments = get_origin(hint), get_args(hint)
    if origin is Annotated:
        return _annotated(arguments[0], metadata)
    if origin in (Union, types.UnionType):
        return form_of(next(part for part in arguments if part is not type(None)))
    if origin is Literal:
        return Form("choice", TEXT)
    if origin is tuple:
        return Form("list", LIST, inside=form_of(arguments[0]))
    if origin is dict:
        keys = get_args(arguments[0]) if get_origin(arguments[0]) is Literal else ()
        return Form("ids", MAPPING, inside=form_of(arguments[1]), keys=keys)
    if isinstance(hint, type) and issubclass(hint, BaseModel):
        return _model(hint)
    return Form({int: "number"}.get(hint, "free"), TEXT)


def _annotated(inner: Any, metadata: tuple[Any, ...]) -> Form:
    form = form_of(inner)
    accepts = set(form.accepts)
    for part in metadata:
        written = getattr(part, "json_schema_input_type", None)
        for one in get_args(written):
            accepts |= {"text"} if one in (str, int) else form_of(one).accepts
    return Form(
        form.kind,
        frozenset(accepts),
        form.fields,
        form.required,
        form.inside,
        form.keys,
        form.model,
    )


def answer(parameter: Parameter) -> Form:
    """What the answer to a parameter looks like; a list may be changed by a mapping."""
    match parameter.type:
        case "choices" | "roles":
            return Form("answer-list", LIST, inside=Form("answer", TEXT))
        case "lines":
            return Form("answer-list", LIST, inside=FREE)
        case "titles":
            return Form("answer-titles", MAPPING)
        case "text":
            return FREE
        case "number":
            return Form("number", TEXT)
    return Form("answer", TEXT)
