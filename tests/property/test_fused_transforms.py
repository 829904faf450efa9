"""A chain does to a batch what its transforms do one after another, though it lets neighbours share a copy."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from connect_runtime.errors import ConnectError
from connect_runtime.pipeline import TransformChain
from connect_runtime.pipeline.build import build_chain
from connect_runtime.plugins import PluginLoader, PluginSettings
from connect_runtime.sdk import Schema, SinkRecord, Type, primitive_schema, struct_schema
from connect_runtime.sdk.data import STRING
from connect_runtime.sdk.testing import sink_record
from tests.support.strategies import FLOATS, TEXT

PLUGINS = PluginLoader(PluginSettings()).registry()
NAMES = ("a", "b", "c", "d", "topic", "note")
NAME = st.sampled_from(NAMES)
SUFFIX = st.sampled_from(["", "!", "?"])
FEW = st.lists(NAME, min_size=1, max_size=3, unique=True).map(",".join)
PAIRS = st.lists(st.tuples(NAME, NAME), max_size=3, unique_by=lambda pair: pair[0])
CASTS = st.lists(
    st.tuples(NAME, st.sampled_from(["string", "boolean", "int8", "int64", "float32", "float64"])),
    min_size=1,
    max_size=3,
)


def options(kind: str, **values: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, str]]:
    """Options of a transform of either part, mostly of values."""
    part = st.sampled_from(["Value", "Value", "Value", "Key"]).map(lambda part: kind + part)
    return st.fixed_dictionaries(
        {"type": part, "replace.null.with.default": st.sampled_from(["true", "false"]), **values}
    )


def joined(pairs: Sequence[tuple[str, str]]) -> str:
    """Pairs as options write them."""
    return ",".join(f"{left}:{right}" for left, right in pairs)


TOPIC_FIELD = st.tuples(NAME, SUFFIX).map("".join)
STEPS = st.one_of(
    options("InsertField", **{"topic.field": TOPIC_FIELD}),
    options("InsertField", **{"timestamp.field": TOPIC_FIELD, "partition.field": TOPIC_FIELD}),
    options("InsertField", **{"static.field": TOPIC_FIELD, "static.value": st.just("5")}),
    options("ReplaceField", exclude=FEW, renames=PAIRS.map(joined)),
    options("ReplaceField", include=FEW, renames=PAIRS.map(joined)),
    options("Cast", spec=CASTS.map(joined)),
    options("Cast", spec=st.just("string")),
    options("MaskField", fields=FEW),
    options("MaskField", fields=FEW, replacement=st.just("7")),
    options("MaskField", fields=FEW, predicate=st.just("p"), negate=st.just("true")),
    options("HoistField", field=st.just("a")),
)


@st.composite
def field_schemas(draw: st.DrawFn) -> Schema:
    type_ = draw(st.sampled_from([Type.STRING, Type.INT32, Type.INT64, Type.FLOAT32, Type.FLOAT64, Type.BOOLEAN]))
    default = draw(st.none() | CONTENTS[type_]) if draw(st.booleans()) else None
    return primitive_schema(type_, optional=draw(st.booleans()), default=default)


CONTENTS: Mapping[Type, st.SearchStrategy[Any]] = {
    Type.STRING: TEXT | st.sampled_from(["1", "true", "-3"]),
    Type.INT32: st.integers(-(2**31), 2**31 - 1),
    Type.INT64: st.integers(-300, 2**63 - 1),
    Type.FLOAT32: st.sampled_from([0.0, 0.5, -3.0]),
    Type.FLOAT64: FLOATS,
    Type.BOOLEAN: st.booleans(),
}
SCHEMAS = st.none() | st.dictionaries(st.sampled_from("abcd"), field_schemas(), min_size=1).map(struct_schema)
MAPS = st.dictionaries(NAME, st.none() | st.one_of(*CONTENTS.values()))


@st.composite
def parts(draw: st.DrawFn, schema: Schema | None) -> Any:
    """A key or value: sometimes a null, or with nulls and gaps where they may not be."""
    trouble = draw(st.integers(0, 15))
    if trouble == 0:
        return None
    if schema is None:
        return 5 if trouble == 1 else draw(MAPS)
    fields = {field.name: draw(CONTENTS[field.schema.type]) for field in schema.fields}
    for field in schema.fields:
        if draw(st.integers(0, 2)) == 0 and (field.schema.optional or field.schema.default is not None or trouble < 3):
            fields[field.name] = None
        if fields[field.name] is None and draw(st.booleans()):
            del fields[field.name]
    return fields


@st.composite
def batches(draw: st.DrawFn) -> list[SinkRecord]:
    """Records of two schemas at most for keys and values each, in any order."""
    schemas = draw(st.lists(SCHEMAS, min_size=1, max_size=2))
    records = []
    for offset in range(draw(st.integers(1, 4))):
        key_schema, value_schema = draw(st.sampled_from(schemas)), draw(st.sampled_from(schemas))
        key, value = draw(parts(key_schema)), draw(parts(value_schema))
        record = sink_record(value, schema=value_schema, key=key, key_schema=key_schema, topic="t", offset=offset)
        record.timestamp = draw(st.none() | st.just(1_700_000_000_000))
        records.append(record)
    return records


def chain_of(steps: Sequence[Mapping[str, str]]) -> TransformChain[SinkRecord]:
    """A chain with a predicate ``p``."""
    config = {f"transforms.s{place}.{name}": text for place, step in enumerate(steps) for name, text in step.items()}
    config |= {"transforms": ",".join(f"s{place}" for place in range(len(steps)))}
    return build_chain(config | {"predicates": "p", "predicates.p.type": "RecordIsTombstone"}, PLUGINS, SinkRecord)


def step_by_step(chain: TransformChain[SinkRecord], records: Sequence[SinkRecord]) -> list[SinkRecord]:
    """What comes of a batch when each step has its records one by one."""
    current = list(records)
    for step in chain.steps:
        alone = TransformChain[SinkRecord]([step])
        current = [after for record in current if (after := alone.apply(record)) is not None]
    return current


def outcome(results: Any, records: Sequence[SinkRecord]) -> str:
    """Results, or the error, as text: NaN is not equal to itself."""
    try:
        return repr(results(records))
    except ConnectError as error:
        return repr(error)


def keeping_nulls(kind: str, **options: str) -> dict[str, str]:
    """A step that lets a null be where there is a default."""
    return {"type": f"{kind}Value", "replace.null.with.default": "false", **options}


CAST = keeping_nulls("Cast", spec="b:string")
REPLACING_NULLS = {"type": "MaskFieldValue", "fields": "c"}
A_IS_NULL = sink_record(
    {"a": None, "b": "y"}, schema=struct_schema({"a": STRING.with_(optional=True, default="x"), "b": STRING})
)
B_IS_BAD_THEN_A = [sink_record({"a": "1", "b": "?"}), sink_record({"a": "?", "b": "1"})]


@given(st.lists(STEPS, min_size=1, max_size=5), batches())
@example([{"type": "CastValue", "spec": "a:int8,b:int16"}], B_IS_BAD_THEN_A)
@example([CAST, REPLACING_NULLS], [A_IS_NULL])
@example([CAST, keeping_nulls("ReplaceField", exclude="b", renames="a:b"), REPLACING_NULLS], [A_IS_NULL])
@example([CAST, keeping_nulls("ReplaceField", exclude="a", renames="a:b"), REPLACING_NULLS], [A_IS_NULL])
def test_a_chain_does_to_a_batch_what_its_steps_do(
    steps: Sequence[Mapping[str, str]], records: Sequence[SinkRecord]
) -> None:
    chain, before = chain_of(steps), copy.deepcopy(records)

    together = outcome(chain.apply_batch, records)

    assert together == outcome(lambda batch: step_by_step(chain, batch), records)
    assert repr(records) == repr(before)


@given(st.lists(STEPS, min_size=1, max_size=5), batches())
def test_a_record_in_a_batch_comes_to_what_it_comes_to_alone(
    steps: Sequence[Mapping[str, str]], records: Sequence[SinkRecord]
) -> None:
    chain = chain_of(steps)
    for record in records:
        assert outcome(chain.apply_batch, [record]) == outcome(lambda one: [chain.apply(one[0])], [record])
