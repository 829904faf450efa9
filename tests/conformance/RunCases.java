import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.lang.reflect.Field;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.math.BigDecimal;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TimeZone;
import org.apache.kafka.common.record.TimestampType;
import org.apache.kafka.connect.connector.ConnectRecord;
import org.apache.kafka.connect.data.ConnectSchema;
import org.apache.kafka.connect.data.Schema;
import org.apache.kafka.connect.data.SchemaAndValue;
import org.apache.kafka.connect.data.SchemaProjector;
import org.apache.kafka.connect.data.Struct;
import org.apache.kafka.connect.data.Values;
import org.apache.kafka.connect.header.ConnectHeaders;
import org.apache.kafka.connect.header.Header;
import org.apache.kafka.connect.header.Headers;
import org.apache.kafka.connect.sink.SinkRecord;
import org.apache.kafka.connect.source.SourceRecord;
import org.apache.kafka.connect.storage.Converter;
import org.apache.kafka.connect.storage.HeaderConverter;
import org.apache.kafka.connect.transforms.Transformation;
import org.apache.kafka.connect.transforms.predicates.Predicate;

/**
 * Runs cases through Kafka Connect's own classes: a case a line on standard input (the form of tests/data/conformance.jsonl), a
 * line {"output", "error", "note"} for each on standard output. Time zone UTC, locale en_US.
 */
public final class RunCases {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

    public static void main(String[] args) throws IOException {
        TimeZone.setDefault(TimeZone.getTimeZone("UTC"));
        Locale.setDefault(Locale.US);
        PrintStream answers = new PrintStream(new FileOutputStream(FileDescriptor.out), false, StandardCharsets.UTF_8);
        System.setOut(System.err); // whoever logs does not disturb
        BufferedReader cases = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
        for (String line = cases.readLine(); line != null; line = cases.readLine()) {
            answers.println(JSON.writeValueAsString(answer(JSON.readTree(line))));
            answers.flush();
        }
    }

    private static ObjectNode answer(JsonNode spec) throws JsonProcessingException {
        ObjectNode answer = NODES.objectNode();
        boolean configured = false;
        try {
            Prepared run = prepared(spec);
            configured = true;
            return answer.<ObjectNode>set("output", run.run()).putNull("error").put("note", "");
        } catch (NoCase e) {
            throw e;
        } catch (Throwable e) {
            Throwable cause = e instanceof InvocationTargetException ? e.getCause() : e;
            String note = cause.getClass().getSimpleName() + ": " + cause.getMessage();
            return answer.<ObjectNode>set("output", null).put("error", configured ? "DataError" : "ConfigError").put("note", note);
        }
    }

    private interface Prepared {
        JsonNode run() throws Exception;
    }

    /** The case itself cannot be read: not an answer but a mistake in the case. */
    private static final class NoCase extends RuntimeException {
        NoCase(String message, Throwable cause) {
            super(message, cause);
        }
    }

    private static Prepared prepared(JsonNode spec) throws Exception {
        String name = spec.get("class").asText();
        JsonNode input = spec.get("input");
        Map<String, String> config = new LinkedHashMap<>();
        spec.get("config").fields().forEachRemaining(option -> config.put(option.getKey(), option.getValue().asText()));
        switch (spec.get("kind").asText()) {
            case "transform":
                return transform(create(name), config, input);
            case "predicate":
                return predicate(create(name), config, input);
            case "converter":
                return converter(create(name), config, input);
            case "values":
                return () -> values(input);
            default:
                throw new NoCase("no kind: " + spec, null);
        }
    }

    @SuppressWarnings("unchecked")
    private static <T> T create(String name) {
        try {
            return (T) Class.forName(name).getDeclaredConstructor().newInstance();
        } catch (ReflectiveOperationException e) {
            throw new NoCase("no class: " + name, e);
        }
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Prepared transform(Transformation transform, Map<String, String> config, JsonNode input) {
        ConnectRecord<?> record = readRecord(input);
        transform.configure(config);
        return () -> writeRecord(transform.apply(record));
    }

    @SuppressWarnings({"unchecked", "rawtypes"})
    private static Prepared predicate(Predicate predicate, Map<String, String> config, JsonNode input) {
        ConnectRecord<?> record = readRecord(input);
        predicate.configure(config);
        return () -> NODES.objectNode().put("result", predicate.test(record));
    }

    private static Prepared converter(Object made, Map<String, String> config, JsonNode input) {
        String operation = input.get("op").asText();
        boolean forHeaders = operation.endsWith("_header");
        boolean fromConnect = operation.startsWith("from_connect");
        Map<String, Object> options = new LinkedHashMap<>(config);
        options.put("converter.type", forHeaders ? "header" : "value");
        Schema schema = fromConnect ? readSchema(input.get("schema")) : null;
        Object value = fromConnect ? readValue(schema, input.get("value")) : null;
        byte[] data = fromConnect ? null : readBytes(input.get("data"));
        if (forHeaders) {
            HeaderConverter converter = (HeaderConverter) made;
            converter.configure(options);
            return fromConnect
                ? () -> writeBytes(converter.fromConnectHeader("topic", "key", schema, value), input)
                : () -> writePair(converter.toConnectHeader("topic", "key", data));
        }
        Converter converter = (Converter) made;
        converter.configure(options, false);
        return fromConnect
            ? () -> writeBytes(converter.fromConnectData("topic", schema, value), input)
            : () -> writePair(converter.toConnectData("topic", data));
    }

    private static JsonNode values(JsonNode input) throws Exception {
        String function = input.get("fn").asText();
        switch (function) {
            case "parseString":
                return writePair(Values.parseString(input.get("text").textValue()));
            case "inferSchema":
                return NODES.objectNode().set("schema", writeSchema(Values.inferSchema(readValue(null, input.get("value")))));
            case "validate": {
                Schema schema = readSchema(input.get("schema"));
                ConnectSchema.validateValue(schema, readValue(schema, input.get("value")));
                return NODES.objectNode().put("valid", true);
            }
            case "project": {
                Schema source = readSchema(input.get("source"));
                Schema target = readSchema(input.get("target"));
                Object value = readValue(source, input.get("value"));
                return NODES.objectNode().set("value", writeValue(target, SchemaProjector.project(source, value, target)));
            }
            default:
                return converted(function, input);
        }
    }

    private static JsonNode converted(String function, JsonNode input) throws Exception {
        Schema schema = readSchema(input.get("schema"));
        Object value = readValue(schema, input.get("value"));
        Object result;
        if (input.has("scale")) {
            result = Values.convertToDecimal(schema, value, input.get("scale").intValue());
        } else {
            Method method = Values.class.getMethod(function, Schema.class, Object.class);
            result = method.invoke(null, schema, value);
        }
        boolean isNumber = result instanceof Number && !(result instanceof BigDecimal);
        JsonNode written = isNumber ? plainNumber((Number) result) : writeValue(null, result);
        return NODES.objectNode().set("value", written);
    }

    // --- what cases say, read ---

    private static ConnectRecord<?> readRecord(JsonNode spec) {
        Schema keySchema = readSchema(spec.get("key_schema"));
        Schema valueSchema = readSchema(spec.get("value_schema"));
        Object key = readValue(keySchema, spec.get("key"));
        Object value = readValue(valueSchema, spec.get("value"));
        String topic = spec.get("topic").textValue();
        Integer partition = spec.get("partition").isNull() ? null : (Integer) spec.get("partition").intValue();
        Long timestamp = spec.get("timestamp").isNull() ? null : (Long) spec.get("timestamp").longValue();
        Headers headers = new ConnectHeaders();
        for (JsonNode header : spec.get("headers")) {
            Schema schema = readSchema(header.get("schema"));
            headers.add(header.get("key").asText(), new SchemaAndValue(schema, readValue(schema, header.get("value"))));
        }
        if (spec.get("record").asText().equals("source")) {
            return new SourceRecord(
                Map.of(), Map.of(), topic, partition, keySchema, key, valueSchema, value, timestamp, headers);
        }
        return new SinkRecord(
            topic, partition, keySchema, key, valueSchema, value, spec.path("offset").asLong(0), timestamp,
            TimestampType.CREATE_TIME, headers);
    }

    private static Schema readSchema(JsonNode spec) {
        if (spec == null || spec.isNull()) {
            return null;
        }
        String typeName = spec.get("type").asText();
        Schema.Type type = typeName.equals("float") ? Schema.Type.FLOAT32
            : typeName.equals("double") ? Schema.Type.FLOAT64
            : Schema.Type.valueOf(typeName.toUpperCase(Locale.ROOT));
        List<org.apache.kafka.connect.data.Field> fields = null;
        if (type == Schema.Type.STRUCT) {
            fields = new ArrayList<>();
            for (JsonNode field : spec.get("fields")) {
                fields.add(new org.apache.kafka.connect.data.Field(field.get("field").asText(), fields.size(), readSchema(field)));
            }
        }
        Map<String, String> parameters = null;
        if (spec.has("parameters")) {
            parameters = new LinkedHashMap<>();
            for (Map.Entry<String, JsonNode> entry : (Iterable<Map.Entry<String, JsonNode>>) () -> spec.get("parameters").fields()) {
                parameters.put(entry.getKey(), entry.getValue().asText());
            }
        }
        Schema plain = new ConnectSchema(
            type,
            spec.path("optional").asBoolean(false),
            null,
            spec.path("name").textValue(),
            spec.has("version") ? (Integer) spec.get("version").intValue() : null,
            spec.path("doc").textValue(),
            parameters,
            fields,
            type == Schema.Type.MAP ? readSchema(spec.get("keys")) : null,
            type == Schema.Type.MAP ? readSchema(spec.get("values")) : type == Schema.Type.ARRAY ? readSchema(spec.get("items")) : null);
        if (!spec.has("default")) {
            return plain;
        }
        return new ConnectSchema(
            type, plain.isOptional(), readValue(plain, spec.get("default")), plain.name(), plain.version(), plain.doc(),
            parameters, fields, type == Schema.Type.MAP ? plain.keySchema() : null,
            type == Schema.Type.MAP || type == Schema.Type.ARRAY ? plain.valueSchema() : null);
    }

    private static Object readValue(Schema schema, JsonNode spec) {
        Schema.Type type = schema == null ? null : schema.type();
        if (spec == null || spec.isNull()) {
            return null;
        } else if (spec.isTextual()) {
            return spec.textValue();
        } else if (spec.isBoolean()) {
            return spec.booleanValue();
        } else if (spec.isNumber()) {
            return readNumber(type, spec);
        } else if (spec.isArray()) {
            List<Object> list = new ArrayList<>();
            spec.forEach(item -> list.add(readValue(type == Schema.Type.ARRAY ? schema.valueSchema() : null, item)));
            return list;
        } else if (spec.size() == 1 && spec.fieldNames().next().startsWith("$")) {
            return readMarked(schema, spec.fieldNames().next(), spec.elements().next());
        } else if (type == Schema.Type.STRUCT) {
            return readStruct(schema, spec);
        }
        Map<Object, Object> map = new LinkedHashMap<>();
        Schema values = type == Schema.Type.MAP ? schema.valueSchema() : null;
        spec.fields().forEachRemaining(entry -> map.put(entry.getKey(), readValue(values, entry.getValue())));
        return map;
    }

    private static Object readNumber(Schema.Type type, JsonNode spec) {
        if (type == Schema.Type.FLOAT32) {
            return (float) spec.doubleValue();
        } else if (type == Schema.Type.FLOAT64 || !spec.isIntegralNumber()) {
            return spec.doubleValue();
        }
        long number = spec.longValue();
        return type == Schema.Type.INT8 && number == (byte) number ? (Object) (byte) number
            : type == Schema.Type.INT16 && number == (short) number ? (Object) (short) number
            : type == Schema.Type.INT32 && number == (int) number ? (Object) (int) number
            : (Object) number; // as is what does not fit
    }

    private static Object readMarked(Schema schema, String marker, JsonNode content) {
        switch (marker) {
            case "$bytes":
                return Base64.getDecoder().decode(content.asText());
            case "$decimal":
                return new BigDecimal(content.asText());
            case "$timestamp":
                return new Date(content.longValue());
            case "$int8":
                return (byte) content.longValue();
            case "$int16":
                return (short) content.longValue();
            case "$int32":
                return (int) content.longValue();
            case "$int64":
                return content.longValue();
            case "$float32":
                return Float.parseFloat(content.asText());
            case "$float64":
                return Double.parseDouble(content.asText());
            case "$map": {
                boolean isMap = schema != null && schema.type() == Schema.Type.MAP;
                Map<Object, Object> map = new LinkedHashMap<>();
                for (JsonNode entry : content) {
                    map.put(
                        readValue(isMap ? schema.keySchema() : null, entry.get(0)),
                        readValue(isMap ? schema.valueSchema() : null, entry.get(1)));
                }
                return map;
            }
            default:
                throw new NoCase("no marker: " + marker, null);
        }
    }

    /** Not by put, which refuses what does not fit: a null where there is a default is one such thing. */
    private static Struct readStruct(Schema schema, JsonNode spec) {
        Struct struct = new Struct(schema);
        try {
            Field stored = Struct.class.getDeclaredField("values");
            stored.setAccessible(true);
            Object[] values = (Object[]) stored.get(struct);
            for (org.apache.kafka.connect.data.Field field : schema.fields()) {
                values[field.index()] = readValue(field.schema(), spec.get(field.name()));
            }
        } catch (ReflectiveOperationException e) {
            throw new NoCase("a struct without values", e);
        }
        return struct;
    }

    private static byte[] readBytes(JsonNode spec) {
        if (spec.isNull()) {
            return null;
        }
        return spec.has("$utf8")
            ? spec.get("$utf8").asText().getBytes(StandardCharsets.UTF_8)
            : Base64.getDecoder().decode(spec.get("$bytes").asText());
    }

    // --- results, written as cases say them ---

    private static JsonNode writeRecord(ConnectRecord<?> record) {
        if (record == null) {
            return NODES.nullNode();
        }
        ObjectNode spec = NODES.objectNode();
        spec.put("record", record instanceof SourceRecord ? "source" : "sink");
        spec.put("topic", record.topic());
        spec.put("partition", record.kafkaPartition());
        if (record instanceof SinkRecord) {
            spec.put("offset", ((SinkRecord) record).kafkaOffset());
        }
        spec.put("timestamp", record.timestamp());
        spec.set("key_schema", writeSchema(record.keySchema()));
        spec.set("key", writeValue(record.keySchema(), record.key()));
        spec.set("value_schema", writeSchema(record.valueSchema()));
        spec.set("value", writeValue(record.valueSchema(), record.value()));
        ArrayNode headers = spec.putArray("headers");
        for (Header header : record.headers()) {
            ObjectNode one = headers.addObject().put("key", header.key());
            one.set("schema", writeSchema(header.schema()));
            one.set("value", writeValue(header.schema(), header.value()));
        }
        return spec;
    }

    private static JsonNode writePair(SchemaAndValue pair) {
        if (pair == null) { // what parseString makes of null
            return writePair(SchemaAndValue.NULL);
        }
        ObjectNode spec = NODES.objectNode();
        spec.set("schema", writeSchema(pair.schema()));
        spec.set("value", writeValue(pair.schema(), pair.value()));
        return spec;
    }

    private static JsonNode writeSchema(Schema schema) {
        if (schema == null) {
            return NODES.nullNode();
        }
        ObjectNode spec = NODES.objectNode();
        String type = schema.type() == Schema.Type.FLOAT32 ? "float"
            : schema.type() == Schema.Type.FLOAT64 ? "double"
            : schema.type().getName();
        spec.put("type", type).put("optional", schema.isOptional());
        if (schema.name() != null) {
            spec.put("name", schema.name());
        }
        if (schema.version() != null) {
            spec.put("version", schema.version());
        }
        if (schema.doc() != null) {
            spec.put("doc", schema.doc());
        }
        if (schema.parameters() != null && !schema.parameters().isEmpty()) {
            ObjectNode parameters = spec.putObject("parameters");
            schema.parameters().forEach(parameters::put);
        }
        if (schema.defaultValue() != null) {
            spec.set("default", writeValue(schema, schema.defaultValue()));
        }
        if (schema.type() == Schema.Type.ARRAY) {
            spec.set("items", writeSchema(schema.valueSchema()));
        } else if (schema.type() == Schema.Type.MAP) {
            spec.set("keys", writeSchema(schema.keySchema()));
            spec.set("values", writeSchema(schema.valueSchema()));
        } else if (schema.type() == Schema.Type.STRUCT) {
            ArrayNode fields = spec.putArray("fields");
            for (org.apache.kafka.connect.data.Field field : schema.fields()) {
                fields.add(NODES.objectNode().put("field", field.name()).<ObjectNode>setAll((ObjectNode) writeSchema(field.schema())));
            }
        }
        return spec;
    }

    private static JsonNode writeValue(Schema schema, Object value) {
        Schema.Type type = schema == null ? null : schema.type();
        if (value == null) {
            return NODES.nullNode();
        } else if (value instanceof String) {
            return NODES.textNode((String) value);
        } else if (value instanceof Boolean) {
            return NODES.booleanNode((Boolean) value);
        } else if (value instanceof BigDecimal) {
            return NODES.objectNode().put("$decimal", value.toString());
        } else if (value instanceof Number) {
            return writeNumber(type, (Number) value);
        } else if (value instanceof Date) {
            return NODES.objectNode().put("$timestamp", ((Date) value).getTime());
        } else if (value instanceof byte[]) {
            return NODES.objectNode().put("$bytes", Base64.getEncoder().encodeToString((byte[]) value));
        } else if (value instanceof ByteBuffer) {
            return writeValue(schema, ((ByteBuffer) value).array());
        } else if (value instanceof List) {
            ArrayNode items = NODES.arrayNode();
            Schema itemSchema = type == Schema.Type.ARRAY ? schema.valueSchema() : null;
            ((List<?>) value).forEach(item -> items.add(writeValue(itemSchema, item)));
            return items;
        } else if (value instanceof Map) {
            return writeMap(type == Schema.Type.MAP ? schema : null, (Map<?, ?>) value);
        } else if (value instanceof Struct) {
            Struct struct = (Struct) value;
            ObjectNode fields = NODES.objectNode();
            struct.schema().fields().forEach(
                field -> fields.set(field.name(), writeValue(field.schema(), struct.getWithoutDefault(field.name()))));
            return fields;
        }
        throw new NoCase("no value: " + value.getClass(), null);
    }

    private static JsonNode writeMap(Schema schema, Map<?, ?> map) {
        Schema keys = schema == null ? null : schema.keySchema();
        Schema values = schema == null ? null : schema.valueSchema();
        boolean looksMarked = map.size() == 1 && String.valueOf(map.keySet().iterator().next()).startsWith("$");
        if (!looksMarked && map.keySet().stream().allMatch(key -> key instanceof String)) {
            ObjectNode entries = NODES.objectNode();
            map.forEach((key, value) -> entries.set((String) key, writeValue(values, value)));
            return entries;
        }
        ObjectNode spec = NODES.objectNode();
        ArrayNode entries = spec.putArray("$map");
        map.forEach((key, value) -> entries.addArray().add(writeValue(keys, key)).add(writeValue(values, value)));
        return spec;
    }

    private static JsonNode writeNumber(Schema.Type type, Number number) {
        Schema.Type own = ConnectSchema.schemaType(number.getClass());
        boolean isFloating = own == Schema.Type.FLOAT32 || own == Schema.Type.FLOAT64;
        boolean isFinite = !isFloating || Double.isFinite(number.doubleValue());
        boolean isPlain = own == (type == null ? isFloating ? Schema.Type.FLOAT64 : Schema.Type.INT64 : type);
        if (isPlain && isFinite) {
            return plainNumber(number);
        }
        ObjectNode marked = NODES.objectNode();
        return marked.set("$" + own.getName(), isFinite ? plainNumber(number) : NODES.textNode(number.toString()));
    }

    private static JsonNode plainNumber(Number number) {
        if (number instanceof Float || number instanceof Double) {
            double exact = number.doubleValue();
            return Double.isFinite(exact)
                ? NODES.numberNode(exact)
                : NODES.objectNode().put("$float64", number.toString());
        }
        return NODES.numberNode(number.longValue());
    }

    private static JsonNode writeBytes(byte[] data, JsonNode input) {
        ObjectNode spec = NODES.objectNode();
        if (data == null) {
            return spec.set("data", NODES.nullNode());
        }
        if (input.path("as").asText().equals("utf8")) {
            return spec.set("data", NODES.objectNode().put("$utf8", new String(data, StandardCharsets.UTF_8)));
        }
        return spec.set("data", writeValue(null, data));
    }
}
