package io.github.libwotnot

import io.github.libwotnot.blocking.WotnotClient
import io.github.libwotnot.internal.CALLS_AT_ONCE
import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.CompletableDeferred
import kotlinx.coroutines.CoroutineStart
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.joinAll
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.JsonArray
import kotlinx.serialization.json.JsonElement
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.math.BigDecimal
import java.math.BigInteger
import java.time.LocalDate
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration
import kotlin.time.Duration.Companion.ZERO
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** Calls over the network: cancellation, the close, many at once, and what is refused before it is sent. */
class CallsTest : LeavesNothing {
    @Test
    fun `a cancelled call ends, and says what became of its message`() = silence { server, arrived ->
        Wotnot(to(server)).use { client ->
            runBlocking {
                val outcome = async(Dispatchers.Default) {
                    val caught = CompletableDeferred<Throwable>()
                    val sending = launch { caught.complete(assertFails { client.conversation("c").sendText("Hello") }) }
                    assertTrue(arrived.await(30, TimeUnit.SECONDS))
                    sending.cancelAndJoin()
                    caught.await()
                }
                val cancelled = withTimeout(30.seconds) { outcome.await() }
                assertTrue(cancelled is CancellationException) { cancelled.toString() }
                val why = causes(cancelled).filterIsInstance<WotnotException>().first()
                assertEquals("interrupted" to Delivery.UNKNOWN, why.code to why.delivery)
                // The call is over in the library too.
                assertEquals(1, client.status().counters.failures)
            }
        }
    }

    @Test
    fun `a call that waits for a thread ends in time, and is known not to be sent`() = silence { server, _ ->
        Wotnot(to(server)).use { client ->
            runBlocking {
                val hung = List(CALLS_AT_ONCE) { launch(Dispatchers.IO) { runCatching { client.conversation("c").sendText("Hello") } } }
                eventually("all threads are taken") { client.status().counters.calls == CALLS_AT_ONCE.toLong() }
                val late = assertThrows(WotnotException.RequestTimeout::class.java) {
                    runBlocking { client.conversation("c").sendText("Late", timeout = 50.milliseconds) }
                }
                assertEquals(Delivery.NOT_SENT, late.delivery)
                assertTrue(hung.all { it.isActive })

                val given = CompletableDeferred<Throwable>()
                val queued = launch(start = CoroutineStart.UNDISPATCHED) {
                    given.complete(assertFails { client.conversation("c").sendText("Never") })
                }
                queued.cancelAndJoin()
                val why = causes(given.await()).filterIsInstance<WotnotException>().first()
                assertEquals("interrupted" to Delivery.NOT_SENT, why.code to why.delivery)

                val waiting = async(start = CoroutineStart.UNDISPATCHED) { assertFails { client.conversation("c").sendText("Closed") } }
                client.close()
                val closed = withTimeout(30.seconds) { waiting.await() } as WotnotException
                assertEquals("closed" to Delivery.NOT_SENT, closed.code to closed.delivery)
                withTimeout(30.seconds) { hung.joinAll() }
            }
        }
    }

    @Test
    fun `a hung service holds up no other client, and a cancelled call frees its place`() = silence { server, _ ->
        LocalServer { _, _ -> 200 to """{"ok":true,"message_id":"m"}""" }.use { well ->
            Wotnot(to(server)).use { client ->
                Wotnot(to(well)).use { other ->
                    runBlocking {
                        val hung = List(CALLS_AT_ONCE) { launch(Dispatchers.IO) { client.conversation("c").sendText("Hello") } }
                        eventually("all threads are taken") { client.status().counters.calls == CALLS_AT_ONCE.toLong() }
                        assertEquals("m", withTimeout(30.seconds) { other.conversation("c").sendText("Hello") }.messageId)
                        val next = launch(Dispatchers.IO) { client.conversation("c").sendText("Next") }
                        hung.first().cancelAndJoin()
                        eventually("the next one is under way") { client.status().counters.calls == CALLS_AT_ONCE + 1L }
                        (hung + next).forEach { it.cancelAndJoin() }
                    }
                }
            }
        }
    }

    @Test
    fun `close wakes a blocked call, and what became of its message is unknown`() {
        val arrived = CountDownLatch(1)
        val end = CountDownLatch(1)
        LocalServer { _, _ ->
            arrived.countDown()
            end.await()
            200 to "{}"
        }.use { server ->
            val client = Wotnot(to(server))
            runBlocking {
                val sending = async(Dispatchers.Default) { runCatching { client.conversation("c").sendText("Hello") } }
                assertTrue(arrived.await(30, TimeUnit.SECONDS))
                client.close()
                val error = withTimeout(10.seconds) { sending.await() }.exceptionOrNull() as WotnotException
                assertTrue(error is WotnotException.Closed)
                assertEquals(Delivery.UNKNOWN, error.delivery)
            }
            end.countDown()
        }
    }

    @Test
    fun `many coroutines send through one client at once`() {
        val seen = AtomicInteger()
        val all = CountDownLatch(16)
        LocalServer { _, body ->
            seen.incrementAndGet()
            all.countDown()
            assertTrue(all.await(30, TimeUnit.SECONDS)) { "the calls did not run side by side" }
            200 to """{"ok":true,"message_id":${Json.parseToJsonElement(body).jsonObject.getValue("message").jsonObject.getValue("data").jsonObject["body"]}}"""
        }.use { server ->
            Wotnot(to(server)).use { client ->
                val sent = runBlocking { List(16) { async { client.conversation("c").sendText("text $it").messageId } }.awaitAll() }
                assertEquals(List(16) { "text $it" }, sent)
                assertEquals(16, seen.get())
            }
        }
    }

    @Test
    fun `every way to answer is the vendor's own message`() {
        val bodies = ArrayList<String>()
        LocalServer { _, body ->
            synchronized(bodies) { bodies += body }
            200 to """{"ok":true,"message_id":"m"}"""
        }.use { server ->
            Wotnot(to(server)).use { client ->
                runBlocking {
                    val chat = client.conversation("c")
                    chat.sendText("Hi")
                    chat.sendSlider(2.5)
                    chat.sendFiles(listOf(FileLink("https://cdn.example.com/cat.png")))
                    chat.sendForm(mapOf("Name" to "Asha", "Age" to 30))
                    chat.sendVariables(contact = mapOf("name" to "John"), other = mapOf("ans" to "2", "ok" to true, "none" to null))
                    chat.send(Message.fromJson("""{"type": "text", "data": {"body": "pasted"}}"""))
                    chat.send(Message("sticker", Json.parseToJsonElement("""{"x": 1}""").jsonObject, unchecked = true))
                }
            }
        }
        val expected = listOf(
            """{"type":"text","data":{"body":"Hi"}}""",
            """{"type":"slider.response","data":{"body":"2.5","value":2.5,"callback":null}}""",
            """{"type":"file_upload.response","data":{"files":[{"filename":"cat.png",
                "link":"https://cdn.example.com/cat.png","mime_type":"image/png","extension":"png"}]}}""",
            """{"type":"form.response","data":{"fields":[{"label":"Name","value":"Asha"},{"label":"Age","value":30}]}}""",
            """{"type":"javascript.response","data":{"variables":{"contact_variables":[{"name":"name","value":"John"}],
                "non_contact_variables":[{"name":"ans","value":"2"},{"name":"ok","value":true},{"name":"none","value":null}]}}}""",
            """{"type":"text","data":{"body":"pasted"}}""",
            """{"type":"sticker","data":{"x":1}}""",
        )
        assertEquals(
            expected.map(Json::parseToJsonElement),
            bodies.map { Json.parseToJsonElement(it).jsonObject.getValue("message") },
        )
    }

    @Test
    fun `what cannot be sent is refused, named, and known not to be sent`() = Wotnot(deafConfig()).use { client ->
        val chat = client.conversation("c")
        val refused = { send: suspend () -> Unit ->
            assertThrows(WotnotException.InvalidArgument::class.java) { runBlocking { send() } }
        }
        for (half in listOf("half \uD83D", "\uDE00 half")) {
            val error = refused { chat.sendText(half) }
            assertEquals("invalid_utf8", error.code)
            assertEquals(Delivery.NOT_SENT, error.delivery)
            assertFalse("half \uD83D" in error.reason)
        }
        val deep = "[".repeat(20_000) + "]".repeat(20_000)
        val elements = generateSequence<JsonElement>(JsonArray(emptyList())) { JsonArray(listOf(it)) }.elementAt(20_000)
        val keyless: Map<*, *> = mapOf(null to 1)
        @Suppress("UNCHECKED_CAST")
        for ((start, send) in listOf<Pair<String, suspend () -> Any>>(
            "message.data.value: expected a finite number" to { chat.sendSlider(Double.NaN) },
            "message.data.value: expected a finite number" to { chat.sendSlider(Smuggler()) },
            "message.data.fields.a: expected a string" to { chat.sendForm(mapOf("a" to listOf(1))) },
            "message.data.fields.a: expected a string" to { chat.sendForm(mapOf("a" to 'c')) },
            "message.data.fields: expected a name" to { chat.sendForm(keyless as Map<String, Any?>) },
            "variables.contact.a: expected a finite number" to {
                client.startConversation("v", "Hi", Variables(contact = mapOf("a" to Float.POSITIVE_INFINITY)))
            },
            "variables.contact: expected a name" to {
                client.startConversation("v", "Hi", Variables(contact = keyless as Map<String, Any?>))
            },
            "the parameters are nested too deeply" to { chat.send(Message("text", JsonObject(mapOf("body" to elements)))) },
            "expected JSON with a text `type`" to { Message.fromJson("""{"type":"text","data":{"body":$deep}}""") },
        )) {
            val error = refused { send() }
            assertTrue(error.reason.startsWith(start)) { error.toString() }
            assertEquals("invalid_argument" to Delivery.NOT_SENT, error.code to error.delivery) { error.toString() }
        }
        assertTrue(refused { chat.send(Message.fromJson("""{"type":"sticker","data":{}}""")) }.reason.startsWith("message.type"))
        assertEquals(Delivery.NOT_SENT, refused { chat.sendText(" ") }.delivery)
        assertEquals("unknown_method", refused { client.call("status\u0000", Json.parseToJsonElement("{}")) }.code)
        assertEquals("invalid_json", refused { Wotnot.fromJson("{}\u0000") }.code)
        for (timeout in listOf(ZERO, Duration.INFINITE, (-1).seconds)) {
            assertEquals("timeout: expected a duration from 1ms to 1h", refused { chat.sendText("Hi", timeout) }.reason)
            assertEquals("quiet: expected a duration from 1ms to 1h", refused { chat.ask("Hi", quiet = timeout) }.reason)
        }
        assertTrue(refused { client.startConversation(" ", "Hi") }.reason.startsWith("visitorId: "))
        // JSON's own names stay in errors about JSON.
        val json = Json.parseToJsonElement("""{"conversation_id":"c","message":{"type":"text","data":{"body":"Hi"}},"timeout_ms":0}""")
        assertTrue(refused { client.call("send_message", json) }.reason.startsWith("timeout_ms: "))
    }

    @Test
    fun `a wrong setting is reported under its Kotlin name`() {
        for ((start, config) in listOf(
            "baseUrl: " to WotnotConfig("t", baseUrl = "nowhere"),
            "timeoutMillis: expected a whole number from 1 to 3600000" to WotnotConfig("t", timeoutMillis = -1),
            "connectTimeoutMillis: " to WotnotConfig("t", connectTimeoutMillis = 0),
            "retry.maxAttempts: " to WotnotConfig("t", retry = Retry(maxAttempts = 0)),
            "retry.baseDelayMillis: " to WotnotConfig("t", retry = Retry(baseDelayMillis = -1)),
            "webhook.capacityBytes: " to WotnotConfig("t", webhook = Webhook("w", capacityBytes = 0)),
            "webhook.listen: " to WotnotConfig("t", webhook = Webhook("w", listen = "nowhere")),
            "tls.caFile: " to WotnotConfig("t", tls = Tls(caFile = "/nowhere.pem")),
            "statePath: " to WotnotConfig("t", statePath = ""),
            "token: " to WotnotConfig(""),
        )) {
            val error = assertThrows(WotnotException.InvalidArgument::class.java) { Wotnot(config).close() }
            assertTrue(error.reason.startsWith(start)) { "$start: ${error.reason}" }
            assertThrows(WotnotException.InvalidArgument::class.java) { WotnotClient(config).close() }
                .also { assertEquals(error.reason, it.reason) }
        }
        val error = assertThrows(WotnotException.InvalidArgument::class.java) { Wotnot.fromJson("""{"token":"t","timeout_ms":-1}""") }
        assertTrue(error.reason.startsWith("timeout_ms: "))
    }

    @Test
    fun `a number of any class is sent as the number that it is`() {
        val bodies = ArrayList<String>()
        LocalServer { _, body -> synchronized(bodies) { bodies += body }.let { 200 to """{"ok":true,"message_id":"m"}""" } }.use { server ->
            Wotnot(to(server)).use { client ->
                val fields = mapOf("a" to AtomicInteger(7), "b" to BigDecimal("1E+3"), "c" to BigInteger.TEN, "d" to 1.5f, "e" to 3.toByte())
                runBlocking { client.conversation("c").sendForm(fields) }
            }
        }
        assertTrue(""""fields":[{"label":"a","value":7},{"label":"b","value":1000.0},{"label":"c","value":10},{"label":"d","value":1.5},{"label":"e","value":3}]""" in bodies.single()) { bodies.single() }
    }

    @Test
    fun `a text may hold the character NUL, which JSON escapes`() {
        LocalServer { _, body -> 200 to """{"ok":true,"message_id":"${"\\u0000" in body}"}""" }.use { server ->
            Wotnot(to(server)).use { client ->
                assertEquals("true", runBlocking { client.conversation("c").sendText("a\u0000b") }.messageId)
            }
        }
    }

    @Test
    fun `a call has its own deadline`() {
        val end = CountDownLatch(1)
        LocalServer { _, _ -> end.await().let { 200 to "{}" } }.use { server ->
            Wotnot(to(server)).use { client ->
                val error = assertThrows(WotnotException.RequestTimeout::class.java) {
                    runBlocking { client.conversation("c").sendText("Hello", timeout = 100.milliseconds) }
                }
                assertEquals(Delivery.UNKNOWN, error.delivery)
                assertTrue(error.isRetryable)
            }
            end.countDown()
        }
    }

    /** A number that would write JSON of its own into a message. */
    private class Smuggler : Number() {
        override fun toByte() = 0.toByte()
        override fun toDouble() = 0.0
        override fun toFloat() = 0f
        override fun toInt() = 0
        override fun toLong() = 0L
        override fun toShort() = 0.toShort()
        override fun toString() = """1,"callback":{"smuggled":true}"""
    }

    private fun causes(error: Throwable) = generateSequence(error) { it.cause }

    private suspend fun assertFails(call: suspend () -> Unit): Throwable =
        runCatching { call() }.exceptionOrNull() ?: throw AssertionError("it did not fail")

    /** A service that takes requests and says nothing. */
    private fun silence(test: (LocalServer, CountDownLatch) -> Unit) {
        val arrived = CountDownLatch(1)
        val end = CountDownLatch(1)
        LocalServer { _, _ ->
            arrived.countDown()
            end.await()
            200 to "{}"
        }.use { server ->
            try {
                test(server, arrived)
            } finally {
                end.countDown()
            }
        }
    }

    private fun to(server: LocalServer) = WotnotConfig("fake.jwt.token", botKey = "bot", baseUrl = server.url, proxy = ProxySetting.Direct)

    @Test
    fun `a prompt is answered with what it asks for`(): Unit = Wotnot(deafConfig()).use { client ->
        fun prompt(json: String) = Prompt.read(Json.parseToJsonElement(json).jsonObject)
        val slider = prompt("""{"kind":"slider","min":18,"max":99,"step":null,"unit":null}""")
        assertEquals(Message.fromJson("""{"type":"slider.response","data":{"body":"30","value":30,"callback":null}}"""), client.answer(slider, 30))
        val error = assertThrows(WotnotException.InvalidArgument::class.java) { client.answer(slider, 7) }
        assertEquals("value: the bot asks for a number from 18 to 99", error.reason)
        val date = prompt("""{"kind":"date","validation":{"format":"DD/MM/YYYY"}}""")
        assertEquals(Message.text("24/12/2026"), client.answer(date, LocalDate.of(2026, 12, 24)))
        val files = client.answer(prompt("""{"kind":"file","limits":{}}"""), listOf(FileLink("https://example.com/a.pdf")))
        assertEquals("file_upload.response", files.type)
        val form = client.answer(prompt("""{"kind":"form","fields":[{"label":"Name","required":true}]}"""), mapOf("Name" to "Asha"))
        assertEquals(Message.form(mapOf("Name" to "Asha")), form)
    }
}
