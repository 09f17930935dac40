"""The page: Flask behind waitress, live events, the newest picture."""
