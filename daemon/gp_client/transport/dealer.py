"""Which connection an endpoint needs: our own ZMTP on this machine, CURVE to another one."""

from __future__ import annotations

from gp_client.connection import USERNAME
from gp_client.transport.curve import CurveDealer
from gp_client.transport.keyfile import ClientKey
from gp_client.transport.zmtp import Dealer

AnyDealer = Dealer | CurveDealer
Secret = str | ClientKey  # a PLAIN token (empty: none), or CURVE keys


def open_dealer(endpoint: str, secret: Secret, timeout: float) -> AnyDealer:
    """Connect to an endpoint.

    Args:
        endpoint: ``ipc://path`` or ``tcp://host:port``.
        secret: what it asks for.
        timeout: seconds.

    Raises:
        GuidingPainterError: NO_DAEMON, TIMEOUT, BAD_REQUEST.
    """
    if isinstance(secret, ClientKey):
        return CurveDealer.connect(endpoint, secret, timeout)
    return Dealer.connect(endpoint, USERNAME, secret, timeout)


def beside(main: str, control: str) -> str:
    """Return the control endpoint as reached from here.

    A daemon that listens at all of its machine's addresses cannot know by which one we came.
    """
    scheme, _, address = control.partition("://")
    host, _, port = address.rpartition(":")
    if scheme != "tcp" or host not in ("0.0.0.0", "[::]", "*"):
        return control
    return f"{main.rpartition(':')[0]}:{port}"
