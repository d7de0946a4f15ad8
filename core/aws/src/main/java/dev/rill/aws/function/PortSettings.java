package dev.rill.aws.function;

import dev.rill.aws.Backoff;
import java.net.URI;

/**
 * Where the ports of a function are.
 *
 * @param responsesTable the name of the table of responses
 * @param taskQueueUrl the queue of tasks
 * @param connectionsEndpoint the URL of the WebSocket API's stage, to which messages to sockets are posted
 * @param posts how often and how long a message to a socket is posted again
 */
public record PortSettings(String responsesTable, URI taskQueueUrl, URI connectionsEndpoint, Backoff.Bounds posts) {}
