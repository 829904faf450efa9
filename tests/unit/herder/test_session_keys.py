from __future__ import annotations

from base64 import b64decode

import pytest

from connect_runtime.config import HMAC_ALGORITHMS, WorkerConfig
from connect_runtime.herder.session_keys import SessionKeySettings, new_session_key, next_session_key_due
from connect_runtime.storage.config_records import SessionKey

NOW = 1_729_411_200_000
HOUR = 3_600_000
USUAL = SessionKeySettings("HmacSHA256", None, HOUR)
NO_TTL = SessionKeySettings("HmacSHA256", None, 0)
SIXTEEN_BYTES = "AAECAwQFBgcICQoLDA0ODw=="
THIRTY_TWO_BYTES = "q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA="


def key(text: str = THIRTY_TWO_BYTES, algorithm: str = "HmacSHA256", *, age_ms: int = 0) -> SessionKey:
    return SessionKey(text, algorithm, NOW - age_ms)


@pytest.mark.parametrize(
    ("current", "settings", "is_new_leader", "is_due"),
    [
        (None, USUAL, False, True),
        (None, NO_TTL, False, True),
        (key(), USUAL, True, False),
        (key(age_ms=HOUR - 1), USUAL, True, False),
        (key(age_ms=HOUR), USUAL, False, True),
        (key(age_ms=-HOUR), USUAL, False, False),
        (key(age_ms=1000 * HOUR), NO_TTL, False, False),
        (key(), NO_TTL, True, True),
        (key(algorithm="HmacSHA512"), USUAL, False, True),
        (key(SIXTEEN_BYTES), USUAL, False, True),
        (key(SIXTEEN_BYTES), SessionKeySettings("HmacSHA256", 128, HOUR), False, False),
        (key(SIXTEEN_BYTES), SessionKeySettings("HmacSHA256", 121, 0), False, False),
        (key("no key"), NO_TTL, False, True),
    ],
)
def test_a_new_key_is_due(
    current: SessionKey | None, settings: SessionKeySettings, is_new_leader: bool, is_due: bool
) -> None:
    assert next_session_key_due(current, NOW, settings, is_new_leader=is_new_leader) is is_due


@pytest.mark.parametrize("algorithm", HMAC_ALGORITHMS)
@pytest.mark.parametrize("size_bits", [None, 40, 41, 256])
def test_a_key_just_made_is_of_the_wanted_kind(algorithm: str, size_bits: int | None) -> None:
    settings = SessionKeySettings(algorithm, size_bits, HOUR)
    made = new_session_key(settings, NOW)
    assert (made.algorithm, made.creation_timestamp) == (algorithm, NOW)
    assert not next_session_key_due(made, NOW, settings, is_new_leader=True)


@pytest.mark.parametrize(
    ("algorithm", "size_bytes"),
    [("HmacSHA1", 64), ("HmacSHA224", 28), ("HmacSHA256", 32), ("HmacSHA384", 48), ("HmacSHA512", 64)],
)
def test_an_algorithm_has_the_size_of_key_that_it_has_in_java(algorithm: str, size_bytes: int) -> None:
    assert len(b64decode(new_session_key(SessionKeySettings(algorithm, None, 0), NOW).key)) == size_bytes


def test_a_key_is_random_bytes_in_base64() -> None:
    settings = SessionKeySettings("HmacSHA256", 128, HOUR)
    assert new_session_key(settings, NOW, lambda size: bytes(range(size))) == key(SIXTEEN_BYTES)
    assert new_session_key(settings, NOW).key != new_session_key(settings, NOW).key


def test_a_worker_says_what_keys_it_makes() -> None:
    config = WorkerConfig.from_props(
        {
            "bootstrap.servers": "embedded",
            "inter.worker.key.generation.algorithm": "HmacSHA512",
            "inter.worker.key.size": "256",
            "inter.worker.key.ttl.ms": "1500",
        }
    )
    assert SessionKeySettings.of(config) == SessionKeySettings("HmacSHA512", 256, 1500)
    usual = WorkerConfig.from_props({"bootstrap.servers": "embedded"})
    assert SessionKeySettings.of(usual) == USUAL
