package dev.rill.operator;

import java.nio.file.Path;

/** A deployment of Rill that an operator manages. */
sealed interface Deployment {

    /**
     * A local stack that runs.
     *
     * @param work its work folder, which has {@code stack.json}
     */
    record LocalStack(Path work) implements Deployment {}

    /**
     * A stack of CloudFormation, in the account and region of the AWS SDK's default chains.
     *
     * @param name its name or ARN
     */
    record CloudFormationStack(String name) implements Deployment {}
}
