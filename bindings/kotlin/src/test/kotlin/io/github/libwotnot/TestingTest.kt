package io.github.libwotnot

import io.github.libwotnot.testing.Emulator
import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.runBlocking
import kotlinx.serialization.json.JsonObject
import kotlinx.serialization.json.JsonPrimitive
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.Test
import java.io.File
import java.io.IOException
import kotlin.time.Duration.Companion.seconds

/** The helper for the tests of others. */
class TestingTest : LeavesNothing {
    private val flow = File(root, "flows/demo.yaml").toPath()

    @Test
    fun `a test plays a conversation without an account`() = Emulator(flow, command = program("wotnot")).use { emulator ->
        emulator.client().use { client ->
            runBlocking {
                val chat = client.startConversation("visitor-42", "Hello")
                val events = chat.events(30.seconds).filterIsInstance<Event.Message>()
                assertTrue(events.first { it.prompt is Prompt.Choice }.text.isNotEmpty())
                assertEquals(1, emulator.requests().size)
                emulator.agentSays(chat.id, "A person here")
                assertEquals("A person here", events.first { it.by == "agent" }.text)
                assertTrue("Hello" in emulator.transcript(chat.id).toString())
                emulator.closeConversation(chat.id)
            }
        }
        emulator.reset()
        val refused = assertThrows(IllegalArgumentException::class.java) { emulator.control("PUT", "/faults", JsonObject(mapOf("faults" to JsonPrimitive(1)))) }
        assertTrue(refused.message.orEmpty().startsWith("PUT /faults: "))
        emulator.setFaults(emptyList())
    }

    @Test
    fun `a missing command is named with what to do`() {
        val error = assertThrows(IOException::class.java) { Emulator(flow, command = "/nowhere/wotnot") }
        assertTrue("WOTNOT_BIN" in error.message.orEmpty())
        assertTrue("emulate` does not run" in error.message.orEmpty())
    }
}
