// The Java of the package's README, as it stands there.

import io.github.libwotnot.Event;
import io.github.libwotnot.Prompt;
import io.github.libwotnot.Turn;
import io.github.libwotnot.Variables;
import io.github.libwotnot.Webhook;
import io.github.libwotnot.WotnotConfig;
import io.github.libwotnot.WotnotException;
import io.github.libwotnot.blocking.BlockingConversation;
import io.github.libwotnot.blocking.WotnotClient;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Map;
import kotlinx.serialization.json.Json;
import kotlinx.serialization.json.JsonElementKt;

public final class ReadmeInJava {
  public static void main(String[] args) throws IOException {
    BufferedReader answers = new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
    Webhook webhook = new Webhook(System.getenv("WOTNOT_WEBHOOK_TOKEN"), System.getenv("WOTNOT_LISTEN"));
    WotnotConfig config =
        new WotnotConfig(
            System.getenv("WOTNOT_TOKEN"),
            System.getenv("WOTNOT_BOT_KEY"),
            System.getenv("WOTNOT_BASE_URL"), // null is the vendor's own host
            webhook);
    try (WotnotClient client = new WotnotClient(config)) {
      String first = JsonElementKt.getJsonPrimitive(Json.Default.parseToJsonElement(answers.readLine())).getContent();
      BlockingConversation chat = client.openConversation("visitor-42", first, new Variables(Map.of("name", "Asha")));
      Prompt prompt = null;
      for (Event event : chat.events(Duration.ofSeconds(10))) {
        if (event instanceof Event.Message) {
          System.out.println(((Event.Message) event).getText());
          prompt = ((Event.Message) event).getPrompt();
          if (prompt != null) {
            break;
          }
        }
      }
      String answer = "";
      while (prompt != null && (answer = answers.readLine()) != null) {
        try {
          Turn turn = chat.ask(client.answer(prompt, Json.Default.parseToJsonElement(answer)));
          System.out.println(turn.getText());
          prompt = turn.getPrompt();
        } catch (WotnotException.InvalidArgument error) {
          System.out.println(error.getReason()); // what the bot asks for; nothing was sent
        }
      }
    }
  }

  private ReadmeInJava() {}
}
