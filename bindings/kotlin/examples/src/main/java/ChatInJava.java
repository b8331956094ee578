import io.github.libwotnot.Event;
import io.github.libwotnot.ChoiceOption;
import io.github.libwotnot.Prompt;
import io.github.libwotnot.Webhook;
import io.github.libwotnot.WotnotConfig;
import io.github.libwotnot.blocking.BlockingConversation;
import io.github.libwotnot.blocking.WotnotClient;
import java.time.Duration;
import java.util.Scanner;

/**
 * A chat in the terminal. Settings come from WOTNOT_TOKEN, WOTNOT_BOT_KEY, WOTNOT_BASE_URL,
 * WOTNOT_WEBHOOK_TOKEN and WOTNOT_LISTEN, or all from WOTNOT_CONFIG (of a gateway).
 */
public final class ChatInJava {
  public static void main(String[] args) {
    Scanner lines = new Scanner(System.in, "UTF-8");
    try (WotnotClient client = client()) {
      if (!lines.hasNextLine()) {
        return;
      }
      BlockingConversation chat = client.startConversation("java-example", lines.nextLine());
      Prompt prompt = listen(chat);
      while (lines.hasNextLine()) {
        answer(chat, prompt, lines.nextLine());
        prompt = listen(chat);
      }
    }
  }

  private static WotnotClient client() {
    String whole = System.getenv("WOTNOT_CONFIG");
    if (whole != null) {
      return WotnotClient.fromJson(whole);
    }
    return new WotnotClient(
        new WotnotConfig(setting("WOTNOT_TOKEN"))
            .withBotKey(setting("WOTNOT_BOT_KEY"))
            .withBaseUrl(setting("WOTNOT_BASE_URL"))
            .withWebhook(new Webhook(setting("WOTNOT_WEBHOOK_TOKEN"), setting("WOTNOT_LISTEN"))));
  }

  /** Prints what the bot says until it asks or ends, and gives what it waits for. */
  private static Prompt listen(BlockingConversation chat) {
    for (Event event : chat.events(Duration.ofSeconds(10))) {
      if (event instanceof Event.Status && Boolean.TRUE.equals(((Event.Status) event).getClosed())) {
        return null;
      }
      if (event instanceof Event.Message) {
        Event.Message message = (Event.Message) event;
        if (!"visitor".equals(message.getBy())) {
          System.out.println(message.getBy() + ": " + message.getText());
        }
        if (message.getPrompt() != null) {
          return message.getPrompt();
        }
      }
    }
    return null;
  }

  /** Sends a line as the prompt wants it. */
  private static void answer(BlockingConversation chat, Prompt prompt, String line) {
    if (prompt instanceof Prompt.Choice) {
      for (ChoiceOption option : ((Prompt.Choice) prompt).getOptions()) {
        if (option.getLabel().equalsIgnoreCase(line) && option.getAnswer() != null) {
          chat.send(option.getAnswer());
          return;
        }
      }
    }
    if (prompt instanceof Prompt.Slider) {
      chat.sendSlider(Double.parseDouble(line));
    } else {
      chat.sendText(line);
    }
  }

  private static String setting(String name) {
    String value = System.getenv(name);
    if (value == null || value.isEmpty()) {
      System.err.println(name + " is not set");
      System.exit(2);
    }
    return value;
  }

  private ChatInJava() {}
}
