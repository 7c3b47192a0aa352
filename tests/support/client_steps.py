"""What the tests of the client do with a page, in few words."""

from __future__ import annotations

from collections.abc import Callable

import gp_client
from gp_client import Client

Kill = Callable[[], None]


def open_page(client: Client, **options: float) -> gp_client.ClientPage:
    return client.open(bytes(32 * 16), 32, 16, **options)  # type: ignore[arg-type]


def pixel(page: gp_client.ClientPage, number: int) -> tuple[int, ...]:
    at = 4 * (number - 1) * page.width // 4
    return tuple(page.render("flats")[at : at + 4])
