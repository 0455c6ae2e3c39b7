"""What the box knows of its Wi-Fi and its shop, in a file that is replaced whole."""

import json
import os

PATH = "settings.json"


def load(path=PATH):
    try:
        with open(path) as file:
            return json.load(file)
    except (OSError, ValueError):
        return {}


def save(settings, path=PATH):
    """A power cut leaves the old file or the new one."""
    with open(path + ".new", "w") as file:
        json.dump(settings, file)
    os.rename(path + ".new", path)
