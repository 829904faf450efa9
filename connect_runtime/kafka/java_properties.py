"""The Java clients' properties (Kafka 4.3), and what becomes of each: the table that code and documentation share.

Worker and connector files are full of these names. Most mean the same to librdkafka, some have another name there, some
are worked into several of its properties, and the rest has no effect or is refused, each with its reason.
"""

from __future__ import annotations

from enum import Enum

import msgspec

__all__ = ["JAVA_NAMES", "NO_EFFECT", "REFUSED", "RENAMED", "VALUE_NOTES", "WORKED_IN", "NoEffect", "Role"]


class Role(Enum):
    """Kind of client that settings are for."""

    PRODUCER = "producer"
    CONSUMER = "consumer"
    ADMIN = "admin"

    @property
    def noun(self) -> str:
        """What such a client is called in a sentence."""
        return "admin client" if self is Role.ADMIN else self.value


class NoEffect(msgspec.Struct, frozen=True):
    """Why a property is not heeded.

    Args:
        reason: The end of a sentence that begins with ``KEY has no effect:``.
        fulfilled: Values that describe what happens anyway, in lower case: nobody needs to hear of those.
    """

    reason: str
    fulfilled: frozenset[str] = frozenset()


def _names(text: str) -> frozenset[str]:
    return frozenset(text.split())


def _no_effect(reason: str, *fulfilled: str) -> NoEffect:
    return NoEffect(reason, frozenset(fulfilled))


_EVERY_CLIENT = _names(
    """
    bootstrap.servers client.dns.lookup client.id connections.max.idle.ms enable.metrics.push metadata.max.age.ms
    metadata.recovery.rebootstrap.trigger.ms metadata.recovery.strategy metric.reporters metrics.num.samples
    metrics.recording.level metrics.sample.window.ms receive.buffer.bytes reconnect.backoff.max.ms reconnect.backoff.ms
    request.timeout.ms retry.backoff.max.ms retry.backoff.ms sasl.client.callback.handler.class sasl.jaas.config
    sasl.kerberos.kinit.cmd sasl.kerberos.min.time.before.relogin sasl.kerberos.service.name
    sasl.kerberos.ticket.renew.jitter sasl.kerberos.ticket.renew.window.factor sasl.login.callback.handler.class
    sasl.login.class sasl.login.connect.timeout.ms sasl.login.read.timeout.ms sasl.login.refresh.buffer.seconds
    sasl.login.refresh.min.period.seconds sasl.login.refresh.window.factor sasl.login.refresh.window.jitter
    sasl.login.retry.backoff.max.ms sasl.login.retry.backoff.ms sasl.mechanism sasl.oauthbearer.assertion.algorithm
    sasl.oauthbearer.assertion.claim.aud sasl.oauthbearer.assertion.claim.exp.seconds
    sasl.oauthbearer.assertion.claim.iss sasl.oauthbearer.assertion.claim.jti.include
    sasl.oauthbearer.assertion.claim.nbf.seconds sasl.oauthbearer.assertion.claim.sub sasl.oauthbearer.assertion.file
    sasl.oauthbearer.assertion.private.key.file sasl.oauthbearer.assertion.private.key.passphrase
    sasl.oauthbearer.assertion.template.file sasl.oauthbearer.client.credentials.client.id
    sasl.oauthbearer.client.credentials.client.secret sasl.oauthbearer.clock.skew.seconds
    sasl.oauthbearer.expected.audience sasl.oauthbearer.expected.issuer sasl.oauthbearer.header.urlencode
    sasl.oauthbearer.jwks.endpoint.refresh.ms sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms
    sasl.oauthbearer.jwks.endpoint.retry.backoff.ms sasl.oauthbearer.jwks.endpoint.url
    sasl.oauthbearer.jwt.retriever.class sasl.oauthbearer.jwt.validator.class sasl.oauthbearer.scope
    sasl.oauthbearer.scope.claim.name sasl.oauthbearer.sub.claim.name sasl.oauthbearer.token.endpoint.url
    security.protocol security.providers send.buffer.bytes socket.connection.setup.timeout.max.ms
    socket.connection.setup.timeout.ms ssl.cipher.suites ssl.enabled.protocols ssl.endpoint.identification.algorithm
    ssl.engine.factory.class ssl.key.password ssl.keymanager.algorithm ssl.keystore.certificate.chain ssl.keystore.key
    ssl.keystore.location ssl.keystore.password ssl.keystore.type ssl.protocol ssl.provider
    ssl.secure.random.implementation ssl.trustmanager.algorithm ssl.truststore.certificates ssl.truststore.location
    ssl.truststore.password ssl.truststore.type
    """
)

JAVA_NAMES = {
    Role.PRODUCER: _EVERY_CLIENT
    | _names(
        """
        acks batch.size buffer.memory compression.gzip.level compression.lz4.level compression.type
        compression.zstd.level config.providers delivery.timeout.ms enable.idempotence interceptor.classes
        key.serializer linger.ms max.block.ms max.in.flight.requests.per.connection max.request.size
        metadata.max.idle.ms partitioner.adaptive.partitioning.enable partitioner.availability.timeout.ms
        partitioner.class partitioner.ignore.keys retries transaction.timeout.ms transaction.two.phase.commit.enable
        transactional.id value.serializer
        """
    ),
    Role.CONSUMER: _EVERY_CLIENT
    | _names(
        """
        allow.auto.create.topics auto.commit.interval.ms auto.offset.reset check.crcs client.rack config.providers
        default.api.timeout.ms enable.auto.commit exclude.internal.topics fetch.max.bytes fetch.max.wait.ms
        fetch.min.bytes group.id group.instance.id group.protocol group.remote.assignor heartbeat.interval.ms
        interceptor.classes isolation.level key.deserializer max.partition.fetch.bytes max.poll.interval.ms
        max.poll.records partition.assignment.strategy session.timeout.ms share.acknowledgement.mode share.acquire.mode
        value.deserializer
        """
    ),
    Role.ADMIN: _EVERY_CLIENT | _names("bootstrap.controllers config.providers default.api.timeout.ms retries"),
}
"""All names of each kind of client."""

RENAMED = {
    "acks": "request.required.acks",
    "buffer.memory": "queue.buffering.max.kbytes",
    "compression.type": "compression.codec",
    "delivery.timeout.ms": "message.timeout.ms",
    "fetch.max.wait.ms": "fetch.wait.max.ms",
    "linger.ms": "queue.buffering.max.ms",
    "max.partition.fetch.bytes": "fetch.message.max.bytes",
    "max.request.size": "message.max.bytes",
    "receive.buffer.bytes": "socket.receive.buffer.bytes",
    "retries": "message.send.max.retries",
    "sasl.mechanism": "sasl.mechanisms",
    "sasl.oauthbearer.assertion.template.file": "sasl.oauthbearer.assertion.jwt.template.file",
    "send.buffer.bytes": "socket.send.buffer.bytes",
}
"""Names that librdkafka has another one for."""

WORKED_IN = {
    "compression.gzip.level": "`compression.level` if `compression.type` is `gzip`",
    "compression.lz4.level": "`compression.level` if `compression.type` is `lz4`",
    "compression.zstd.level": "`compression.level` if `compression.type` is `zstd`",
    "max.poll.records": "records in one `put` of a sink; no more are fetched at once",
    "partitioner.class": "`partitioner`: `DefaultPartitioner` is `murmur2_random`, `RoundRobinPartitioner` and "
    "`UniformStickyPartitioner` are `random`; other classes are refused, because records would go elsewhere",
    "partitioner.ignore.keys": "`true` is `partitioner=random`",
    "sasl.jaas.config": "user and password of `PlainLoginModule` and `ScramLoginModule`; client id, secret, scope and "
    "extensions of `OAuthBearerLoginModule`; keytab and principal of `Krb5LoginModule`",
    "sasl.login.callback.handler.class": "Kafka's `OAuthBearerLoginCallbackHandler` is "
    "`sasl.oauthbearer.method=oidc`; other classes are refused",
    "sasl.oauthbearer.client.credentials.client.id": "the same name, and `sasl.oauthbearer.method=oidc`",
    "sasl.oauthbearer.jwt.retriever.class": "`sasl.oauthbearer.grant.type`: `ClientCredentialsJwtRetriever` is "
    "`client_credentials`, `JwtBearerJwtRetriever` is `urn:ietf:params:oauth:grant-type:jwt-bearer`; other classes are "
    "refused",
    "ssl.keystore.certificate.chain": "`ssl.certificate.pem`",
    "ssl.keystore.key": "`ssl.key.pem`",
    "ssl.keystore.location": "PEM: `ssl.certificate.location` and `ssl.key.location`; PKCS12: the same name; JKS is "
    "refused with the command that converts it",
    "ssl.keystore.type": "decides what `ssl.keystore.location` is; without it the file's name does, then Java's "
    "default, JKS",
    "ssl.truststore.certificates": "`ssl.ca.pem`",
    "ssl.truststore.location": "PEM: `ssl.ca.location`; JKS and PKCS12 are refused with the command that converts them",
    "ssl.truststore.type": "decides what `ssl.truststore.location` is; without it the file's name does, then Java's "
    "default, JKS",
}
"""Names that become other properties depending on their value, and what they become."""

_JAVA_CLASS = "Java classes do not run here"
_BYTES = "converters make and read the bytes; Kafka clients only pass them on"
_OWN_METRICS = "this runtime has metrics of its own"
_TOKEN_CHECK = "brokers check tokens, the client passes them on"  # noqa: S105 - no secret
_TOKEN_RENEWAL = "librdkafka renews tokens by itself, when four fifths of their life are over"  # noqa: S105 - no secret
_TLS_OF_OPENSSL = "OpenSSL does the work, with its own defaults"
_ADAPTIVE = "librdkafka spreads records without a key in its own way (`sticky.partitioning.linger.ms`)"
_API_TIMEOUT = "the runtime gives each call its own time"

NO_EFFECT = {
    "auto.commit.interval.ms": _no_effect("the runtime commits what was delivered, every offset.flush.interval.ms"),
    "bootstrap.controllers": _no_effect("the runtime talks to brokers only"),
    "config.providers": _no_effect("config.providers of the worker fill in variables everywhere"),
    "default.api.timeout.ms": _no_effect(_API_TIMEOUT),
    "exclude.internal.topics": _no_effect("topics.regex never matches Kafka's internal topics", "true"),
    "interceptor.classes": _no_effect(_JAVA_CLASS, ""),
    "key.deserializer": _no_effect(_BYTES, "org.apache.kafka.common.serialization.bytearraydeserializer"),
    "key.serializer": _no_effect(_BYTES, "org.apache.kafka.common.serialization.bytearrayserializer"),
    "max.block.ms": _no_effect("a full queue makes the task wait for as long as it takes", "9223372036854775807"),
    "metadata.max.idle.ms": _no_effect("librdkafka forgets topics that are not used by itself"),
    "metric.reporters": _no_effect(f"{_JAVA_CLASS}; {_OWN_METRICS}", "", "org.apache.kafka.common.metrics.jmxreporter"),
    "metrics.num.samples": _no_effect(_OWN_METRICS),
    "metrics.recording.level": _no_effect(_OWN_METRICS),
    "metrics.sample.window.ms": _no_effect(_OWN_METRICS),
    "partitioner.adaptive.partitioning.enable": _no_effect(_ADAPTIVE),
    "partitioner.availability.timeout.ms": _no_effect(_ADAPTIVE),
    "sasl.kerberos.ticket.renew.jitter": _no_effect("`sasl.kerberos.min.time.before.relogin` rules renewal"),
    "sasl.kerberos.ticket.renew.window.factor": _no_effect("`sasl.kerberos.min.time.before.relogin` rules renewal"),
    "sasl.login.connect.timeout.ms": _no_effect("librdkafka has its own limits for asking for a token"),
    "sasl.login.read.timeout.ms": _no_effect("librdkafka has its own limits for asking for a token"),
    "sasl.login.refresh.buffer.seconds": _no_effect(_TOKEN_RENEWAL),
    "sasl.login.refresh.min.period.seconds": _no_effect(_TOKEN_RENEWAL),
    "sasl.login.refresh.window.factor": _no_effect(_TOKEN_RENEWAL, "0.8"),
    "sasl.login.refresh.window.jitter": _no_effect(_TOKEN_RENEWAL),
    "sasl.login.retry.backoff.max.ms": _no_effect("librdkafka has its own pauses"),
    "sasl.login.retry.backoff.ms": _no_effect("librdkafka has its own pauses"),
    "sasl.oauthbearer.clock.skew.seconds": _no_effect(_TOKEN_CHECK),
    "sasl.oauthbearer.expected.audience": _no_effect(_TOKEN_CHECK),
    "sasl.oauthbearer.expected.issuer": _no_effect(_TOKEN_CHECK),
    "sasl.oauthbearer.header.urlencode": _no_effect("librdkafka never encodes client id and secret", "false"),
    "sasl.oauthbearer.jwks.endpoint.refresh.ms": _no_effect(_TOKEN_CHECK),
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.max.ms": _no_effect(_TOKEN_CHECK),
    "sasl.oauthbearer.jwks.endpoint.retry.backoff.ms": _no_effect(_TOKEN_CHECK),
    "sasl.oauthbearer.jwks.endpoint.url": _no_effect(_TOKEN_CHECK),
    "sasl.oauthbearer.jwt.validator.class": _no_effect(_TOKEN_CHECK),
    "sasl.oauthbearer.scope.claim.name": _no_effect(_TOKEN_CHECK),
    "share.acknowledgement.mode": _no_effect("sinks read as consumer groups, not as share groups"),
    "share.acquire.mode": _no_effect("sinks read as consumer groups, not as share groups"),
    "socket.connection.setup.timeout.max.ms": _no_effect("`socket.connection.setup.timeout.ms` is the limit each time"),
    "ssl.enabled.protocols": _no_effect("client and broker agree on the newest TLS that both have", "tlsv1.2,tlsv1.3"),
    "ssl.keymanager.algorithm": _no_effect(_TLS_OF_OPENSSL),
    "ssl.protocol": _no_effect("client and broker agree on the newest TLS that both have", "tlsv1.3", "tlsv1.2", "tls"),
    "ssl.provider": _no_effect(_TLS_OF_OPENSSL, ""),
    "ssl.secure.random.implementation": _no_effect(_TLS_OF_OPENSSL, ""),
    "ssl.trustmanager.algorithm": _no_effect(_TLS_OF_OPENSSL),
    "ssl.truststore.password": _no_effect("a PEM file of certificates has none"),
    "transaction.two.phase.commit.enable": _no_effect("the runtime commits by itself", "false"),
    "transactional.id": _no_effect("the runtime names transactions itself, where exactly.once.source.support is on"),
    "value.deserializer": _no_effect(_BYTES, "org.apache.kafka.common.serialization.bytearraydeserializer"),
    "value.serializer": _no_effect(_BYTES, "org.apache.kafka.common.serialization.bytearrayserializer"),
}
"""Names that are dropped: with a warning, unless the value asks for what happens anyway."""

REFUSED = {
    "sasl.client.callback.handler.class": f"{_JAVA_CLASS}, and without it the login would be another one",
    "sasl.login.class": f"{_JAVA_CLASS}, and without it the login would be another one",
    "security.providers": f"{_JAVA_CLASS}, and without them the connection would be secured in another way",
    "ssl.engine.factory.class": f"{_JAVA_CLASS}: give the certificates with ssl.keystore.* and ssl.truststore.*",
}
"""Names that are errors unless empty: to drop them would change who the client is, or whom it trusts."""

VALUE_NOTES = {
    "acks": "`all`, `-1`, `1`, `0`; without `all` there is no idempotence, and one request at a time keeps the order",
    "auto.offset.reset": "`none` is `error`; `by_duration:` is refused",
    "bootstrap.servers": "`host:port` separated by commas",
    "buffer.memory": "bytes become kilobytes",
    "connections.max.idle.ms": "`-1`, never, is `0`",
    "delivery.timeout.ms": "`2147483647`, for ever, is `0`",
    "enable.auto.commit": "always `false`",
    "enable.idempotence": "`true` by default, which keeps the order of records with five requests under way",
    "group.protocol": "`consumer` needs brokers of version 4.0 or newer",
    "metadata.max.age.ms": "also `topic.metadata.refresh.interval.ms`: how soon new topics are noticed",
    "partition.assignment.strategy": "Java's class names, or librdkafka's names; cooperative ones only if no eager one "
    "is listed",
    "receive.buffer.bytes": "`-1`, the system's size, is `0`",
    "request.timeout.ms": "also `socket.timeout.ms`; at most 300000",
    "retries": "at most 2147483647",
    "sasl.mechanism": "`PLAIN`, `SCRAM-SHA-256`, `SCRAM-SHA-512`, `OAUTHBEARER`; `GSSAPI` only with a librdkafka that "
    "was built with it",
    "send.buffer.bytes": "`-1`, the system's size, is `0`",
    "ssl.cipher.suites": "OpenSSL's names, not Java's",
    "ssl.endpoint.identification.algorithm": "empty is `none`: the broker's host name is not checked",
}
"""What happens to values, for the names that librdkafka has."""
