"""What leaves the device when a person asks for it: annotated videos; files made from a measured run."""
