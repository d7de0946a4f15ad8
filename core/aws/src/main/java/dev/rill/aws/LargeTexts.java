package dev.rill.aws;

import static dev.rill.aws.Attributes.AT;
import static dev.rill.aws.Attributes.EXPIRES_AT;
import static dev.rill.aws.Attributes.PART;
import static dev.rill.aws.Attributes.PARTS;
import static dev.rill.aws.Attributes.RESPONSE_ID;
import static dev.rill.aws.Attributes.SEQUENCE;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import java.util.random.RandomGenerator;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import software.amazon.awssdk.core.SdkBytes;
import software.amazon.awssdk.services.dynamodb.DynamoDbClient;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;

/**
 * Stores a text of any length in one attribute. A short text is a string, a longer one is compressed into a binary, and
 * one that is too long for its item even then is split into parts: items of their own, which the attribute names (a map
 * of {@code at}, the partition key of the parts, and {@code parts}, their number).
 *
 * <p>Parts have a new random partition key, so they can be written before the item that names them: no reader finds
 * them earlier, and no other writer overwrites them. If the writer crashes before it writes that item, TTL removes the
 * parts. Safe for use by many threads.
 */
final class LargeTexts {

    /** A longer text is compressed. A shorter one costs one write unit either way. In bytes of UTF-8. */
    private static final int PLAIN_BYTES = 900;

    /** Room for a text in an item of its own, in bytes: DynamoDB's limit is 400 KB with keys and names. */
    static final int ITEM_BYTES = 380_000;

    /** How long parts outlive the item that names them, because TTL removes expired items in any order. */
    private static final Duration MARGIN = Duration.ofDays(1);

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final RandomGenerator random;

    LargeTexts(DynamoDbClient dynamoDb, String table, RandomGenerator random) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.random = random;
    }

    /**
     * The attribute for a text. Its parts, if it has any, have been written when this returns.
     *
     * @param owner the prefix of the parts' partition key
     * @param room the most bytes that the attribute may take in its item
     * @param expiresAt when the item that names the parts expires
     */
    AttributeValue write(String owner, String text, int room, Instant expiresAt) {
        var bytes = text.getBytes(UTF_8);
        if (bytes.length <= Math.min(room, PLAIN_BYTES)) {
            return AttributeValue.fromS(text);
        }
        var compressed = compress(bytes);
        if (compressed.length <= room) {
            return AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(compressed));
        }
        return writeParts(
                owner + "#" + HexFormat.of().toHexDigits(random.nextLong()), compressed, expiresAt.plus(MARGIN));
    }

    /**
     * The text of an attribute that {@link #write} made.
     *
     * @throws IllegalStateException if a part is missing
     */
    String read(AttributeValue value) {
        return switch (value.type()) {
            case S -> value.s();
            case B -> decompress(value.b().asByteArrayUnsafe());
            case M ->
                decompress(readParts(AttributeValues.text(value.m(), AT), AttributeValues.number(value.m(), PARTS)));
            default -> throw new IllegalStateException("a text is not stored as " + value.type());
        };
    }

    /** Deletes the parts of a text, if it has any. */
    void delete(AttributeValue value) {
        if (value.type() == AttributeValue.Type.M) {
            for (long part = 0; part < AttributeValues.number(value.m(), PARTS); part++) {
                var key =
                        Map.of(RESPONSE_ID, AttributeValues.require(value.m(), AT), SEQUENCE, AttributeValues.of(part));
                dynamoDb.deleteItem(delete -> delete.tableName(table).key(key));
            }
        }
    }

    private AttributeValue writeParts(String at, byte[] bytes, Instant expiresAt) {
        long parts = 0;
        for (int from = 0; from < bytes.length; from += ITEM_BYTES) {
            var part = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + ITEM_BYTES));
            var item = Map.of(
                    RESPONSE_ID,
                    AttributeValues.of(at),
                    SEQUENCE,
                    AttributeValues.of(parts),
                    PART,
                    AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(part)),
                    EXPIRES_AT,
                    AttributeValues.seconds(expiresAt));
            dynamoDb.putItem(put -> put.tableName(table).item(item));
            parts++;
        }
        return AttributeValue.fromM(Map.of(AT, AttributeValues.of(at), PARTS, AttributeValues.of(parts)));
    }

    private byte[] readParts(String at, long parts) {
        var bytes = new ByteArrayOutputStream();
        long found = 0;
        for (var page : dynamoDb.queryPaginator(query -> query.tableName(table)
                .consistentRead(true)
                .keyConditionExpression(RESPONSE_ID + " = :at")
                .expressionAttributeValues(Map.of(":at", AttributeValues.of(at))))) {
            for (var item : page.items()) {
                bytes.writeBytes(AttributeValues.require(item, PART).b().asByteArrayUnsafe());
                found++;
            }
        }
        if (found != parts) {
            throw new IllegalStateException(at + " has " + found + " parts of " + parts);
        }
        return bytes.toByteArray();
    }

    private static byte[] compress(byte[] bytes) {
        var compressed = new ByteArrayOutputStream();
        try (var gzip = new GZIPOutputStream(compressed)) {
            gzip.write(bytes);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return compressed.toByteArray();
    }

    private static String decompress(byte[] bytes) {
        try (var gzip = new GZIPInputStream(new ByteArrayInputStream(bytes))) {
            return new String(gzip.readAllBytes(), UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException("a compressed text in the table of responses can't be decompressed", e);
        }
    }
}
