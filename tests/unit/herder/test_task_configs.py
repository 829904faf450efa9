from __future__ import annotations

import pytest

from connect_runtime.herder.task_configs import (
    TooManyTasksError,
    check_task_count,
    differs_from_stored,
    stored_form,
)
from connect_runtime.storage import ConfigStore, MemoryLog
from connect_runtime.storage.config_records import RestartRequest, SessionKey


class Deaf:
    def on_config_change(self) -> None: ...

    def on_restart_request(self, request: RestartRequest) -> None: ...

    def on_logger_level(self, namespace: str, level: str) -> None: ...

    def on_session_key(self, key: SessionKey) -> None: ...


def test_tasks_get_their_class_and_the_topics_and_secrets_stay_variables() -> None:
    config = {"topics": "a,b", "password": "s3cret", "file": "x"}
    raw = {"topics": "a,b", "password": "${env:DB}", "file": "x"}
    assert stored_form([{"password": "s3cret", "n": "1"}], "my.Task", config, raw) == [
        {"password": "${env:DB}", "n": "1", "task.class": "my.Task", "topics": "a,b"}
    ]


def test_more_tasks_than_allowed_are_refused_unless_that_is_switched_off() -> None:
    assert check_task_count("c", 2, {"tasks.max": "2"}) is None
    with pytest.raises(TooManyTasksError, match="has generated 3 tasks, which is greater than 2"):
        check_task_count("c", 3, {"tasks.max": "2"})
    warning = check_task_count("c", 3, {"tasks.max": "2", "tasks.max.enforce": "false"})
    assert warning is not None
    assert "greater than 2" in warning


def test_tasks_are_written_when_they_or_the_connectors_configuration_changed() -> None:
    store = ConfigStore(MemoryLog())
    store.start(Deaf())
    store.put_connector("c", {"name": "c", "value.converter": "json"})
    tasks = [{"n": "1"}]
    assert differs_from_stored("c", tasks, store.snapshot())
    store.put_task_configs("c", tasks)
    assert not differs_from_stored("c", tasks, store.snapshot())
    assert differs_from_stored("c", [{"n": "2"}], store.snapshot())
    store.put_connector("c", {"name": "c", "value.converter": "avro"})
    assert differs_from_stored("c", tasks, store.snapshot())
