"""`kiosk bench`: how much of the machine's time goes into the network, and how soon the screen shows what the camera saw.

Everything is measured in one run and in turns, so that a noisy machine disturbs all alike. What must not go in: the command line
(kiosk/cli/bench.py), and how a result reads (text.py, document.py).
"""
