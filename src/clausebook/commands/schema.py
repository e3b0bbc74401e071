"""clausebook schema: the JSON Schema of every file, so that editors complete and check as you type."""

from __future__ import annotations

import json
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import Any

from clausebook.commands.answer import Answer, one_of
from clausebook.handbook_file import HandbookFile
from clausebook.shapes import FILES


def arguments(parser: ArgumentParser) -> None:
    parser.add_argument("name", nargs="?", metavar="NAME", help="policy, organisation, law, …")
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="write all schemas into this folder"
    )


def run(args: Namespace) -> Answer:
    schemas = all_schemas()
    if args.out is not None:
        args.out.mkdir(parents=True, exist_ok=True)
        for name, text in schemas.items():
            (args.out / f"{name}.json").write_text(text, encoding="utf-8", newline="\n")
        return Answer(f"{len(schemas)} schemas written to {args.out}\n")
    if args.name is None:
        return Answer("\n".join(schemas) + "\n")
    return Answer(schemas[one_of("schema", args.name, schemas, "clausebook schema organisation")])


def all_schemas() -> dict[str, str]:
    """Every schema by name, as text."""
    schemas = {name: shape.model_json_schema(by_alias=True) for name, shape in FILES.items()}
    schemas["handbook"] = HandbookFile.model_json_schema(mode="serialization")
    return {name: _text(name, schema) for name, schema in schemas.items()}


def _text(name: str, schema: dict[str, Any]) -> str:
    full = {"$schema": "https://json-schema.org/draft/2020-12/schema", **schema, "title": name}
    return json.dumps(full, indent=2, ensure_ascii=False, sort_keys=True) + "\n"
