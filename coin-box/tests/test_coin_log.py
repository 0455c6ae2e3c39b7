from coinbox.coin_log import BOOTS, LARGEST, CoinLog, FlashWornOut
from model_board import Dice, ModelFlash, PowerCut

HISTORIES = 300
# Of so many histories the power is cut at each byte, of the others at some.
EVERY_BYTE_OF = 1
STEPS = 25


def history(seed):
    """What a box does: coins, boots, and erasing ahead."""
    dice = Dice(seed)
    return [(dice.below(5), 1 + dice.below(4)) for _ in range(STEPS)]


def play(log, steps, known):
    """Does the steps; `known` holds what was written for sure, and `known["next"]` what may be written as well."""
    for kind, count in steps:
        if kind == 4:
            log.tidy()
            continue
        channel = BOOTS if kind == 3 else kind
        known["next"] = (channel, log.value(channel) + count)
        log.add(channel, count)
        known[channel] = log.value(channel)
        known["next"] = None


def check_old_or_new(log, known):
    pending = known["next"]
    for channel in (0, 1, 2, BOOTS):
        value = log.value(channel)
        is_new = pending and pending[0] == channel and pending[1] == value
        assert value == known.get(channel, 0) or is_new, (channel, value, known)
        known[channel] = value
    known["next"] = None


def test_counters_are_as_they_were_after_every_boot():
    flash = ModelFlash()
    known = {"next": None}
    for seed in range(20):
        play(CoinLog(flash), history(seed), known)
        check_old_or_new(CoinLog(flash), known)
    assert min(flash.erases) > 5


def test_a_power_cut_at_every_byte_leaves_the_old_counter_or_the_new_one():
    for seed in range(HISTORIES):
        whole = ModelFlash()
        play(CoinLog(whole), history(seed), {"next": None})
        step = 1 if seed < EVERY_BYTE_OF else 601
        for cut in range(seed % step, whole.spent, step):
            cut_and_go_on(seed, cut)


def cut_and_go_on(seed, cut):
    flash = ModelFlash(dice=Dice(seed + cut))
    known = {"next": None}
    flash.power_for = cut
    try:
        play(CoinLog(flash), history(seed), known)
        raise AssertionError("The power was not cut")
    except PowerCut:
        pass
    # It is cut again while the box starts anew and counts.
    flash.power_for = cut % 97
    try:
        log = CoinLog(flash)
        check_old_or_new(log, known)
        play(log, history(seed + 1), known)
    except PowerCut:
        pass
    flash.power_for = None
    log = CoinLog(flash)
    check_old_or_new(log, known)
    play(log, history(seed + 2), known)
    check_old_or_new(CoinLog(flash), known)


def test_a_sector_is_erased_once_in_some_hundred_coins_and_all_in_turn():
    flash = ModelFlash(sectors=16, sector_bytes=4096)
    log = CoinLog(flash)
    for _ in range(20000):
        if log.free_entries < 100:
            log.tidy()
        log.add(0, 1)
    assert sum(flash.erases) <= 20000 // 500 + 2
    assert max(flash.erases) - min(flash.erases) <= 1
    assert CoinLog(flash).value(0) == 20000


def test_a_bad_cell_is_passed_by():
    flash = ModelFlash()
    flash.worn = (90, 99, 100, 300, 513)
    log = CoinLog(flash)
    for count in range(1, 200):
        log.add(count % 3, 1)
    assert [CoinLog(flash).value(channel) for channel in range(3)] == [66, 67, 66]


def test_flash_that_keeps_nothing_is_told():
    flash = ModelFlash()
    flash.worn = range(len(flash.data))
    try:
        CoinLog(flash).add(0, 1)
        raise AssertionError("Nothing was told")
    except FlashWornOut:
        pass


def test_other_data_in_the_flash_is_no_counter():
    flash = ModelFlash(dice=Dice(5))
    for at in range(len(flash.data)):
        flash.data[at] = flash.dice.below(256)
    log = CoinLog(flash)
    assert [log.value(channel) for channel in range(16)] == [0] * 16
    log.add(2, 5)
    assert CoinLog(flash).value(2) == 5


def test_a_counter_stops_at_what_its_entry_holds():
    log = CoinLog(ModelFlash())
    log.put(0, LARGEST - 1)
    log.add(0, 3)
    assert log.value(0) == LARGEST
