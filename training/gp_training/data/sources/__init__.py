"""Where the open training pictures come from: fetching, licences, figures."""

from gp_training.data.sources.avatars import AVATARS
from gp_training.data.sources.base import (
    MISSING_TOOL,
    Figure,
    Source,
    cache_folder,
    require_tool,
    run_tool,
)
from gp_training.data.sources.collected import COLLECTED
from gp_training.data.sources.comicgen import COMICGEN
from gp_training.data.sources.gcompris import GCOMPRIS
from gp_training.data.sources.mulberry import MULBERRY

# In the order in which duplicates are kept: true pairs and hand-drawn figures before programs'.
SOURCES: dict[str, Source] = {
    source.name: source for source in (*COLLECTED, *COMICGEN, *GCOMPRIS, MULBERRY, *AVATARS)
}

__all__ = [
    "MISSING_TOOL", "SOURCES", "Figure", "Source", "cache_folder", "require_tool", "run_tool",
]  # fmt: skip
