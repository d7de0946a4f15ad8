package dev.rill.aws.function;

import dev.rill.aws.ApiGatewaySockets;
import dev.rill.aws.Aws;
import dev.rill.aws.Backoff;
import dev.rill.aws.DynamoQuota;
import dev.rill.aws.DynamoResponseLog;
import dev.rill.aws.Primable;
import dev.rill.aws.SqsTaskQueue;
import dev.rill.chat.Ids;
import dev.rill.chat.ops.Time;
import java.security.SecureRandom;
import java.util.List;

/**
 * The ports that every function of the flow needs, on AWS, with the time and the randomness that they share. Safe for
 * use by many threads.
 *
 * @param random does not repeat itself in copies of one SnapStart snapshot
 */
public record AwsPorts(
        DynamoResponseLog log,
        DynamoQuota quota,
        ApiGatewaySockets sockets,
        SqsTaskQueue tasks,
        Time time,
        SecureRandom random) {

    /**
     * Makes the clients and the adapters; opens no connection.
     *
     * @param aws stays open as long as the ports are used
     */
    public static AwsPorts of(PortSettings settings, Aws aws) {
        var time = Time.system();
        var random = new SecureRandom();
        var dynamoDb = aws.dynamoDb();
        return new AwsPorts(
                new DynamoResponseLog(dynamoDb, settings.responsesTable(), time, random),
                new DynamoQuota(dynamoDb, settings.responsesTable(), time),
                new ApiGatewaySockets(
                        aws.managementApi(settings.connectionsEndpoint()), new Backoff(settings.posts(), random, time)),
                new SqsTaskQueue(aws.sqs(), settings.taskQueueUrl().toString()),
                time,
                random);
    }

    /** Issues the ids of new responses. */
    public Ids ids() {
        return Ids.random(random);
    }

    /** Primes every port; see {@link Primable#prime}. */
    public void prime() throws InterruptedException {
        for (var adapter : adapters()) {
            adapter.prime();
        }
    }

    List<Primable> adapters() {
        return List.of(log, quota, sockets, tasks);
    }
}
