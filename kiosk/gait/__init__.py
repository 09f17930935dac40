"""Running gait from poses: rhythm, events, strides, metrics. Pure: numpy only."""
