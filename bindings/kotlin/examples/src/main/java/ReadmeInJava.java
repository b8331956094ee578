// The Java of the package's README, as it stands there.

import io.github.libwotnot.Event;
import io.github.libwotnot.Prompt;
import io.github.libwotnot.Variables;
import io.github.libwotnot.Webhook;
import io.github.libwotnot.WotnotConfig;
import io.github.libwotnot.blocking.BlockingConversation;
import io.github.libwotnot.blocking.WotnotClient;
import java.time.Duration;
import java.util.Map;

public final class ReadmeInJava {
  public static void main(String[] args) {
    Webhook webhook = new Webhook(System.getenv("WOTNOT_WEBHOOK_TOKEN"), System.getenv("WOTNOT_LISTEN"));
    WotnotConfig config =
        new WotnotConfig(
            System.getenv("WOTNOT_TOKEN"),
            System.getenv("WOTNOT_BOT_KEY"),
            System.getenv("WOTNOT_BASE_URL"),
            webhook);
    try (WotnotClient client = new WotnotClient(config)) {
      BlockingConversation chat = client.startConversation("visitor-42", "Hello", new Variables(Map.of("name", "Asha")));
      for (Event event : chat.events(Duration.ofSeconds(2))) {
        if (event instanceof Event.Message) {
          Event.Message message = (Event.Message) event;
          System.out.println(message.getText());
          if (message.getPrompt() instanceof Prompt.Choice) {
            chat.send(((Prompt.Choice) message.getPrompt()).getOptions().get(0).getAnswer());
          } else if (message.getPrompt() instanceof Prompt.Slider) {
            chat.sendSlider(30);
          }
        }
      }
    }
  }

  private ReadmeInJava() {}
}
