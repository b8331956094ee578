// Every vector of the project: WOTNOT_CONFORMANCE is the player, WOTNOT_VECTORS the folder.
using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Linq;
using System.Reflection;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using Wotnot;

internal static class Vectors
{
    private const int Players = 4;
    private static readonly string Folder = Environment.GetEnvironmentVariable("WOTNOT_VECTORS");
    private static readonly string Control = Environment.GetEnvironmentVariable("WOTNOT_SHOW");

    private static int Main()
    {
        if (Control != null) Console.WriteLine("logged " + Control);
        Queue<string> names;
        using (var player = new Player()) names = new Queue<string>(((List<object>)player.Ask(new JsonObject { { "list", true } })["names"]).Cast<string>());
        var count = names.Count;
        int passed = 0, failed = 0;
        Task.WaitAll(Enumerable.Range(0, Players).Select(_ => Task.Factory.StartNew(() =>
        {
            using (var player = new Player())
            {
                while (true)
                {
                    string name;
                    lock (names)
                    {
                        if (names.Count == 0) return;
                        name = names.Dequeue();
                    }
                    var why = Play(player, name);
                    if (why == null) Interlocked.Increment(ref passed);
                    else
                    {
                        Interlocked.Increment(ref failed);
                        Console.WriteLine($"FAILED {name}: {why}");
                    }
                }
            }
        }, TaskCreationOptions.LongRunning)).ToArray());
        var leaks = (ulong[])typeof(Client).Assembly.GetType("Wotnot.Native")
            .GetProperty("Leaks", BindingFlags.Static | BindingFlags.NonPublic).GetValue(null);
        if (leaks.Any(left => left != 0) || count == 0)
        {
            Console.WriteLine($"{leaks[0]} strings and {leaks[1]} clients were left behind, {count} vectors played");
            return 1;
        }
        Console.WriteLine($"vectors in C Sharp: {passed} passed, {failed} failed");
        return failed == 0 ? 0 : 1;
    }

    /// <summary>Null when it passed, else why not.</summary>
    private static string Play(Player player, string name)
    {
        var turn = player.Ask(new JsonObject { { "open", name } });
        Client client = null;
        var begun = new Dictionary<string, Task<object>>();
        // A token that can be cancelled has every call go by a name of its own, where the vector gives it none.
        using (var source = new CancellationTokenSource())
        {
            while (turn.Has("do"))
            {
                JsonObject result;
                try
                {
                    if (turn.Text("do") == "new")
                    {
                        var config = turn.Object("config");
                        client = Client.FromJson(config.ToJson());
                        Show(client, new Config(config.Text("token")) { Webhook = new Webhook(config.Object("webhook")?.Text("token")) });
                    }
                    result = new JsonObject { { "ok", true }, { "value", Perform(client, begun, turn, source.Token) } };
                }
                catch (WotnotException error)
                {
                    Show(error);
                    result = new JsonObject { { "ok", false }, { "error", Document(error) } };
                }
                turn = player.Ask(new JsonObject { { "result", result } });
            }
            client?.Dispose();
            foreach (var call in begun.Values) ((IAsyncResult)call).AsyncWaitHandle.WaitOne();
            return turn.Flag("passed") ? null : turn.Text("why");
        }
    }

    private static object Perform(Client client, Dictionary<string, Task<object>> begun, JsonObject turn, CancellationToken token)
    {
        var name = turn.Text("name");
        switch (turn.Text("do"))
        {
            case "call":
                return client.Call(turn.Text("method"), turn["params"], token);
            case "begin":
                begun[name] = client.CallAsync(turn.Text("method"), turn["params"], token);
                return null;
            case "end":
                var call = begun[name];
                begun.Remove(name);
                return call.GetAwaiter().GetResult();
            case "receive":
                return client.Call("receive", new JsonObject { { "timeout_ms", turn["timeout_ms"] } }, token);
            case "interrupt":
                client.Interrupt();
                return null;
            case "close":
                client.Dispose();
                return null;
            default:
                return null;
        }
    }

    /// <summary>The error's own properties under the names of the envelope.</summary>
    private static JsonObject Document(WotnotException error)
    {
        var document = new JsonObject
        {
            { "code", error.Code },
            { "status", error.Status },
            { "message", error.Reason },
            { "retryable", error.IsRetryable },
            { "retry_after_ms", error.RetryAfter is TimeSpan wait ? (long)wait.TotalMilliseconds : (object)null },
            { "delivery", new[] { null, "not_sent", "rejected", "unknown" }[(int)error.Delivery] },
            { "http_status", error.HttpStatus },
            { "api_code", error.ApiCode },
            { "attempts", error.Attempts },
            { "method", error.Method },
        };
        if (error.Reply != null) document["reply"] = new JsonObject { { "status", error.Reply.Status }, { "body", error.Reply.Body } };
        return document;
    }

    /// <summary>Prints what a program that prints everything would, when WOTNOT_SHOW asks for it. Never an event.</summary>
    private static void Show(params object[] values)
    {
        if (Control == null) return;
        foreach (var value in values)
        {
            Console.WriteLine($"shown {Control} {value}");
            if (!(value is Exception)) continue;
            foreach (var property in value.GetType().GetProperties()) Console.WriteLine($"{property.Name}: {property.GetValue(value)}");
        }
    }

    /// <summary>The process that plays the service and judges.</summary>
    private sealed class Player : IDisposable
    {
        private readonly Process process = Process.Start(
            new ProcessStartInfo(Environment.GetEnvironmentVariable("WOTNOT_CONFORMANCE"), $"\"{Folder}\"")
            {
                UseShellExecute = false,
                RedirectStandardInput = true,
                RedirectStandardOutput = true,
                StandardOutputEncoding = new UTF8Encoding(false),
            });

        internal JsonObject Ask(JsonObject question)
        {
            var line = new UTF8Encoding(false).GetBytes(question.ToJson() + "\n");
            var to = process.StandardInput.BaseStream;
            to.Write(line, 0, line.Length);
            to.Flush();
            var answer = JsonObject.Parse(process.StandardOutput.ReadLine());
            return answer.Has("error") ? throw new Exception(answer.Text("error")) : answer;
        }

        public void Dispose()
        {
            process.StandardInput.Close();
            process.WaitForExit();
            process.Dispose();
        }
    }
}
