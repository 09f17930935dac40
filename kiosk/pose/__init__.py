"""From a frame to 17 keypoints of one runner."""
