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


def login(mechanism: str, jaas: str) -> dict[str, str]:
    return convert(sasl_mechanisms=mechanism, sasl_jaas_config=jaas)


@pytest.mark.parametrize(
    ("mechanism", "jaas"),
    [
        ("PLAIN", f'{PLAIN} required username="ada" password="s;e=c ret";'),
        ("PLAIN", f"{PLAIN} required username='ada' password='s;e=c ret';"),
        ("SCRAM-SHA-256", f'  {SCRAM}   required\n  password="s;e=c ret"\n  username=ada ;  '),
        ("SCRAM-SHA-512", f'{SCRAM} required username="ada" password="s;e=c ret"'),
        ("SCRAM-SHA-512", f'{SCRAM} required username="ada" password="s;e=c ret" tokenauth="true";'),
    ],
)
def test_user_and_password_come_out_of_the_login_module(mechanism: str, jaas: str) -> None:
    assert login(mechanism, jaas) == {"sasl.username": "ada", "sasl.password": "s;e=c ret"}


def test_a_login_of_azure_event_hubs_is_taken_to_the_letter() -> None:
    secret = (
        "Endpoint=sb://orders.servicebus.windows.net/;SharedAccessKeyName=connect;"
        "SharedAccessKey=q+/Zk3==;EntityPath=orders"
    )

    assert login("PLAIN", f'{PLAIN} required username="$ConnectionString" password="{secret}";') == {
        "sasl.username": "$ConnectionString",
        "sasl.password": secret,
    }


def test_client_credentials_turn_oidc_on() -> None:
    jaas = (
        f'{OAUTH} required clientId="id" clientSecret="geheim" scope="s" '
        'extension_logicalCluster="lkc-1" extension_identityPoolId="pool-2";'
    )

    assert login("OAUTHBEARER", jaas) == {
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.client.id": "id",
        "sasl.oauthbearer.client.secret": "geheim",
        "sasl.oauthbearer.scope": "s",
        "sasl.oauthbearer.extensions": "logicalCluster=lkc-1,identityPoolId=pool-2",
    }


@pytest.mark.parametrize(
    "handler",
    [
        "org.apache.kafka.common.security.oauthbearer.OAuthBearerLoginCallbackHandler",
        "org.apache.kafka.common.security.oauthbearer.secured.OAuthBearerLoginCallbackHandler",
    ],
)
def test_kafka_s_own_token_handler_is_oidc(handler: str) -> None:
    assert convert(sasl_login_callback_handler_class=handler) == {"sasl.oauthbearer.method": "oidc"}


@pytest.mark.parametrize(
    ("retriever", "grant"),
    [
        ("ClientCredentialsJwtRetriever", "client_credentials"),
        ("JwtBearerJwtRetriever", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
    ],
)
def test_ways_to_get_a_token_are_grant_types(retriever: str, grant: str) -> None:
    name = f"org.apache.kafka.common.security.oauthbearer.{retriever}"

    assert convert(sasl_oauthbearer_jwt_retriever_class=name) == {
        "sasl.oauthbearer.method": "oidc",
        "sasl.oauthbearer.grant.type": grant,
    }


@pytest.mark.parametrize("name", ["sasl.login.callback.handler.class", "sasl.oauthbearer.jwt.retriever.class"])
def test_java_code_that_logs_in_is_refused(name: str) -> None:
    with pytest.raises(ConfigError, match=r"names acme\.Handler, but Java classes do not run here") as raised:
        convert_security({name: Setting("acme.Handler", f"producer.{name}")})
    assert raised.value.key == f"producer.{name}"


def test_unsigned_tokens_are_for_trying_things_out() -> None:
    assert login("OAUTHBEARER", f'{OAUTH} required unsecuredLoginStringClaim_sub="ada";') == {
        "enable.sasl.oauthbearer.unsecure.jwt": "true",
        "sasl.oauthbearer.config": "principal=ada",
    }


def test_keytab_and_principal_come_out_of_the_login_module() -> None:
    jaas = f'{KERBEROS} required useKeyTab=true storeKey=true keyTab="/k.keytab" principal="connect@EXAMPLE";'

    assert login("GSSAPI", jaas) == {
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
        login("PLAIN", jaas)
    assert raised.value.key == "producer.sasl.jaas.config"
    assert "x;" not in str(raised.value)


def test_login_module_and_mechanism_must_belong_together() -> None:
    jaas = f'{PLAIN} required username="a" password="b";'

    with pytest.raises(ConfigError, match=r"producer.sasl.mechanism is not set, which means GSSAPI.*=PLAIN"):
        convert(sasl_jaas_config=jaas)
    with pytest.raises(ConfigError, match=r"is SCRAM-SHA-256, but producer.sasl.jaas.config names the PlainLogin"):
        login("SCRAM-SHA-256", jaas)


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
