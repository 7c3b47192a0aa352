"""Networks on an inference server that speaks KServe's protocol, such as Triton."""
