from coinbox.slot import Slot
from model_board import ModelPin


def test_it_refuses_coins_from_the_first_moment():
    inhibit, relay = ModelPin(), ModelPin()
    Slot(inhibit, relay)
    assert inhibit.all == [True] and relay.all == [False]


def test_it_is_open_as_long_as_the_server_said():
    inhibit, relay = ModelPin(), ModelPin()
    slot = Slot(inhibit, relay)
    slot.obey(True, 58, 1000)
    slot.tick(58999)
    assert slot.is_open and not inhibit.value and relay.value
    slot.tick(59000)
    assert not slot.is_open and inhibit.value and not relay.value


def test_no_order_holds_for_more_than_a_minute_or_for_nothing():
    slot = Slot(ModelPin())
    slot.obey(True, 5000, 0)
    slot.tick(60000)
    assert not slot.is_open
    slot.obey(True, 0, 0)
    assert not slot.is_open
    slot.obey(True, -5, 0)
    assert not slot.is_open


def test_the_last_order_counts():
    inhibit = ModelPin()
    slot = Slot(inhibit)
    slot.obey(True, 30, 0)
    slot.obey(False, 0, 10)
    assert inhibit.value
    slot.obey(True, 30, 20)
    slot.close()
    assert inhibit.value
