"""`python -m connect_runtime.broker`: the broker's process with as little around it as possible."""

import argparse
import logging
import os
import sys
from pathlib import Path

from connect_runtime.broker.config import BrokerConfig
from connect_runtime.broker.errors import BrokerError
from connect_runtime.broker.process import serve, write_ready_file
from connect_runtime.broker.settings import with_settings

__all__ = ["main"]


def main(arguments: list[str] | None = None, *, program: str = "python -m connect_runtime.broker") -> int:
    """Run the broker that the command line describes; returns the process's exit code."""
    options = _parser(program).parse_args(arguments)
    logging.basicConfig(
        level=options.log_level, stream=sys.stderr, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )

    def announce(host: str, port: int) -> None:
        if options.ready_file is not None:
            write_ready_file(options.ready_file, host, port)
        if options.ready_fd is not None:
            os.write(options.ready_fd, f"{host}:{port}\n".encode())
        sys.stdout.write(f"broker ready on {host}:{port}\n")
        sys.stdout.flush()

    try:
        return serve(_config(options), ready=announce, exit_with_parent=options.exit_with_parent)
    except BrokerError as exc:
        sys.stderr.write(f"connect-runtime broker: {exc}\n")
        return 1


def _parser(program: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog=program, description="A small broker that speaks the Kafka protocol.")
    parser.add_argument("--dir", type=Path, required=True, help="folder of the log")
    parser.add_argument("--listen", default="127.0.0.1:9092", help="HOST:PORT, port 0 for any free one")
    parser.add_argument(
        "--advertise", help="HOST:PORT that clients are told to connect to, default: the one listened on"
    )
    parser.add_argument(
        "--allow-remote", action="store_true", help="allow --listen on an address that others can reach"
    )
    parser.add_argument("--auto-create-topics", choices=("true", "false"), default="true")
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE", help="a broker setting, repeatable")
    parser.add_argument("--ready-fd", type=int, metavar="FD", help="write HOST:PORT to this file descriptor when ready")
    parser.add_argument("--ready-file", type=Path, metavar="PATH", help="write HOST:PORT to this file when ready")
    parser.add_argument("--exit-with-parent", action="store_true", help="end when standard input reaches its end")
    parser.add_argument("--log-level", default="WARNING", choices=("DEBUG", "INFO", "WARNING", "ERROR"))
    return parser


def _config(options: argparse.Namespace) -> BrokerConfig:
    host, port = _address(options.listen)
    advertised = _address(options.advertise) if options.advertise else (None, None)
    config = BrokerConfig(
        dir=options.dir,
        host=host,
        port=port,
        advertised_host=advertised[0],
        advertised_port=advertised[1],
        allow_remote=options.allow_remote,
        auto_create_topics=options.auto_create_topics == "true",
    )
    return with_settings(config, options.set)


def _address(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise BrokerError(f"{text!r} is not an address: give HOST:PORT, for example 127.0.0.1:9092.")
    return host.strip("[]"), int(port)


if __name__ == "__main__":
    sys.exit(main())
