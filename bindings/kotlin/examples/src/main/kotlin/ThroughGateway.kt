// The visitor of the package's README, as it stands there.

import io.github.libwotnot.Event
import io.github.libwotnot.Gateway
import io.github.libwotnot.Prompt
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotConfig
import kotlinx.coroutines.flow.onEach
import kotlinx.coroutines.flow.takeWhile
import kotlinx.coroutines.runBlocking
import java.util.Base64
import kotlin.time.Duration.Companion.seconds

fun main(): Unit = runBlocking {
    val config = WotnotConfig(
        gateway = Gateway(System.getenv("WOTNOT_GATEWAY"), "dev"), // the app id of a site of the gateway's
        statePath = System.getenv("WOTNOT_STATE"), // who the visitor is, and what waits for a network
    )
    Wotnot(config).use { client ->
        val chat = client.openConversation(text = "Hello")
        val events = chat.events(timeout = 10.seconds).onEach { event ->
            when (event) {
                is Event.Message -> println("${event.by}: ${event.text}")
                is Event.Delivery -> println("${event.clientId} is ${event.state}") // ACCEPTED, or another state
                is Event.IdentityWanted -> client.setIdentity(null) // or what your site signed of the visitor
                else -> {}
            }
        }
        events.takeWhile { (it as? Event.Message)?.prompt !is Prompt.Slider }.collect { event ->
            val prompt = (event as? Event.Message)?.prompt ?: return@collect
            chat.send(client.answer(prompt, "Sales"), queue = true) // kept while there is no network
        }
        val picture = "iVBORw0KGgoAAAANSUhEUg==" // in place of the bytes of a photo; a `File` will do too
        client.uploadParts(Base64.getDecoder().decode(picture), "cat.png").collect { part ->
            println("${part.offset} of ${part.size} bytes ${part.link.orEmpty()}") // the link answers a prompt for a file
        }
        println(chat.transcript())
    }
}
