package io.github.libwotnot

import io.github.libwotnot.internal.Started
import io.github.libwotnot.internal.asObject
import io.github.libwotnot.internal.nativeLeaks
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.buildJsonObject
import kotlinx.serialization.json.contentOrNull
import kotlinx.serialization.json.jsonArray
import kotlinx.serialization.json.jsonObject
import kotlinx.serialization.json.jsonPrimitive
import kotlinx.serialization.json.long
import kotlinx.serialization.json.put
import kotlinx.serialization.json.putJsonObject
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.DynamicTest
import org.junit.jupiter.api.DynamicTest.dynamicTest
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestFactory
import org.junit.jupiter.api.TestInstance
import java.io.File
import java.util.concurrent.Callable
import java.util.concurrent.ExecutionException
import java.util.concurrent.Executors
import java.util.concurrent.Future

/** A client as the vectors use it, whatever its face. Its text is that of the client. */
interface Subject : AutoCloseable {
    fun call(method: String, params: JsonElement): JsonElement

    /** The next event, or null when none came within the time. */
    @Throws(InterruptedException::class)
    fun receive(timeoutMillis: Long): Event?

    fun interrupt()

    override fun close()
}

/** Every vector of the project, through clients that [open] makes of their settings. See docs/vectors.md. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class Conformance(private val open: (String) -> Subject) {
    private val vectors = System.getenv("WOTNOT_VECTORS")?.let(::File) ?: File(root, "tests/vectors")
    private val player = ProcessBuilder(program("wotnot-conformance"), vectors.path).redirectError(ProcessBuilder.Redirect.INHERIT).start()
    private val toPlayer = player.outputStream.bufferedWriter(Charsets.UTF_8)
    private val fromPlayer = player.inputStream.bufferedReader(Charsets.UTF_8)
    private val threads = Executors.newCachedThreadPool()
    private val names = ask { put("list", true) }.getValue("names").jsonArray.map { it.jsonPrimitive.content }

    @Test
    fun `the player has vectors`() {
        assertTrue(names.isNotEmpty())
    }

    @TestFactory
    fun vectors(): List<DynamicTest> = names.map { name -> dynamicTest(name) { play(name) } }

    @AfterAll
    fun `the player ends`() {
        toPlayer.close()
        player.waitFor()
        threads.shutdown()
    }

    private fun play(name: String) {
        var client: Subject? = null
        val begun = mutableMapOf<String, Future<JsonElement>>()
        var turn = ask { put("open", name) }
        try {
            while ("do" in turn) {
                val result = envelope {
                    if (turn.word("do") == "new") {
                        val config = turn.getValue("config").jsonObject
                        client = open(config.toString()).also { LeakProbe.show(it, config) }
                        null
                    } else {
                        perform(requireNotNull(client), begun, turn)
                    }
                }
                turn = ask { put("result", result) }
            }
        } finally {
            client?.close()
        }
        assertEquals("true", turn["passed"]?.jsonPrimitive?.content) { turn.toString() }
        eventually("all native memory given back") { nativeLeaks() == 0L to 0L }
    }

    /** The value of a success; no event within the time is [NoEvent]. */
    private fun perform(
        client: Subject,
        begun: MutableMap<String, Future<JsonElement>>,
        turn: JsonObject,
    ): JsonElement? = when (val verb = turn.word("do")) {
        "begin" -> {
            val call = Callable { client.call(turn.word("method"), turn.getValue("params")) }
            begun[turn.word("name")] = threads.submit(call)
            null
        }
        "end" -> try {
            begun.getValue(turn.word("name")).get()
        } catch (error: ExecutionException) {
            throw error.cause ?: error
        }
        "call" -> client.call(turn.word("method"), turn.getValue("params")).also { read(turn.word("method"), it) }
        "receive" -> (client.receive(turn.getValue("timeout_ms").jsonPrimitive.long) ?: throw NoEvent()).document
        "interrupt" -> client.interrupt().let { null }
        "close" -> client.close().let { null }
        else -> error("the player asks for $verb")
    }

    /** The typed results say what the document says. */
    private fun read(method: String, value: JsonElement) {
        val document = value.asObject()
        when (method) {
            "start_conversation" ->
                assertEquals(document.getValue("conversation").jsonObject.word("id"), Started.read(value).id)
            "send_message" -> assertEquals(document.getValue("message_id").jsonPrimitive.contentOrNull, Sent.read(document).messageId)
            "resolve" -> Sent.read(document).let { sent ->
                assertEquals(document.getValue("client_id").jsonPrimitive.content, sent.clientId)
                assertEquals(document.getValue("state").jsonPrimitive.content, sent.state?.name?.lowercase())
            }
            "upload" -> Uploaded.read(document).let { uploaded ->
                assertEquals(document.getValue("offset").jsonPrimitive.long, uploaded.offset)
                assertEquals(document.getValue("link").jsonPrimitive.contentOrNull, uploaded.link)
            }
            "answer" -> assertEquals(document, Message.read(document).json())
            "parse_webhook" -> assertEquals(document.getValue("events").jsonArray, ParsedWebhook.read(document).events.map { it.document })
            "receive" -> assertEquals(document, Event.read(document).document)
            "status" -> Status.read(document).let { status ->
                assertEquals(document.word("version"), status.version)
                val visitor = document["gateway"]?.jsonObject?.getValue("visitor_id")?.jsonPrimitive?.contentOrNull
                assertEquals(visitor, status.gateway?.visitorId)
            }
        }
    }

    private fun envelope(perform: () -> JsonElement?): JsonObject = try {
        val value = perform()
        buildJsonObject {
            put("ok", true)
            value?.let { put("value", it) }
        }
    } catch (_: NoEvent) {
        buildJsonObject {
            put("ok", false)
            putJsonObject("error") { put("code", "timeout") }
        }
    } catch (error: WotnotException) {
        LeakProbe.show(error)
        buildJsonObject {
            put("ok", false)
            put("error", document(error))
        }
    }

    private fun document(error: WotnotException): JsonObject = buildJsonObject {
        put("code", error.code)
        put("status", error.status)
        put("message", error.reason)
        put("retryable", error.isRetryable)
        put("retry_after_ms", error.retryAfterMillis)
        put("http_status", error.httpStatus)
        put("api_code", error.apiCode)
        put("delivery", error.delivery?.name?.lowercase())
        put("attempts", error.attempts)
        put("method", error.method)
        error.reply?.let { reply ->
            putJsonObject("reply") {
                put("status", reply.status)
                put("body", reply.body)
            }
        }
    }

    private fun ask(question: kotlinx.serialization.json.JsonObjectBuilder.() -> Unit): JsonObject {
        toPlayer.write(buildJsonObject(question).toString())
        toPlayer.write("\n")
        toPlayer.flush()
        return Json.parseToJsonElement(fromPlayer.readLine() ?: error("the player ended")).jsonObject
    }

    private fun JsonObject.word(name: String) = getValue(name).jsonPrimitive.content

    private class NoEvent : Exception()
}
