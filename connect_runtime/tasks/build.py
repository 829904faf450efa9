"""Makes connector instances and tasks: plugin, converters, transforms, clients, all from their configurations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from confluent_kafka import Producer

from connect_runtime.clock import Clock
from connect_runtime.errors import ConnectError
from connect_runtime.kafka import ClientFactory, admin_settings, consumer_settings, producer_settings
from connect_runtime.model import ConnectorTaskId, SinkRecord, SourceRecord
from connect_runtime.pipeline import (
    ConsumedMessage,
    DeadLetterQueue,
    ErrorPolicy,
    LogReporter,
    Operations,
    SinkPipeline,
    SourcePipeline,
    TopicCreation,
    TopicRules,
)
from connect_runtime.pipeline.build import build_chain, build_converters
from connect_runtime.pipeline.places import place_of
from connect_runtime.pipeline.topics import NewTopic
from connect_runtime.plugins import PluginRegistry
from connect_runtime.sdk import SinkTask, SourceConnector, SourceTask
from connect_runtime.storage.config_records import TargetState
from connect_runtime.storage.offsets import StoredOffsetReader
from connect_runtime.tasks.build_commits import CommitsBuilder, ExactlyOnceSettings
from connect_runtime.tasks.commit import Committer
from connect_runtime.tasks.connector import RunningConnector
from connect_runtime.tasks.errant import ErrantRecords
from connect_runtime.tasks.kafka_clients import KafkaDeadLetterProducer, KafkaTopicAdmin, logged
from connect_runtime.tasks.lifecycle import StatusListener
from connect_runtime.tasks.offset_stores import OffsetStores
from connect_runtime.tasks.sink_consumer import FETCH_MESSAGES, SinkConsumer, Subscription
from connect_runtime.tasks.sink_task import PUT_RECORDS, RunningSinkTask
from connect_runtime.tasks.source_task import RunningSourceTask
from connect_runtime.tasks.task import RunningTask
from connect_runtime.tasks.thread import daemon

__all__ = ["ConnectorBuilder", "TaskBuilder", "TaskSettings"]

Config = Mapping[str, str]
Plugins = Callable[[], PluginRegistry]


@dataclass(frozen=True, slots=True)
class TaskSettings:
    """What the worker says about all its tasks.

    Attributes:
        worker: The worker's configuration as given, for converters and client settings.
        offset_flush_interval_s: Pause between two commits.
        offset_flush_timeout_s: Limit for one commit.
        topic_creation_enable: Whether connectors' ``topic.creation.*`` keys count.
        exactly_once: How source tasks deliver exactly once, ``None`` when they deliver at least once.
    """

    worker: Config
    offset_flush_interval_s: float
    offset_flush_timeout_s: float
    topic_creation_enable: bool
    exactly_once: ExactlyOnceSettings | None = None


class ConnectorBuilder:
    """Makes connector instances.

    Args:
        plugins: Gives the installed plugins as they are now.
        offsets: Finds committed source offsets.
        listener: Told of connectors' statuses.
        on_reconfigure: Called when a connector asks for new task configurations.
    """

    def __init__(
        self,
        plugins: Plugins,
        offsets: OffsetStores,
        listener: StatusListener[str],
        on_reconfigure: Callable[[str], None],
    ) -> None:
        self._plugins = plugins
        self._offsets = offsets
        self._listener = listener
        self._on_reconfigure = on_reconfigure

    def build(self, name: str, config: Config) -> RunningConnector:
        """An instance that is not started yet.

        Raises:
            ConnectError: It cannot be made of this configuration.
        """
        plugin = self._plugins().find_connector(config.get("connector.class", ""))()
        if isinstance(plugin, SourceConnector):
            TopicRules.of(config)
        reader = self._reader(name, config) if isinstance(plugin, SourceConnector) else None
        version = self._plugins().version_of(type(plugin))
        return RunningConnector(name, plugin, version, config, reader, self._listener, self._on_reconfigure)

    def _reader(self, name: str, config: Config) -> StoredOffsetReader:
        own = self._offsets.own(name, config)
        if own is None:
            return StoredOffsetReader(self._offsets.shared, name)
        # Closing clients takes a moment, for which nobody else has to wait.
        return StoredOffsetReader(own, name, lambda: daemon(f"offsets-close-{name}", own.stop).start())


class TaskBuilder:
    """Makes tasks.

    Args:
        plugins: Gives the installed plugins as they are now.
        clients: Makes Kafka clients.
        offsets: Finds committed source offsets.
        committer: Calls for commits of source offsets.
        listener: Told of tasks' statuses.
        settings: What the worker says about all tasks.
        clock: The time.
        on_topics: Told of the topics that a task uses.
    """

    def __init__(
        self,
        plugins: Plugins,
        clients: ClientFactory,
        offsets: OffsetStores,
        committer: Committer,
        listener: StatusListener[ConnectorTaskId],
        settings: TaskSettings,
        clock: Clock,
        on_topics: Callable[[ConnectorTaskId, frozenset[str]], None],
    ) -> None:
        self._plugins = plugins
        self._clients = clients
        self._commits = CommitsBuilder(
            settings.worker,
            clients,
            offsets,
            committer,
            settings.offset_flush_interval_s,
            settings.offset_flush_timeout_s,
            clock,
            on_topics,
        )
        self._listener = listener
        self._settings = settings
        self._clock = clock
        self._on_topics = on_topics

    def build(
        self, task_id: ConnectorTaskId, connector_config: Config, task_config: Config, target: TargetState
    ) -> RunningTask:
        """A task that is not started yet.

        Raises:
            ConnectError: It cannot be made of these configurations.
        """
        connector = self._plugins().find_connector(connector_config.get("connector.class", ""))
        version = self._plugins().version_of(connector)
        plugin = connector().task_class()()
        match plugin:
            case SourceTask():
                return self._source_task(task_id, plugin, version, connector_config, task_config, target)
            case SinkTask():
                return self._sink_task(task_id, plugin, version, connector_config, task_config, target)
            case _:
                raise ConnectError(f"{type(plugin).__name__} is neither a source nor a sink task")

    def _source_task(
        self,
        task_id: ConnectorTaskId,
        plugin: SourceTask,
        version: str | None,
        connector_config: Config,
        task_config: Config,
        target: TargetState,
    ) -> RunningSourceTask:
        policy = ErrorPolicy.of(connector_config)
        converters = build_converters(connector_config, self._settings.worker, self._plugins())
        reporters = [LogReporter(task_id, include_messages=policy.log_include_messages)] if policy.log_enable else []
        rules = TopicRules.of(connector_config) if self._settings.topic_creation_enable else None
        admin = self._admin(connector_config, f"connector-adminclient-{task_id}")
        task: RunningSourceTask | None = None

        operations = Operations[SourceRecord](
            policy, reporters, self._clock, lambda: task is not None and task.is_cancelled, place_of
        )
        pipeline = SourcePipeline(
            converters.key,
            converters.value,
            converters.header,
            build_chain(connector_config, self._plugins(), SourceRecord),
            operations,
        )
        # Last, as these hold threads: whatever is wrong with the rest shows before.
        exactly_once = self._settings.exactly_once
        parts = (
            self._commits.at_least_once(task_id, connector_config)
            if exactly_once is None
            else self._commits.exactly_once(exactly_once, task_id, connector_config)
        )
        task = RunningSourceTask(
            task_id,
            plugin,
            task_config,
            pipeline,
            parts.producer,
            TopicCreation(rules, admin),
            parts.commits,
            StoredOffsetReader(parts.offsets, task_id.connector),
            self._listener,
            target,
            version=version,
            on_end=admin.close,
        )
        return task

    def _sink_task(
        self,
        task_id: ConnectorTaskId,
        plugin: SinkTask,
        version: str | None,
        connector_config: Config,
        task_config: Config,
        target: TargetState,
    ) -> RunningSinkTask:
        policy = ErrorPolicy.of(connector_config)
        converters = build_converters(connector_config, self._settings.worker, self._plugins())
        log = LogReporter(task_id, include_messages=policy.log_include_messages) if policy.log_enable else None
        producer = KafkaDeadLetterProducer(
            lambda: self._producer(connector_config, f"connector-dlq-producer-{task_id}")
        )
        queue = (
            DeadLetterQueue(
                policy.dead_letter_topic, task_id, producer, context_headers=policy.dead_letter_context_headers
            )
            if policy.dead_letter_topic
            else None
        )
        errant = ErrantRecords(task_id, policy, log, queue, converters.key, converters.value, converters.header)
        task: RunningSinkTask | None = None
        operations = Operations[ConsumedMessage](
            policy,
            [reporter for reporter in (log, queue) if reporter is not None],
            self._clock,
            lambda: task is not None and task.is_cancelled,
            place_of,
        )
        pipeline = SinkPipeline(
            converters.key,
            converters.value,
            converters.header,
            build_chain(connector_config, self._plugins(), SinkRecord),
            operations,
        )
        settings = logged(
            consumer_settings(
                self._settings.worker,
                connector_config,
                f"connector-consumer-{task_id}",
                f"connect-{task_id.connector}",
            )
        )
        consumer = SinkConsumer(
            task_id,
            lambda on_commit: self._clients.consumer(settings, on_commit=on_commit),
            Subscription.of(connector_config),
            self._clock,
            cooperative=settings.rebalances_incrementally,
            fetch_messages=min(settings.max_poll_records or FETCH_MESSAGES, FETCH_MESSAGES),
        )
        task = RunningSinkTask(
            task_id,
            plugin,
            task_config,
            pipeline,
            consumer,
            errant,
            self._listener,
            target,
            self._clock,
            version=version,
            commit_interval_s=self._settings.offset_flush_interval_s,
            commit_timeout_s=self._settings.offset_flush_timeout_s,
            on_topics=lambda topics: self._on_topics(task_id, topics),
            on_end=producer.close,
            put_records=settings.max_poll_records or PUT_RECORDS,
            prepare=lambda: self._create_dead_letter_topic(task_id, policy, connector_config),
        )
        return task

    def _create_dead_letter_topic(self, task_id: ConnectorTaskId, policy: ErrorPolicy, config: Config) -> None:
        if policy.dead_letter_topic is None:
            return
        admin = self._admin(config, f"connector-dlq-adminclient-{task_id}")
        topic = NewTopic(policy.dead_letter_topic, 1, policy.dead_letter_replication_factor, {})
        try:
            if not admin.topic_exists(topic.name):
                admin.create_topic(topic)
        except ConnectError as error:
            raise ConnectError(
                f"Could not initialize errant record reporter: dead letter queue topic {policy.dead_letter_topic} "
                f"is missing and cannot be created: {str(error).rstrip('.')}. Create it, or set "
                f"errors.deadletterqueue.topic.replication.factor, which is {policy.dead_letter_replication_factor}, "
                "to at most the number of brokers"
            ) from error
        finally:
            admin.close()

    def _producer(self, config: Config, client_id: str) -> Producer:
        return self._clients.producer(logged(producer_settings(self._settings.worker, config, client_id)))

    def _admin(self, config: Config, client_id: str) -> KafkaTopicAdmin:
        settings = logged(admin_settings(self._settings.worker, config, client_id))
        return KafkaTopicAdmin(lambda: self._clients.admin(settings))
