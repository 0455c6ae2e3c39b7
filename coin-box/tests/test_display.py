from coinbox.display import NoDisplay, TextDisplay, find_display


class ModelI2c:
    """Letters of a display of two rows, from the halves of bytes that its chip takes."""

    def __init__(self, *addresses):
        self.addresses = addresses
        self.halves = []
        self.rows = {}
        self.at = 0
        self.is_off = False

    def scan(self):
        return list(self.addresses)

    def writeto(self, address, data):
        if self.is_off or address not in self.addresses:
            raise OSError(19)
        assert data[0] & 4 and not data[1] & 4 and data[0] & 8
        self.halves.append(data[0] >> 4)
        if len(self.halves) < 2:
            return
        value = self.halves[0] << 4 | self.halves[1]
        self.halves = []
        if data[0] & 1:
            self.rows[self.at] = chr(value)
            self.at += 1
        elif value & 0x80:
            self.at = value & 0x7F

    def text(self, row):
        return "".join(self.rows.get(row * 0x40 + at, " ") for at in range(16))


def test_two_lines_stand_on_it():
    i2c = ModelI2c(0x3F)
    display = TextDisplay(i2c, 0x3F, lambda ms: None)
    display.show("Insert coin", "P5 = 40m and more than fits")
    assert i2c.text(0) == "Insert coin     " and i2c.text(1) == "P5 = 40m and mor"
    display.show("\u20b15", "")
    assert i2c.text(0) == "?5              " and i2c.text(1) == " " * 16


def test_a_display_that_falls_off_stops_nothing():
    i2c = ModelI2c(0x27)
    display = TextDisplay(i2c, 0x27, lambda ms: None)
    i2c.is_off = True
    display.show("Insert coin", "")


def test_a_box_without_display_works():
    assert isinstance(find_display(ModelI2c(0x50)), NoDisplay)
    assert isinstance(find_display(ModelI2c(0x27)), TextDisplay)
