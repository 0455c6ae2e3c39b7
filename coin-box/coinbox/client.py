"""What the box says to the server, one exchange at a time: pairing, reports, and orders it waits for."""

import json

from coinbox.http import BadAnswer, Exchange, request_bytes
from coinbox.signing import from_hex, is_answer_of, paired_key, request_signature, to_hex

PATH = "/coin/v1"
FIRMWARE = "1.0"
BOOT_STEP = 1 << 20
KNOCK_MS = 3000
# The server keeps a number for ten minutes; then the box shows another one.
NUMBER_MS = 600000
SOONEST_MS = 300
ANSWER_MS = 10000
# Long enough to spare the network, short enough to notice that it is gone while the slot is open.
WAIT_S = 25
WAIT_OPEN_S = 10
SHORTEST_REST_MS = 1000
LONGEST_REST_MS = 15000


class Client:
    """`settings` is a dict that `save()` keeps over power cuts; `connect()` gives a link, `random(n)` bytes.

    `orders` is called with each answer that the server signed, `failed` when there was none that counts.
    """

    def __init__(self, settings, save, connect, random, hardware, boots):
        self.settings = settings
        self.save = save
        self.connect = connect
        self.random = random
        self.hardware = hardware
        self.boot = to_hex(random(4))
        self.orders = None
        self.failed = None
        self.accepted = None
        self.problem = None
        self.lost_count = None
        self._counter = boots * BOOT_STEP
        self._exchange = None
        self._is_waiting = False
        self._sent_pulses = None
        self._seen = None
        self._next_at = 0
        self._sent_at = -SOONEST_MS
        self._rest_ms = SHORTEST_REST_MS
        self._number_at = None

    @property
    def is_paired(self):
        return "key" in self.settings

    @property
    def number(self):
        """What the box shows until it is paired."""
        return self.settings.get("number")

    @property
    def is_busy(self):
        return self._exchange is not None

    def step(self, now, report):
        """`report`: what a report says, with the pulses that are in flash."""
        if self._exchange:
            is_news = self._is_waiting and report["pulses"] != self._sent_pulses
            if is_news and now >= self._sent_at + SOONEST_MS:
                self._end()
                self._next_at = now
            else:
                return self._listen(now)
        is_news = report["pulses"] != self._sent_pulses
        if now < self._next_at or (is_news and now < self._sent_at + SOONEST_MS):
            return
        try:
            if self.is_paired:
                self._ask(now, report)
            else:
                self._knock(now)
        except OSError:
            self._fail(now, "No server")

    def disconnect(self):
        """The network is gone. What it missed it asks for when it is back."""
        self._end()
        self._sent_pulses = None
        self._next_at = 0

    def forget(self):
        """Another owner, or another server: the box shows a new number."""
        for name in ("key", "id", "number", "pairing_key"):
            self.settings.pop(name, None)
        self.save()
        self._end()
        self._seen = self.accepted = self._number_at = None
        self._next_at = 0

    def _knock(self, now):
        is_old = self._number_at is not None and now >= self._number_at + NUMBER_MS
        if is_old or "number" not in self.settings:
            self._new_number()
        if self._number_at is None or is_old:
            self._number_at = now
        words = {"number": self.number, "hardware": self.hardware}
        words["pairing_key"] = self.settings["pairing_key"]
        self._send("/pair", json.dumps(words).encode(), (), now, 0)

    def _new_number(self):
        dice = int.from_bytes(self.random(4), "big")
        self.settings["number"] = "%06d" % (dice % 1000000)
        self.settings["pairing_key"] = to_hex(self.random(32))
        self.save()

    def _ask(self, now, report):
        """A report where there is something new, so that its answer comes at once; orders to wait for otherwise."""
        words = {"boot": self.boot, "firmware": FIRMWARE}
        words.update(report)
        wait_s = 0
        path = PATH + "/report"
        if self._seen is not None and report["pulses"] == self._sent_pulses:
            path = PATH + "/orders"
            wait_s = WAIT_S if report["inhibited"] else WAIT_OPEN_S
            words["seen"] = self._seen
            words["wait_s"] = wait_s
        body = json.dumps(words).encode()
        self._counter += 1
        key = from_hex(self.settings["key"])
        headers = (
            "X-Box-Id: %d" % self.settings["id"],
            "X-Box-Counter: %d" % self._counter,
            "X-Box-Signature: " + request_signature(key, path, self._counter, body),
        )
        self._sent_pulses = dict(report["pulses"])
        self._is_waiting = wait_s > 0
        self._send(path[len(PATH) :], body, headers, now, wait_s)

    def _send(self, path, body, headers, now, wait_s):
        self._sent_at = now
        request = request_bytes(self.settings["host"], PATH + path, body, headers)
        until = now + wait_s * 1000 + ANSWER_MS
        self._exchange = Exchange(self.connect(), request, until)

    def _listen(self, now):
        try:
            answer = self._exchange.poll(now)
        except (OSError, BadAnswer):
            return self._fail(now, "No server")
        if not answer:
            return
        self._end()
        try:
            if self.is_paired:
                self._hear(now, *answer)
            else:
                self._hear_knock(now, *answer)
        except (ValueError, KeyError, TypeError, AttributeError):
            self._fail(now, "Bad answer")

    def _hear_knock(self, now, status, _headers, body):
        self._next_at = now + KNOCK_MS
        if status == 202:
            self.problem = None
            self._rest_ms = SHORTEST_REST_MS
        elif status == 409:
            self._new_number()
            self._number_at = now
        elif status == 200:
            self._pair(json.loads(body))
            self._next_at = now
        else:
            self._fail(now, "Wait: %d" % status)

    def _pair(self, said):
        key = from_hex(self.settings["pairing_key"])
        key = paired_key(key, self.number, self.hardware, said["server_nonce"])
        self.settings["id"] = int(said["id"])
        self.settings["key"] = to_hex(key)
        # What made the key is needed no more.
        self.settings.pop("number")
        self.settings.pop("pairing_key")
        self.save()
        self.problem = None

    def _hear(self, now, status, headers, body):
        key = from_hex(self.settings["key"])
        given = headers.get("x-box-signature", "")
        if status not in (200, 409) or not is_answer_of(key, self._counter, body, given):
            return self._fail(now, "Not paired" if status == 401 else "Wait: %d" % status)
        said = json.loads(body)
        if status == 409:
            # The flash is new, or another board had this key: it goes on above, after the next boot as well.
            self._counter = max(self._counter, int(said["counter"]))
            self.lost_count = self._counter // BOOT_STEP
            self._sent_pulses = None
            self._next_at = now + SOONEST_MS
            return
        self._rest_ms = SHORTEST_REST_MS
        self.problem = None
        # A wait that comes back early without news is not asked again at once.
        self._next_at = now if said["revision"] != self._seen else now + SOONEST_MS
        self._seen = said["revision"]
        self.accepted = said["accepted"]
        self.orders(said, now)

    def _fail(self, now, why):
        self._end()
        self.problem = why
        self._sent_pulses = None
        self._next_at = now + self._rest_ms
        self._rest_ms = min(self._rest_ms * 2, LONGEST_REST_MS)
        if self.failed:
            self.failed()

    def _end(self):
        if self._exchange:
            self._exchange.close()
        self._exchange = None
        self._is_waiting = False
