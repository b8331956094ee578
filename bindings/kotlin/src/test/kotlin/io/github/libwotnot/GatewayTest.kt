package io.github.libwotnot

import kotlinx.coroutines.flow.filterIsInstance
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.take
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.AfterAll
import org.junit.jupiter.api.Assertions.assertEquals
import org.junit.jupiter.api.Assertions.assertNotNull
import org.junit.jupiter.api.Assertions.assertThrows
import org.junit.jupiter.api.Assertions.assertTrue
import org.junit.jupiter.api.BeforeAll
import org.junit.jupiter.api.Test
import org.junit.jupiter.api.TestInstance
import org.junit.jupiter.api.io.TempDir
import java.io.File
import kotlin.time.Duration.Companion.seconds

/** What becomes of messages and how far files are, as flows, through a gateway in a process of its own. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GatewayTest : LeavesNothing {
    private val png = byteArrayOf(0x89.toByte(), 'P'.code.toByte(), 'N'.code.toByte(), 'G'.code.toByte(), 13, 10, 26, 10) + ByteArray(600_000)
    private lateinit var process: Process
    private lateinit var gateway: Gateway

    @BeforeAll
    fun start(@TempDir data: File) {
        process = ProcessBuilder(
            program("wotnot"), "gateway", "--dev", "--port", "0", "--log-level", "warn", "--data", data.path,
        ).redirectError(ProcessBuilder.Redirect.INHERIT).start()
        val url = process.inputStream.bufferedReader().readLine() ?: error("the gateway did not start")
        gateway = Gateway(url, "dev")
    }

    @AfterAll
    fun stop() {
        process.destroy()
        process.waitFor()
    }

    private fun visit(work: suspend (Wotnot) -> Unit) = Wotnot(WotnotConfig(gateway = gateway)).use { client -> runBlocking { work(client) } }

    @Test
    fun `what becomes of a message comes among the events`() = visit { client ->
        val chat = client.openConversation(text = "Hello")
        chat.sendText("Anybody?", clientId = "kotlin-1")
        val states = chat.events(30.seconds).filterIsInstance<Event.Delivery>()
        assertEquals(MessageState.ACCEPTED, states.first { it.clientId == "kotlin-1" }.state)
    }

    @Test
    fun `a file goes over part by part and goes on where it was left`() = visit { client ->
        val begun = client.uploadParts(png, "cat.png").take(2).toList()
        val rest = client.uploadParts(png, "cat.png", fileId = begun.last().fileId).toList()
        assertEquals(listOf(0L, 262_144, 262_144, 524_288, 600_008), (begun + rest).map { it.offset })
        assertNotNull(rest.last().link)
    }

    @Test
    fun `a file that became shorter ends its upload with an error`(@TempDir folder: File) = visit { client ->
        val file = File(folder, "shorter.png").apply { writeBytes(png) }
        val error = assertThrows(WotnotException.InvalidArgument::class.java) {
            runBlocking { client.uploadParts(file).collect { file.writeBytes(ByteArray(0)) } }
        }
        assertTrue("data: has no bytes" in error.message.orEmpty())
    }
}
