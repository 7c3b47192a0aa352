"""Line art in, pieces, regions and pictures out; no sockets, no networks."""
