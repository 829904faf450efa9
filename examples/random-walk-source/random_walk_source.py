import random

from connect_runtime import sdk

KEYS = sdk.ConfigDef(
    [
        sdk.ConfigKey("topic", required=True, doc="Topic to write to."),
        sdk.ConfigKey("symbols", sdk.ConfigType.LIST, default="AAA,BBB", doc="Whose prices to make up."),
        sdk.ConfigKey("interval.ms", sdk.ConfigType.INT, default=1000, doc="Time between two prices of a symbol."),
    ]
)
STRING, FLOAT = sdk.primitive_schema(sdk.Type.STRING), sdk.primitive_schema(sdk.Type.FLOAT64)
PRICE = sdk.struct_schema({"symbol": STRING, "price": FLOAT})


class RandomWalkTask(sdk.SourceTask):
    def start(self, config):
        self.config = KEYS.parse(config)
        self.partitions = [{"symbol": symbol} for symbol in self.config["symbols"]]
        offsets = self.context.offset_reader.offsets(self.partitions)
        self.prices = [offset["price"] if offset else 100.0 for offset in offsets]

    def poll(self):
        if self.context.wait(self.config["interval.ms"] / 1000):
            return None  # asked to stop or pause
        self.prices = [round(price + random.gauss(0, 0.5), 2) for price in self.prices]
        return list(map(self.record, self.partitions, self.prices))

    def record(self, partition, price):
        return sdk.SourceRecord(partition, {"price": price}, self.config["topic"], partition | {"price": price}, PRICE)

    def stop(self):
        pass


class RandomWalkConnector(sdk.SourceConnector):
    @classmethod
    def config_def(cls):
        return KEYS

    def start(self, config):
        self.config = dict(config)

    def task_class(self):
        return RandomWalkTask

    def task_configs(self, max_tasks):
        return [self.config]


@sdk.hookimpl
def connect_connectors():
    return [RandomWalkConnector]
