"""Starts plugins: processes that serve one of Pulumi's gRPC services, and print the port that they listen on first."""

import os
import subprocess
import threading
from collections import deque
from typing import Any

import grpc

from .packages import Command, NotRunError
from .printed import SHOWN, show
from .transforms import CHANNEL


class Plugin:
    """A running plugin."""

    def __init__(self, name: str, started: Command, address: str, directory: str) -> None:
        """Start the process, with the address of the engine as its argument.

        `name` names it in messages. Raises NotRunError if it ends before it can be asked.
        """
        self._process = subprocess.Popen(  # noqa: S603 - the user's package
            [*started.arguments, address],
            cwd=directory,
            env={**os.environ, "no_grpc_proxy": "127.0.0.1", **started.environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
            errors="replace",
        )
        self.last: deque[str] = deque(maxlen=SHOWN)
        """The last lines on its standard error; complete once it is stopped."""
        output: Any = self._process.stdout
        self._readers = [threading.Thread(target=show, args=(self._process.stderr, self.last), daemon=True)]
        self._readers[0].start()
        port = output.readline().strip()
        self._readers.append(threading.Thread(target=output.read, daemon=True))
        self._readers[1].start()
        if not port.isdigit():
            self.stop()
            raise NotRunError("\n  ".join([f"{name} does not start:", *list(self.last)[-5:]]))
        self.channel: grpc.Channel = grpc.insecure_channel(f"127.0.0.1:{port}", options=CHANNEL)

    def stop(self) -> None:
        """End the process, and close what it wrote to."""
        self._process.kill()
        self._process.wait()
        for reader in self._readers:
            reader.join()
        if self._process.stdout:
            self._process.stdout.close()
