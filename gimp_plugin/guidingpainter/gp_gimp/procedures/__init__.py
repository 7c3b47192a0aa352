"""The procedures in GIMP's database."""
