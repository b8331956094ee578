// The Kotlin of the package's README, as it stands there.

import io.github.libwotnot.Delivery
import io.github.libwotnot.Event
import io.github.libwotnot.Prompt
import io.github.libwotnot.Variables
import io.github.libwotnot.Webhook
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotConfig
import io.github.libwotnot.WotnotException
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.firstOrNull
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.jsonPrimitive
import kotlin.time.Duration.Companion.seconds

fun nextAnswer(): JsonElement? = readlnOrNull()?.let(Json::parseToJsonElement)

fun main(): Unit = runBlocking {
    val config = WotnotConfig(
        token = System.getenv("WOTNOT_TOKEN"),
        botKey = System.getenv("WOTNOT_BOT_KEY"),
        baseUrl = System.getenv("WOTNOT_BASE_URL"), // null is the vendor's own host
        webhook = Webhook(System.getenv("WOTNOT_WEBHOOK_TOKEN"), listen = System.getenv("WOTNOT_LISTEN")),
    )
    Wotnot(config).use { client ->
        val first = nextAnswer()?.jsonPrimitive?.content ?: "Hello"
        val chat = client.openConversation("visitor-42", first, Variables(contact = mapOf("name" to "Asha")))
        val said = chat.events(timeout = 10.seconds).filterIsInstance<Event.Message>()
        var prompt: Prompt? = said.onEach { println(it.text) }.firstOrNull { it.prompt != null }?.prompt
        while (prompt != null) {
            val answer = nextAnswer() ?: break
            try {
                val turn = chat.ask(client.answer(prompt, answer))
                println(turn.text)
                prompt = turn.prompt
            } catch (error: WotnotException.InvalidArgument) {
                println(error.reason) // what the bot asks for; nothing was sent
            } catch (error: WotnotException) {
                val mayRepeat = error.isRetryable && error.delivery != Delivery.UNKNOWN
                println("${error.code}: ${error.reason} (try again: $mayRepeat)")
                break
            }
        }
    }
}
