"""One HTTP exchange that never blocks: the main loop asks for it again and again, and coins are counted meanwhile.

A `link` has `write(data)`, which says how much it took, or None for not yet; `read(size)`, which gives bytes, None for
not yet, or b"" at the end; and `close()`. Both may raise OSError.
"""

LONGEST_ANSWER = 2048


class BadAnswer(Exception):
    pass


def request_bytes(host, path, body, headers=()):
    """The bytes of a POST; the connection is for this one alone."""
    lines = ["POST %s HTTP/1.1" % path, "Host: %s" % host, "Connection: close"]
    lines.append("Content-Type: application/json")
    lines.append("Content-Length: %d" % len(body))
    lines.extend(headers)
    return ("\r\n".join(lines) + "\r\n\r\n").encode() + body


class Exchange:
    def __init__(self, link, request, until):
        """`until`: when it is given up, in milliseconds that only grow."""
        self.link = link
        self.until = until
        self._left = request
        self._got = b""

    def poll(self, now):
        """The answer as (status, headers, body), or None while it is not there. Raises OSError or BadAnswer."""
        if now >= self.until:
            raise BadAnswer("no answer in time")
        while self._left:
            taken = self.link.write(self._left)
            if not taken:
                return None
            self._left = self._left[taken:]
        while True:
            data = self.link.read(256)
            if data is None:
                return None
            if not data:
                raise BadAnswer("the answer is cut off")
            self._got += data
            if len(self._got) > LONGEST_ANSWER:
                raise BadAnswer("the answer is too long")
            answer = parse_answer(self._got)
            if answer:
                return answer

    def close(self):
        self.link.close()


def parse_answer(data):
    """(status, headers by lower-case name, body), or None while part of it is missing. Raises BadAnswer."""
    end = data.find(b"\r\n\r\n")
    if end < 0:
        return None
    try:
        lines = data[:end].decode().split("\r\n")
        status = int(lines[0].split(" ")[1])
        headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            headers[name.strip().lower()] = value.strip()
        length = int(headers["content-length"])
    except (ValueError, KeyError, IndexError):
        raise BadAnswer("no HTTP with a length")
    body = data[end + 4 :]
    return (status, headers, body[:length]) if len(body) >= length else None
