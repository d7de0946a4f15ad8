package dev.rill.aws.function;

import java.util.Optional;

/**
 * Where a function finds credentials and the settings of authentication.
 *
 * @param table the name of the table of credentials
 * @param settingsSecret the ARN of the secret with the settings; without it, API keys are taken and nothing else
 */
public record CredentialSettings(String table, Optional<String> settingsSecret) {}
