"""Controller files: what each button, pad and pedal of a device does."""
