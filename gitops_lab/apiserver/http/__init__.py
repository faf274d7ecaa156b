"""HTTP: connections, TLS, who is asking, which resource is meant, in which form to answer."""
