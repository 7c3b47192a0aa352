"""ZeroMQ without libzmq: how messages reach the daemon and come back."""
