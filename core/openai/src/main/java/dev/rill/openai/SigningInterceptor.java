package dev.rill.openai;

import dev.rill.chat.model.ModelFailure;
import java.io.IOException;
import okhttp3.Interceptor;
import okhttp3.MediaType;
import okhttp3.RequestBody;
import okhttp3.Response;
import okio.Buffer;
import okio.BufferedSink;
import org.jspecify.annotations.Nullable;

/** Signs each request of a transport: the bytes that are signed are those that are sent. */
final class SigningInterceptor implements Interceptor {

    private final RequestSigner signer;

    SigningInterceptor(RequestSigner signer) {
        this.signer = signer;
    }

    @Override
    public Response intercept(Chain chain) throws IOException {
        var request = chain.request();
        var body = request.body();
        var bytes = bytesOf(body);
        var signed = request.newBuilder();
        try {
            // Replaces the placeholder that openai-java wants as a key.
            signer.sign(request.method(), request.url().uri(), bytes).forEach(signed::header);
        } catch (RuntimeException e) {
            // The message is for operators: it may name the role.
            throw new TransportException(ModelFailure.UNAUTHORIZED, new IOException("the request can't be signed", e));
        }
        if (body != null) {
            signed.method(request.method(), new SentOnce(bytes, body.contentType()));
        }
        return chain.proceed(signed.build());
    }

    private static byte[] bytesOf(@Nullable RequestBody body) throws IOException {
        var buffer = new Buffer();
        if (body != null) {
            body.writeTo(buffer);
        }
        return buffer.readByteArray();
    }

    /** OkHttp never repeats a request with such a body that the server may have received. */
    private static final class SentOnce extends RequestBody {
        private final byte[] bytes;
        private final @Nullable MediaType type;

        SentOnce(byte[] bytes, @Nullable MediaType type) {
            this.bytes = bytes;
            this.type = type;
        }

        @Override
        public @Nullable MediaType contentType() {
            return type;
        }

        @Override
        public long contentLength() {
            return bytes.length;
        }

        @Override
        public boolean isOneShot() {
            return true;
        }

        @Override
        public void writeTo(BufferedSink sink) throws IOException {
            sink.write(bytes);
        }
    }
}
