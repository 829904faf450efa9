"""What happens to records between a task and its topics: conversion, transforms, tolerance, dead letters."""

from connect_runtime.pipeline.chain import TransformChain, TransformStep
from connect_runtime.pipeline.consume import ConsumedMessage, SinkBatch, SinkPipeline
from connect_runtime.pipeline.dead_letter import DeadLetterQueue
from connect_runtime.pipeline.log_reporter import LogReporter
from connect_runtime.pipeline.produce import Outgoing, SourcePipeline
from connect_runtime.pipeline.tolerance import (
    ErrorPolicy,
    Failure,
    FailureReporter,
    Operations,
    Skipped,
    Stage,
    Tolerance,
)
from connect_runtime.pipeline.topics import TopicCreation, TopicRules

__all__ = [
    "ConsumedMessage",
    "DeadLetterQueue",
    "ErrorPolicy",
    "Failure",
    "FailureReporter",
    "LogReporter",
    "Operations",
    "Outgoing",
    "SinkBatch",
    "SinkPipeline",
    "Skipped",
    "SourcePipeline",
    "Stage",
    "Tolerance",
    "TopicCreation",
    "TopicRules",
    "TransformChain",
    "TransformStep",
]
