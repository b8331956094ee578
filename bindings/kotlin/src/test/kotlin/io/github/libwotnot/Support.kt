// What the tests share: the project's programs, a leak check after every test, and an emulator that posts to our own web server.
package io.github.libwotnot

import com.sun.net.httpserver.HttpExchange
import com.sun.net.httpserver.HttpServer
import io.github.libwotnot.internal.nativeLeaks
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import org.junit.jupiter.api.AfterEach
import java.io.File
import java.net.InetAddress
import java.net.InetSocketAddress
import java.time.Duration
import java.time.Instant
import java.util.concurrent.Executors
import java.util.concurrent.atomic.AtomicReference

/** The top of the checkout. */
val root: File = File(System.getProperty("wotnot.root")).canonicalFile

/** One of the project's programs, as `cargo xtask test kotlin` builds it. */
fun program(name: String): String = File(System.getProperty("wotnot.programs"), name).canonicalPath

/** Waits for a condition; fails when it does not come within half a minute. */
fun eventually(what: String, condition: () -> Boolean) {
    val deadline = Instant.now().plus(Duration.ofSeconds(30))
    while (!condition()) {
        check(Instant.now() < deadline) { "never came: $what" }
        Thread.onSpinWait()
    }
}

/** A test class whose every test gives all native memory back. */
interface LeavesNothing {
    @AfterEach
    fun `nothing is left in native memory`() {
        eventually("strings and clients given back: ${nativeLeaks()}") { nativeLeaks() == 0L to 0L }
    }
}

/** A web server on loopback that answers each request by a function. */
class LocalServer(private val answer: (HttpExchange, String) -> Pair<Int, String>) : AutoCloseable {
    private val threads = Executors.newCachedThreadPool()
    private val server = HttpServer.create(InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0)
    val url: String get() = "http://127.0.0.1:${server.address.port}"

    init {
        server.executor = threads
        server.createContext("/") { exchange ->
            val body = exchange.requestBody.readBytes().toString(Charsets.UTF_8)
            val (status, text) = answer(exchange, body)
            val bytes = text.toByteArray(Charsets.UTF_8)
            exchange.sendResponseHeaders(status, bytes.size.toLong())
            exchange.responseBody.use { it.write(bytes) }
        }
        server.start()
    }

    override fun close() {
        server.stop(0)
        threads.shutdownNow()
    }
}

/** An emulator in a process of its own whose events come to a web server of ours. */
class Emulator(flow: String = "flows/demo.yaml") : AutoCloseable {
    /** Takes the posts: the body in, the reply out. Set before the conversation starts. */
    val accept = AtomicReference<(String) -> Reply> { Reply(503, "{}") }
    private val posts = LocalServer { _, body -> accept.get()(body).let { it.status to it.body } }
    private val process = ProcessBuilder(
        program("wotnot"), "emulate", "--json", "--flow", File(root, flow).path,
        "--webhook", "${posts.url}/events", "--webhook-token", WEBHOOK_TOKEN,
    ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    private val output = process.inputStream.bufferedReader()
    private val ready: JsonObject = Json.parseToJsonElement(output.readLine() ?: error("the emulator did not start")).jsonObject

    init {
        Thread { runCatching { output.forEachLine { } } }.apply { isDaemon = true }.start()
    }

    /** Settings of a client that takes its events from our web server. */
    val config: WotnotConfig = WotnotConfig(
        token = ready.getValue("token").jsonPrimitive.content,
        botKey = ready.getValue("bots").jsonArray[0].jsonObject.getValue("key").jsonPrimitive.content,
        baseUrl = ready.getValue("base_url").jsonPrimitive.content,
        webhook = Webhook(WEBHOOK_TOKEN),
    )

    override fun close() {
        process.destroy()
        process.waitFor()
        posts.close()
    }

    companion object {
        const val WEBHOOK_TOKEN = "kotlin-webhook-token"
    }
}

/** Settings of a client that only takes posts of ours; nothing listens at its base URL. */
fun deafConfig(): WotnotConfig = WotnotConfig("fake.jwt.token", botKey = "bot", baseUrl = "http://127.0.0.1:9", webhook = Webhook("hook"))

/** A post of one bot message for each of these texts. */
fun post(vararg texts: String, conversation: String = "c"): String = texts.joinToString(
    prefix = """{"token":"hook","events":[""",
    postfix = "]}",
) { text ->
    """{"event":{"type":"message","payload":{"id":"$conversation-$text","message_by":{"type":"bot"},""" +
        """"message":{"type":"text","text":"$text"}}},"conversation":{"key":"$conversation"}}"""
}

/** What a bot or a visitor said. */
val Event?.said: String? get() = (this as? Event.Message)?.text
