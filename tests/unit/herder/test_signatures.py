from __future__ import annotations

import httpx
import pytest

from connect_runtime.errors import BadRequestError, ForbiddenError, NotReadyError, RequestError
from connect_runtime.herder.signatures import ALGORITHM_HEADER, SIGNATURE_HEADER, sign, verify
from connect_runtime.storage.config_records import SessionKey

KEY = SessionKey("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJA=", "HmacSHA256", 1729411200000)
OTHER_KEY = SessionKey("q83vEjRWeJCrze8SNFZ4kKvN7xI0VniQq83vEjRWeJE=", "HmacSHA256", 1729411200001)
BODY = '[{"task.class":"acme.FileTask","file":"/data/é.txt"}]'.encode()
ALL = ("HmacSHA1", "HmacSHA224", "HmacSHA256", "HmacSHA384", "HmacSHA512")

# What javax.crypto.Mac makes of that body and that key.
OF_JAVA = {
    "HmacSHA1": "XpYxCzBK2jS60Ten8TF/NUvZIRs=",
    "HmacSHA224": "CUykmmaHm8zbbdBZKMYQK+OsI6aXkjw5KDMjKg==",
    "HmacSHA256": "5947HAQ+vPDv7/lHE+0Le6kEsGWocguoSPho7bLpnRo=",
    "HmacSHA384": "a9E/iFciYnliwYeuQPmpIO2xDY7WLdZa0+iemFdMH2fgpXof9UdhuW9Z9iPqc2T3",
    "HmacSHA512": "2d2SGE2oFtF6idmXo3vNkKGuCE0ku8MXQ/8ZRsIWwtweakVZqrS3h6vBdbXYyPeFMuogvFVqOFEIKD1kQ5CCSQ==",
}


@pytest.mark.parametrize("algorithm", ALL)
def test_a_body_is_signed_as_java_signs_it(algorithm: str) -> None:
    headers = sign(BODY, KEY, algorithm)
    assert headers == {
        "X-Connect-Authorization": OF_JAVA[algorithm],
        "X-Connect-Request-Signature-Algorithm": algorithm,
    }
    verify(headers, BODY, KEY, ALL)


def test_no_body_is_signed_as_no_bytes() -> None:
    assert sign(b"", KEY, "HmacSHA256")[SIGNATURE_HEADER] == "b6Yp10JVMp+62CvqWOrSzRV8cF6u7rS6xPlVOJQ24WE="


def test_names_of_headers_count_in_any_case() -> None:
    signed = {name.lower(): value for name, value in sign(BODY, KEY, "HmacSHA256").items()}
    verify(httpx.Headers(signed), BODY, KEY, ["HmacSHA256"])


@pytest.mark.parametrize(
    ("key", "body", "changes", "error", "reason"),
    [
        (KEY, b"[]", {}, ForbiddenError, "does not match"),
        (OTHER_KEY, BODY, {}, ForbiddenError, "does not match"),
        (KEY, BODY, {ALGORITHM_HEADER: "HmacSHA512"}, ForbiddenError, "does not match"),
        (KEY, BODY, {SIGNATURE_HEADER: ""}, ForbiddenError, "does not match"),
        (None, BODY, {}, NotReadyError, "no session key yet"),
        # What is wrong with the headers comes first, in this order.
        (None, BODY, {ALGORITHM_HEADER: "HmacSHA1"}, BadRequestError, "HmacSHA1 .* is not accepted"),
        (None, BODY, {ALGORITHM_HEADER: "HmacSHA1", SIGNATURE_HEADER: "?"}, BadRequestError, "not Base64"),
        (None, BODY, {SIGNATURE_HEADER: "é" * 4}, BadRequestError, "not Base64"),
        (None, BODY, {ALGORITHM_HEADER: "hmacsha256"}, BadRequestError, "'hmacsha256' .* is unknown"),
        (None, BODY, {ALGORITHM_HEADER: "MD5", SIGNATURE_HEADER: None}, BadRequestError, "X-Connect-Authorization"),
        (None, BODY, {ALGORITHM_HEADER: None}, BadRequestError, "X-Connect-Request-Signature-Algorithm"),
    ],
)
def test_what_no_worker_of_the_cluster_signed_is_refused(
    key: SessionKey | None, body: bytes, changes: dict[str, str | None], error: type[RequestError], reason: str
) -> None:
    changed = {**sign(BODY, KEY, "HmacSHA256"), **changes}
    headers = {name: value for name, value in changed.items() if value is not None}
    with pytest.raises(error, match=reason):
        verify(headers, body, key, ["HmacSHA256", "HmacSHA512"])


@pytest.mark.parametrize("text", ["x", "é", "=" * 5])
def test_a_session_key_that_is_none_is_waited_out(text: str) -> None:
    broken = SessionKey(text, "HmacSHA256", 1)
    with pytest.raises(NotReadyError, match="session key"):
        verify(sign(BODY, KEY, "HmacSHA256"), BODY, broken, ALL)
