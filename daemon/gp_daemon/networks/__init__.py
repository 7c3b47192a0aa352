"""The networks that run: bundles, devices, ONNX Runtime, inference servers."""
