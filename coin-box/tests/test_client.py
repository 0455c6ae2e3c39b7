from coinbox.http import BadAnswer, Exchange, parse_answer, request_bytes


class Link:
    def __init__(self, *reads):
        self.reads = list(reads)

    def write(self, data):
        return len(data)

    def read(self, size):
        return self.reads.pop(0) if self.reads else None

    def close(self):
        pass


def refused(work):
    try:
        work()
    except BadAnswer:
        return True
    return False


def test_an_answer_comes_in_parts():
    exchange = Exchange(Link(b"HTTP/1.1 200 O", None, b"K\r\nContent-Length: 2\r\n\r\n{", b"}"), b"x", 10)
    assert exchange.poll(0) is None
    assert exchange.poll(1) == (200, {"content-length": "2"}, b"{}")


def test_what_is_no_answer_is_refused():
    assert refused(lambda: parse_answer(b"hello\r\n\r\n"))
    assert refused(lambda: parse_answer(b"HTTP/1.1 200 OK\r\n\r\n{}"))
    assert refused(lambda: parse_answer(b"HTTP/1.1 \xff\r\n\r\n{}"))
    assert refused(lambda: Exchange(Link(b"HTTP/1.1 200", b""), b"x", 10).poll(0))
    assert refused(lambda: Exchange(Link(b"x" * 3000), b"x", 10).poll(0))
    assert refused(lambda: Exchange(Link(), b"x", 10).poll(10))


def test_a_request_says_how_long_it_is():
    request = request_bytes("shop", "/a", b"{}", ("X-Box-Id: 7",))
    assert request.startswith(b"POST /a HTTP/1.1\r\nHost: shop\r\n")
    assert b"\r\nContent-Length: 2\r\nX-Box-Id: 7\r\n\r\n{}" in request
