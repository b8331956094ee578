package io.github.libwotnot;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.github.libwotnot.blocking.BlockingConversation;
import io.github.libwotnot.blocking.WotnotClient;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;

/** The library as plain Java sees it. */
class JavaUsersTest implements LeavesNothing {
  private static final Duration PATIENCE = Duration.ofSeconds(30);

  @Test
  void aConversationFromHelloToThankYou() throws Exception {
    try (Emulator emulator = new Emulator();
        WotnotClient client = new WotnotClient(emulator.getConfig())) {
      emulator.getAccept().set(client::acceptWebhook);
      BlockingConversation chat =
          client.startConversation("visitor-42", "Hello", new Variables(Map.of("name", "Asha 😀")));
      assertEquals("Hi Asha 😀", fromBot(chat).getText());

      Prompt.Choice topic = assertInstanceOf(Prompt.Choice.class, fromBot(chat).getPrompt());
      chat.send(topic.getOptions().get(0).getAnswer());

      Prompt.Slider age = assertInstanceOf(Prompt.Slider.class, fromBot(chat).getPrompt());
      assertEquals(18.0, age.getMin());
      chat.sendSlider(30);
      assertEquals("Thank you", fromBot(chat).getText());
    }
  }

  @Test
  void aFailureIsAnExceptionThatSaysWhatBecameOfTheMessage() {
    WotnotConfig config =
        new WotnotConfig("fake.jwt.token")
            .withBotKey("bot")
            .withBaseUrl("http://127.0.0.1:9")
            .withRetry(new Retry(1))
            .withProxy(ProxySetting.Direct.INSTANCE);
    try (WotnotClient client = new WotnotClient(config)) {
      WotnotException error =
          assertThrows(
              WotnotException.Network.class, () -> client.startConversation("visitor-42", "Hello"));
      assertEquals(Delivery.NOT_SENT, error.getDelivery());
      assertEquals("network", error.getCode());
      assertTrue(error.isRetryable());
      assertEquals(1, error.getAttempts());
      assertNull(error.getHttpStatus());
      assertThrows(
          WotnotException.InvalidArgument.class,
          () -> client.conversation("c").sendVariables(Map.of("nested", List.of(1))));
    }
  }

  @Test
  void eventsAreIteratedUntilItIsQuiet() throws Exception {
    try (WotnotClient client = new WotnotClient(SupportKt.deafConfig())) {
      Reply reply = client.acceptWebhook(SupportKt.post(new String[] {"one", "two"}, "c"));
      assertEquals(200, reply.getStatus());
      List<String> said = new ArrayList<>();
      for (Event event : client.events(Duration.ofMillis(20))) {
        said.add(assertInstanceOf(Event.Message.class, event).getText());
      }
      assertEquals(List.of("one", "two"), said);
      assertNull(client.receive(Duration.ZERO));
      assertNull(client.receive(Duration.ofMillis(20)));
    }
  }

  @Test
  void aConversationReceivesItsOwnEventsAlone() throws Exception {
    try (WotnotClient client = new WotnotClient(SupportKt.deafConfig())) {
      client.acceptWebhook(SupportKt.post(new String[] {"theirs"}, "a"));
      client.acceptWebhook(SupportKt.post(new String[] {"mine"}, "b"));
      assertEquals("mine", SupportKt.getSaid(client.conversation("b").receive(PATIENCE)));
      assertEquals("theirs", SupportKt.getSaid(client.receive(PATIENCE)));
    }
  }

  @Test
  void interruptingAThreadEndsItsWaitAndLosesNoEvent() throws Exception {
    try (WotnotClient client = new WotnotClient(SupportKt.deafConfig())) {
      for (int round = 0; round < 50; round++) {
        CompletableFuture<String> outcome = new CompletableFuture<>();
        Thread waiting =
            new Thread(
                () -> {
                  try {
                    outcome.complete(SupportKt.getSaid(client.receive()));
                  } catch (InterruptedException interrupted) {
                    outcome.completeExceptionally(interrupted);
                  }
                });
        waiting.start();
        String text = "round " + round;
        Thread posting = new Thread(() -> client.acceptWebhook(SupportKt.post(new String[] {text}, "c")));
        posting.start();
        waiting.interrupt();
        waiting.join();
        posting.join();
        String said;
        try {
          said = outcome.get(30, TimeUnit.SECONDS);
        } catch (ExecutionException error) {
          assertInstanceOf(InterruptedException.class, error.getCause());
          said = SupportKt.getSaid(client.receive(PATIENCE));
        }
        assertEquals(text, said);
      }
    }
  }

  @Test
  void closeWakesAThreadThatWaits() throws Exception {
    WotnotClient client = new WotnotClient(SupportKt.deafConfig());
    AtomicReference<Throwable> seen = new AtomicReference<>();
    Thread waiting =
        new Thread(
            () -> {
              try {
                client.receive();
              } catch (Throwable error) {
                seen.set(error);
              }
            });
    waiting.start();
    client.close();
    waiting.join(30_000);
    assertInstanceOf(WotnotException.Closed.class, seen.get());
    assertFalse(client.events().iterator().hasNext());
  }

  private static Event.Message fromBot(BlockingConversation chat) {
    for (Event event : chat.events(PATIENCE)) {
      if (event instanceof Event.Message) {
        Event.Message message = (Event.Message) event;
        if ("bot".equals(message.getBy()) && !message.getText().isEmpty()) {
          return message;
        }
      }
    }
    throw new AssertionError("the bot said nothing");
  }
}
