// A chat in the terminal. Settings come from WOTNOT_TOKEN, WOTNOT_BOT_KEY, WOTNOT_BASE_URL, WOTNOT_WEBHOOK_TOKEN and
// WOTNOT_LISTEN, or all from WOTNOT_CONFIG (of a gateway).

import io.github.libwotnot.Conversation
import io.github.libwotnot.Event
import io.github.libwotnot.Prompt
import io.github.libwotnot.Webhook
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotConfig
import kotlinx.coroutines.flow.firstOrNull
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.runBlocking
import kotlin.system.exitProcess
import kotlin.time.Duration.Companion.seconds

private fun setting(name: String): String = System.getenv(name)?.takeIf { it.isNotEmpty() } ?: run {
    System.err.println("$name is not set")
    exitProcess(2)
}

/** Prints what the bot says until it asks or ends, and gives what it waits for. */
private suspend fun listen(chat: Conversation): Prompt? {
    val last = chat.events(timeout = 10.seconds)
        .onEach { if (it is Event.Message && it.by != "visitor") println("${it.by}: ${it.text}") }
        .firstOrNull { it is Event.Message && it.prompt != null || it is Event.Status && it.closed == true }
    return (last as? Event.Message)?.prompt
}

/** Sends a line as the prompt wants it. */
private suspend fun answer(chat: Conversation, prompt: Prompt?, line: String) {
    val picked = (prompt as? Prompt.Choice)?.options?.firstOrNull { it.label.equals(line, ignoreCase = true) }?.answer
    val number = line.toDoubleOrNull()
    when {
        picked != null -> chat.send(picked)
        prompt is Prompt.Slider && number != null -> chat.sendSlider(number)
        else -> chat.sendText(line)
    }
}

private fun client(): Wotnot = System.getenv("WOTNOT_CONFIG")?.let(Wotnot::fromJson) ?: Wotnot(
    WotnotConfig(
        token = setting("WOTNOT_TOKEN"),
        botKey = setting("WOTNOT_BOT_KEY"),
        baseUrl = setting("WOTNOT_BASE_URL"),
        webhook = Webhook(setting("WOTNOT_WEBHOOK_TOKEN"), listen = setting("WOTNOT_LISTEN")),
    ),
)

fun main() {
    client().use { client ->
        runBlocking {
            val first = readlnOrNull() ?: return@runBlocking
            val chat = client.startConversation("kotlin-example", first)
            var prompt = listen(chat)
            while (true) {
                answer(chat, prompt, readlnOrNull() ?: break)
                prompt = listen(chat)
            }
        }
    }
}
