"""Poses and, when asked for, pictures on their way to the disk while they are made: nothing here ever holds up a frame.

`journal` is the file that grows, `film` the video beside it, `tape` the writer of both, `recover` mends what a crash or a cut of
power left, `ring` deletes old recordings. What must not go in: what a finished recording looks like; it comes as a function.
"""
