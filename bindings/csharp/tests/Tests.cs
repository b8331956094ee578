// The types over an emulator, and what a client promises its callers: WOTNOT_BIN is the command, WOTNOT_FLOWS the
// folder of the sample flows.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.IO;
using System.Linq;
using System.Net;
using System.Net.Sockets;
using System.Reflection;
using System.Threading;
using System.Threading.Tasks;
using Wotnot;

internal static class Tests
{
    private const string Post =
        "{\"token\":\"hook\",\"events\":[{\"event\":{\"type\":\"note\",\"payload\":{\"text\":\"a secret\"}},\"conversation\":{\"key\":\"3f0c\"}}]}";

    /// <summary>No test waits for a time; this is when it gives up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static int passed, failed;

    private static int Main()
    {
        Run("a bot is talked to with types", ABotIsTalkedToWithTypes);
        Run("visitors at once get their own events", VisitorsAtOnceGetTheirOwnEvents);
        Run("a token ends a call and says what became of it", ATokenEndsACallAndSaysWhatBecameOfIt);
        Run("a cancelled wait takes no event", ACancelledWaitTakesNoEvent);
        Run("interrupt and dispose end loops", InterruptAndDisposeEndLoops);
        Run("an error says what became of the message", AnErrorSaysWhatBecameOfTheMessage);
        Run("a wrong setting or parameter is named", AWrongSettingOrParameterIsNamed);
        Run("a post has a reply", APostHasAReply);
        Run("nothing printed shows a secret", NothingPrintedShowsASecret);
        Run("JSON comes back as it was", JsonComesBackAsItWas);
        Run("every string and client was given back", () => Same("0, 0", string.Join(", ", Leaks())));
        Run("a client that nobody disposes of is closed", AClientThatNobodyDisposesOfIsClosed);
        Console.WriteLine($"{passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    private static void Run(string name, Action test)
    {
        try
        {
            test();
            passed++;
            Console.WriteLine("ok    " + name);
        }
        catch (Exception why)
        {
            failed++;
            Console.WriteLine($"FAILED {name}: {why}");
        }
    }

    private static void Same<T>(T expected, T found)
    {
        if (!Equals(expected, found)) throw new Exception($"expected {expected}, found {found}");
    }

    private static void Says(string part, string whole)
    {
        if (!whole.Contains(part)) throw new Exception($"expected `{part}` in `{whole}`");
    }

    private static T Thrown<T>(Action call) where T : Exception
    {
        try
        {
            call();
        }
        catch (Exception error)
        {
            var thrown = error is AggregateException ? error.InnerException : error;
            return thrown as T ?? throw error;
        }
        throw new Exception($"no {typeof(T).Name} was thrown");
    }

    /// <summary>Strings and clients that were not given back.</summary>
    private static ulong[] Leaks() => (ulong[])typeof(Client).Assembly.GetType("Wotnot.Native")
        .GetProperty("Leaks", BindingFlags.Static | BindingFlags.NonPublic).GetValue(null);

    /// <summary>Runs with a client of an emulator, which gets its events.</summary>
    private static void Emulated(Action<Client> work)
    {
        var flow = Path.Combine(Environment.GetEnvironmentVariable("WOTNOT_FLOWS"), "demo.yaml");
        var start = new ProcessStartInfo(Environment.GetEnvironmentVariable("WOTNOT_BIN"), $"emulate --json --flow \"{flow}\"")
        {
            UseShellExecute = false,
            RedirectStandardOutput = true,
        };
        using (var process = Process.Start(start))
        {
            try
            {
                var ready = JsonObject.Parse(process.StandardOutput.ReadLine());
                // What it says later is not needed, but a full pipe would hold it up.
                Task.Factory.StartNew(() => process.StandardOutput.ReadToEnd(), TaskCreationOptions.LongRunning);
                var config = new Config(ready.Text("token"))
                {
                    BotKey = ready.Objects("bots").First().Text("key"),
                    BaseUrl = ready.Text("base_url"),
                    Log = "calls",
                    Webhook = new Webhook("hook") { Listen = "127.0.0.1:0" },
                };
                using (var client = new Client(config))
                {
                    var request = WebRequest.CreateHttp(ready.Text("control_url") + "/webhook");
                    request.Method = "PUT";
                    request.ContentType = "application/json";
                    request.Headers["Authorization"] = "Bearer " + ready.Text("control_token");
                    var body = new JsonObject { { "url", client.Status().Text("webhook_url") }, { "token", "hook" } };
                    using (var writer = new StreamWriter(request.GetRequestStream())) writer.Write(body.ToJson());
                    request.GetResponse().Dispose();
                    work(client);
                }
            }
            finally
            {
                process.Kill();
                process.WaitForExit();
            }
        }
    }

    private static void ABotIsTalkedToWithTypes() => Emulated(client =>
    {
        var variables = new Variables { Contact = new JsonObject { { "name", "Asha" } } };
        var chat = client.OpenConversationAsync("visitor-42", "Hello", variables, timeout: Patience).Result;
        Same("started True Asha", $"{chat.Opened} {chat.IsMessageSent} {chat.Contact.Text("name")}");
        var again = client.OpenConversationAsync("visitor-42", "Hello").Result;
        Same($"{chat.Id} reused False", $"{again.Id} {again.Opened} {again.IsMessageSent}");
        var prompt = chat.Events(Patience).Select(item => item.Prompt).First(found => found != null);
        Same("choice Sales", $"{prompt.Kind} {prompt.Options[0].Label}");
        var turn = chat.AskAsync(prompt.Options[0].Answer, Patience, TimeSpan.FromSeconds(1)).Result;
        Same("prompt How old are you? 18", $"{turn.Ended} {turn.Text} {turn.Prompt.Min}");
        Says("a number from 18 to 99", Thrown<InvalidArgumentException>(() => client.Answer(turn.Prompt, 7)).Reason);
        turn = chat.AskAsync(client.Answer(turn.Prompt, 30)).Result;
        Says("Thank you", turn.Text);
        Same(null, turn.Prompt);
        Same("open_conversation", client.LogRecords(TimeSpan.Zero).First().Text("method"));
        client.Forget("visitor-42");
        Same("started", client.OpenConversationAsync("visitor-42", "Hello").Result.Opened);
    });

    private static void VisitorsAtOnceGetTheirOwnEvents() => Emulated(client =>
    {
        var said = Task.WhenAll(Enumerable.Range(0, 16).Select(number => Visit(client, number))).Result;
        Same("How old are you?", string.Join(" ", said.Distinct()));
    });

    private static async Task<string> Visit(Client client, int number)
    {
        var chat = await client.OpenConversationAsync($"visitor-{number}", "Hello");
        while (true)
        {
            var found = await chat.ReceiveAsync(Patience);
            Same(chat.Id, found.ConversationId);
            if (found.Prompt != null) return (await chat.AskAsync("Sales")).Text;
        }
    }

    private static void ATokenEndsACallAndSaysWhatBecameOfIt()
    {
        var silent = new TcpListener(IPAddress.Loopback, 0);
        silent.Start();
        var port = ((IPEndPoint)silent.LocalEndpoint).Port;
        using (var client = new Client(new Config("t") { BaseUrl = $"http://127.0.0.1:{port}" }))
        using (var source = new CancellationTokenSource())
        {
            var chat = client.Conversation("3f0c");
            var sent = chat.SendAsync("Hello", TimeSpan.FromHours(1), source.Token);
            using (var connection = silent.AcceptTcpClient())
            {
                connection.GetStream().ReadByte();
                source.Cancel();
                var cancelled = Thrown<OperationCanceledException>(() => sent.GetAwaiter().GetResult());
                Same(Delivery.Unknown, ((InterruptedException)cancelled.InnerException).Delivery);
                Same(true, sent.IsCanceled);
                cancelled = Thrown<OperationCanceledException>(() => chat.SendAsync("Hello", null, source.Token).GetAwaiter().GetResult());
                Same(Delivery.NotSent, ((InterruptedException)cancelled.InnerException).Delivery);
            }
        }
        silent.Stop();
    }

    private static void ACancelledWaitTakesNoEvent()
    {
        using (var client = new Client(new Config("t") { Webhook = new Webhook("hook") }))
        {
            var found = new List<string>();
            var posts = Task.Run(() =>
            {
                for (var number = 0; number < 200; number++) client.AcceptWebhook(Post.Replace("a secret", $"{number}"));
            });
            while (found.Count < 200)
            {
                using (var source = new CancellationTokenSource(1))
                {
                    try
                    {
                        var taken = client.ReceiveAsync(null, source.Token).GetAwaiter().GetResult();
                        found.Add(taken.Raw.Object("payload").Text("text"));
                    }
                    catch (OperationCanceledException) { }
                }
            }
            posts.Wait();
            Same(string.Join(" ", Enumerable.Range(0, 200)), string.Join(" ", found));
        }
    }

    private static void InterruptAndDisposeEndLoops()
    {
        var client = new Client(new Config("t") { Webhook = new Webhook("hook") });
        foreach (var end in new Action[] { client.Interrupt, client.Dispose })
        {
            var loops = Enumerable.Range(0, 8)
                .Select(_ => Task.Factory.StartNew(() => client.Events().Count(), TaskCreationOptions.LongRunning)).ToArray();
            // An interrupt wakes who waits now: it comes again until nobody does.
            do end(); while (!Task.WaitAll(loops, 1));
            Same(0, loops.Sum(loop => loop.Result));
        }
        var error = Thrown<ClosedException>(() => client.Conversation("3f0c").SendAsync("Hello").Wait());
        Same(Delivery.NotSent, error.Delivery);
    }

    private static void AnErrorSaysWhatBecameOfTheMessage()
    {
        using (var client = new Client(new Config("t") { BaseUrl = "http://127.0.0.1:9", Retry = new Retry { MaxAttempts = 1 } }))
        {
            var error = Thrown<NetworkException>(() => client.Conversation("3f0c").SendAsync("Hello").Wait());
            Same("network 20 NotSent 1 True", $"{error.Code} {error.Status} {error.Delivery} {error.Attempts} {error.IsRetryable}");
            Same(typeof(NetworkException), typeof(TlsException).BaseType);
        }
    }

    private static void AWrongSettingOrParameterIsNamed()
    {
        Says("tokn: ", Thrown<InvalidArgumentException>(() => Client.FromJson("{\"tokn\":\"t\"}")).Reason);
        Says("timeout_ms: ", Thrown<InvalidArgumentException>(() => new Client(new Config("t") { Timeout = TimeSpan.FromDays(-1) })).Reason);
        using (var client = new Client(new Config("t") { Timeout = TimeSpan.FromTicks(1) }))
        {
            Same(1L, client.Status().Integer("timeout_ms").Value);
            var chat = client.Conversation("3f0c");
            Says("message.data", Thrown<InvalidArgumentException>(() => chat.SendAsync(new Message("text", new JsonObject())).Wait()).Reason);
            Says("surrogate", Thrown<InvalidArgumentException>(() => chat.SendAsync("\ud800").Wait()).Reason);
            Says("finite", Thrown<InvalidArgumentException>(() => chat.SendAsync(Message.FromSlider(double.NaN)).Wait()).Reason);
            Says("found Object", Thrown<InvalidArgumentException>(() => client.Call("status", new JsonObject { { "a", new object() } })).Reason);
            Thrown<InvalidArgumentException>(() => client.Call("status\0", new JsonObject()));
            Says("webhook", Thrown<InvalidArgumentException>(() => client.ReceiveAsync(TimeSpan.Zero).Wait()).Reason);
        }
    }

    private static void APostHasAReply()
    {
        using (var client = new Client(new Config("t") { Webhook = new Webhook("hook") }))
        {
            Same(401, Thrown<WebhookRejectedException>(() => client.AcceptWebhook(Post.Replace("hook", "wrong"))).Reply.Status);
            Same(200, client.AcceptWebhook(Post).Status);
            var found = client.ReceiveAsync(TimeSpan.Zero).Result;
            Same("note 3f0c a secret", $"{found.Type} {found.ConversationId} {found.Raw.Object("payload").Text("text")}");
            Same(false, $"{found} {found.ToJson()}".Contains("secret"));
            Same(null, client.ReceiveAsync(TimeSpan.Zero).Result);
            var parsed = client.ParseWebhook(Post);
            Same("note 200", $"{parsed.Events[0].Type} {parsed.Reply.Status}");
        }
    }

    private static void NothingPrintedShowsASecret()
    {
        var hidden = new JsonObject { { "name", "secret" } };
        var values = new object[]
        {
            new Config("secret") { Proxy = "http://clerk:secret@127.0.0.1:1", Webhook = new Webhook("secret") },
            new Webhook("secret"), Message.FromText("secret"), hidden, new Variables { Contact = hidden },
        };
        foreach (var value in values) Same(false, value.ToString().Contains("secret"));
    }

    private static void JsonComesBackAsItWas()
    {
        foreach (var text in new[]
        {
            "{}",
            "{\"a\":[],\"b\":{\"c\":null,\"d\":[true,false,-1.50e+3,18446744073709551615,\"\\\"\\\\\\u0000\\u001f\u00e9\ud83d\ude00\"]}}",
        }) Same(text, JsonObject.Parse(text).ToJson());
        Same("/\b\f\n\r\t\u00e9", JsonObject.Parse(" {\"a\" : \"\\/\\b\\f\\n\\r\\t\\u00E9\" } ").Text("a"));
        foreach (var wrong in new[] { "", "[]", "{", "{\"a\"}", "{\"a\":}", "{\"a\":1,}", "{\"a\":\"\\u12\"}", "{\"a\":\"", "{} x", "{\"a\":nul}" })
            Thrown<FormatException>(() => JsonObject.Parse(wrong));
    }

    private static void AClientThatNobodyDisposesOfIsClosed()
    {
        // Mono's collector reads stacks conservatively, and may take a number there for one of the clients.
        for (var count = 0; count < 20; count++)
        {
            var thread = new Thread(() => new Client(new Config("t")).Status());
            thread.Start();
            thread.Join();
        }
        var since = Stopwatch.StartNew();
        while (Leaks()[1] > 2)
        {
            if (since.Elapsed > Patience) throw new Exception($"{Leaks()[1]} clients are still there");
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
    }
}
