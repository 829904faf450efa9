"""Kafka's own command line tools."""

from __future__ import annotations

import subprocess

from tests.support.apache_kafka import kafka_class_path

__all__ = ["run", "run_java_tool"]

_JVM = ("-Xmx128m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")


def run(*command: str, stdin: str = "") -> str:
    """What a command that must succeed wrote to standard output."""
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 0, f"{command}: {done.stdout}\n{done.stderr}"
    return done.stdout


def run_java_tool(servers: str, tool: str, *options: str, stdin: str = "") -> str:
    """The same of a tool, by the name of its class."""
    name = f"org.apache.kafka.tools.{tool}"
    return run("java", *_JVM, "-cp", kafka_class_path(), name, "--bootstrap-server", servers, *options, stdin=stdin)
