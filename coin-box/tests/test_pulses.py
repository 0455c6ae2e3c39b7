from coinbox.pulses import PulseLine


def diff(one, other):
    """As on the board, where ticks turn over."""
    return (one - other + 512) % 1024 - 512


def play(line, edges):
    """Edges as (active, after so many ms), from just before the ticks turn over; then what was counted."""
    now = 1000
    for is_active, after in edges:
        now = (now + after) % 1024
        line.edge(is_active, now)
    return line.take((now + 15) % 1024), (now + 15) % 1024


def pulse(ms, gap=60):
    return [(True, gap), (False, ms)]


def test_pulses_of_the_right_width_count():
    assert play(PulseLine(diff), pulse(50) * 5)[0] == 5
    assert play(PulseLine(diff), pulse(20) + pulse(250))[0] == 2


def test_noise_and_a_stuck_line_count_nothing():
    assert play(PulseLine(diff), pulse(3) * 10)[0] == 0
    assert play(PulseLine(diff), pulse(19) + pulse(251) + pulse(400))[0] == 0


def test_contacts_that_bounce_are_one_pulse():
    bouncing = [(True, 60), (False, 1), (True, 1), (False, 2), (True, 2), (False, 40)]
    bouncing += [(True, 1), (False, 1)]
    assert play(PulseLine(diff), bouncing)[0] == 1
    assert play(PulseLine(diff), bouncing * 7)[0] == 7


def test_a_pulse_is_taken_once_and_not_before_it_is_over():
    line = PulseLine(diff)
    line.edge(True, 0)
    assert line.take(40) == 0
    line.edge(False, 50)
    assert line.take(55) == 0
    assert line.take(60) == 1
    assert line.take(70) == 0


def test_an_edge_that_comes_twice_changes_nothing():
    assert play(PulseLine(diff), [(True, 60), (True, 10), (False, 30), (False, 90)])[0] == 1


def test_a_train_is_over_when_the_line_rests():
    line = PulseLine(diff)
    assert line.is_quiet(0, 200)
    _, now = play(line, pulse(50) * 3)
    assert not line.is_quiet(now, 200)
    assert line.is_quiet((now + 200) % 1024, 200)
    line.edge(True, now)
    assert not line.is_quiet((now + 100) % 1024, 200)
    assert line.is_quiet((now + 300) % 1024, 200)  # stuck
