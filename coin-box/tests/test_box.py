"""The whole box against a server of its own: pairing, coins, orders, and what goes wrong."""

from coinbox.box import Box
from model_board import Dice, ModelBoard, ModelFlash, PowerCut
from model_server import ModelServer


class Shop:
    def __init__(self, paired=True):
        self.server = ModelServer()
        self.board = ModelBoard(self.server.connect)
        self.box = Box(self.board)
        if paired:
            self.turn()
            self.server.typed = self.box.client.number
            self.turn(40)

    def turn(self, times=20, ms=100):
        for _ in range(times):
            self.board.ms += ms
            self.box.step()

    def open(self, closes_in_s=58):
        self.order(True, closes_in_s)

    def order(self, is_open, closes_in_s=0):
        self.server.revision += 1
        self.server.open, self.server.closes_in_s = is_open, closes_in_s
        self.turn()

    def insert(self, key, pulses=1):
        self.board.insert(key, self.box.step, pulses)

    def restart(self):
        self.board.power_on()
        self.box = Box(self.board)

    @property
    def refuses(self):
        return self.board.inhibit.value


def test_it_shows_a_number_until_it_is_paired():
    shop = Shop(paired=False)
    assert shop.refuses
    shop.turn()
    number = shop.box.client.number
    assert len(number) == 6 and shop.board.shown == ("Number of box:", number)
    shop.turn(5)
    shop.restart()
    shop.turn(5)
    assert shop.box.client.number == number
    shop.server.typed = number
    shop.turn(40)
    assert shop.box.client.is_paired and "pairing_key" not in shop.board.saved
    assert shop.server.heard[0][0] == "report"
    shop.turn(700)
    assert shop.server.heard[-1][0] == "report"  # then it waits for orders


def test_a_number_changes_after_ten_minutes():
    shop = Shop(paired=False)
    shop.turn()
    number = shop.box.client.number
    shop.turn(620, 1000)
    assert shop.box.client.number != number
    assert len(shop.server.pairings) == 2


def test_coins_are_told_at_once_and_one_coin_of_several_pulses_once():
    shop = Shop()
    shop.open()
    assert not shop.refuses and shop.board.relay.value
    before = len(shop.server.heard)
    shop.insert("5", 5)
    shop.turn(3)
    assert shop.server.pulses == {"1": 0, "5": 5}
    assert [kind for kind, _, _ in shop.server.heard[before:]] == ["report"]


def test_the_slot_closes_when_nothing_is_heard():
    shop = Shop()
    shop.open(15)
    shop.turn(129)
    assert not shop.refuses
    shop.turn(2)
    assert shop.refuses


def test_without_network_or_server_the_slot_is_closed_and_coins_count_all_the_same():
    shop = Shop()
    shop.open()
    shop.board.online = False
    shop.turn(1)
    assert shop.refuses and shop.board.shown[0] == "No network"
    shop.insert("1")
    shop.board.online = True
    shop.turn()
    assert not shop.refuses and shop.server.pulses["1"] == 1
    shop.server.is_away = True
    shop.insert("1")
    shop.turn()
    assert shop.refuses and shop.board.shown[0] == "No server"
    shop.server.is_away = False
    shop.turn(300)
    assert not shop.refuses and shop.server.pulses["1"] == 2


def check_stays_closed(change):
    shop = Shop()
    shop.server.change = change
    shop.open()
    shop.turn(100)
    assert shop.refuses
    shop.server.change = None
    shop.turn(300)
    assert not shop.refuses


def test_only_what_the_server_signed_opens_the_slot():
    check_stays_closed(lambda status, signature, body: (status, "sha256=" + "0" * 64, body))
    check_stays_closed(lambda status, signature, body: (status, "", body))
    check_stays_closed(lambda status, signature, body: (status, signature, body + b" "))
    check_stays_closed(lambda status, signature, body: (503, signature, body))
    check_stays_closed(lambda status, signature, body: (401, signature, body))


def test_an_answer_of_before_opens_nothing():
    shop = Shop()
    kept = []

    def keep(*answer):
        kept.append(answer)
        return answer

    shop.server.change = keep
    shop.open()
    opening = kept[-1]
    shop.order(False)
    assert shop.refuses
    shop.server.change = lambda *_: opening
    shop.server.revision += 1
    shop.turn(100)
    assert shop.refuses


def test_an_answer_that_is_no_json_or_has_other_words_closes_it():
    from coinbox.signing import hmac_sha256, to_hex

    for body in (b"no json", b"[]", b'{"open":true}', b'{"revision":9,"accepted":{},"open":true}'):
        shop = Shop()

        def broken(status, signature, _body):
            counter = shop.server.last
            mac = hmac_sha256(shop.server.key, b"answer\n%d\n" % counter, body)
            return status, "sha256=" + to_hex(mac), body

        shop.server.change = broken
        shop.open()
        shop.turn(100)
        assert shop.refuses, body


def test_numbers_of_requests_only_grow_and_go_on_above_those_of_lost_flash():
    shop = Shop()
    for _ in range(4):
        shop.restart()
        shop.turn()
    counters = [counter for _, counter, _ in shop.server.heard]
    assert counters == sorted(set(counters))
    shop.board.flash = ModelFlash(sectors=4, sector_bytes=1024)
    shop.restart()
    shop.open()
    assert not shop.refuses
    replays = len(shop.server.heard)
    shop.restart()
    shop.turn()
    assert shop.server.last >> 20 == shop.box.log.value(15)
    assert len(shop.server.heard) == replays + 1


def test_a_power_cut_at_any_instant_loses_no_coin_that_was_told_of():
    dice = Dice(11)
    shop = Shop()
    shop.open()
    told = 0
    inserted = 0
    for _ in range(50):
        shop.board.flash.power_for = dice.below(60)
        try:
            while True:
                inserted += 1
                shop.insert("1")
        except PowerCut:
            pass
        assert shop.server.pulses["1"] >= told
        told = shop.server.pulses["1"]
        shop.restart()
        assert shop.refuses
        shop.turn(5)
        # The one that fell as the power went may be lost; those before it are in the books.
        assert told <= shop.server.pulses["1"] <= inserted
        assert inserted - shop.server.pulses["1"] <= 1
        inserted = shop.server.pulses["1"]
    assert inserted > 60


def test_it_forgets_its_shop_when_told_to():
    shop = Shop()
    shop.open()
    shop.box.client.forget()
    shop.turn(5)
    assert not shop.box.client.is_paired and shop.board.shown[0] == "Number of box:"
