"""How far the kiosk is from cases with known truth: read them, measure them, judge them, write the page (tools/accuracy.py)."""
