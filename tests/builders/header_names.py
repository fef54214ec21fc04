"""Names of headers that are not UTF-8, as librdkafka sends them: from C, for its Python binding makes texts of them."""

BAD_NAME_BYTES = b"\xff\xfe"


class BadName(str):
    """A name that aiokafka's builder of batches in Python sends as bytes that are not UTF-8."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        """Those bytes, whatever the text is."""
        return BAD_NAME_BYTES
