package io.github.libwotnot

import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.channels.Channel
import kotlinx.coroutines.coroutineScope
import kotlinx.coroutines.delay
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlin.system.measureNanoTime
import kotlin.time.Duration.Companion.milliseconds

/**
 * What one event costs while coroutines wait, and how soon a cancelled call ends. `cargo xtask bench waiters` runs it with
 * BASE_URL ROUNDS EVENTS CANCELS WAITERS...; BASE_URL takes messages and never answers. Prints one line of JSON for each
 * number of waiters and round, and one for each cancelled call.
 */
internal object WaitersBenchmark {
    private var said = 0
    private var isWarm = false

    @JvmStatic
    fun main(arguments: Array<String>) = runBlocking {
        val (rounds, events, cancels) = arguments.drop(1).map(String::toInt)
        val config = WotnotConfig("t", baseUrl = arguments[0], proxy = ProxySetting.Direct, webhook = Webhook("hook"))
        Wotnot(config).use { client ->
            measure(client, 0, events)
            cancel(client)
            isWarm = true
            repeat(rounds) {
                for (waiters in arguments.drop(4).map(String::toInt)) measure(client, waiters, events)
            }
            repeat(cancels) { cancel(client) }
        }
    }

    private suspend fun measure(client: Wotnot, waiters: Int, events: Int) = coroutineScope {
        val heard = Channel<Unit>(1)
        val idle = List(waiters) { launch { client.conversation("idle-$it").receive() } }
        val busy = launch { client.conversation("busy").events().collect { heard.send(Unit) } }
        // With the first event heard, those that began before are waiting.
        client.acceptWebhook(post())
        heard.receive()
        val posts = List(events) { post() }
        val took = measureNanoTime {
            for (body in posts) {
                client.acceptWebhook(body)
                heard.receive()
            }
        }
        tell("\"waiters\":$waiters,\"us\":${took / 1e3 / events}")
        (idle + busy).forEach { it.cancelAndJoin() }
    }

    private suspend fun cancel(client: Wotnot) = coroutineScope {
        val call = launch { client.conversation("3f0c").sendText("30") }
        // Until the service has it.
        delay(20.milliseconds)
        val took = measureNanoTime { call.cancelAndJoin() }
        tell("\"cancel_ms\":${took / 1e6}")
    }

    private fun post(): String {
        said++
        return """{"token":"hook","events":[{"event":{"type":"note","payload":{"id":$said}},"conversation":{"key":"busy"}}]}"""
    }

    /** What was measured; not of the first calls, in which the JVM loads its classes. */
    private fun tell(facts: String) {
        if (isWarm) println("{\"subject\":\"Kotlin\",$facts}")
    }
}
