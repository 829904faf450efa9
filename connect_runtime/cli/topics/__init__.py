"""``connect-runtime topics``: look into the topics of any Kafka cluster, and write to them."""
