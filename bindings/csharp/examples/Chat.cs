// A chat in the terminal: one line is one answer. Settings come from WOTNOT_TOKEN, WOTNOT_BOT_KEY, WOTNOT_BASE_URL,
// WOTNOT_WEBHOOK_TOKEN and WOTNOT_LISTEN, or all in WOTNOT_CONFIG (of a gateway). Ctrl-C ends it, whatever it waits for.
using System;
using System.Globalization;
using System.Threading;
using System.Threading.Tasks;
using Wotnot;

internal static class Chat
{
    private static void Main() => RunAsync().GetAwaiter().GetResult();

    private static async Task RunAsync()
    {
        var config = new Config(Setting("WOTNOT_TOKEN"))
        {
            BotKey = Setting("WOTNOT_BOT_KEY"),
            BaseUrl = Setting("WOTNOT_BASE_URL"),
            Webhook = new Webhook(Setting("WOTNOT_WEBHOOK_TOKEN")) { Listen = Setting("WOTNOT_LISTEN") },
        };
        using (var source = new CancellationTokenSource())
        using (var client = Setting("WOTNOT_CONFIG") is string whole ? Client.FromJson(whole) : new Client(config))
        {
            Console.CancelKeyPress += (_, pressed) =>
            {
                pressed.Cancel = true;
                source.Cancel();
            };
            try
            {
                await Talk(client, source.Token);
            }
            catch (OperationCanceledException)
            {
                Console.WriteLine("until next time");
            }
        }
    }

    private static string Setting(string name) => Environment.GetEnvironmentVariable(name);

    private static async Task Talk(Client client, CancellationToken stop)
    {
        var chat = await client.OpenConversationAsync("csharp-example", Console.ReadLine() ?? "Hello", cancellation: stop);
        Event received;
        while ((received = await chat.ReceiveAsync(TimeSpan.FromSeconds(10), stop)) != null)
        {
            if (received.By != null && received.By != "visitor") Console.WriteLine($"{received.By}: {received.Text}");
            if (received.Prompt != null) await Answer(client, chat, received.Prompt, stop);
            if (received.IsClosed) return;
        }
    }

    /// <summary>Reads lines until the bot takes one.</summary>
    private static async Task Answer(Client client, Conversation chat, Prompt prompt, CancellationToken stop)
    {
        string line;
        while ((line = Console.ReadLine()) != null)
        {
            try
            {
                await chat.SendAsync(client.Answer(prompt, Value(prompt, line)), null, stop);
                return;
            }
            catch (InvalidArgumentException error)
            {
                Console.WriteLine(error.Reason); // what the bot asks for; nothing was sent
            }
        }
    }

    private static object Value(Prompt prompt, string line)
    {
        var isNumber = double.TryParse(line, NumberStyles.Float, CultureInfo.InvariantCulture, out var number);
        return isNumber && prompt.Kind == "slider" ? (object)number : line;
    }
}
