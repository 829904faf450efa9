"""A herder that keeps connectors in memory and runs nothing, for tests of what stands before it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from threading import Event, Lock

import msgspec

from connect_runtime.config import ConfigKey, ConfigType, ConfigValue, Importance, Width
from connect_runtime.errors import AlreadyExistsError, BadRequestError, NotFoundError
from connect_runtime.herder.api import (
    ConfigCheck,
    ConfigEntry,
    ConnectorInfo,
    ConnectorState,
    ConnectorStatus,
    ConnectorType,
    Created,
    Health,
    HealthState,
    InitialState,
    LoggerLevel,
    PluginInfo,
    Preview,
    PreviewedRecord,
    PreviewError,
    PreviewPredicate,
    PreviewRequest,
    PreviewStep,
    ServerInfo,
    TaskInfo,
    TaskState,
)
from connect_runtime.herder.signatures import verify
from connect_runtime.model import ConnectorTaskId
from connect_runtime.storage.config_records import SessionKey

WORKER_ID = "10.0.0.7:8083"
VERSION = "1.4.2"
RawConfig = Mapping[str, str | None]


class Entry(msgspec.Struct):
    """What is kept of one connector."""

    config: dict[str, str | None]
    state: str = "RUNNING"
    has_status: bool = True
    tasks: dict[int, TaskState] = {}


class FakeHerder:
    """Answers at once and keeps what it was told; connectors whose class ends in ``Sink`` are sinks, others sources.

    Attributes:
        entries: Connectors by name, to look at and to arrange.
        calls: Names of the methods that were called, with their arguments.
        fail_with: Raised by every call while it is set.
        gate: Every call but ``health`` waits for it; open unless a test closes it.
        waiting: Set once a call has begun to wait for the gate.
        session_key: Signs what other workers send; only HmacSHA256 is accepted.
        health_report: What ``health`` answers.
    """

    def __init__(self) -> None:
        self.entries: dict[str, Entry] = {}
        self.calls: list[tuple[object, ...]] = []
        self.fail_with: Exception | None = None
        self.gate = Event()
        self.gate.set()
        self.waiting = Event()
        self.session_key: SessionKey | None = None
        self.health_report = Health(HealthState.HEALTHY, "Worker has completed startup and is ready.")
        self.levels = {
            "root": LoggerLevel("INFO", None),
            "acme.sink": LoggerLevel("DEBUG", 1729411200123),
            "acme.sink.batch": LoggerLevel("INFO", None),
        }
        self._lock = Lock()

    # -- arranging -----------------------------------------------------------------------------------------------------

    def add(self, name: str, config: RawConfig | None = None, *, tasks: Sequence[TaskState] = ()) -> Entry:
        """A connector that is there and runs."""
        own = {"connector.class": "FileStreamSource", "file": "/data/a.txt", "topic": "inv", "name": name}
        entry = Entry(dict(config or own), tasks={task.id: task for task in tasks})
        self.entries[name] = entry
        return entry

    # -- HerderApi -----------------------------------------------------------------------------------------------------

    def server_info(self) -> ServerInfo:
        self._begin("server_info")
        return ServerInfo("3.9.0", "84ab12cd34ef5678", "kQ3vT0xARSmSYb1rJwLzNg")

    def health(self) -> Health:
        if self.fail_with is not None:
            raise self.fail_with
        return self.health_report

    def connectors(self) -> list[str]:
        self._begin("connectors")
        return list(self.entries)

    def connector_info(self, name: str) -> ConnectorInfo:
        self._begin("connector_info", name)
        return self._info(name)

    def connector_status(self, name: str) -> ConnectorStatus:
        self._begin("connector_status", name)
        return self._status(name)

    def task_status(self, task_id: ConnectorTaskId) -> TaskState:
        self._begin("task_status", task_id)
        entry = self.entries.get(task_id.connector)
        if entry is None or task_id.task not in entry.tasks:
            raise NotFoundError(f"No status found for task {task_id}")
        return entry.tasks[task_id.task]

    def task_infos(self, name: str) -> list[TaskInfo]:
        self._begin("task_infos", name)
        entry = self._entry(name)
        config = {"task.class": "acme.FileTask", "file": entry.config.get("file") or ""}
        return [TaskInfo(ConnectorTaskId(name, task), config) for task in entry.tasks]

    def create_connector(self, name: str, config: RawConfig, initial_state: InitialState | None) -> Created:
        self._begin("create_connector", name, dict(config), initial_state)
        named = _named(name, config)
        with self._lock:
            if name in self.entries:
                raise AlreadyExistsError(f"Connector {name} already exists")
            self.entries[name] = Entry(named, state=initial_state.value if initial_state else "RUNNING")
        return Created(created=True, info=self._info(name))

    def put_connector_config(self, name: str, config: RawConfig) -> Created:
        self._begin("put_connector_config", name, dict(config))
        named = _named(name, config)
        created = name not in self.entries
        self.entries.setdefault(name, Entry(named)).config = named
        return Created(created=created, info=self._info(name))

    def patch_connector_config(self, name: str, patch: RawConfig) -> Created:
        self._begin("patch_connector_config", name, dict(patch))
        entry = self._entry(name)
        merged = entry.config | dict(patch)
        entry.config = {key: value for key, value in merged.items() if key not in patch or value is not None}
        return Created(created=False, info=self._info(name))

    def delete_connector(self, name: str) -> None:
        self._begin("delete_connector", name)
        self._entry(name)
        del self.entries[name]

    def pause_connector(self, name: str) -> None:
        self._begin("pause_connector", name)
        self._set_state(name, "PAUSED")

    def resume_connector(self, name: str) -> None:
        self._begin("resume_connector", name)
        self._set_state(name, "RUNNING")

    def stop_connector(self, name: str) -> None:
        self._begin("stop_connector", name)
        self._set_state(name, "STOPPED")

    def restart_connector(self, name: str) -> None:
        self._begin("restart_connector", name)
        self._entry(name, "Unknown connector: {}")

    def restart_connector_and_tasks(self, name: str, *, include_tasks: bool, only_failed: bool) -> ConnectorStatus:
        self._begin("restart_connector_and_tasks", name, include_tasks, only_failed)
        self._entry(name, "Unknown connector: {}")
        status = self._status(name)
        tasks = [_restarting(task) if include_tasks and not only_failed else task for task in status.tasks]
        connector = ConnectorState("RESTARTING", WORKER_ID, VERSION)
        return ConnectorStatus(name, connector, tasks, status.type)

    def restart_task(self, task_id: ConnectorTaskId) -> None:
        self._begin("restart_task", task_id)
        if task_id.task not in self._entry(task_id.connector, "Unknown connector: {}").tasks:
            raise NotFoundError(f"Unknown task: {task_id}")

    def verify_signature(self, headers: Mapping[str, str], body: bytes) -> None:
        verify(headers, body, self.session_key, ["HmacSHA256"])

    def put_task_configs(self, name: str, configs: Sequence[Mapping[str, str]]) -> None:
        self._begin("put_task_configs", name, [dict(config) for config in configs])
        self._entry(name)

    def fence_zombies(self, name: str) -> None:
        self._begin("fence_zombies", name)
        self._entry(name)

    def plugins(self, *, connectors_only: bool) -> list[PluginInfo]:
        self._begin("plugins", connectors_only)
        connectors = [
            PluginInfo("acme.WarehouseSink", "sink", "1.4.2"),
            PluginInfo("acme.FileSource", "source", None),
        ]
        return connectors if connectors_only else [*connectors, PluginInfo("acme.Cast", "transformation", "1.0")]

    def plugin_config_def(self, plugin: str) -> Sequence[ConfigKey]:
        self._begin("plugin_config_def", plugin)
        if plugin not in {"FileSource", "acme.FileSource"}:
            raise NotFoundError(f"Unknown plugin {plugin}.")
        return CONFIG_KEYS

    def validate_config(self, plugin: str, config: RawConfig) -> ConfigCheck:
        self._begin("validate_config", plugin, dict(config))
        entries = [
            ConfigEntry(None, ConfigValue("colour", "red", errors=("Null value",))),
            ConfigEntry(TASKS_MAX, ConfigValue("tasks.max", None, errors=("Invalid value x",))),
            ConfigEntry(SECRET, ConfigValue("secret", "hunter2")),
            ConfigEntry(FILES, ConfigValue("files", ["a", "b"], recommended_values=(["a"], None))),
            ConfigEntry(SECRET, None),
        ]
        return ConfigCheck(config["connector.class"] or "", 2, ["Common"], entries)

    def preview(self, request: PreviewRequest) -> Preview:
        self._begin("preview", request)
        raw = {"topic": "t", "partition": 0, "value": '{"a":1.5}'}
        read = {"topic": "t", "partition": 0, "value": {"a": 1.5}}
        predicate = PreviewPredicate("acme.Is", negate=True, matches=False)
        steps = [
            PreviewStep("converters", None, None, raw, read),
            PreviewStep("cut", "acme.Cut", predicate, read, None),
        ]
        error = PreviewError("VALUE_CONVERTER", "value.converter", "acme.Words", "not a word", raw)
        return Preview(ConnectorType.SINK, 1, [PreviewedRecord(steps), PreviewedRecord([], error)])

    def loggers(self) -> dict[str, LoggerLevel]:
        self._begin("loggers")
        return self.levels

    def logger(self, name: str) -> LoggerLevel:
        self._begin("logger", name)
        if name not in self.levels:
            raise NotFoundError(f"Logger {name} not found.")
        return self.levels[name]

    def set_cluster_logger_level(self, namespace: str, level: str) -> None:
        self._begin("set_cluster_logger_level", namespace, level)

    def set_logger_level(self, namespace: str, level: str) -> list[str]:
        self._begin("set_logger_level", namespace, level)
        if level.upper() not in {"INFO", "DEBUG"}:
            raise NotFoundError(f"invalid log level '{level}': use one of INFO, DEBUG")
        return sorted(name for name in self.levels if name.startswith(namespace))

    # -- shared --------------------------------------------------------------------------------------------------------

    def _begin(self, *call: object) -> None:
        self.calls.append(call)
        if not self.gate.is_set():
            self.waiting.set()
            self.gate.wait(30)
        if self.fail_with is not None:
            raise self.fail_with

    def _entry(self, name: str, message: str = "Connector {} not found") -> Entry:
        if name not in self.entries:
            raise NotFoundError(message.format(name))
        return self.entries[name]

    def _set_state(self, name: str, state: str) -> None:
        self._entry(name, "Unknown connector {}").state = state

    def _info(self, name: str) -> ConnectorInfo:
        entry = self._entry(name)
        return ConnectorInfo(name, entry.config, [ConnectorTaskId(name, task) for task in entry.tasks], _type(entry))

    def _status(self, name: str) -> ConnectorStatus:
        entry = self.entries.get(name)
        if entry is None or not entry.has_status:
            raise NotFoundError(f"No status found for connector {name}")
        connector = ConnectorState(entry.state, WORKER_ID, VERSION)
        return ConnectorStatus(name, connector, list(entry.tasks.values()), _type(entry))


TASKS_MAX = ConfigKey(
    "tasks.max",
    ConfigType.INT,
    default=1,
    importance=Importance.HIGH,
    doc="How many tasks at most.",
    group="Common",
    order=3,
    width=Width.SHORT,
    display_name="Tasks max",
    dependents=["files"],
)
SECRET = ConfigKey("secret", ConfigType.PASSWORD, default="changeme")
FILES = ConfigKey("files", ConfigType.LIST, required=True)
CONFIG_KEYS = (TASKS_MAX, SECRET, FILES)


def task(number: int, state: str = "RUNNING", trace: str | None = None) -> TaskState:
    """Status of a task."""
    return TaskState(number, state, WORKER_ID, VERSION, trace)


def _named(name: str, config: RawConfig) -> dict[str, str | None]:
    included = config.get("name")
    if included is not None and included != name:
        raise BadRequestError(f"Connector name configuration ({included}) doesn't match connector name ({name})")
    return {**config, "name": name}


def _restarting(state: TaskState) -> TaskState:
    return msgspec.structs.replace(state, state="RESTARTING")


def _type(entry: Entry) -> ConnectorType:
    class_name = entry.config.get("connector.class") or ""
    return ConnectorType.SINK if class_name.endswith("Sink") else ConnectorType.SOURCE
