"""Intake of readings: bodies, columns, cells, batches, folders, MQTT."""
