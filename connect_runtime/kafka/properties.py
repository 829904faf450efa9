"""Names of client properties: which ones a client has, and what is to be done with the others."""

from __future__ import annotations

from difflib import get_close_matches

from connect_runtime.kafka.java_properties import JAVA_NAMES, NO_EFFECT, REFUSED, RENAMED, WORKED_IN, NoEffect, Role

__all__ = ["Role", "canonical_name", "is_common", "is_known", "nearest_name", "no_effect", "refusal"]


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
        sticky.partitioning.linger.ms transaction.timeout.ms
        """
    ),
    Role.CONSUMER: _names(
        """
        auto.offset.reset check.crcs coordinator.query.interval.ms enable.auto.commit enable.auto.offset.store
        enable.partition.eof fetch.error.backoff.ms fetch.max.bytes fetch.message.max.bytes fetch.min.bytes
        fetch.queue.backoff.ms fetch.wait.max.ms group.id group.instance.id group.protocol group.remote.assignor
        heartbeat.interval.ms isolation.level max.poll.interval.ms partition.assignment.strategy
        queued.max.messages.kbytes queued.min.messages session.timeout.ms
        """
    ),
    Role.ADMIN: frozenset[str](),
}

_ALIASES = RENAMED | {
    "max.in.flight": "max.in.flight.requests.per.connection",
    "metadata.broker.list": "bootstrap.servers",
}

_RUNS_CODE = "it runs code on the worker; only the worker's file may set it"
_NOT_OF_CONNECTORS = {
    "plugin.library.paths": _RUNS_CODE,
    "sasl.kerberos.kinit.cmd": _RUNS_CODE,
    "ssl.engine.location": _RUNS_CODE,
}

_METRICS_LABELS = "metrics.context."


def canonical_name(name: str) -> str:
    """The one name under which a property is kept, for names that have several."""
    return _ALIASES.get(name, name)


def is_known(role: Role, name: str) -> bool:
    """Whether a canonical name means something to a client of this role."""
    return is_common(name) or name in _OF_ROLE[role] or (name in WORKED_IN and name in JAVA_NAMES[role])


def is_common(name: str) -> bool:
    """Whether a canonical name means the same to every client, connection and security above all."""
    return name in _COMMON or (name in WORKED_IN and all(name in names for names in JAVA_NAMES.values()))


def no_effect(role: Role, name: str) -> NoEffect | None:
    """Why a canonical name that no client of this role knows has no effect; ``None`` when nobody knows the name."""
    if name.startswith(_METRICS_LABELS):
        return NoEffect("this runtime has metrics of its own")
    if role is Role.ADMIN and name == canonical_name("retries"):
        return NoEffect("the runtime gives each call its own time")
    if name in NO_EFFECT:
        return NO_EFFECT[name]
    others = [other for other in Role if other is not role and is_known(other, name)]
    return NoEffect(f"it is a property of {others[0].value}s") if others else None


def refusal(name: str, *, of_connector: bool) -> str | None:
    """Why a property must not be set, by anybody or by a connector; ``None`` when it may."""
    return REFUSED.get(name) or (_NOT_OF_CONNECTORS.get(name) if of_connector else None)


def nearest_name(role: Role, name: str) -> str | None:
    """The known name, Java's or librdkafka's, that a misspelt one most likely stands for."""
    candidates = sorted(_COMMON | _OF_ROLE[role] | JAVA_NAMES[role])
    return next(iter(get_close_matches(name, candidates, n=1, cutoff=0.7)), None)
