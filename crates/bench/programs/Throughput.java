// One send call through the package for the JVM, against the JDK's own clients and a bare socket, in turns; one JSON
// line for each subject, number of threads and round. Arguments: BASE_URL CALLS ROUNDS THREADS...

import io.github.libwotnot.WotnotConfig;
import io.github.libwotnot.blocking.BlockingConversation;
import io.github.libwotnot.blocking.WotnotClient;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.management.ManagementFactory;
import java.net.HttpURLConnection;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import kotlinx.serialization.json.Json;
import kotlinx.serialization.json.JsonElementKt;
import kotlinx.serialization.json.JsonObject;

public class Throughput {
  private static final String PATH = "/api/v1/conversation/3f0c6a1e9b7d4c52/messages";
  private static final int TIMEOUT_MS = 30_000;

  private final URI base;
  private final URI url;

  private Throughput(String base) {
    this.base = URI.create(base);
    this.url = URI.create(base + PATH);
  }

  /** Sends the visitor's "30" and gives the message's id. */
  private interface Call extends Callable<String> {}

  /** Makes what one thread calls again and again. */
  private interface Subject extends Callable<Call> {}

  /** A subject's two kinds of JSON work: what every caller of the API has to do. */
  private static byte[] body() {
    return "{\"message\":{\"type\":\"text\",\"data\":{\"body\":\"30\"}},\"user\":{\"type\":\"VISITOR\"}}"
        .getBytes(StandardCharsets.UTF_8);
  }

  private static String messageId(byte[] answer, int from, int length) {
    String text = new String(answer, from, length, StandardCharsets.UTF_8);
    JsonObject document = JsonElementKt.getJsonObject(Json.Default.parseToJsonElement(text));
    return JsonElementKt.getJsonPrimitive(document.get("message_id")).getContent();
  }

  private Call socket() throws Exception {
    Socket socket = new Socket(base.getHost(), base.getPort());
    socket.setTcpNoDelay(true);
    OutputStream out = socket.getOutputStream();
    InputStream in = socket.getInputStream();
    byte[] answer = new byte[4096];
    return () -> {
      byte[] body = body();
      String head = "POST " + PATH + " HTTP/1.1\r\nHost: " + base.getAuthority()
          + "\r\nAuthorization: Bearer fake.jwt.token\r\nContent-Type: application/json\r\nContent-Length: "
          + body.length + "\r\n\r\n";
      byte[] start = head.getBytes(StandardCharsets.US_ASCII);
      byte[] request = Arrays.copyOf(start, start.length + body.length);
      System.arraycopy(body, 0, request, start.length, body.length);
      out.write(request);
      // The whole answer fits one segment, and its body has 59 bytes.
      int length = in.read(answer);
      return messageId(answer, length - 59, 59);
    };
  }

  private Subject wotnot() {
    WotnotClient client = new WotnotClient(
        new WotnotConfig("fake.jwt.token").withBaseUrl(base.toString()).withTimeoutMillis((long) TIMEOUT_MS));
    BlockingConversation chat = client.conversation("3f0c6a1e9b7d4c52");
    return () -> () -> chat.sendText("30").getMessageId();
  }

  private Subject httpClient() {
    HttpClient client = HttpClient.newBuilder()
        .version(HttpClient.Version.HTTP_1_1)
        .connectTimeout(Duration.ofSeconds(10))
        .build();
    return () -> () -> {
      HttpRequest request = HttpRequest.newBuilder(url)
          .timeout(Duration.ofMillis(TIMEOUT_MS))
          .header("Authorization", "Bearer fake.jwt.token")
          .header("Content-Type", "application/json")
          .POST(HttpRequest.BodyPublishers.ofByteArray(body()))
          .build();
      HttpResponse<byte[]> answer;
      try {
        answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      } catch (IOException race) {
        // Now and then it picks a connection that it is closing itself.
        answer = client.send(request, HttpResponse.BodyHandlers.ofByteArray());
      }
      return messageId(answer.body(), 0, answer.body().length);
    };
  }

  private Call urlConnection() {
    return () -> {
      HttpURLConnection connection = (HttpURLConnection) url.toURL().openConnection();
      connection.setRequestMethod("POST");
      connection.setDoOutput(true);
      connection.setConnectTimeout(10_000);
      connection.setReadTimeout(TIMEOUT_MS);
      connection.setRequestProperty("Authorization", "Bearer fake.jwt.token");
      connection.setRequestProperty("Content-Type", "application/json");
      try (OutputStream out = connection.getOutputStream()) {
        out.write(body());
      }
      try (InputStream in = connection.getInputStream()) {
        byte[] answer = in.readAllBytes();
        return messageId(answer, 0, answer.length);
      }
    };
  }

  private static long cpuNanos() {
    return ((com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean()).getProcessCpuTime();
  }

  private static String measure(String name, Subject subject, int threads, int calls) throws Exception {
    long[] took = new long[threads * (calls / threads)];
    ExecutorService workers = Executors.newFixedThreadPool(threads, work -> {
      Thread thread = new Thread(work);
      // A failure ends the process.
      thread.setDaemon(true);
      return thread;
    });
    long used = cpuNanos();
    long since = System.nanoTime();
    List<Future<?>> shares = new ArrayList<>();
    for (int thread = 0; thread < threads; thread++) {
      int from = thread * (calls / threads);
      shares.add(workers.submit(() -> {
        Call call = subject.call();
        for (int i = from; i < from + calls / threads; i++) {
          long begun = System.nanoTime();
          if (call.call().length() != 32) throw new IllegalStateException(name + " gave no message id");
          took[i] = System.nanoTime() - begun;
        }
        return null;
      }));
    }
    for (Future<?> share : shares) share.get();
    since = System.nanoTime() - since;
    used = cpuNanos() - used;
    workers.shutdown();
    Arrays.sort(took);
    return String.format(Locale.ROOT,
        "{\"subject\":\"%s\",\"threads\":%d,\"rate\":%.1f,\"p50_us\":%.2f,\"p99_us\":%.2f,\"cpu_us\":%.2f}",
        name, threads, took.length / (since / 1e9), took[took.length / 2] / 1e3, took[took.length * 99 / 100] / 1e3,
        used / 1e3 / took.length);
  }

  public static void main(String[] arguments) throws Exception {
    Throughput bench = new Throughput(arguments[0]);
    int calls = Integer.parseInt(arguments[1]);
    int rounds = Integer.parseInt(arguments[2]);
    Map<String, Subject> subjects = new LinkedHashMap<>();
    subjects.put("Socket", bench::socket);
    subjects.put("wotnot", bench.wotnot());
    subjects.put("HttpClient", bench.httpClient());
    subjects.put("HttpURLConnection", bench::urlConnection);
    for (int round = -1; round < rounds; round++) {
      for (String threads : Arrays.asList(arguments).subList(3, arguments.length)) {
        for (Map.Entry<String, Subject> subject : subjects.entrySet()) {
          String line = measure(subject.getKey(), subject.getValue(), Integer.parseInt(threads), calls);
          // The first round compiles.
          if (round >= 0) System.out.println(line);
        }
      }
    }
    System.exit(0);
  }
}
