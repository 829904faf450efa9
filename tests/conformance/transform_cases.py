"""Random cases for every transform and predicate."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any, Final

from tests.conformance.drawing import FIELDS, NUMBER_TEXTS, Drawing, Spec
from tests.conformance.patterns import date_text, pattern

__all__ = ["PREDICATES", "TRANSFORMS"]

Config = dict[str, str]
_CASTS: Final = ("int8", "int16", "int32", "int64", "float32", "float64", "boolean", "string")
_PATHS: Final = (
    *FIELDS, "zz", "", "a.", ".a", "a..b", "`a.b`", "`a`", "a.`b`", "`a.b`.c", "a.b.c", "`x`y`", "x`y.a", "`",
    "a`", "`a", "`a\\`.b`.c",
    "```q``", "`a.b`c", "a.b.`c.d`", "\\`a", "`a\\`", "``", "`.`", "a.``", "`a``b`.c",
)  # fmt: skip


def _structured(draw: Drawing) -> Spec:
    """A record whose key or value is what most transforms want, and sometimes is not."""
    roll = draw.random.random()
    schema: Spec | None
    if roll < 0.5:
        schema = draw.struct(2)
        value = draw.value(schema, null=0.08)
    elif roll < 0.9:
        schema, value = None, draw.plain_map(2)
    elif roll < 0.95:
        schema, value = None, draw.one((None, draw.plain()))
    else:
        schema = draw.schema(1)
        value = draw.value(schema)
    return {"schema": schema, "value": value}


def _record(draw: Drawing, cls: str, pair: Spec) -> Spec:
    return draw.record(pair["schema"], pair["value"], is_key=cls.endswith("$Key"))


def _names(draw: Drawing, pair: Spec, most: int = 3, *, absent: float = 0.08, repeated: float = 0.04) -> list[str]:
    """Some fields of what is there, and sometimes of what is not."""
    schema, value = pair["schema"], pair["value"]
    there: list[str] = []
    if schema is not None:
        there = [field["field"] for field in schema.get("fields", ())]
    elif isinstance(value, dict):
        there = [name for name in value if not name.startswith("$")]
    names = draw.some(there, most, 1) if there else []
    if draw.chance(absent) or not names:
        names.append(draw.one(("zz", "a", "b")))
    if draw.chance(repeated):
        names.append(names[0])
    return names


def _with_replacement(draw: Drawing, config: Config) -> Config:
    roll = draw.random.random()
    if roll < 0.4:
        return config | {"replace.null.with.default": draw.one(("true", "false", "false"))}
    if roll < 0.43:
        return config | {"replace.null.with.default": draw.one(("TRUE", " false ", "yes", "", "0"))}
    return config


def _cast(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    if draw.chance(0.5):
        pair = _structured(draw)
        spec = ",".join(f"{name}:{draw.one(_CASTS)}" for name in _names(draw, pair))
    else:
        schema = draw.one((None, draw.schema(0), draw.schema(0)))
        pair = {"schema": schema, "value": draw.value(schema)}
        spec = draw.one(_CASTS)
    if draw.chance(0.05):
        spec = draw.one((
            "", ",", "INT8", " int32 ", "a: int8 , b :string", "a:bytes", "int8,int16", "a:b:int8",
            "int8,a:int8", ":int8",
            "a:", "struct", "bytes", "a:int8,a:string", "array", "a:Int8", "map", "float", "a:int8,",
        ))  # fmt: skip
    return _with_replacement(draw, {"spec": spec}), _record(draw, cls, pair)


def _drop_headers(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    headers = draw.one(("h", "h,H", "x-1", "a, h", "", "zz", ",", "h,h", "h,"))
    return {"headers": headers}, draw.any_record()


def _extract_field(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    pair = _structured(draw)
    config = {"field": draw.one(_PATHS) if draw.chance(0.5) else _path(draw, pair)}
    if draw.chance(0.7):
        config["field.syntax.version"] = draw.one(("V2", "V2", "V2", "V2", "v2", "V1", "V3", " V2", ""))
    return _with_replacement(draw, config), _record(draw, cls, pair)


def _path(draw: Drawing, pair: Spec) -> str:
    steps: list[str] = []
    schema = pair["schema"]
    while schema and schema.get("fields") and (not steps or draw.chance(0.7)):
        field = draw.one(schema["fields"])
        steps.append(field["field"])
        schema = field
    value = pair["value"]
    while pair["schema"] is None and isinstance(value, dict) and value and (not steps or draw.chance(0.7)):
        name = draw.one(list(value))
        steps.append(name)
        value = value[name]
    return ".".join(f"`{step}`" if "." in step else step for step in steps) or "a"


def _filter(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    return {}, draw.any_record()


def _flatten(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    pair = _structured(draw)
    if pair["schema"] is not None and draw.chance(0.7):
        pair["schema"] = draw.struct(3, types=("string", "int32", "Timestamp"))
        pair["schema"] = _without_maps(pair["schema"])
        pair["value"] = draw.value(pair["schema"], null=0.15)
    elif pair["schema"] is None and draw.chance(0.5):
        pair["value"] = draw.plain_map(3)
    config = {"delimiter": draw.one((".", "_", "", " ", "::", "\\", "é"))} if draw.chance(0.6) else {}
    return config, _record(draw, cls, pair)


def _without_maps(schema: Spec) -> Spec:
    fields = [_without_maps(field) for field in schema.get("fields", ()) if field["type"] != "map"]
    return schema | {"fields": fields} if schema["type"] == "struct" else schema


def _header_from(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    pair = _structured(draw)
    names = _names(draw, pair)
    headers = [draw.one(("h", "H", "k")) + str(number % 2) for number, _ in enumerate(names)]
    if draw.chance(0.05):
        headers = draw.one(([], [*headers, "more"], [""]))
    config = {"fields": ",".join(names), "headers": ",".join(headers)}
    config["operation"] = (
        draw.one(("move", "move", "copy", "copy", "MOVE", "", "other"))
        if draw.chance(0.2)
        else draw.one(("move", "copy"))
    )
    return _with_replacement(draw, config), _record(draw, cls, pair)


def _hoist_field(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    schema = draw.one((None, draw.schema(2)))
    pair = {"schema": schema, "value": draw.value(schema)}
    return draw.one(({"field": "f"}, {"field": " f "}, {"field": ""}, {"field": "a.b"}, {})), _record(draw, cls, pair)


def _insert_field(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    pair = _structured(draw)
    config: Config = {}
    for option in draw.some(("topic", "partition", "offset", "timestamp", "static"), 5):
        if option != "offset" or draw.chance(0.3):
            config[f"{option}.field"] = draw.one(("t", "u", "v", "w", "a", "x.y")) + draw.one(
                ("", "!", "?", "", "!!", "?!") if draw.chance(0.3) else ("", "!", "?")
            )
    if draw.chance(0.03):
        config["topic.field"] = draw.one(("", "!", "?", " t "))
    if "static.field" in config and draw.chance(0.95):
        config["static.value"] = draw.one(("s", "", " s ", "42", "é"))
    return _with_replacement(draw, config), _record(draw, cls, pair)


def _insert_header(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    config = {
        "header": draw.one(("h", "new", " h ", "é")),
        "value.literal": draw.one((draw.text(), draw.one(NUMBER_TEXTS))),
    }
    if draw.chance(0.04):
        del config[draw.one(("header", "value.literal"))]
    return config, draw.any_record()


def _mask_field(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    pair = _structured(draw)
    config = {"fields": ",".join(_names(draw, pair))}
    if draw.chance(0.6):
        config["replacement"] = (
            draw.one(NUMBER_TEXTS) if draw.chance(0.5) else draw.one(("***", "0", "x", "", " ", "123", " 7 ", "1.5"))
        )
    return _with_replacement(draw, config), _record(draw, cls, pair)


def _regex_router(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    regex = draw.one((
        "(.*)", ".*", "(.*)-(.*)", "(a|ab)(c|bcd)?", "a|ab", "(?<name>.*)", "([^.]*)\\.([^.]*)\\.(.*)", "orders",
        "(?i)ORDERS", "(t)|(x)",
        "[a-z&&[^b]]+", "\\p{Alpha}+", "(\\w+)-(\\d+)", "a++b", "(?:t)", "\\Qt\\E", ".*?", "", "(", "[", "(?<=t)",
        "(a)*b", "(.)\\1", "t?",
        "^t$", "\\At\\z", "(?<n>a)(?<m>b)", "\\d{2,}", "[\\w.-]+", "(?s).+", "\\p{L}+", "[a-zA-Z0-9._\\-]+",
        "(x?)(t?)", "t|", "*", "\\p{Lower}*",
    ))  # fmt: skip
    replacement = draw.one((
        "$1", "$2", "${name}", "x-$0", "$1$1", "", "\\$1", "$", "\\", "$x", "$10", "$01", "$1x", "${n}", "${1}",
        "prefix-$1-suffix", "$2-$1",
        "é", "${m}${n}", "$9", "\\\\", "a\\b", "$11", "$ 1", "{}", "${", "${na", "x$", "-",
    ))  # fmt: skip
    record = draw.any_record()
    if draw.chance(0.05) and record["record"] == "source":
        record["topic"] = None
    return {"regex": regex, "replacement": replacement}, record


def _replace_field(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    pair = _structured(draw)
    config: Config = {}
    for option in draw.some(("include", "exclude", "renames"), 3):
        names = _names(draw, pair)
        if option == "renames":
            names = [f"{name}:{draw.one(('n', 'm', 'a', 'b', 'c'))}" for name in names]
        config[option] = ",".join(names)
    if draw.chance(0.05):
        config["renames"] = draw.one(("a", ":b", "a:", "a:b:c", "", "a:b,", "a::b", ":", "a:b:", "a:b,a:c", "a:b,c:b"))
    return _with_replacement(draw, config), _record(draw, cls, pair)


def _set_schema_metadata(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    pair = _structured(draw)
    config: Config = {}
    if draw.chance(0.7):
        config["schema.name"] = draw.one(("acme.New", "n", "", " x ", "é"))
    if draw.chance(0.6):
        config["schema.version"] = draw.one(("1", "2", "-1", "0", " 7 ", "+3", "1.0", "x", "", "2147483648", "007"))
    return _with_replacement(draw, config), _record(draw, cls, pair)


def _timestamp_converter(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    form = pattern(draw)
    target = draw.one(("string", "unix", "Date", "Time", "Timestamp"))
    config: Config = {"target.type": target}
    if target == "string" or draw.chance(0.8):
        config["format"] = form
    if draw.chance(0.5):
        config["unix.precision"] = draw.one(("nanoseconds", "microseconds", "milliseconds", "seconds"))
    schema, value = _moment(draw, form)
    if draw.chance(0.5):
        pair = {"schema": schema, "value": value}
    elif schema is None:
        config["field"] = "a"
        pair = {"schema": None, "value": {name: draw.plain(0) for name in draw.some(FIELDS, 3)} | {"a": value}}
    else:
        config["field"] = "a"
        outer = draw.struct(1)
        fields = [field for field in outer["fields"] if field["field"] != "a"]
        fields.insert(draw.random.randint(0, len(fields)), {"field": "a"} | schema)
        pair = {
            "schema": outer | {"fields": fields},
            "value": {f["field"]: draw.member(f) for f in fields if f["field"] != "a"},
        }
        pair["value"]["a"] = value
    if draw.chance(0.03):
        odd = (
            ("target.type", "date"),
            ("target.type", ""),
            ("unix.precision", "SECONDS"),
            ("format", ""),
            ("format", "bb"),
            ("field", "zz"),
            ("field", ""),
        )
        option, text = draw.one(odd)
        config[option] = text
    return _with_replacement(draw, config), _record(draw, cls, pair)


def _moment(draw: Drawing, form: str) -> tuple[Spec | None, Any]:
    kind = draw.one(("text", "text", "unix", "Date", "Time", "Timestamp", "odd")) if draw.chance(0.7) else "text"
    schema: Spec
    match kind:
        case "text":
            schema = {"type": "string", "optional": draw.chance(0.5)}
            value: Any = date_text(draw, form)
        case "unix":
            schema = {"type": "int64", "optional": draw.chance(0.5)}
            value = draw.one((draw.instant(), draw.instant() * 1000, draw.instant() // 1000, draw.integer() // 10**6))
        case "odd":
            schema = draw.schema(0)
            value = draw.value(schema)
        case _:
            schema = draw.logical(kind)
            value = draw.value(schema)
    if value is not None and kind == "text" and schema["optional"] and draw.chance(0.1):
        value = None
    if kind in ("text", "unix") and draw.chance(0.15):
        schema["default"] = value if value is not None else "x"
        value = draw.one((value, None))
    return (None, value) if draw.chance(0.3) and kind != "odd" else (schema, value)


def _timestamp_router(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    config: Config = {}
    if draw.chance(0.6):
        config["topic.format"] = draw.one(
            (
                "${topic}",
                "${timestamp}",
                "x",
                "",
                "${topic}-${topic}",
                "${Topic}",
                "$${topic}",
                "${topic}_${timestamp}_z",
                "${topic",
            )
        )
    if draw.chance(0.85):
        config["timestamp.format"] = pattern(draw)
    record = draw.any_record()
    if record["timestamp"] is None and draw.chance(0.8):
        record["timestamp"] = draw.instant()
    if draw.chance(0.03) and record["record"] == "source":
        record["topic"] = None
    return config, record


def _value_to_key(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    pair = _structured(draw)
    return _with_replacement(draw, {"fields": ",".join(_names(draw, pair))}), _record(draw, cls, pair)


def _has_header_key(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    return draw.one(({"name": "h"}, {"name": "H"}, {"name": " a "}, {"name": ""}, {})), draw.any_record()


def _topic_name_matches(draw: Drawing, cls: str) -> tuple[Config, Spec]:
    config, record = _regex_router(draw, cls)
    return {"pattern": config["regex"]}, record


_T: Final = "org.apache.kafka.connect.transforms."
_P: Final = f"{_T}predicates."
Make = Callable[[Drawing, str], tuple[Config, Spec]]
_OF_PARTS: Final[Mapping[str, Make]] = MappingProxyType(
    {
        "Cast": _cast,
        "ExtractField": _extract_field,
        "Flatten": _flatten,
        "HeaderFrom": _header_from,
        "HoistField": _hoist_field,
        "InsertField": _insert_field,
        "MaskField": _mask_field,
        "ReplaceField": _replace_field,
        "SetSchemaMetadata": _set_schema_metadata,
        "TimestampConverter": _timestamp_converter,
    }
)
_OF_RECORDS: Final[Mapping[str, Make]] = MappingProxyType(
    {
        "DropHeaders": _drop_headers,
        "Filter": _filter,
        "InsertHeader": _insert_header,
        "RegexRouter": _regex_router,
        "TimestampRouter": _timestamp_router,
        "ValueToKey": _value_to_key,
    }
)
TRANSFORMS: Final[Mapping[str, Make]] = MappingProxyType(
    {f"{_T}{name}": make for name, make in _OF_RECORDS.items()}
    | {f"{_T}{name}${part}": make for name, make in _OF_PARTS.items() for part in ("Key", "Value")}
)
PREDICATES: Final[Mapping[str, Make]] = MappingProxyType(
    {
        f"{_P}HasHeaderKey": _has_header_key,
        f"{_P}RecordIsTombstone": _filter,
        f"{_P}TopicNameMatches": _topic_name_matches,
    }
)
