package dev.rill.message;

import dev.rill.aws.ApiGatewaySockets;
import dev.rill.aws.Aws;
import dev.rill.aws.Backoff;
import dev.rill.aws.DynamoConnections;
import dev.rill.aws.DynamoResponseLog;
import dev.rill.aws.LoggedTelemetry;
import dev.rill.aws.SqsPromptQueue;
import dev.rill.chat.Chat;
import dev.rill.chat.ChatSettings;
import dev.rill.chat.Ids;
import dev.rill.chat.Retries;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Duration;

/** Builds the function's objects: the environment goes in, the wired thing comes out. */
final class Wiring {

  private Wiring() {}

  static Messages messages(Settings settings, Aws aws) {
    var clock = Clock.systemUTC();
    var random = new SecureRandom();
    var log = new DynamoResponseLog(aws.dynamoDb(), settings.responsesTable(), clock, settings.retention(), random);
    var connections = new DynamoConnections(aws.dynamoDb(), settings.connectionsTable(), clock);
    var sockets = new ApiGatewaySockets(aws.managementApi(settings.connectionsEndpoint()),
        new Backoff(Backoff.Bounds.DEFAULT, random, clock, Thread::sleep));
    // This function never asks a model, so nothing is merged or retried here.
    var chat = new Chat(log, Ids.random(random), clock, Thread::sleep, new ChatSettings(settings.defaultModel(),
        Duration.ZERO, Duration.ZERO, new Retries(1, Duration.ZERO, Duration.ZERO, random)), new LoggedTelemetry());
    return new Messages(chat, connections, sockets, new SqsPromptQueue(aws.sqs(), settings.promptQueueUrl()));
  }
}
