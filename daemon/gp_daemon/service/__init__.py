"""The service: sockets, sessions, jobs, and the daemon's life."""
