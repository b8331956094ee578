package io.github.libwotnot

import io.github.libwotnot.internal.nativeStatusName
import kotlinx.serialization.json.Json
import kotlinx.serialization.json.jsonObject
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertFalse
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.ByteArrayInputStream
import java.io.ByteArrayOutputStream
import java.io.File
import java.io.ObjectInputStream
import java.io.ObjectOutputStream

/** Documents of the native library as Kotlin types, and settings as documents. */
class ReadingTest : LeavesNothing {
    @Test
    fun `the status table is the header's and the native library's`() {
        val header = Regex("""#define WOTNOT_([A-Z0-9_]+) (\d+)\n""")
            .findAll(File(root, "include/wotnot.h").readText().substringAfter("typedef uint64_t"))
            .associate { it.groupValues[1] to it.groupValues[2].toInt() }
        assertEquals(header, Code.entries.associate { it.name to it.number })
        Code.entries.forEach { assertEquals(it.wireName, nativeStatusName(it.number)) }
        val numbers = Code.entries.map { it.number }
        (0..300).filter { it !in numbers }.forEach { assertEquals("unknown", nativeStatusName(it)) }
    }

    @Test
    fun `the library and the package have one version`() {
        assertEquals(System.getProperty("wotnot.expected.version"), Wotnot.version)
    }

    @Test
    fun `every code has a class of its own, and an unknown one is no surprise`() {
        for (code in Code.entries - Code.OK) {
            val error = WotnotException.of(code, "why")
            assertFalse(error is WotnotException.Unknown) { code.name }
            assertEquals(code, Code.of(error.code))
        }
        val document = Json.parseToJsonElement("""{"code":"moon_phase","status":77,"message":"full","delivery":"perhaps"}""")
        val error = WotnotException.read(document.jsonObject, 77, "send_message")
        assertTrue(error is WotnotException.Unknown)
        assertEquals("moon_phase: full", error.message)
        assertEquals(Delivery.UNKNOWN, error.delivery)
    }

    @Test
    fun `what ends a connection is a network error, whichever part of it`() {
        for (code in listOf(Code.NETWORK, Code.TLS, Code.PROXY)) {
            assertTrue(WotnotException.of(code, "why") is WotnotException.Network) { code.name }
        }
    }

    @Test
    fun `an error can be serialized`() {
        val document = """{"code":"webhook_rejected","message":"no","reply":{"status":401,"body":"{}"}}"""
        val error = WotnotException.read(Json.parseToJsonElement(document).jsonObject, 39, "parse_webhook")
        val bytes = ByteArrayOutputStream().also { ObjectOutputStream(it).writeObject(error) }.toByteArray()
        val copy = ObjectInputStream(ByteArrayInputStream(bytes)).readObject() as WotnotException.WebhookRejected
        assertEquals(Reply(401, "{}"), copy.reply)
        assertEquals(error.message, copy.message)
    }

    @Test
    fun `unknown kinds of events and prompts never throw`() {
        val kinds = listOf(
            "message", "conversation_created", "status", "assignee", "variables",
            "label", "note", "sla_breached", "message_status",
        )
        for (kind in kinds) assertFalse(event("""{"type":"$kind"}""") is Event.Unknown) { kind }
        for (odd in listOf("""{"type":"eclipse"}""", """{"type":7}""", "{}")) assertTrue(event(odd) is Event.Unknown) { odd }
        assertEquals("dance", (prompt("""{"kind":"dance","steps":3}""") as Prompt.Unknown).kind)
        for (kind in listOf("text", "choice", "slider", "file", "form", "date", "javascript")) {
            assertFalse(prompt("""{"kind":"$kind"}""") is Prompt.Unknown) { kind }
            assertFalse(prompt("""{"kind":"$kind","options":{},"fields":3,"min":"x","limits":[],"variables":{}}""") is Prompt.Unknown)
        }
    }

    @Test
    fun `a carousel's options know their cards`() {
        val choice = prompt(
            """{"kind":"choice","options":[{"label":"Buy","answer":{"type":"button.response","data":{"body":"Buy"}},
               "card":{"index":1,"title":"T","description":"D","image":null}},{"label":"Site","url":"https://example.com"}]}""",
        ) as Prompt.Choice
        assertEquals(Card(1, "T", "D", null), choice.options[0].card?.copy(raw = Card(0, "", "", null).raw))
        assertEquals("button.response", choice.options[0].answer?.type)
        assertNull(choice.options[1].answer)
    }

    @Test
    fun `events are equal by what they hold and show no text`() {
        val json = """{"type":"message","seq":7,"event_id":"e","conversation_id":"c","by":"bot","text":"hush","received_at":"2026-11-22T10:00:00.123Z"}"""
        val event = event(json)
        assertEquals(event, event(json))
        assertEquals("Message(seq=7, eventId=e, conversationId=c)", event.toString())
        assertEquals(1_795_341_600_123, event.receivedAt?.toEpochMilli())
        assertNull(event.occurredAt)
    }

    @Test
    fun `an event for a browser holds what a window needs and nothing besides`() {
        val hidden = """"visitor_key":"hush","raw":{"token":"hush"},"payload":{"phone":"hush"},"message":{"x":"hush"},"later":"hush""""
        val common = """"seq":7,"event_id":"e","conversation_id":"c","received_at":"2026-11-22T10:00:00Z","occurred_at":null"""
        for (shown in listOf(
            """"type":"message",$common,"by":"bot","text":"Hi","html":null,"prompt":{"kind":"text","format":"any"}""",
            """"type":"status",$common,"closed":true""",
            """"type":"assignee",$common,"handover":{"direction":"to_agent","name":"Asha"}""",
            """"type":"note",$common""",
        )) {
            assertEquals("{$shown}", event("""{$shown,$hidden}""").toJson())
        }
        assertEquals("""{"type":"status",$common,"closed":null}""", event("""{"type":"status",$common}""").toJson())
    }

    @Test
    fun `settings show no secret`() {
        val config = WotnotConfig(
            token = "hush-token",
            webhook = Webhook("hush-webhook", listen = "127.0.0.1:0"),
            proxy = ProxySetting.Url("http://user:hush@proxy:3128"),
            tls = Tls(caPem = "hush-pem"),
        )
        for (shown in listOf(config, config.webhook, config.proxy, config.tls, Reply(200, "hush"), Message.text("hush"))) {
            assertFalse("hush" in shown.toString()) { shown.toString() }
        }
        val parsed = ParsedWebhook(emptyList(), Reply(200, "hush"))
        assertFalse("hush" in parsed.toString())
    }

    @Test
    fun `what is printed shows nothing that is private`() {
        val raw = Json.parseToJsonElement("""{"text":"hush","email":"hush@example.com"}""").jsonObject
        val message = event("""{"type":"message","text":"hush","prompt":{"kind":"text","format":"any","title":"hush"}}""") as Event.Message
        for (shown in listOf(
            FileLink("https://hush.example.com/a.pdf", "hush.pdf", path = "/home/hush/a.pdf"),
            Contact("Hush", "hush@example.com", "hush", "hush_7", raw),
            Assignee("7", "hush@example.com", raw),
            Sent("m1", raw = raw),
            FormField("Name", raw),
            Status("0.1.0", "https://someone:hush@example.com", null, 1, Counters(0, 0, 0, 0, 0, 0, 0, 0, raw), raw),
            WotnotConfig("t", baseUrl = "https://someone:hush@example.com/"),
            WotnotConfig("t", baseUrl = "someone:hush@example.com"),
            message,
            message.prompt,
            Variables(contact = mapOf("name" to "hush")),
        )) assertFalse(shown.toString().contains("hush", ignoreCase = true)) { shown.toString() }
    }

    @Test
    fun `the whole configuration reaches the native library`() {
        val config = WotnotConfig(
            token = "t", botKey = "b", baseUrl = "https://example.com/", webhook = Webhook("w", "127.0.0.1:0", "/x", 2),
            timeoutMillis = 1, connectTimeoutMillis = 2, retry = Retry(1, 0, 9), proxy = ProxySetting.Direct,
            tls = Tls("bundled"), userAgent = "my-app/1.0", botKeyField = "publish_key", allowHttp = true,
        )
        Wotnot(config).use { client ->
            val status = client.status()
            assertEquals("https://example.com", status.baseUrl)
            assertEquals(1, status.timeoutMillis)
            assertTrue(Regex("http://127\\.0\\.0\\.1:\\d+/x").matches(status.webhookUrl.orEmpty()))
        }
    }

    @Test
    fun `a wrong setting is named and its value is not shown`() {
        val error = assertThrows(WotnotException.InvalidArgument::class.java) { Wotnot(WotnotConfig("hush hush")) }
        assertTrue(error.reason.startsWith("token: holds white space")) { error.reason }
        assertFalse("hush" in error.toString())
        assertTrue(
            assertThrows(WotnotException.InvalidArgument::class.java) { Wotnot.fromJson("""{"token":"t","timout_ms":3}""") }
                .reason.contains("did you mean `timeout_ms`?"),
        )
    }

    @Test
    fun `a post is taken apart, and a wrong token comes with the reply to give`() = Wotnot(deafConfig()).use { client ->
        val (events, reply) = client.parseWebhook(post("Hi 😀"))
        assertEquals(listOf("Hi 😀"), events.map { it.said })
        assertEquals(200, reply.status)
        val test = client.parseWebhook("""{"token":"hook"}""")
        assertEquals("""{"token":"hook"}""", test.reply.body)
        val error = assertThrows(WotnotException.WebhookRejected::class.java) { client.parseWebhook("""{"token":"guess","events":[]}""") }
        assertEquals(401, error.reply?.status)
    }

    private fun event(json: String) = Event.read(Json.parseToJsonElement(json).jsonObject)

    private fun prompt(json: String) = Prompt.read(Json.parseToJsonElement(json).jsonObject)
}
