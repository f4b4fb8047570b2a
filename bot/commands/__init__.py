"""Floor 4: what people can ask, once for every platform: a request in, a reply out."""
