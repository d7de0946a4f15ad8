package dev.rill.aws;

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
 * Keeps a text of any length in one attribute: as it is while it is short (a string), compressed (a binary), or, where
 * even that is too long for its item, in items of its own that the attribute names (a map of {@code parts} and
 * {@code at}).
 *
 * <p>Parts stand under a partition key that is made for them and never used again, so they can be written before the
 * item that names them: nobody sees them earlier, no other writer can overwrite them, and those of a writer that dies
 * in between fall to TTL.
 */
final class LargeTexts {

    /** A longer text is compressed; a shorter one takes one write unit either way. */
    private static final int PLAIN_BYTES = 900;

    /** DynamoDB takes 400 KB an item, keys and names included. */
    static final int ITEM_BYTES = 380_000;

    /** Parts outlive the item that names them by this, for TTL may take them in any order. */
    private static final Duration MARGIN = Duration.ofDays(1);

    private static final String AT = "at";
    private static final String PARTS = "parts";
    private static final String PART = "part";

    private final DynamoDbClient dynamoDb;
    private final String table;
    private final RandomGenerator random;

    LargeTexts(DynamoDbClient dynamoDb, String table, RandomGenerator random) {
        this.dynamoDb = dynamoDb;
        this.table = table;
        this.random = random;
    }

    /**
     * The attribute for this text; its parts, if any, are written when this returns.
     *
     * @param owner what the parts' partition key begins with
     * @param room the bytes that the attribute may take in its item
     * @param expiresAt when the item that names the parts may go
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

    String read(AttributeValue value) {
        return switch (value.type()) {
            case S -> value.s();
            case B -> decompress(value.b().asByteArrayUnsafe());
            case M ->
                decompress(readParts(AttributeValues.text(value.m(), AT), AttributeValues.number(value.m(), PARTS)));
            default -> throw new IllegalStateException("a text is not kept as " + value.type());
        };
    }

    /** Removes the parts of a text, if it has any. */
    void delete(AttributeValue value) {
        if (value.type() == AttributeValue.Type.M) {
            for (long part = 0; part < AttributeValues.number(value.m(), PARTS); part++) {
                var key = Map.of(
                        Attributes.RESPONSE_ID,
                        AttributeValues.require(value.m(), AT),
                        Attributes.SEQUENCE,
                        AttributeValues.of(part));
                dynamoDb.deleteItem(delete -> delete.tableName(table).key(key));
            }
        }
    }

    private AttributeValue writeParts(String at, byte[] bytes, Instant expiresAt) {
        long parts = 0;
        for (int from = 0; from < bytes.length; from += ITEM_BYTES) {
            var part = Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + ITEM_BYTES));
            var item = Map.of(
                    Attributes.RESPONSE_ID,
                    AttributeValues.of(at),
                    Attributes.SEQUENCE,
                    AttributeValues.of(parts),
                    PART,
                    AttributeValue.fromB(SdkBytes.fromByteArrayUnsafe(part)),
                    Attributes.EXPIRES_AT,
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
                .keyConditionExpression(Attributes.RESPONSE_ID + " = :at")
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
            throw new UncheckedIOException("a compressed text of the table can't be read", e);
        }
    }
}
