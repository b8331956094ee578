import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.libwotnot.Event;
import io.github.libwotnot.Prompt;
import io.github.libwotnot.Reply;
import io.github.libwotnot.Webhook;
import io.github.libwotnot.WotnotConfig;
import io.github.libwotnot.WotnotException;
import io.github.libwotnot.blocking.WotnotClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;

/**
 * A web backend: its own server takes the webhook's posts, and one loop serves the conversations of
 * all visitors. Settings come from WOTNOT_TOKEN, WOTNOT_BOT_KEY, WOTNOT_BASE_URL,
 * WOTNOT_WEBHOOK_TOKEN and WOTNOT_LISTEN.
 */
public final class ReceiverInJava {
  public static void main(String[] args) throws IOException {
    // Without it the server holds each reply back for 40 ms, in the hope of more to send.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    WotnotConfig config =
        new WotnotConfig(System.getenv("WOTNOT_TOKEN"))
            .withBotKey(System.getenv("WOTNOT_BOT_KEY"))
            .withBaseUrl(System.getenv("WOTNOT_BASE_URL"))
            .withWebhook(new Webhook(System.getenv("WOTNOT_WEBHOOK_TOKEN")));
    String[] listen = System.getenv("WOTNOT_LISTEN").split(":");
    HttpServer server =
        HttpServer.create(new InetSocketAddress(listen[0], Integer.parseInt(listen[1])), 0);
    ExecutorService threads = Executors.newCachedThreadPool();
    server.setExecutor(threads);
    try (WotnotClient client = new WotnotClient(config)) {
      server.createContext("/wotnot/events", exchange -> accept(client, exchange));
      server.start();
      for (String visitor : List.of("visitor-42", "visitor-43")) {
        client.startConversation(visitor, "Hello");
      }
      // A server that goes on for good names no time here.
      for (Event event : client.events(Duration.ofSeconds(2))) {
        if (event instanceof Event.Message) {
          // Calls block: what takes long belongs on another thread.
          threads.execute(() -> answer(client, (Event.Message) event));
        }
      }
    } finally {
      server.stop(0);
      threads.shutdown();
    }
  }

  /** Gives the post to the library, and its reply to the service. */
  private static void accept(WotnotClient client, HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    Reply reply;
    try {
      reply = client.acceptWebhook(body, exchange.getRequestHeaders().getFirst("Authorization"));
    } catch (WotnotException error) {
      // 401 for a wrong token, 503 when there is no room: the service comes again.
      reply = error.getReply() == null ? new Reply(500, "{}") : error.getReply();
    }
    byte[] bytes = reply.getBody().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(reply.getStatus(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }

  /** Does what a visitor's window would: shows what the bot says, and answers. */
  private static void answer(WotnotClient client, Event.Message message) {
    if ("visitor".equals(message.getBy())) {
      return;
    }
    System.out.println(message.getVisitorKey() + ": " + message.getText());
    try {
      if (message.getPrompt() instanceof Prompt.Choice) {
        Prompt.Choice choice = (Prompt.Choice) message.getPrompt();
        client.conversation(message.getConversationId()).send(choice.getOptions().get(0).getAnswer());
      } else if (message.getPrompt() instanceof Prompt.Slider) {
        client.conversation(message.getConversationId()).sendSlider(30);
      }
    } catch (WotnotException error) {
      System.err.println(error.getReason() + " (delivery: " + error.getDelivery() + ")");
    }
  }

  private ReceiverInJava() {}
}
