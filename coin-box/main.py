from coinbox.hardware import run

run()
