package io.github.libwotnot;

import io.github.libwotnot.blocking.WotnotClient;
import java.time.Duration;
import kotlinx.serialization.json.JsonElement;

/** Every vector, through the blocking client, from Java. */
class JavaConformanceTest extends Conformance {
  JavaConformanceTest() {
    super(BlockingSubject::new);
  }

  private static final class BlockingSubject implements Subject {
    private final WotnotClient client;

    BlockingSubject(String config) {
      client = WotnotClient.fromJson(config);
    }

    @Override
    public JsonElement call(String method, JsonElement params) {
      return client.call(method, params);
    }

    @Override
    public Event receive(long timeoutMillis) throws InterruptedException {
      return client.receive(Duration.ofMillis(timeoutMillis));
    }

    @Override
    public void interrupt() {
      client.interrupt();
    }

    @Override
    public void close() {
      client.close();
    }

    @Override
    public String toString() {
      return client.toString();
    }
  }
}
