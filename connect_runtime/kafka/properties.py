"""Names of client properties: librdkafka's own, Java's, and how the second become the first.

Worker and connector files are full of the Java client's names. Where librdkafka has the same name nothing needs to be
said; here stand the names that differ and those without a counterpart.
"""

from __future__ import annotations

from difflib import get_close_matches
from enum import Enum

__all__ = ["Role", "canonical_name", "is_common", "is_ignored", "is_known", "nearest_name"]


class Role(Enum):
    """Kind of client that settings are for."""

    PRODUCER = "producer"
    CONSUMER = "consumer"
    ADMIN = "admin"


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


_COMMON = _names(
    """
    allow.auto.create.topics api.version.fallback.ms api.version.request api.version.request.timeout.ms
    bootstrap.servers broker.address.family broker.address.ttl broker.version.fallback client.dns.lookup client.id
    client.rack connections.max.idle.ms debug enable.metrics.push enable.random.seed
    enable.sasl.oauthbearer.unsecure.jwt enable.sparse.connections enable.ssl.certificate.verification
    https.ca.location https.ca.pem log.connection.close log_level max.in.flight.requests.per.connection
    message.copy.max.bytes message.max.bytes metadata.max.age.ms metadata.recovery.rebootstrap.trigger.ms
    metadata.recovery.strategy plugin.library.paths receive.message.max.bytes reconnect.backoff.jitter.ms
    reconnect.backoff.max.ms reconnect.backoff.ms request.timeout.ms retry.backoff.max.ms retry.backoff.ms
    sasl.kerberos.keytab sasl.kerberos.kinit.cmd sasl.kerberos.min.time.before.relogin sasl.kerberos.principal
    sasl.kerberos.service.name sasl.mechanisms sasl.oauthbearer.assertion.algorithm
    sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.exp.seconds
    sasl.oauthbearer.assertion.claim.iss sasl.oauthbearer.assertion.claim.jti.include
    sasl.oauthbearer.assertion.claim.nbf.seconds sasl.oauthbearer.assertion.claim.sub sasl.oauthbearer.assertion.file
    sasl.oauthbearer.assertion.jwt.template.file sasl.oauthbearer.assertion.private.key.file
    sasl.oauthbearer.assertion.private.key.passphrase sasl.oauthbearer.assertion.private.key.pem
    sasl.oauthbearer.client.credentials.client.id sasl.oauthbearer.client.credentials.client.secret
    sasl.oauthbearer.client.id sasl.oauthbearer.client.secret sasl.oauthbearer.config sasl.oauthbearer.extensions
    sasl.oauthbearer.grant.type sasl.oauthbearer.metadata.authentication.type sasl.oauthbearer.method
    sasl.oauthbearer.scope sasl.oauthbearer.sub.claim.name sasl.oauthbearer.token.endpoint.url sasl.password
    sasl.username security.protocol socket.connection.setup.timeout.ms socket.keepalive.enable socket.max.fails
    socket.nagle.disable socket.receive.buffer.bytes socket.send.buffer.bytes socket.timeout.ms
    ssl.ca.certificate.stores ssl.ca.location ssl.ca.pem ssl.certificate.location ssl.certificate.pem
    ssl.cipher.suites ssl.crl.location ssl.curves.list ssl.endpoint.identification.algorithm ssl.engine.id
    ssl.engine.location ssl.key.location ssl.key.password ssl.key.pem ssl.keystore.location ssl.keystore.password
    ssl.providers ssl.sigalgs.list statistics.interval.ms test.mock.broker.rtt test.mock.num.brokers topic.blacklist
    topic.metadata.propagation.max.ms topic.metadata.refresh.fast.interval.ms topic.metadata.refresh.interval.ms
    topic.metadata.refresh.sparse
    """
)

_OF_ROLE = {
    Role.PRODUCER: _names(
        """
        batch.num.messages batch.size compression.codec compression.level enable.gapless.guarantee enable.idempotence
        message.send.max.retries message.timeout.ms partitioner queue.buffering.backpressure.threshold
        queue.buffering.max.kbytes queue.buffering.max.messages queue.buffering.max.ms request.required.acks
        sticky.partitioning.linger.ms transaction.timeout.ms transactional.id
        """
    ),
    Role.CONSUMER: _names(
        """
        auto.commit.interval.ms auto.offset.reset check.crcs coordinator.query.interval.ms enable.auto.commit
        enable.auto.offset.store enable.partition.eof fetch.error.backoff.ms fetch.max.bytes fetch.message.max.bytes
        fetch.min.bytes fetch.queue.backoff.ms fetch.wait.max.ms group.id group.instance.id group.protocol
        group.remote.assignor heartbeat.interval.ms isolation.level max.poll.interval.ms max.poll.records
        partition.assignment.strategy queued.max.messages.kbytes queued.min.messages session.timeout.ms
        """
    ),
    Role.ADMIN: frozenset[str](),
}

# Java's names and librdkafka's aliases -> the one name used here. Values that need more than a new name: `values.py`.
_RENAMED = {
    "acks": "request.required.acks",
    "buffer.memory": "queue.buffering.max.kbytes",
    "compression.gzip.level": "compression.level",
    "compression.lz4.level": "compression.level",
    "compression.type": "compression.codec",
    "compression.zstd.level": "compression.level",
    "delivery.timeout.ms": "message.timeout.ms",
    "fetch.max.wait.ms": "fetch.wait.max.ms",
    "linger.ms": "queue.buffering.max.ms",
    "max.in.flight": "max.in.flight.requests.per.connection",
    "max.partition.fetch.bytes": "fetch.message.max.bytes",
    "max.request.size": "message.max.bytes",
    "metadata.broker.list": "bootstrap.servers",
    "receive.buffer.bytes": "socket.receive.buffer.bytes",
    "retries": "message.send.max.retries",
    "sasl.mechanism": "sasl.mechanisms",
    "send.buffer.bytes": "socket.send.buffer.bytes",
}

# Java's names that are worked into several of librdkafka's: `security.py`.
_SECURITY = _names(
    """
    sasl.jaas.config ssl.keystore.certificate.chain ssl.keystore.key ssl.keystore.type ssl.truststore.certificates
    ssl.truststore.location ssl.truststore.password ssl.truststore.type
    """
)

# Java's names that mean nothing to librdkafka, or whose effect it has anyway: dropped without a word.
_IGNORED = _names(
    """
    auto.include.jmx.reporter client.telemetry.push config.providers default.api.timeout.ms exclude.internal.topics
    interceptor.classes key.deserializer key.serializer max.block.ms metric.reporters metrics.num.samples
    metrics.recording.level metrics.sample.window.ms partitioner.adaptive.partitioning.enable
    partitioner.availability.timeout.ms partitioner.class partitioner.ignore.keys sasl.client.callback.handler.class
    sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor sasl.login.callback.handler.class
    sasl.login.class security.providers socket.connection.setup.timeout.max.ms ssl.enabled.protocols
    ssl.engine.factory.class ssl.keymanager.algorithm ssl.protocol ssl.provider ssl.secure.random.implementation
    ssl.trustmanager.algorithm transaction.two.phase.commit.enable value.deserializer value.serializer
    """
)
# ``admin.listeners`` belongs to REST and only looks like a property of the admin client.
_IGNORED_PREFIXES = ("metrics.context.", "sasl.login.", "sasl.oauthbearer.jwks.", "internal.", "listeners")


def canonical_name(name: str) -> str:
    """The one name under which a property is kept, for names that have several."""
    return _RENAMED.get(name, name)


def is_known(role: Role, name: str) -> bool:
    """Whether a canonical name means something to a client of this role."""
    return is_common(name) or name in _OF_ROLE[role]


def is_common(name: str) -> bool:
    """Whether a canonical name means the same to every client, connection and security above all."""
    return name in _COMMON or name in _SECURITY


def is_ignored(role: Role, name: str) -> bool:
    """Whether a canonical name is right in Java, or for another role, and has no effect here."""
    other_roles = (names for other, names in _OF_ROLE.items() if other is not role)
    return name in _IGNORED or name.startswith(_IGNORED_PREFIXES) or any(name in names for names in other_roles)


def nearest_name(role: Role, name: str) -> str | None:
    """The known name, Java's or librdkafka's, that a misspelt one most likely stands for."""
    java = [old for old, new in _RENAMED.items() if is_known(role, new)]
    candidates = sorted(_COMMON | _SECURITY | _OF_ROLE[role] | set(java))
    return next(iter(get_close_matches(name, candidates, n=1, cutoff=0.7)), None)
