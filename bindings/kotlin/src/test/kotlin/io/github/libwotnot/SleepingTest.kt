package io.github.libwotnot

import kotlinx.coroutines.Dispatchers
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import org.junit.jupiter.api.Test
import java.io.File
import kotlin.time.Duration.Companion.hours

/** Who waits sleeps: nothing wakes them but what they wait for. */
class SleepingTest : LeavesNothing {
    @Test
    fun `coroutines that wait for events wake no thread`(): Unit = Wotnot(deafConfig()).use { client ->
        runBlocking {
            val waiting = List(200) { launch(Dispatchers.Default) { client.conversation("c$it").receive() } } +
                launch(Dispatchers.Default) { client.receive(1.hours) } +
                launch(Dispatchers.Default) { client.events().toList() }
            // All of them wait, and the threads that brought them there sleep, once such a time is quiet. A tick of a
            // tenth of a second would be 30 wake-ups, each time.
            eventually("fewer than 15 wake-ups in three seconds") { wakeUpsOfThreeSeconds() < 15 }
            waiting.forEach { it.cancelAndJoin() }
        }
    }

    private fun wakeUpsOfThreeSeconds(): Long {
        val before = switches()
        Thread.sleep(3_000)
        return switches().entries.sumOf { (thread, count) -> count - (before[thread] ?: 0) }
    }

    /** How often each thread that runs coroutines, or code of the library, went to sleep. Those of the JVM itself do tick. */
    private fun switches(): Map<String, Long> = File("/proc/self/task").listFiles().orEmpty().mapNotNull { task ->
        val lines = runCatching { File(task, "status").readLines() }.getOrNull() ?: return@mapNotNull null
        val field = { name: String -> lines.first { it.startsWith("$name:") }.substringAfter(':').trim() }
        val counts = OURS.any { field("Name").startsWith(it) }
        if (counts) task.name to field("voluntary_ctxt_switches").toLong() else null
    }.toMap()

    private companion object {
        /** The kernel keeps 15 characters of a name. */
        val OURS = listOf("DefaultDispatch", "kotlinx.corouti", "Thread-", "wotnot")
    }
}
