import com.google.gson.JsonElement;
import com.google.gson.JsonObject;
import com.google.gson.JsonParseException;
import com.google.gson.JsonParser;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import io.github.libwotnot.Delivery;
import io.github.libwotnot.Event;
import io.github.libwotnot.Reply;
import io.github.libwotnot.Webhook;
import io.github.libwotnot.WotnotConfig;
import io.github.libwotnot.WotnotException;
import io.github.libwotnot.blocking.BlockingConversation;
import io.github.libwotnot.blocking.WotnotClient;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;

/**
 * A web backend on the JDK's server: many visitors, each in a window of their own.
 *
 * <pre>
 * POST   /wotnot/events           the service posts what the bots say
 * POST   /visitors/ID/messages    {"text": ...}: the visitor says something; at first, that starts a conversation
 * GET    /visitors/ID/events      what they have not seen yet; waits up to 20 seconds for it
 * DELETE /visitors/ID             the visitor has left
 * </pre>
 *
 * The client keeps the events of each conversation until its window asks for them, so that one that nobody looks at
 * holds up no other. What nobody asks for in 15 minutes gives way when there is no room.
 */
public final class BackendInJava {
  private static final Duration WAIT = Duration.ofSeconds(20);

  private final WotnotClient client;
  private final Map<String, BlockingConversation> chats = new ConcurrentHashMap<>();

  private BackendInJava(WotnotClient client) {
    this.client = client;
  }

  public static void main(String[] args) throws IOException {
    // Without it the server holds each reply back for 40 ms, in the hope of more to send.
    System.setProperty("sun.net.httpserver.nodelay", "true");
    WotnotConfig config =
        new WotnotConfig(System.getenv("WOTNOT_TOKEN"))
            .withBotKey(System.getenv("WOTNOT_BOT_KEY"))
            .withBaseUrl(System.getenv("WOTNOT_BASE_URL"))
            .withWebhook(new Webhook(System.getenv("WOTNOT_WEBHOOK_TOKEN")));
    BackendInJava backend = new BackendInJava(new WotnotClient(config));
    String[] listen = System.getenv("WOTNOT_LISTEN").split(":");
    HttpServer server = HttpServer.create(new InetSocketAddress(listen[0], Integer.parseInt(listen[1])), 0);
    // A window that waits holds up a thread. From JDK 21 on, newVirtualThreadPerTaskExecutor() has cheap ones.
    server.setExecutor(Executors.newCachedThreadPool());
    server.createContext("/", backend::handle);
    server.start();
  }

  /** Starts the visitor's conversation with this, or goes on with the one that they have. */
  private Reply say(String visitor, String text) {
    BlockingConversation chat = client.openConversation(visitor, text);
    chats.put(visitor, chat);
    if (!chat.isMessageSent()) {
      chat.sendText(text);
    }
    JsonObject answer = new JsonObject();
    answer.addProperty("conversation", chat.getId());
    return new Reply(200, answer.toString());
  }

  /** What the visitor's window has to show next: waits for one event, and takes the rest that is there already. */
  private Reply events(String visitor) throws InterruptedException {
    BlockingConversation chat = chats.get(visitor);
    if (chat == null) {
      return new Reply(404, "{}");
    }
    List<String> seen = new ArrayList<>();
    Event event = chat.receive(WAIT);
    while (event != null) {
      if (!(event instanceof Event.Message && "visitor".equals(((Event.Message) event).getBy()))) {
        seen.add(event.toJson());
      }
      event = chat.receive(Duration.ZERO);
    }
    return new Reply(200, seen.toString());
  }

  /** Drops the conversation, and the events of it that wait. */
  private Reply leave(String visitor) {
    boolean wasHere = chats.remove(visitor) != null;
    client.forget(visitor);
    return new Reply(wasHere ? 200 : 404, "{}");
  }

  /** What the service must be answered. */
  private Reply accept(String body, String authorization) {
    try {
      return client.acceptWebhook(body, authorization);
    } catch (WotnotException error) {
      // 401 for a wrong token, 503 when there is no room: the service comes again.
      return error.getReply() == null ? new Reply(500, "{}") : error.getReply();
    }
  }

  private Reply serve(HttpExchange exchange) throws IOException {
    String body = new String(exchange.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
    String[] path = exchange.getRequestURI().getPath().split("/");
    String task = exchange.getRequestMethod() + " " + (path.length > 3 ? path[3] : "");
    if (exchange.getRequestURI().getPath().equals("/wotnot/events")) {
      return accept(body, exchange.getRequestHeaders().getFirst("Authorization"));
    }
    if (path.length < 3 || path.length > 4 || !path[1].equals("visitors")) {
      return new Reply(404, "{}");
    }
    try {
      switch (task) {
        case "POST messages":
          JsonElement said = JsonParser.parseString(body);
          return say(path[2], said.getAsJsonObject().get("text").getAsString());
        case "GET events":
          return events(path[2]);
        case "DELETE ":
          return leave(path[2]);
        default:
          return new Reply(404, "{}");
      }
    } catch (JsonParseException | IllegalStateException | NullPointerException error) {
      return new Reply(400, "{}");
    } catch (InterruptedException error) {
      // The server is ending; no event was taken.
      Thread.currentThread().interrupt();
      return new Reply(503, "{}");
    } catch (WotnotException error) {
      // The window asks before it offers to say it again: it may have been taken.
      JsonObject answer = new JsonObject();
      answer.addProperty("code", error.getCode());
      Delivery delivery = error.getDelivery();
      answer.addProperty("delivery", delivery == null ? null : delivery.name().toLowerCase(Locale.ROOT));
      return new Reply(502, answer.toString());
    }
  }

  private void handle(HttpExchange exchange) throws IOException {
    Reply reply = serve(exchange);
    byte[] bytes = reply.getBody().getBytes(StandardCharsets.UTF_8);
    exchange.getResponseHeaders().set("Content-Type", "application/json");
    exchange.sendResponseHeaders(reply.getStatus(), bytes.length);
    exchange.getResponseBody().write(bytes);
    exchange.close();
  }
}
