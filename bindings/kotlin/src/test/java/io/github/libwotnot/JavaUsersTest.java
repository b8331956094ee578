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
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import kotlin.Pair;
import org.junit.jupiter.api.Test;

/** The library as plain Java sees it. */
class JavaUsersTest implements LeavesNothing {
  private static final Duration DEADLINE = Duration.ofSeconds(30);

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
  void retriesAndVerdictsGoToAFunctionOnAThreadOfTheCaller() throws Exception {
    WotnotConfig config =
        new WotnotConfig("fake.jwt.token")
            .withBaseUrl("http://127.0.0.1:9")
            .withRetry(new Retry(2, 0L, 0L))
            .withProxy(ProxySetting.Direct.INSTANCE)
            .withLog(LogLevel.RETRIES);
    List<String> lines = new ArrayList<>();
    try (WotnotClient client = new WotnotClient(config)) {
      CountDownLatch received = new CountDownLatch(2);
      Thread logging =
          new Thread(
              () ->
                  client
                      .logRecords()
                      .forEach(
                          record -> {
                            lines.add(record.getText());
                            received.countDown();
                          }));
      logging.start();
      assertThrows(
          WotnotException.Network.class, () -> client.conversation("3f0c").sendText("hush"));
      assertTrue(received.await(DEADLINE.toMillis(), TimeUnit.MILLISECONDS));
      client.close();
      logging.join(DEADLINE.toMillis());
      assertFalse(logging.isAlive());
    }
    assertEquals(2, lines.size());
    assertTrue(lines.get(1).startsWith("send_message: failed with network (not_sent): "));
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
      assertEquals("mine", SupportKt.getSaid(client.conversation("b").receive(DEADLINE)));
      assertEquals("theirs", SupportKt.getSaid(client.receive(DEADLINE)));
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
          said = SupportKt.getSaid(client.receive(DEADLINE));
        }
        assertEquals(text, said);
      }
    }
  }

  /** Many interrupts race with many events; each thread notes what it got. */
  @Test
  void interruptsLoseNoEventAndDoubleNone() throws Exception {
    int rounds = 2_000;
    ConcurrentLinkedQueue<String> got = new ConcurrentLinkedQueue<>();
    try (WotnotClient client = new WotnotClient(SupportKt.deafConfig())) {
      AtomicBoolean done = new AtomicBoolean();
      Thread waiting =
          new Thread(
              () -> {
                while (!done.get()) {
                  try {
                    Event event = client.receive(DEADLINE);
                    if (event != null) {
                      got.add(SupportKt.getSaid(event));
                    }
                  } catch (InterruptedException interrupted) {
                    // Waits again.
                  }
                }
              });
      waiting.start();
      for (int round = 0; round < rounds; round++) {
        client.acceptWebhook(SupportKt.post(new String[] {"m" + round}, "c"));
        for (int i = 0; i < 10; i++) {
          waiting.interrupt();
        }
      }
      SupportKt.eventually("every event was received", () -> got.size() >= rounds);
      done.set(true);
      waiting.interrupt();
      waiting.join();
    }
    assertEquals(
        IntStream.range(0, rounds).mapToObj(i -> "m" + i).collect(Collectors.toList()),
        new ArrayList<>(got));
  }

  @Test
  void aLoopOverEventsEndsWithAnInterruptThatJavaCanCatch() throws Exception {
    try (WotnotClient client = new WotnotClient(SupportKt.deafConfig())) {
      CompletableFuture<Boolean> flag = new CompletableFuture<>();
      Thread looping =
          new Thread(
              () -> {
                try {
                  for (Event event : client.events()) {
                    flag.completeExceptionally(new AssertionError("nothing was posted"));
                  }
                } catch (WotnotException.Interrupted interrupted) {
                  flag.complete(Thread.currentThread().isInterrupted());
                }
              });
      looping.start();
      looping.interrupt();
      assertTrue(flag.get(30, TimeUnit.SECONDS), "the thread knows that it was interrupted");
    }
  }

  @Test
  void eventsCanBeIteratedAgain() {
    try (WotnotClient client = new WotnotClient(SupportKt.deafConfig())) {
      Iterable<Event> events = client.events(Duration.ofMillis(20));
      for (String text : List.of("one", "two")) {
        client.acceptWebhook(SupportKt.post(new String[] {text}, "c"));
        List<String> said = new ArrayList<>();
        events.forEach(event -> said.add(SupportKt.getSaid(event)));
        assertEquals(List.of(text), said);
      }
    }
  }

  @Test
  void anInterruptEndsACallAndSaysWhatBecameOfItsMessage() throws Exception {
    CountDownLatch arrived = new CountDownLatch(1);
    CountDownLatch end = new CountDownLatch(1);
    try (LocalServer server =
            new LocalServer(
                (exchange, body) -> {
                  arrived.countDown();
                  try {
                    end.await();
                  } catch (InterruptedException stopped) {
                    // The server is closed.
                  }
                  return new Pair<>(200, "{}");
                });
        WotnotClient client =
            new WotnotClient(
                new WotnotConfig("fake.jwt.token")
                    .withBaseUrl(server.getUrl())
                    .withWebhook(new Webhook("hook"))
                    .withProxy(ProxySetting.Direct.INSTANCE))) {
      ExecutorService threads = Executors.newSingleThreadExecutor();
      CompletableFuture<WotnotException> caught = new CompletableFuture<>();
      Future<?> sending =
          threads.submit(
              () -> {
                try {
                  client.conversation("c").sendText("Hello");
                } catch (WotnotException.Interrupted interrupted) {
                  caught.complete(interrupted);
                }
              });
      assertTrue(arrived.await(30, TimeUnit.SECONDS));
      sending.cancel(true);
      assertEquals(Delivery.UNKNOWN, caught.get(30, TimeUnit.SECONDS).getDelivery());

      Thread.currentThread().interrupt();
      WotnotException early =
          assertThrows(
              WotnotException.Interrupted.class, () -> client.conversation("c").sendText("Hello"));
      assertTrue(Thread.interrupted(), "the thread still knows that it was interrupted");
      assertEquals(Delivery.NOT_SENT, early.getDelivery());
      Thread.currentThread().interrupt();
      assertThrows(InterruptedException.class, () -> client.receive());
      threads.shutdown();
      end.countDown();
    }
  }

  @Test
  void timesOfAnyLengthAreTimesToWait() throws Exception {
    try (WotnotClient client = new WotnotClient(SupportKt.deafConfig())) {
      client.acceptWebhook(SupportKt.post(new String[] {"one", "two"}, "c"));
      assertEquals("one", SupportKt.getSaid(client.receive(Duration.ofSeconds(Long.MAX_VALUE))));
      assertEquals("two", SupportKt.getSaid(client.receive(Duration.ofNanos(1))));
      assertNull(client.receive(Duration.ofNanos(1)));
      assertNull(client.receive(Duration.ofSeconds(Long.MIN_VALUE)));
      for (Duration timeout : List.of(Duration.ZERO, Duration.ofSeconds(Long.MAX_VALUE))) {
        WotnotException error =
            assertThrows(
                WotnotException.InvalidArgument.class,
                () -> client.conversation("c").sendText("Hello", timeout));
        assertEquals(Delivery.NOT_SENT, error.getDelivery());
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
    for (Event event : chat.events(DEADLINE)) {
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
