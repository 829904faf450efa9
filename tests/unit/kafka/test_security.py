"""Java's login modules and key stores in librdkafka's terms."""

from __future__ import annotations

import pytest

from connect_runtime.errors import ConfigError
from connect_runtime.kafka.security import Setting, convert_security


def convert(**settings: str) -> dict[str, str]:
    names = {name.replace("_", "."): value for name, value in settings.items()}
    return convert_security({name: Setting(value, f"producer.{name}") for name, value in names.items()})


PLAIN = "org.apache.kafka.common.security.plain.PlainLoginModule"
SCRAM = "org.apache.kafka.common.security.scram.ScramLoginModule"
OAUTH = "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginModule"
KERBEROS = "com.sun.security.auth.module.Krb5LoginModule"


@pytest.mark.parametrize(
    "jaas",
    [
        f'{PLAIN} required username="ada" password="s;e=c ret";',
        f"{PLAIN} required username='ada' password='s;e=c ret';",
        f'  {SCRAM}   required\n  password="s;e=c ret"\n  username=ada ;  ',
        f'{SCRAM} required username="ada" password="s;e=c ret"',
        f'{SCRAM} required username="ada" password="s;e=c ret" tokenauth="true";',
    ],
)
def test_user_and_password_come_out_of_the_login_module(jaas: str) -> None:
    assert convert(sasl_jaas_config=jaas) == {"sasl.username": "ada", "sasl.password": "s;e=c ret"}


def test_escaped_quotes_belong_to_the_password() -> None:
    found = convert(sasl_jaas_config=rf'{PLAIN} required username="a" password="x\"y\\z";')

    assert found["sasl.password"] == r'x"y\z'


def test_client_credentials_turn_oidc_on() -> None:
    assert convert(sasl_jaas_config=f'{OAUTH} required clientId="id" clientSecret="geheim" scope="s";') == {
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.client.id": "id",
        "sasl.oauthbearer.client.secret": "geheim",
        "sasl.oauthbearer.scope": "s",
    }


def test_keytab_and_principal_come_out_of_the_login_module() -> None:
    jaas = f'{KERBEROS} required useKeyTab=true storeKey=true keyTab="/k.keytab" principal="connect@EXAMPLE";'

    assert convert(sasl_jaas_config=jaas) == {
        "sasl.kerberos.keytab": "/k.keytab",
        "sasl.kerberos.principal": "connect@EXAMPLE",
    }


@pytest.mark.parametrize(
    ("jaas", "complaint"),
    [
        ("nonsense", "cannot be read: it should look like"),
        (f"{PLAIN} required username=x;", "has no password"),
        (f"{PLAIN} required;", "has no username and no password"),
        ("acme.LoginModule required;", "names the login module LoginModule; supported are PlainLoginModule"),
    ],
)
def test_a_login_module_that_cannot_be_used_is_reported_without_its_secrets(jaas: str, complaint: str) -> None:
    with pytest.raises(ConfigError, match=complaint) as raised:
        convert(sasl_jaas_config=jaas)
    assert raised.value.key == "producer.sasl.jaas.config"
    assert "x;" not in str(raised.value)


def test_certificates_in_the_configuration_itself_are_taken_over() -> None:
    assert convert(
        ssl_truststore_certificates="CA", ssl_keystore_key="KEY", ssl_keystore_certificate_chain="CHAIN"
    ) == {"ssl.ca.pem": "CA", "ssl.key.pem": "KEY", "ssl.certificate.pem": "CHAIN"}


@pytest.mark.parametrize("settings", [{"ssl_keystore_type": "PEM"}, {}])
def test_pem_stores_are_files_of_certificates_and_keys(settings: dict[str, str]) -> None:
    assert convert(ssl_keystore_location="/k.pem", ssl_truststore_location="/ca.crt", **settings) == {
        "ssl.ca.location": "/ca.crt",
        "ssl.certificate.location": "/k.pem",
        "ssl.key.location": "/k.pem",
    }


def test_a_pkcs12_key_store_is_read_as_it_is() -> None:
    assert convert(ssl_keystore_location="/k.p12") == {"ssl.keystore.location": "/k.p12"}
    assert convert(ssl_keystore_location="/k", ssl_keystore_type="pkcs12") == {"ssl.keystore.location": "/k"}


@pytest.mark.parametrize(
    ("settings", "command"),
    [
        ({"ssl_keystore_location": "/k.jks"}, "keytool -importkeystore -srckeystore /k.jks"),
        ({"ssl_truststore_location": "/t"}, "keytool -exportcert -rfc -keystore /t"),
        ({"ssl_truststore_location": "/t.p12"}, "keytool -exportcert -rfc -keystore /t.p12"),
    ],
)
def test_a_java_key_store_is_refused_with_the_command_that_converts_it(settings: dict[str, str], command: str) -> None:
    with pytest.raises(ConfigError, match=command) as raised:
        convert(**settings)
    assert "producer.ssl." in str(raised.value)


def test_empty_settings_mean_nothing() -> None:
    assert convert(sasl_jaas_config=" ", ssl_keystore_location="", ssl_truststore_location="") == {}
