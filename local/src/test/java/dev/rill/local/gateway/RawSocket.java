package dev.rill.local.gateway;

import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** A client that writes and reads bytes: HTTP, and single WebSocket frames after a handshake. */
final class RawSocket implements AutoCloseable {
    private final Socket socket;
    private final DataInputStream in;
    private final OutputStream out;

    RawSocket(URI server) throws IOException {
        socket = new Socket(server.getHost(), server.getPort());
        socket.setSoTimeout(10_000);
        socket.setTcpNoDelay(true);
        in = new DataInputStream(socket.getInputStream());
        out = socket.getOutputStream();
    }

    /** Opens a WebSocket; returns its socket after the 101. */
    static RawSocket open(URI server, String path, String... headers) throws IOException {
        var raw = new RawSocket(server);
        var answer = raw.handshake(path, headers);
        if (!answer.startsWith("HTTP/1.1 101")) {
            raw.close();
            throw new IOException("Refused: " + answer);
        }
        return raw;
    }

    /** Sends a handshake; returns status line and headers. */
    String handshake(String path, String... headers) throws IOException {
        List<String> lines = new ArrayList<>(List.of(
                "GET " + path + " HTTP/1.1",
                "Host: gateway.test",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Sec-WebSocket-Version: 13",
                "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="));
        lines.addAll(List.of(headers));
        sendHead(lines.toArray(String[]::new));
        return readHead();
    }

    void send(String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.UTF_8));
        out.flush();
    }

    /** Sends a request's head, one line for each argument. */
    void sendHead(String... lines) throws IOException {
        send(String.join("\r\n", lines) + "\r\n\r\n");
    }

    /** Everything up to the empty line. */
    String readHead() throws IOException {
        var head = new StringBuilder();
        while (head.indexOf("\r\n\r\n") < 0) {
            head.append((char) in.readUnsignedByte());
        }
        return head.toString();
    }

    /** Reads this number of bytes, as text. */
    String read(int count) throws IOException {
        return new String(in.readNBytes(count), StandardCharsets.UTF_8);
    }

    /** Everything up to the end of the connection. */
    String readToEnd() throws IOException {
        var all = new ByteArrayOutputStream();
        try {
            in.transferTo(all);
        } catch (SocketException reset) {
            all.writeBytes("[reset]".getBytes(StandardCharsets.UTF_8));
        }
        return all.toString(StandardCharsets.UTF_8);
    }

    void sendText(String text) throws IOException {
        sendFrame(0x81, text.getBytes(StandardCharsets.UTF_8));
    }

    /** Sends one frame; the first byte is FIN and opcode. The mask is zero, which leaves the payload readable. */
    void sendFrame(int first, byte[] payload) throws IOException {
        var frame = new ByteArrayOutputStream();
        frame.write(first);
        if (payload.length < 126) {
            frame.write(0x80 | payload.length);
        } else if (payload.length < 65_536) {
            frame.write(0x80 | 126);
            frame.write(payload.length >> 8);
            frame.write(payload.length);
        } else {
            frame.write(0x80 | 127);
            for (int shift = 56; shift >= 0; shift -= 8) {
                frame.write((int) ((long) payload.length >> shift));
            }
        }
        frame.writeBytes(new byte[4]);
        frame.writeBytes(payload);
        out.write(frame.toByteArray());
        out.flush();
    }

    /** The next frame as text: {@code text:...}, {@code pong:...}, {@code close:1000:...}, or {@code end}. */
    String nextFrame() throws IOException {
        int first;
        try {
            first = in.readUnsignedByte();
        } catch (EOFException | SocketException end) {
            return "end";
        }
        var payload = payload();
        return switch (first) {
            case 0x81 -> "text:" + new String(payload, StandardCharsets.UTF_8);
            case 0x8a -> "pong:" + new String(payload, StandardCharsets.UTF_8);
            case 0x88 ->
                payload.length < 2
                        ? "close"
                        : "close:" + (((payload[0] & 0xff) << 8) | (payload[1] & 0xff)) + ":"
                                + new String(payload, 2, payload.length - 2, StandardCharsets.UTF_8);
            default -> "frame " + Integer.toHexString(first) + " of " + payload.length + " bytes";
        };
    }

    /** The next frame of a fragmented message: {@code +} and its text, or {@code .} and its text for the last. */
    String nextPiece(int mostBytes) throws IOException {
        boolean last = (in.readUnsignedByte() & 0x80) != 0;
        var payload = payload();
        if (payload.length > mostBytes) {
            throw new AssertionError("A frame of " + payload.length + " bytes");
        }
        return (last ? "." : "+") + new String(payload, StandardCharsets.UTF_8);
    }

    private byte[] payload() throws IOException {
        long length = in.readUnsignedByte();
        if (length == 126) {
            length = in.readUnsignedShort();
        } else if (length == 127) {
            length = in.readLong();
        }
        return in.readNBytes((int) length);
    }

    /** Ends the connection with a TCP reset. */
    void cut() throws IOException {
        socket.setSoLinger(true, 0);
        socket.close();
    }

    @Override
    public void close() throws IOException {
        socket.close();
    }
}
