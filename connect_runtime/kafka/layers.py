"""One client's properties, put together layer by layer and then said in librdkafka's terms. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import msgspec

from connect_runtime.errors import ConfigError
from connect_runtime.kafka.java_properties import NoEffect
from connect_runtime.kafka.properties import (
    Role,
    canonical_name,
    is_common,
    is_known,
    nearest_name,
    no_effect,
    refusal,
)
from connect_runtime.kafka.security import CONVERTED_NAMES, Setting, convert_security
from connect_runtime.kafka.values import convert_value

__all__ = ["ClientSettings", "Layers", "Properties"]

Properties = Mapping[str, str | None]

_CODECS_WITH_LEVELS = ("gzip", "lz4", "zstd")
_WORKED_IN = {*CONVERTED_NAMES, "partitioner.class", "partitioner.ignore.keys"} | {
    f"compression.{codec}.level" for codec in _CODECS_WITH_LEVELS
}


class ClientSettings(msgspec.Struct, frozen=True):
    """What a client is made of.

    Args:
        role: Kind of client.
        conf: librdkafka's properties. May hold secrets: never log it.
        origins: For properties that the user set, the name under which that was done.
        warnings: Sentences about the connector's properties that had no effect; log them with the connector.
        worker_warnings: The same about the worker's; log them once, when the worker starts.
        max_poll_records: Java's ``max.poll.records``, for whoever reads from the consumer; ``None`` when nobody set it.
        fails_if_refused: Whether a refused login ends what the client is for, a task, instead of being waited out.
    """

    role: Role
    conf: dict[str, str]
    origins: dict[str, str] = {}
    warnings: tuple[str, ...] = ()
    worker_warnings: tuple[str, ...] = ()
    max_poll_records: int | None = None
    fails_if_refused: bool = False

    def __repr__(self) -> str:
        return f"ClientSettings({self.role.value} {self.conf.get('client.id')} at {self.bootstrap_servers})"

    @property
    def rebalances_incrementally(self) -> bool:
        """Whether a consumer keeps what it has when the partitions of its group are shared out again."""
        strategy = self.conf.get("partition.assignment.strategy", "")
        return self.conf.get("group.protocol") == "consumer" or "cooperative" in strategy

    @property
    def bootstrap_servers(self) -> str:
        """Where the client finds the cluster."""
        return self.conf["bootstrap.servers"]


class Layers:
    """Properties under their canonical names, each with the value of the last layer that had it.

    Args:
        role: Kind of client.
        worker: The worker's properties; ``bootstrap.servers`` counts for every client.
        defaults: The first layer, under canonical names.
    """

    def __init__(self, role: Role, worker: Properties, defaults: Mapping[str, str]) -> None:
        self._role = role
        self._found = {name: Setting(value, "") for name, value in defaults.items()}
        # By the name that the user wrote.
        self._warnings: dict[str, str] = {}
        self._of_connector: str | None = None
        if servers := worker.get("bootstrap.servers"):
            self._found["bootstrap.servers"] = Setting(servers, "bootstrap.servers")

    def add(self, worker: Properties, prefix: str) -> None:
        """Take in what the worker's properties have under a prefix; what has no effect becomes a warning.

        Raises:
            ConfigError: A property must not be set.
        """
        for name, setting in _under(worker, prefix):
            # ``admin.listeners`` belongs to REST and only looks like a property of the admin client.
            if not setting.key.startswith("admin.listeners"):
                self._add(name, setting, prefix, of_connector=False)

    def add_overrides(self, connector: Properties, prefix: str) -> None:
        """The same with a connector's properties, which may say less.

        Raises:
            ConfigError: A property must not be set.
        """
        self._of_connector = prefix
        for name, setting in _under(connector, prefix):
            self._add(name, setting, prefix, of_connector=True)

    def add_connection(self, worker: Properties, *, with_client_id: bool = False) -> None:
        """Take in what the worker's properties without a prefix say about reaching the cluster. Raises: ConfigError."""
        for name, setting in _under(worker, ""):
            if name == "client.id" and not (with_client_id and setting.value.strip()):
                continue
            if is_common(name) or name.startswith(("sasl.", "ssl.")) or refusal(name, of_connector=False):
                self._add(name, setting, "", of_connector=False)

    def _add(self, name: str, setting: Setting, prefix: str, *, of_connector: bool) -> None:
        if (reason := refusal(name, of_connector=of_connector)) is not None:
            if setting.value.strip():
                raise ConfigError(f"{setting.key} must not be set: {reason}", key=setting.key)
        elif is_known(self._role, name):
            self._found[name] = setting
        else:
            self._warn(setting, no_effect(self._role, name), prefix)

    def _warn(self, setting: Setting, known: NoEffect | None, prefix: str) -> None:
        if known is None:
            nearest = nearest_name(self._role, setting.key.removeprefix(prefix))
            hint = f"; did you mean {prefix}{nearest}?" if nearest is not None else ""
            reason = f"no Kafka {self._role.noun} has a property of that name{hint}"
        elif setting.value.strip().lower() not in known.fulfilled:
            reason = known.reason
        else:
            return
        self._warnings[setting.key] = f"{setting.key} has no effect: {reason}"

    def force(self, settings: Mapping[str, str]) -> None:
        """Overrule every layer so far; a different wish becomes a warning."""
        for name, value in settings.items():
            wish = self._found.get(name)
            if wish is not None and wish.key and wish.value.strip().lower() != value:
                self._warnings[wish.key] = f"{wish.key}={wish.value} has no effect: the runtime needs {value}"
            self._found[name] = Setting(value, "")

    def value(self, name: str) -> str | None:
        """Present value of a property, in lower case."""
        return self._found[name].value.strip().lower() if name in self._found else None

    def set_default(self, name: str, value: str) -> None:
        """Change a default; nothing happens where the user said otherwise."""
        if not self.is_wish(name):
            self._found[name] = Setting(value, "")

    def drop_default(self, name: str) -> None:
        """Do without a default; nothing happens where the user said otherwise."""
        if not self.is_wish(name):
            self._found.pop(name, None)

    def is_wish(self, name: str) -> bool:
        """Whether the user set a property."""
        return name in self._found and bool(self._found[name].key)

    def settings(self, *, fails_if_refused: bool = False) -> ClientSettings:
        """Everything in librdkafka's terms; for the flag see there. Raises: ConfigError."""
        self._choose_partitioner()
        self._choose_compression_level()
        conf = {name: self._converted(name, setting) for name, setting in self._found.items() if name not in _WORKED_IN}
        max_poll_records = conf.pop("max.poll.records", None)
        if (timeout := conf.get("request.timeout.ms")) is not None:
            conf.setdefault("socket.timeout.ms", timeout)
            if self._role is not Role.PRODUCER:
                del conf["request.timeout.ms"]
        if (refresh := conf.get("metadata.max.age.ms")) is not None:
            # Java looks for new topics and partitions as often as it renews its metadata.
            conf.setdefault("topic.metadata.refresh.interval.ms", str(min(int(refresh), _MAX_REFRESH_MS)))
        return ClientSettings(
            role=self._role,
            conf={**conf, **convert_security(self._found)},
            origins={name: setting.key for name, setting in self._found.items() if setting.key},
            warnings=tuple(text for key, text in self._warnings.items() if self._is_connectors(key)),
            worker_warnings=tuple(text for key, text in self._warnings.items() if not self._is_connectors(key)),
            max_poll_records=None if max_poll_records is None else int(max_poll_records),
            fails_if_refused=fails_if_refused,
        )

    def _is_connectors(self, key: str) -> bool:
        return self._of_connector is not None and key.startswith(self._of_connector)

    def _converted(self, name: str, setting: Setting) -> str:
        value, warning = convert_value(setting.key, name, setting.value)
        if warning is not None:
            self._warnings[setting.key] = warning
        return value

    def _choose_partitioner(self) -> None:
        """Java chooses partitions with a class, or lets keys be; librdkafka has one name for each way."""
        for name in ("partitioner.class", "partitioner.ignore.keys"):
            setting = self._found.get(name)
            if setting is None or not setting.value.strip():
                continue
            value = self._converted(name, setting)
            if value == "true":
                value = "random"
            if value != "false":
                self._found["partitioner"] = Setting(value, setting.key)

    def _choose_compression_level(self) -> None:
        """Java has a level for each codec; librdkafka has one, for the codec in use."""
        for codec in _CODECS_WITH_LEVELS:
            setting = self._found.get(f"compression.{codec}.level")
            if setting is not None:
                level = Setting(self._converted("compression.level", setting), setting.key)
                if codec == self.value("compression.codec"):
                    self._found["compression.level"] = level


_MAX_REFRESH_MS = 3_600_000


def _under(properties: Properties, prefix: str) -> Iterator[tuple[str, Setting]]:
    for key, value in properties.items():
        if key.startswith(prefix) and value is not None:
            yield canonical_name(key.removeprefix(prefix)), Setting(value, key)
