package dev.rill.local.gateway;

import dev.rill.local.gateway.ResponseHead.BadHeadException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Parses the prelude at the start of a streamed response: JSON, then 8 NUL bytes, both within the first 16 KB. The
 * bytes may come in pieces of any size. Not safe for use by many threads.
 */
final class PreludeParser {
    static final int LIMIT = 16 * 1024;
    private static final int DELIMITER = 8;

    private final byte[] bytes = new byte[LIMIT];
    private int length;
    private int nuls;
    private @Nullable ResponseHead head;

    /**
     * Consumes bytes up to the end of the delimiter.
     *
     * @return how many bytes were consumed; fewer than given only if the prelude is complete
     * @throws BadHeadException if the prelude is malformed, or the limit is reached without a delimiter
     */
    int feed(byte[] chunk, int offset, int count) throws BadHeadException {
        int taken = 0;
        while (taken < count && head == null) {
            if (length == LIMIT) {
                throw new BadHeadException("No 8 NUL bytes within the first 16 KB");
            }
            byte next = chunk[offset + taken];
            taken++;
            bytes[length] = next;
            length++;
            nuls = next == 0 ? nuls + 1 : 0;
            if (nuls == DELIMITER) {
                head = ResponseHead.parse(new String(bytes, 0, length - DELIMITER, StandardCharsets.UTF_8));
            }
        }
        return taken;
    }

    /** The head; null until the prelude is complete. */
    @Nullable
    ResponseHead head() {
        return head;
    }
}
