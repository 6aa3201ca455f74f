"""The committed schema is what the annotations say today: no argument changes for other languages unseen."""

import json
from pathlib import Path

from secure_gateway.provider import Provider

SCHEMA = Path(__file__).parents[2] / "schema.json"


def test_the_schema_is_up_to_date():
    assert json.loads(SCHEMA.read_text("utf-8")) == json.loads(Provider().schema), "run `make schema`"


def test_every_type_is_reached_from_a_component():
    schema = json.loads(SCHEMA.read_text("utf-8"))
    text = json.dumps(schema["resources"]) + json.dumps(schema["types"])
    assert [name for name in schema["types"] if f'"#/types/{name}"' not in text] == []


def test_types_are_named_without_the_suffix_that_sdks_add():
    assert [name for name in json.loads(SCHEMA.read_text("utf-8"))["types"] if name.endswith("Args")] == []
