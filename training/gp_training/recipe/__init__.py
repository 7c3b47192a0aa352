"""What is trained and how: presets, hints, losses, the step."""
