"""When the leader makes a new session key, and what such a key is. Pure: random bytes are passed in."""

from __future__ import annotations

import secrets
from base64 import b64decode, b64encode
from collections.abc import Callable

import msgspec

from connect_runtime.config import WorkerConfig
from connect_runtime.storage.config_records import SessionKey

__all__ = ["SessionKeySettings", "new_session_key", "next_session_key_due"]

_DEFAULT_BITS = {"HmacSHA1": 512, "HmacSHA224": 224, "HmacSHA256": 256, "HmacSHA384": 384, "HmacSHA512": 512}
"""Sizes of the keys that Java's generators make when they are not told one."""


class SessionKeySettings(msgspec.Struct, frozen=True):
    """What session keys a leader makes.

    Attributes:
        algorithm: What they are for, one of `connect_runtime.config.HMAC_ALGORITHMS`.
        size_bits: Their size; ``None`` for the algorithm's own.
        ttl_ms: How long one is used; 0 until a leader starts.
    """

    algorithm: str
    size_bits: int | None
    ttl_ms: int

    @classmethod
    def of(cls, config: WorkerConfig) -> SessionKeySettings:
        """Those of a worker's configuration."""
        return cls(
            config.inter_worker_key_generation_algorithm,
            config.inter_worker_key_size,
            round(config.inter_worker_key_ttl_s * 1000),
        )

    @property
    def size_bytes(self) -> int:
        """Size of a key in whole bytes."""
        bits = _DEFAULT_BITS[self.algorithm] if self.size_bits is None else self.size_bits
        return (bits + 7) // 8


def next_session_key_due(
    current: SessionKey | None, now_ms: int, settings: SessionKeySettings, *, is_new_leader: bool
) -> bool:
    """Whether the leader should make a new key now.

    Args:
        current: The newest key in the config topic; ``None`` when there is none.
        now_ms: The time, epoch ms.
        settings: What keys this leader makes.
        is_new_leader: Whether this worker has just started and become leader, and made no key yet.
    """
    if current is None or current.algorithm != settings.algorithm or _size_bytes(current) != settings.size_bytes:
        return True
    if settings.ttl_ms == 0:
        return is_new_leader
    return now_ms - current.creation_timestamp >= settings.ttl_ms


def new_session_key(
    settings: SessionKeySettings, now_ms: int, random_bytes: Callable[[int], bytes] = secrets.token_bytes
) -> SessionKey:
    """A key made now.

    Args:
        settings: What kind of key.
        now_ms: The time, epoch ms.
        random_bytes: Gives that many unpredictable bytes.
    """
    return SessionKey(b64encode(random_bytes(settings.size_bytes)).decode(), settings.algorithm, now_ms)


def _size_bytes(key: SessionKey) -> int | None:
    """``None`` when it is not Base64: then it is no key."""
    try:
        return len(b64decode(key.key, validate=True))
    except ValueError:  # binascii.Error is one
        return None
