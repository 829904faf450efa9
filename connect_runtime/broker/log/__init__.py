"""Topics, partitions and their record batches: appended, read, kept, compacted."""
