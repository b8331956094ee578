// Runs the model of the sample without its screen, through a gateway: the suite's program, no part of the app.

import com.example.chat.ChatModel
import io.github.libwotnot.AppState
import io.github.libwotnot.Gateway
import io.github.libwotnot.Prompt
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotConfig
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
import kotlinx.coroutines.flow.toList
import kotlinx.coroutines.launch
import kotlinx.coroutines.runBlocking
import kotlinx.coroutines.withTimeout
import kotlin.time.Duration.Companion.seconds

fun main(): Unit = runBlocking {
    val config = WotnotConfig(
        gateway = Gateway(System.getenv("WOTNOT_GATEWAY"), "dev"),
        statePath = System.getenv("WOTNOT_STATE"),
    )
    Wotnot(config).use { client ->
        client.setAppState(AppState.FOREGROUND)
        val picture = byteArrayOf(0x89.toByte(), 'P'.code.toByte(), 'N'.code.toByte(), 'G'.code.toByte(), 13, 10, 26, 10) + ByteArray(600_000)
        val parts = client.uploadParts(picture, "cat.png").toList()
        check(parts.map { it.offset } == listOf(0L, 262_144, 524_288, 600_008)) { "the parts are $parts" }
        check(parts.last().link != null) { "a file without a link" }
        withTimeout(60.seconds) {
            val model = ChatModel(client) { null }
            val following = launch { model.follow("Hello") }
            val choice = model.screen.first { it.prompt is Prompt.Choice }.prompt as Prompt.Choice
            model.pick(choice.options.first { it.label == "Sales" })
            val asked = model.screen.first { it.prompt is Prompt.Slider }
            asked.lines.forEach { println("${it.by}: ${it.text} (${it.state})") }
            check(asked.lines.count { it.text == "Sales" } == 1) { "a line is there twice" }
            model.answer(1000)
            check(model.screen.value.problem != null) { "a number beyond the slider was taken" }
            following.cancelAndJoin()
            // The screen comes back, and finds its conversation.
            val again = launch { model.follow("Hello") }
            model.answer(30)
            model.screen.first { it.hasEnded }
            again.cancelAndJoin()
            println(model.transcript())
        }
    }
}
