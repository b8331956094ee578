package io.github.libwotnot

import io.github.libwotnot.blocking.WotnotClient
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.nio.file.Files
import kotlin.time.Duration.Companion.milliseconds
import kotlin.time.Duration.Companion.seconds

/** Whole conversations with the emulator, events through our own web server. */
class ConversationTest : LeavesNothing {
    @Test
    fun `a conversation from hello to thank you`() = withEmulator { client ->
        val chat = client.startConversation("visitor-42", "Hello", Variables(contact = mapOf("name" to "Asha")))
        assertTrue(chat.contact.visitorKey.orEmpty().startsWith("visitor-42"))
        assertEquals("Hi Asha", chat.nextFromBot().text)

        val topic = chat.nextFromBot()
        val choice = topic.prompt as Prompt.Choice
        assertEquals(listOf("Sales", "Our site"), choice.options.map { it.label })
        assertEquals("https://example.com", choice.options[1].url)
        chat.send(requireNotNull(choice.options[0].answer))

        val slider = chat.nextFromBot().prompt as Prompt.Slider
        assertEquals(listOf(18.0, 99.0, 1.0), listOf(slider.min, slider.max, slider.step))
        assertEquals("years", slider.unit)
        assertTrue(!chat.sendSlider(30).messageId.isNullOrEmpty())
        assertEquals("Thank you", chat.nextFromBot().text)
        assertEquals(3, client.status().counters.calls)
    }

    @Test
    fun `any writing survives both ways, whatever the default encoding`() = withEmulator { client ->
        val name = "Zoë 😀👩🏽‍💻 שָׁלוֹם 漢字"
        val chat = client.startConversation("visitor-😀", "Grüße 😀", Variables(contact = mapOf("name" to name)))
        assertEquals("Hi $name", chat.nextFromBot().text)
        val echo = client.conversation(chat.id).also { it.sendText("Ünïcode 🎉") }.nextFrom("visitor") { it.text.startsWith("Ü") }
        assertEquals("Ünïcode 🎉", echo.text)
    }

    @Test
    fun `a question gives the whole turn of the bot`() = withEmulator { client ->
        val chat = client.startConversation("visitor-42", "Hello", Variables(contact = mapOf("name" to "Asha")))
        val topic = chat.nextFromBot().let { chat.nextFromBot() }.prompt as Prompt.Choice
        val age = chat.ask(requireNotNull(topic.options[0].answer))
        assertEquals(TurnEnd.PROMPT, age.ended)
        assertEquals("years", (age.prompt as Prompt.Slider).unit)
        val end = chat.ask(Message.slider(30), quiet = 500.milliseconds)
        assertTrue("Thank you" in end.text) { end.toString() }
        assertNull(end.prompt)
    }

    @Test
    fun `a visitor has one conversation, also after a restart`() = Emulator().use { emulator ->
        val state = Files.createTempDirectory("wotnot").resolve("state.json")
        val config = emulator.config.withStatePath(state.toString())
        val id = Wotnot(config).use { client ->
            runBlocking {
                val first = client.openConversation("visitor-42", "Hello")
                assertEquals(Opened.STARTED to true, first.opened to first.isMessageSent)
                val again = client.openConversation("visitor-42", "Me again")
                assertEquals(Triple(first.id, Opened.REUSED, false), Triple(again.id, again.opened, again.isMessageSent))
                assertThrows(WotnotException.InvalidArgument::class.java) {
                    runBlocking { client.openConversation("visitor-42", "Hello", ifKnown = IfKnown.REFUSE) }
                }
                first.id
            }
        }
        WotnotClient(config).use { client ->
            assertEquals(id, client.openConversation("visitor-42", "Hello").id)
            assertEquals(1, client.forget("visitor-42"))
            assertEquals(Opened.STARTED, client.openConversation("visitor-42", "Hello").opened)
        }
        state.parent.toFile().deleteRecursively()
        Unit
    }

    @Test
    fun `two conversations keep their events apart`() = withEmulator { client ->
        val first = client.startConversation("visitor-1", "Hello", Variables(contact = mapOf("name" to "One")))
        val second = client.startConversation("visitor-2", "Hello", Variables(contact = mapOf("name" to "Two")))
        assertEquals("Hi Two", second.nextFromBot().text)
        assertEquals("Hi One", first.nextFromBot().text)
    }

    @Test
    fun `a wrong token is unauthorized and was rejected`() = Emulator().use { emulator ->
        Wotnot(emulator.config.copy(token = "not.the.token")).use { client ->
            val error = assertThrows(WotnotException.Unauthorized::class.java) {
                runBlocking { client.startConversation("visitor-42", "Hello") }
            }
            assertEquals(Delivery.REJECTED, error.delivery)
            assertEquals(401, error.httpStatus)
            assertEquals("JWT_SIGNATURE_EXCEPTION", error.apiCode)
        }
    }

    private fun withEmulator(talk: suspend (Wotnot) -> Unit) = Emulator().use { emulator ->
        Wotnot(emulator.config).use { client ->
            emulator.accept.set { body -> client.acceptWebhook(body) }
            runBlocking { talk(client) }
        }
    }

    private suspend fun Conversation.nextFromBot() = nextFrom("bot") { it.text.isNotEmpty() }

    private suspend fun Conversation.nextFrom(by: String, isWanted: (Event.Message) -> Boolean): Event.Message =
        events(30.seconds).filterIsInstance<Event.Message>().first { it.by == by && isWanted(it) }
}
