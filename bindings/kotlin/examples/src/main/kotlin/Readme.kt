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

fun main(): Unit = runBlocking {
    val config = WotnotConfig(
        token = System.getenv("WOTNOT_TOKEN"),
        botKey = System.getenv("WOTNOT_BOT_KEY"),
        baseUrl = System.getenv("WOTNOT_BASE_URL"), // null is the vendor's own host
        webhook = Webhook(System.getenv("WOTNOT_WEBHOOK_TOKEN"), listen = System.getenv("WOTNOT_LISTEN")),
    )
    Wotnot(config).use { client ->
        val chat = client.startConversation("visitor-42", "Hello", Variables(contact = mapOf("name" to "Asha")))
        chat.events(timeout = 2.seconds).filterIsInstance<Event.Message>().filter { it.by == "bot" }.collect { message ->
            println(message.text)
            try {
                when (val prompt = message.prompt) {
                    is Prompt.Choice -> prompt.options.firstNotNullOfOrNull { it.answer }?.let { chat.send(it) }
                    is Prompt.Slider -> chat.send(client.answer(prompt, 30))
                    is Prompt.Text -> chat.sendText("An answer")
                    else -> Unit
                }
            } catch (error: WotnotException) {
                val mayRepeat = error.isRetryable && error.delivery != Delivery.UNKNOWN
                println("${error.code}: ${error.reason} (try again: $mayRepeat)")
            }
        }
    }
}
