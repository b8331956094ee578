package io.github.libwotnot

import kotlinx.coroutines.CancellationException
import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.async
import kotlinx.coroutines.awaitAll
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.util.concurrent.CountDownLatch
import java.util.concurrent.TimeUnit
import java.util.concurrent.atomic.AtomicInteger
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** Calls over the network: cancellation, the close, many at once, and what is refused before it is sent. */
class CallsTest : LeavesNothing {
    @Test
    fun `a cancelled call returns at once and its request goes on`() {
        val arrived = CountDownLatch(1)
        val answer = CountDownLatch(1)
        val answered = CountDownLatch(1)
        LocalServer { _, _ ->
            arrived.countDown()
            answer.await()
            answered.countDown()
            200 to """{"ok":true,"message_id":"m1"}"""
        }.use { server ->
            Wotnot(to(server)).use { client ->
                runBlocking {
                    val sending = async(Dispatchers.Default) { client.conversation("c").sendText("Hello") }
                    assertTrue(arrived.await(30, TimeUnit.SECONDS))
                    withTimeout(10.seconds) { sending.cancelAndJoin() }
                    assertTrue(sending.getCompletionExceptionOrNull() is CancellationException)
                }
                assertEquals(1, answered.count) { "the call waited for its answer" }
                answer.countDown()
                assertTrue(answered.await(30, TimeUnit.SECONDS))
                eventually("the request has gone on to its end") { client.status().counters.bytesReceived > 0 }
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
        assertTrue(refused { chat.sendSlider(Double.NaN) }.reason.startsWith("message.data.value: expected a finite number"))
        assertTrue(refused { chat.sendForm(mapOf("a" to listOf(1))) }.reason.startsWith("message.data.fields.a: expected a string"))
        assertTrue(refused { chat.send(Message.fromJson("""{"type":"sticker","data":{}}""")) }.reason.startsWith("message.type"))
        assertEquals(Delivery.NOT_SENT, refused { chat.sendText(" ") }.delivery)
        assertTrue(refused { client.call("status\u0000", Json.parseToJsonElement("{}")) }.reason.contains("NUL"))
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

    private fun to(server: LocalServer) = WotnotConfig("fake.jwt.token", botKey = "bot", baseUrl = server.url, proxy = ProxySetting.Direct)
}
