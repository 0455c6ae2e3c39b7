"""Where counters are in the flash of the board; see coin_log.py."""

SECTOR = 4096
SECTORS = 16


class Esp32Flash:
    """The partition `coins` of partitions.csv."""

    sector_bytes = SECTOR

    def __init__(self):
        from esp32 import Partition

        found = Partition.find(Partition.TYPE_DATA, label="coins")
        if not found:
            raise RuntimeError("There is no partition coins: see README.md")
        self._partition = found[0]
        self.sectors = self._partition.info()[3] // SECTOR

    def read(self, offset, buffer):
        self._partition.readblocks(offset // SECTOR, buffer, offset % SECTOR)

    def write(self, offset, data):
        self._partition.writeblocks(offset // SECTOR, data, offset % SECTOR)

    def erase(self, sector):
        self._partition.ioctl(6, sector)


class Esp8266Flash:
    """The last 64 kB before the file system, which MicroPython's image does not reach on boards of 2 MB and more."""

    sector_bytes = SECTOR
    sectors = SECTORS

    def __init__(self):
        import esp

        if esp.flash_user_start() != 0x100000:
            raise RuntimeError("This build of MicroPython leaves no room for counters: see README.md")
        self._esp = esp
        self._start = esp.flash_user_start() - SECTORS * SECTOR

    def read(self, offset, buffer):
        self._esp.flash_read(self._start + offset, buffer)

    def write(self, offset, data):
        self._esp.flash_write(self._start + offset, data)

    def erase(self, sector):
        self._esp.flash_erase(self._start // SECTOR + sector)


def board_flash():
    import sys

    return Esp32Flash() if sys.platform == "esp32" else Esp8266Flash()
