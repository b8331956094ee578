// The Kotlin of the package's README, as it stands there.

import io.github.libwotnot.Delivery
import io.github.libwotnot.Event
import io.github.libwotnot.Prompt
import io.github.libwotnot.Variables
import io.github.libwotnot.Webhook
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotConfig
import io.github.libwotnot.WotnotException
import kotlinx.coroutines.flow.filter
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.runBlocking
import kotlin.time.Duration.Companion.seconds

fun main() {
    val (token, botKey, baseUrl) = listOf("TOKEN", "BOT_KEY", "BASE_URL").map { System.getenv("WOTNOT_$it") }
    val (webhookToken, listen) = listOf("WEBHOOK_TOKEN", "LISTEN").map { System.getenv("WOTNOT_$it") }
    runBlocking {
        Wotnot(WotnotConfig(token = token, botKey = botKey, baseUrl = baseUrl, webhook = Webhook(webhookToken, listen = listen))).use { client ->
            val chat = client.startConversation("visitor-42", "Hello", Variables(contact = mapOf("name" to "Asha")))
            chat.events(timeout = 2.seconds).filterIsInstance<Event.Message>().filter { it.by == "bot" }.collect { message ->
                println(message.text)
                when (val prompt = message.prompt) {
                    is Prompt.Choice -> prompt.options.firstNotNullOfOrNull { it.answer }?.let { chat.send(it) }
                    is Prompt.Slider -> chat.sendSlider(prompt.min ?: 0.0)
                    is Prompt.Text -> chat.sendText("An answer")
                    else -> Unit
                }
            }
        }
        val closed = Wotnot(WotnotConfig(token = token)).apply { close() }
        val chat = closed.conversation("3f0c")
        try {
            chat.sendText("Hello")
        } catch (error: WotnotException) {
            val mayRepeat = error.isRetryable && error.delivery != Delivery.UNKNOWN
            println("${error.code}: ${error.reason} (try again: $mayRepeat)")
        }
    }
}
