"""The server: one process for the app, bound to this machine unless everyone has to log in."""

from __future__ import annotations

import errno
import gc
import logging
import re
import socket
import sys
from collections.abc import Callable
from dataclasses import replace

import uvicorn

from remnant.errors import Fault, SettingError
from remnant.store.access import people
from remnant.store.house import Store
from remnant.web.app import create_app
from remnant.web.security.hosts import EVERYWHERE, is_loopback
from remnant.web.security.slow import HEAD_BYTES, Brisk
from remnant.web.security.terse import Terse
from remnant.web.settings import Settings

ADDRESS = re.compile(r"https?://(?:[A-Za-z0-9.-]+|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
BACKLOG = 2048  # connections that wait to be taken
LAST_REQUESTS_S = 5  # what is under way may end


def checked(settings: Settings, store: Store) -> Settings:
    """Refuse to show patients to whoever comes by.

    Parameters
    ----------
    settings : Settings
        As asked for.
    store : Store
        Where people are kept.

    Returns
    -------
    Settings
        The same, `secure` where anything but this machine can reach the app.

    Raises
    ------
    SettingError
        If others can reach it and no admin has a token, or an address is not one.
    """
    faults = []
    for address in settings.behind:
        if ADDRESS.fullmatch(address) is None:
            hint = "scheme and host, without a path: https://remnant.lab.example"
            faults.append(
                Fault("serve", None, "--behind", repr(address), "the address that people use", hint)
            )
    secure = settings.secure or bool(settings.behind) or not is_loopback(settings.host)
    if secure and not people.has_admin(store):
        found, expected = "nobody who may log in", "an admin with a token"
        hint = "make one first: remnant people add NAME --role admin (with the same --home and --database)"
        where = "--log-in" if settings.secure else "--behind" if settings.behind else "--host"
        faults.append(Fault("serve", None, where, found, expected, hint))
    if faults:
        raise SettingError(faults)
    return replace(settings, secure=secure)


def listen(settings: Settings) -> tuple[socket.socket, Settings]:
    """Take the port.

    Returns
    -------
    socket, Settings
        A bound socket, and the settings with the port that it has; 0 asks for any.

    Raises
    ------
    SettingError
        If the port is taken, or the host is no address of this machine.
    """
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    try:
        # A port of a server that has just ended is free; one that is listened to is not.
        if sys.platform != "win32":
            bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        bound.bind((settings.host, settings.port))
        bound.listen(BACKLOG)
    except (OSError, OverflowError) as error:
        bound.close()
        raise _unbound(settings, error) from None
    return bound, replace(settings, port=bound.getsockname()[1])


def _unbound(settings: Settings, error: OSError | OverflowError) -> SettingError:
    code = error.errno if isinstance(error, OSError) else None
    if code == errno.EADDRINUSE:
        found, hint = f"{settings.port}, which another program uses", "choose another: --port 0 takes any"
        return SettingError([Fault("serve", None, "--port", found, "a free port", hint)])
    if code == errno.EACCES or isinstance(error, OverflowError):
        found, hint = str(settings.port), "choose one from 1024 to 65535"
        return SettingError([Fault("serve", None, "--port", found, "a port that you may use", hint)])
    hint = "127.0.0.1 is this machine alone; 0.0.0.0 is every network that it is in"
    return SettingError([Fault("serve", None, "--host", settings.host, "an address of this machine", hint)])


def address_of(settings: Settings) -> str:
    """Return the address to open in a browser."""
    if settings.behind:
        return settings.behind[0]
    host = "127.0.0.1" if settings.host in EVERYWHERE else settings.host
    return f"http://{f'[{host}]' if ':' in host else host}:{settings.port}"


def run(store: Store, settings: Settings, bound: socket.socket, *, ready: Callable[[], None]) -> None:
    """Serve until asked to stop.

    Parameters
    ----------
    store : Store
        What is shown.
    settings : Settings
        As `checked` and `listen` gave them.
    bound : socket
        As from `listen`.
    ready : callable
        Called once, when requests are answered.
    """
    listen_to_logs()
    config = uvicorn.Config(
        create_app(store, settings=settings),
        http=Brisk,
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,  # whose word counts is for `security.rates` to say
        server_header=False,
        h11_max_incomplete_event_size=HEAD_BYTES,
        timeout_graceful_shutdown=LAST_REQUESTS_S,
    )
    # The program itself never becomes garbage: to look through it again and again would halt every page.
    gc.collect()
    gc.freeze()
    _Server(config, ready).run(sockets=[bound])


def listen_to_logs() -> None:
    """Write what the server says to stderr, and nothing that could name a patient."""
    handler = logging.StreamHandler()
    handler.setFormatter(Terse())
    logging.getLogger().handlers = [handler]
    logging.getLogger("remnant").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(logging.WARNING)


class _Server(uvicorn.Server):
    def __init__(self, config: uvicorn.Config, ready: Callable[[], None]):
        super().__init__(config)
        self.ready = ready

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.ready()
