package dev.rill.aws.function;

import static org.assertj.core.api.Assertions.assertThat;

import dev.rill.aws.Aws;
import dev.rill.aws.Backoff;
import dev.rill.aws.Primable;
import java.net.URI;
import java.util.ArrayList;
import org.junit.jupiter.api.Test;
import software.amazon.awssdk.auth.credentials.AnonymousCredentialsProvider;
import software.amazon.awssdk.regions.Region;

class AwsPortsTest {

    @Test
    void everyPortIsPrimed() throws Exception {
        var nowhere = URI.create("http://localhost:1");
        try (var aws = new Aws(Region.US_EAST_1, AnonymousCredentialsProvider.create())) {
            var ports = AwsPorts.of(new PortSettings("responses", nowhere, nowhere, Backoff.Bounds.DEFAULT), aws);
            var primable = new ArrayList<Object>();
            for (var component : AwsPorts.class.getRecordComponents()) {
                if (component.getType().getPackageName().equals("dev.rill.aws")) {
                    primable.add(component.getAccessor().invoke(ports));
                }
            }
            assertThat(primable).hasSize(4).allMatch(Primable.class::isInstance);
            assertThat(ports.adapters())
                    .containsExactlyInAnyOrderElementsOf(
                            primable.stream().map(Primable.class::cast).toList());
        }
    }
}
