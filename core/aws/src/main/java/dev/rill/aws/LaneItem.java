package dev.rill.aws;

import static dev.rill.aws.Attributes.EXPIRES_AT;
import static dev.rill.aws.Attributes.MEMBERS;
import static dev.rill.aws.Attributes.RESPONSE_ID;
import static dev.rill.aws.Attributes.VERSION;

import dev.rill.chat.log.Lane;
import dev.rill.chat.ops.Sha256;
import dev.rill.chat.protocol.ResponseId;
import dev.rill.chat.socket.LaneId;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import software.amazon.awssdk.services.dynamodb.model.AttributeValue;
import software.amazon.awssdk.services.dynamodb.model.Put;
import software.amazon.awssdk.services.dynamodb.model.ReturnValuesOnConditionCheckFailure;

/** Converts lanes to items of the table of responses, and back. The partition key is a hash of socket and stream. */
final class LaneItem {

    private LaneItem() {}

    static Map<String, AttributeValue> key(LaneId id) {
        var digest = Sha256.digest();
        Sha256.addWithLength(digest, id.connection().value());
        Sha256.addWithLength(digest, id.stream().value());
        return Map.of(
                RESPONSE_ID,
                AttributeValues.of("lane#" + HexFormat.of().formatHex(digest.digest())),
                Attributes.SEQUENCE,
                AttributeValues.of(HeaderItem.SEQUENCE));
    }

    /** @param item empty if there is none */
    static Lane read(LaneId id, Map<String, AttributeValue> item, InstantSource clock) {
        if (item.isEmpty()) {
            return Lane.unused(id);
        }
        var members = HeaderItem.isExpired(item, clock)
                ? List.<ResponseId>of()
                : AttributeValues.require(item, MEMBERS).l().stream()
                        .map(member -> new ResponseId(member.s()))
                        .toList();
        return new Lane(
                id, AttributeValues.number(item, VERSION), members, AttributeValues.ofSeconds(item, EXPIRES_AT));
    }

    /** The write of a lane, on condition that its version follows the stored one. */
    static Put put(String table, Lane lane) {
        var item = new HashMap<>(key(lane.id()));
        item.put(VERSION, AttributeValues.of(lane.version()));
        item.put(
                MEMBERS,
                AttributeValue.fromL(lane.members().stream()
                        .map(member -> AttributeValues.of(member.value()))
                        .toList()));
        item.put(EXPIRES_AT, AttributeValues.seconds(lane.expiresAt()));
        var previous = lane.version() - 1;
        var put = Put.builder()
                .tableName(table)
                .item(item)
                .expressionAttributeNames(Map.of("#version", VERSION))
                .returnValuesOnConditionCheckFailure(ReturnValuesOnConditionCheckFailure.NONE);
        return (previous == 0
                        ? put.conditionExpression("attribute_not_exists(#version)")
                        : put.conditionExpression("#version = :previous")
                                .expressionAttributeValues(Map.of(":previous", AttributeValues.of(previous))))
                .build();
    }
}
