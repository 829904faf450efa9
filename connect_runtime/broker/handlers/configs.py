"""DescribeConfigs, AlterConfigs, IncrementalAlterConfigs."""

from typing import Any

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError, StorageError
from connect_runtime.broker.log.catalog import Topic
from connect_runtime.broker.log.topic_changes import SetTopicConfig
from connect_runtime.broker.log.topic_config import TOPIC_KEYS, ConfigType, check_topic_config
from connect_runtime.broker.node import Client, Node
from connect_runtime.broker.wire.codec import Answer

__all__ = ["alter_configs", "describe_configs", "incremental_alter_configs"]

_TOPIC = 2
_BROKER = 4
_TOPIC_SOURCE = 1
_STATIC_BROKER_SOURCE = 4
_DEFAULT_SOURCE = 5
_SET, _DELETE, _APPEND, _SUBTRACT = range(4)


async def describe_configs(node: Node, request: Any, _client: Client) -> Answer:
    """The settings of topics and of the broker."""
    results = []
    for resource in request.resources:
        about = {"resource_type": resource.resource_type, "resource_name": resource.resource_name}
        try:
            configs = _configs(node, resource, request)
        except ApiError as refusal:
            results.append({**about, "error_code": refusal.code, "error_message": refusal.message})
            continue
        if resource.configuration_keys is not None:
            configs = [config for config in configs if config["name"] in resource.configuration_keys]
        results.append({**about, "configs": configs})
    return {"results": results}


def _configs(node: Node, resource: Any, request: Any) -> list[Answer]:
    if resource.resource_type == _TOPIC:
        topic = node.catalog.topic(resource.resource_name or None)
        return [_topic_setting(node, topic, name, request) for name in TOPIC_KEYS]
    if resource.resource_type == _BROKER:
        if resource.resource_name not in ("", str(node.config.node_id)):
            raise ApiError(
                ErrorCode.invalid_request,
                f"Unexpected broker id, expected {node.config.node_id}, but received {resource.resource_name}",
            )
        return _broker_settings(node) if resource.resource_name else []
    raise ApiError(ErrorCode.invalid_request, f"there are no configs of resource type {resource.resource_type}")


def _topic_setting(node: Node, topic: Topic, name: str, request: Any) -> Answer:
    key = TOPIC_KEYS[name]
    layers = [
        (_TOPIC_SOURCE, topic.settings.get(name)),
        (_STATIC_BROKER_SOURCE, node.catalog.defaults.get(name)),
        (_DEFAULT_SOURCE, key.default),
    ]
    source, value = next((source, value) for source, value in layers if value is not None)
    synonyms = [{"name": name, "value": value, "source": source} for source, value in layers if value is not None]
    return {
        "name": name,
        "value": value,
        "config_source": source,
        "config_type": int(key.type),
        "synonyms": synonyms if request.include_synonyms else (),
        "documentation": key.doc if getattr(request, "include_documentation", False) else None,
    }


def _broker_settings(node: Node) -> list[Answer]:
    config = node.config
    settings = {
        "broker.id": (str(config.node_id), ConfigType.INT),
        "node.id": (str(config.node_id), ConfigType.INT),
        "advertised.listeners": (f"PLAINTEXT://{node.host}:{node.port}", ConfigType.STRING),
        "auto.create.topics.enable": (str(config.auto_create_topics).lower(), ConfigType.BOOLEAN),
        "num.partitions": (str(config.num_partitions), ConfigType.INT),
        "default.replication.factor": ("1", ConfigType.INT),
        "log.dirs": (str(config.dir), ConfigType.STRING),
        "socket.request.max.bytes": (str(config.max_request_bytes), ConfigType.INT),
        "fetch.max.bytes": (str(config.max_fetch_bytes), ConfigType.INT),
        "group.min.session.timeout.ms": (_ms(config.group_min_session_timeout_s), ConfigType.INT),
        "group.max.session.timeout.ms": (_ms(config.group_max_session_timeout_s), ConfigType.INT),
        "group.initial.rebalance.delay.ms": (_ms(config.group_initial_rebalance_delay_s), ConfigType.INT),
        "delete.topic.enable": ("true", ConfigType.BOOLEAN),
    }
    return [
        {
            "name": name,
            "value": value,
            "config_source": _STATIC_BROKER_SOURCE,
            "config_type": int(kind),
            "read_only": True,
        }
        for name, (value, kind) in settings.items()
    ]


def _ms(seconds: float) -> str:
    return str(round(seconds * 1000))


async def alter_configs(node: Node, request: Any, _client: Client) -> Answer:
    """Replace all settings of topics."""
    responses = []
    for resource in request.resources:
        settings = {config.name: config.value for config in resource.configs}
        responses.append(await _altered(node, resource, settings, is_only_checked=request.validate_only))
    return {"responses": responses}


async def incremental_alter_configs(node: Node, request: Any, _client: Client) -> Answer:
    """Change some settings of topics."""
    responses = []
    for resource in request.resources:
        try:
            settings = _incremented(node, resource)
        except ApiError as refusal:
            responses.append(_response(resource, refusal))
            continue
        responses.append(await _altered(node, resource, settings, is_only_checked=request.validate_only))
    return {"responses": responses}


def _incremented(node: Node, resource: Any) -> dict[str, str | None]:
    settings: dict[str, str | None] = dict(_alterable(node, resource).settings)
    for config in resource.configs:
        if config.config_operation == _SET:
            settings[config.name] = config.value
        elif config.config_operation == _DELETE:
            settings.pop(config.name, None)
        else:
            settings[config.name] = _changed_list(config, settings.get(config.name))
    return settings


def _changed_list(config: Any, current: str | None) -> str:
    key = TOPIC_KEYS.get(config.name)
    if key is None or key.type is not ConfigType.LIST or config.config_operation not in (_APPEND, _SUBTRACT):
        raise ApiError(ErrorCode.invalid_config, f"{config.name} is not a list: it can be set and deleted only")
    items = [item for item in (current or key.default).split(",") if item]
    changed = [item for item in (config.value or "").split(",") if item]
    if config.config_operation == _SUBTRACT:
        return ",".join(item for item in items if item not in changed)
    return ",".join([*items, *(item for item in changed if item not in items)])


async def _altered(node: Node, resource: Any, settings: dict[str, str | None], *, is_only_checked: bool) -> Answer:
    try:
        topic = _alterable(node, resource)
        check_topic_config(settings)
        if not is_only_checked:
            texts = {name: value for name, value in settings.items() if value is not None}
            await node.writer.submit(SetTopicConfig(node.catalog, topic, texts))
    except ApiError as refusal:
        return _response(resource, refusal)
    except StorageError as exc:
        return _response(resource, ApiError(ErrorCode.kafka_storage_error, f"the change cannot be written: {exc}"))
    return _response(resource, None)


def _alterable(node: Node, resource: Any) -> Topic:
    if resource.resource_type != _TOPIC:
        raise ApiError(
            ErrorCode.invalid_request, "only topics can be altered; settings of the broker are given at its start"
        )
    return node.catalog.topic(resource.resource_name or None)


def _response(resource: Any, refusal: ApiError | None) -> Answer:
    return {
        "resource_type": resource.resource_type,
        "resource_name": resource.resource_name,
        "error_code": ErrorCode.none if refusal is None else refusal.code,
        "error_message": None if refusal is None else refusal.message,
    }
