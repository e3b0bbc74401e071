"""A YAML document and its shape in; the checked value and clickable problems out."""

from __future__ import annotations

import types
from collections.abc import Callable
from functools import partial
from typing import Annotated, Any, TypeVar, Union, get_args, get_origin

from pydantic import BaseModel, ValidationError

from clausebook.problem import Place, Problem, did_you_mean
from clausebook.rules import (
    bad_address,
    bad_date,
    bad_id,
    bad_path,
    bad_text,
    bad_value,
    empty_value,
    missing_key,
    unknown_key,
    wrong_type,
)
from clausebook.shapes import Shape
from clausebook.yamlfile import Document

S = TypeVar("S", bound=Shape)

_EXPECTED = {
    "string_type": "one text",
    "dict_type": "a mapping (lines of 'key: value')",
    "model_type": "a mapping (lines of 'key: value')",
    "tuple_type": "a list",
    "list_type": "a list",
    "int_type": "a whole number",
    "bool_type": "true or false",
}
_DETAIL: dict[str, Callable[[Place, str], Problem]] = {
    "bad_date": bad_date.problem,
    "bad_id": bad_id.problem,
    "bad_line": bad_text.problem,
    "bad_flag": partial(bad_value.problem, fix="write true or false"),
    "bad_number": partial(bad_value.problem, fix="write it in digits: 24"),
    "bad_value_text": bad_value.problem,
    "bad_url": bad_address.problem,
    "bad_path": bad_path.problem,
}


def validate(document: Document, shape: type[S]) -> tuple[S | None, list[Problem]]:
    """The value a document states, or every way in which it does not fit its shape."""
    problems = list(document.problems)
    if document.data is None:
        if not problems:
            problems.append(empty_value.problem(document.start))
        return None, problems
    try:
        value = shape.model_validate(document.data)
    except ValidationError as error:
        for detail in error.errors(include_url=False):
            if detail["input"] is not None:  # a blank is among the document's own problems
                problems.append(_problem(document, shape, detail))
        return None, problems
    return (value, problems) if not problems else (None, problems)


def _problem(document: Document, shape: type[Shape], detail: Any) -> Problem:
    loc = tuple(detail["loc"])
    kind = detail["type"]
    if loc and loc[-1] == "[key]":
        return bad_id.problem(document.key(*loc[:-1]), detail["msg"])
    if kind == "extra_forbidden" and isinstance(loc[-1], str):
        return unknown_key.problem(document.key(*loc), str(loc[-1]), _known(shape, loc[:-1]))
    if kind == "missing":
        return missing_key.problem(document.key(*loc[:-1]), str(loc[-1]))
    at = document.at(*loc)
    if kind == "empty":
        return empty_value.problem(at)
    if kind == "literal_error":
        return _not_listed(at, detail)
    if kind in _EXPECTED:
        return wrong_type.problem(at, _EXPECTED[kind])
    if kind == "too_short":
        return empty_value.problem(at)
    if kind == "greater_than_equal":
        least = detail["ctx"]["ge"]
        return bad_value.problem(
            at, f"{detail['input']} is below {least}", f"write {least} or more"
        )
    if kind == "less_than_equal":
        most = detail["ctx"]["le"]
        return bad_value.problem(at, f"{detail['input']} is above {most}", f"write {most} or less")
    if kind in _DETAIL:
        return _DETAIL[kind](at, detail["msg"])
    return bad_value.problem(at, detail["msg"])


def _not_listed(at: Place, detail: Any) -> Problem:
    expected = str(detail["ctx"]["expected"]).replace(" or ", ", ").replace("'", "")
    known = [part.strip() for part in expected.split(",")]
    given = detail["input"]
    if not isinstance(given, str):
        return wrong_type.problem(at, "one text")
    return bad_value.problem(
        at,
        f"'{given[:60]}' is not one of its choices",
        did_you_mean(given, known, "use one of: " + ", ".join(known)),
    )


def _known(shape: type[BaseModel], loc: tuple[Any, ...]) -> list[str]:
    """The keys that may stand at a path."""
    here: Any = shape
    for part in loc:
        here = _step(here, part)
        if here is None:
            return []
    model = _model(here)
    if model is None:
        return []
    return [info.alias or name for name, info in model.model_fields.items()]


def _step(here: Any, part: Any) -> Any:
    model = _model(here)
    if model is not None:
        for name, info in model.model_fields.items():
            if (info.alias or name) == part:
                return info.annotation
        return None
    for inner in _unwrapped(here):
        if get_origin(inner) is dict:
            return get_args(inner)[1]
        if get_origin(inner) is tuple:
            return get_args(inner)[0]
    return None


def _unwrapped(annotation: Any) -> list[Any]:
    origin = get_origin(annotation)
    if origin is Annotated:
        return _unwrapped(get_args(annotation)[0])
    if origin in (Union, types.UnionType):
        return [inner for part in get_args(annotation) for inner in _unwrapped(part)]
    return [annotation]


def _model(annotation: Any) -> type[BaseModel] | None:
    for inner in _unwrapped(annotation):
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            return inner
    return None
