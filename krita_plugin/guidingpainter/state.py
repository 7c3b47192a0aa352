"""What is kept in the document; shared with the other editors' plug-ins."""

from gp_client.saved import OUTPUTS, SCHEMA, Saved, follow, resume

__all__ = ["OUTPUTS", "SCHEMA", "Saved", "follow", "resume"]
