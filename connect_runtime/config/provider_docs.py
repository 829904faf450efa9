"""The page about config providers, written from their classes; tests run its example."""

from __future__ import annotations

import inspect
import re
import sys
from pathlib import Path
from typing import Final

from connect_runtime.config.builtin_providers import (
    BUILT_IN_PROVIDERS,
    PROVIDER_PACKAGE,
    DirectoryConfigProvider,
    EnvVarConfigProvider,
    FileConfigProvider,
)
from connect_runtime.config.docs import render_keys

__all__ = ["PROVIDERS_PAGE", "providers_page"]

PROVIDERS_PAGE: Final = "config-providers.md"
_INTRODUCTION: Final = """\
# Config providers: secrets outside of configurations

A value in a connector's or the worker's configuration may hold variables, `${provider:path:key}` or `${provider:key}`.
The worker puts in the value when it starts the connector or task, and keeps the variable everywhere else.

## Example

The worker's file names the providers and says what they may read:

```properties
bootstrap.servers=embedded
config.providers=file,env
config.providers.file.class=org.apache.kafka.common.config.provider.FileConfigProvider
config.providers.file.param.allowed.paths=/run/secrets
config.providers.file.param.ttl.ms=30000
config.providers.env.class=EnvVar
config.providers.env.param.allowlist.pattern=DB_.*
```

`/run/secrets/db.properties`:

```properties
user=loader
password=s3cret-2026
```

A connector:

```json
{
  "connector.class": "SqlSink",
  "topics": "orders",
  "connection.url": "postgresql://${env:DB_HOST}/shop",
  "connection.user": "${file:/run/secrets/db.properties:user}",
  "connection.password": "${file:/run/secrets/db.properties:password}"
}
```

With `DB_HOST=db.example.org` in the worker's environment its task gets

```json
{
  "connection.url": "postgresql://db.example.org/shop",
  "connection.user": "loader",
  "connection.password": "s3cret-2026"
}
```

When the file gets another password, the connector and its tasks are restarted with it within 30 seconds, on whichever
workers they run. Replace the file by renaming a new one onto it, so that nobody reads half of it.

## Variables

- Keys hold no variables. A value may hold several, with text around them. There is no nesting and no escape.
- What nobody can resolve stays as it is: an unknown provider, a key that is not there, a path that is not allowed. The
  log of the worker that takes the configuration says so, and of which key. A file that cannot be read is an error.
- The path ends at the first colon: `${file:/a:b:c}` is the key `b:c` of `/a`.
- Each worker resolves what it runs: every worker needs the file or the variable.
- In the worker's own file values are resolved once, when it starts.

## Where values are not shown

- Stored configurations, of tasks too, and what REST shows of them hold the variables. A connector that hands a value to
  its tasks under another key puts it there in clear, as in Kafka Connect.
- The answer to a validation, its errors, and traces in statuses show the variable in place of the value; Kafka Connect
  shows values there. So does the worker's log, whatever logs.
- A value is found in a text when it stands there as a whole word, and has more than three characters and is no boolean
  or short number. What a connector encodes, cuts up or writes elsewhere is beyond the worker.

## Values that change

A provider may give its values a time to live; those that come with the runtime do so with `ttl.ms`. When it is over the
worker asks again, and:

- If values are others than those that the connector or a task was started with, it is restarted under the same
  configuration, also when it had failed. Tasks are restarted even though their stored configurations stay the same,
  each by the worker that runs it. Kafka Connect restarts the connector instance each time, changed or not, and leaves
  its tasks with the old values.
- If they are the same, nothing happens.
- If the provider fails or has no value any more, what runs goes on with the old ones, and a warning says so.

`config.action.reload=none` in a connector's configuration: it gets new values when it is restarted by somebody.

## A provider of your own

A class that can be made without arguments, with the two methods of `connect_runtime.sdk.ConfigProvider`, in a package
that is installed beside the worker. `config.providers.<name>.class` is its path.

```python
from connect_runtime.sdk import ConfigData


class VaultProvider:
    def configure(self, config):
        self._url = config["url"]

    def get(self, path, keys):
        found = read_secret(self._url, path)
        return ConfigData({key: found[key] for key in keys if key in found}, ttl_s=60)
```

```properties
config.providers=vault
config.providers.vault.class=acme_vault.VaultProvider
config.providers.vault.param.url=https://vault.example.org
```

This page is written by `python -m connect_runtime.config.provider_docs docs`.

## Built-in providers

Options go behind `config.providers.<name>.param.`.
"""


def providers_page() -> str:
    """The page in Markdown."""
    return "\n".join([_INTRODUCTION, *map(_section, BUILT_IN_PROVIDERS)])


def _section(cls: type[FileConfigProvider | DirectoryConfigProvider | EnvVarConfigProvider]) -> str:
    name = cls.__name__
    text = re.sub(r"``(.+?)``", r"`\1`", inspect.cleandoc(cls.__doc__ or "").split("\n\n")[0])
    names = f"`{PROVIDER_PACKAGE}.{name}`, `{name}` or `{name.removesuffix('ConfigProvider')}`"
    return f"### {name}\n\n{names}\n\n{text}\n\n{render_keys(cls.config_def())}"


if __name__ == "__main__":
    (Path(sys.argv[1]) / PROVIDERS_PAGE).write_text(providers_page(), encoding="utf-8")
