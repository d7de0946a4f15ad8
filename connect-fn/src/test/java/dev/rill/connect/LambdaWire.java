package dev.rill.connect;

import com.amazonaws.services.lambda.runtime.Context;
import com.amazonaws.services.lambda.runtime.RequestHandler;
import com.amazonaws.services.lambda.runtime.serialization.PojoSerializer;
import com.amazonaws.services.lambda.runtime.serialization.events.LambdaEventSerializers;
import com.amazonaws.services.lambda.runtime.serialization.factories.JacksonFactory;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;

/** Calls a handler with JSON, and gives its answer as JSON, as Lambda's Java runtime does. */
final class LambdaWire {

    private LambdaWire() {}

    static <I, O> String call(
            RequestHandler<I, O> handler, Class<I> input, Class<O> output, String event, Context context) {
        var out = new ByteArrayOutputStream();
        serializer(output).toJson(handler.handleRequest(serializer(input).fromJson(event), context), out);
        return out.toString(StandardCharsets.UTF_8);
    }

    static String resource(String name) {
        try (var in = Objects.requireNonNull(LambdaWire.class.getResourceAsStream(name), name)) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static <T> PojoSerializer<T> serializer(Class<T> type) {
        return LambdaEventSerializers.isLambdaSupportedEvent(type.getName())
                ? LambdaEventSerializers.serializerFor(type, LambdaWire.class.getClassLoader())
                : JacksonFactory.getInstance().getSerializer(type);
    }
}
