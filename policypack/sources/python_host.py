"""Runs a program as Pulumi's language host for Python does, against our own monitor, and returns what it registered."""

import asyncio
import functools
import inspect
import itertools
import logging
import os
import runpy
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final

import pulumi
from pulumi import runtime
from pulumi.output import UNKNOWN

from . import wire
from .job import Job
from .program_run import Session

FRAMES: Final = 8
"""How many frames of a failed program's traceback are shown."""


def run(job: Job) -> dict[str, Any]:
    """Run the program of a job to its end. Returns what it registered, and why it failed if it did."""
    with Session(job) as session:
        runtime.configure(_settings(job, session.address))
        runtime.set_all_config(runtime.get_config_env(), runtime.get_config_secret_keys_env())
        _hide_secure_settings()
        os.chdir(job.directory)
        sys.argv = [job.entry]
        return session.result(_run_to_the_end(job.entry))


def _settings(job: Job, address: str) -> runtime.Settings:
    accepted = inspect.signature(runtime.Settings).parameters
    newer: dict[str, Any] = {"organization": job.organization, "root_directory": job.root}
    return runtime.Settings(
        project=job.project,
        stack=job.stack,
        monitor=address,
        dry_run=True,
        **{name: value for name, value in newer.items() if name in accepted},
    )


def _hide_secure_settings() -> None:
    """Let the secret getters of `pulumi.Config` return an unknown for secure values, which cannot be decrypted here.

    A getter that does not ask for a secret returns the string that marks an unknown.
    """

    def hide(getter: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(getter)
        def get(self: pulumi.Config, key: str, *args: Any, **kwargs: Any) -> Any:
            if runtime.get_config(self.full_key(key)) == wire.UNKNOWN:
                return pulumi.Output.secret(UNKNOWN)
            return getter(self, key, *args, **kwargs)

        return get

    for prefix, kind in itertools.product(("get", "require"), ("", "_bool", "_int", "_float", "_object")):
        name = f"{prefix}_secret{kind}"
        setattr(pulumi.Config, name, hide(getattr(pulumi.Config, name)))


def _run_to_the_end(entry: str) -> str:
    """Run the program until all its outputs are resolved. Returns why it failed; empty if it did not."""

    def program() -> None:
        runpy.run_path(entry, run_name="__main__")

    logging.getLogger("asyncio").setLevel(logging.CRITICAL)  # a failed program leaves futures that are never awaited
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    try:
        loop.run_until_complete(runtime.run_in_stack(program))
    except pulumi.RunError as error:
        return str(error)
    except SystemExit as error:
        return f"the program called sys.exit({error.code!r}) before all its resources were registered"
    except Exception as error:  # noqa: BLE001 - a program may raise anything
        return _traceback(error, Path(entry).resolve())
    finally:
        loop.close()
    return ""


def _traceback(error: Exception, program: Path) -> str:
    """The whole error, after the last frames of the traceback, from the first frame of the program itself on."""
    frames = traceback.extract_tb(error.__traceback__)
    files = {program, program / "__main__.py"}
    own = [index for index, frame in enumerate(frames) if Path(frame.filename).resolve() in files]
    message = traceback.format_exception_only(error)
    calls = traceback.format_exception(error, limit=own[0] - len(frames))[: -len(message)] if own else []
    shown = calls if len(calls) <= FRAMES else ["...\n", *calls[-FRAMES:]]
    return "".join([*shown, *message]).rstrip()
