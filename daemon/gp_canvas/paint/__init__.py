"""From colours to flats, soft colours and layers."""
