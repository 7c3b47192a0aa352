"""The plug-in for GIMP 3: pixels in and out, layers, undo, selections, a dialog. Nothing else."""
