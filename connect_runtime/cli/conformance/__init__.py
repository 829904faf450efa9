"""Runs files of cases that say what Kafka Connect's plugins do, and compares."""
