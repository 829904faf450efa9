"""Leader epochs: this broker leads everything, always, in the one epoch there is."""

from connect_runtime.broker._kio import ErrorCode
from connect_runtime.broker.errors import ApiError
from connect_runtime.broker.log.batch import LEADER_EPOCH

__all__ = ["check_leader_epoch"]


def check_leader_epoch(epoch: int) -> None:
    """Refuse a client that knows a later leader than there is; -1 is a client that does not say.

    Raises:
        ApiError: UNKNOWN_LEADER_EPOCH.
    """
    if epoch > LEADER_EPOCH:
        raise ApiError(ErrorCode.unknown_leader_epoch)
