"""The server's side of the protocol as far as one box sees it, for tests without a network."""

import json

from coinbox.http import parse_answer
from coinbox.signing import from_hex, hmac_sha256, paired_key, request_signature, to_hex


class ModelServer:
    def __init__(self):
        self.pairings = {}
        self.key = None
        self.last = 0
        self.revision = 1
        self.open = False
        self.closes_in_s = 0
        self.pulses = None
        self.heard = []
        # How an attacker or a broken network changes an answer: gives its status, signature and body.
        self.change = None
        self.is_away = False
        # A wait for orders is answered when this is set.
        self.answers_waits = False
        self.typed = None

    def connect(self):
        if self.is_away:
            raise OSError(113)
        return ModelLink(self)

    def answer(self, request):
        """The bytes of the answer, or None while it waits."""
        path, headers, body = request
        said = json.loads(body)
        if path.endswith("/pair"):
            return self._pair(said)
        counter = int(headers["x-box-counter"])
        if headers["x-box-signature"] != request_signature(self.key, path, counter, body):
            return _http(401, b"{}")
        if path.endswith("/orders") and not self.answers_waits and said["seen"] == self.revision:
            return None
        self.heard.append((path.rsplit("/", 1)[1], counter, said))
        if counter <= self.last:
            return self._signed(409, counter, {"error": "replay", "counter": self.last})
        self.last = counter
        self.pulses = said["pulses"]
        orders = {"revision": self.revision, "open": self.open, "closes_in_s": self.closes_in_s}
        orders["display"] = ["Insert coin", "P5 = 40m"]
        orders["accepted"] = self.pulses
        return self._signed(200, counter, orders)

    def _pair(self, said):
        self.pairings[said["number"]] = said
        if said["number"] != self.typed:
            return _http(202, b'{"status":"waiting"}')
        nonce = "0f" * 16
        key = from_hex(said["pairing_key"])
        self.key = paired_key(key, said["number"], said["hardware"], nonce)
        words = {"status": "paired", "id": 7, "server_nonce": nonce}
        return _http(200, json.dumps(words).encode())

    def _signed(self, status, counter, words):
        body = json.dumps(words).encode()
        head = b"answer\n%d\n" % counter
        signature = "sha256=" + to_hex(hmac_sha256(self.key, head, body))
        if self.change:
            status, signature, body = self.change(status, signature, body)
        return _http(status, body, signature)


class ModelLink:
    """Takes and gives a few bytes at a time."""

    def __init__(self, server):
        self.server = server
        self.sent = b""
        self.answer = None

    def write(self, data):
        self.sent += data[:100]
        return min(100, len(data))

    def read(self, size):
        if self.answer is None:
            # A request has the form of an answer but for its first line.
            end = self.sent.find(b"\r\n")
            path = self.sent[:end].decode().split(" ")[1]
            whole = parse_answer(b"HTTP/1.1 200 OK" + self.sent[end:])
            if not whole:
                return None
            self.answer = self.server.answer((path, whole[1], whole[2]))
            if self.answer is None:
                return None
        size = min(size, 37)
        part, self.answer = self.answer[:size], self.answer[size:]
        return part

    def close(self):
        pass


def _http(status, body, signature=None):
    head = "HTTP/1.1 %d X\r\nContent-Length: %d\r\n" % (status, len(body))
    if signature:
        head += "X-Box-Signature: %s\r\n" % signature
    return (head + "\r\n").encode() + body
