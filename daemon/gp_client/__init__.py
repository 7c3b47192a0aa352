"""What an editor needs to talk to the GuidingPainter daemon: standard library and msgpack only."""

from gp_client.calls import Call
from gp_client.client import Client, connect
from gp_client.errors import GuidingPainterError
from gp_client.guided_page import GuidedPage
from gp_client.page import ClientPage
from gp_client.types import GivenLayer, GuidedRegion, Layer, Mask, Panel, Pick, Region

__version__ = "0.1.0"
__all__ = [
    "Call",
    "Client",
    "ClientPage",
    "GivenLayer",
    "GuidedPage",
    "GuidedRegion",
    "GuidingPainterError",
    "Layer",
    "Mask",
    "Panel",
    "Pick",
    "Region",
    "connect",
]
