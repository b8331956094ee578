// Runs the model of the sample without its screen, through a gateway: the suite's program, no part of the app.

import com.example.chat.ChatModel
import io.github.libwotnot.Gateway
import io.github.libwotnot.Prompt
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotConfig
import kotlinx.coroutines.cancelAndJoin
import kotlinx.coroutines.flow.first
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
