package com.example.chat

import io.github.libwotnot.ChoiceOption
import io.github.libwotnot.Conversation
import io.github.libwotnot.Event
import io.github.libwotnot.Message
import io.github.libwotnot.MessageState
import io.github.libwotnot.Prompt
import io.github.libwotnot.Resolution
import io.github.libwotnot.Wotnot
import io.github.libwotnot.WotnotException
import kotlinx.coroutines.flow.MutableStateFlow
import kotlinx.coroutines.flow.StateFlow
import kotlinx.coroutines.flow.asStateFlow
import kotlinx.coroutines.flow.update
import java.util.UUID

/** One thing that was said. [id] stays the same in every delivery. */
data class Line(val id: String, val by: String, val text: String, val state: MessageState?)

/** All that the screen shows. */
data class Screen(
    val lines: List<Line> = emptyList(),
    /** What the bot waits for. */
    val prompt: Prompt? = null,
    val hasEnded: Boolean = false,
    /** Why the last thing that was tried did not work. */
    val problem: String? = null,
    /** How much of a file is there, from 0 to 1, while one goes over. */
    val progress: Float? = null,
)

/**
 * The chat behind the screen, without anything of Android's: the suite compiles and runs it on the JVM.
 *
 * [identity] gives what your back end signs of a visitor who has logged in; null is anonymous.
 */
class ChatModel(private val client: Wotnot, private val identity: suspend () -> String?) {
    private val changes = MutableStateFlow(Screen())
    private var chat: Conversation? = null

    val screen: StateFlow<Screen> = changes.asStateFlow()

    /** Shows the conversation for as long as the screen is there. The first time it is begun with [greeting]. */
    suspend fun follow(greeting: String) = attempt {
        val opened = client.openConversation(text = greeting)
        chat = opened
        opened.events().collect(::take)
    }

    suspend fun say(text: String) = send(Message.text(text), text)

    suspend fun pick(option: ChoiceOption) = option.answer?.let { send(it, option.label) }

    /** Answers the prompt with a number, a day or whatever else it asks for. */
    suspend fun answer(value: Any) = attempt {
        val prompt = screen.value.prompt ?: return@attempt
        send(client.answer(prompt, value), value.toString())
    }

    /** Answers the prompt for a file with a picture. */
    suspend fun attach(picture: ByteArray, name: String) = attempt {
        client.uploadParts(picture, name).collect { file ->
            changes.update { it.copy(progress = (file.offset.toFloat() / file.size).takeUnless { file.isReady }) }
            file.link?.let { answer(it) }
        }
    }

    /** Decides on a line that is [MessageState.UNCONFIRMED]. */
    suspend fun resolve(line: Line, resolution: Resolution) = attempt { chat?.resolve(line.id, resolution) }

    suspend fun transcript(): String = chat?.transcript().orEmpty()

    /** What has no network is kept, and goes out when there is one. */
    private suspend fun send(message: Message, text: String) = attempt {
        val id = UUID.randomUUID().toString()
        val sent = chat?.send(message, clientId = id, queue = true) ?: return@attempt
        // The event tells more, where it was faster.
        if (screen.value.lines.none { it.id == id }) show(Line(id, "visitor", text, sent.state))
    }

    private suspend fun take(event: Event) {
        when (event) {
            is Event.Message -> {
                show(Line(event.clientId ?: event.eventId, event.by.orEmpty(), event.text, event.state))
                changes.update { it.copy(prompt = event.prompt) }
            }
            is Event.Delivery -> changes.update { screen ->
                val lines = screen.lines.map { if (it.id == event.clientId) it.copy(state = event.state) else it }
                screen.copy(lines = lines)
            }
            is Event.Status -> changes.update { it.copy(hasEnded = event.closed == true) }
            // The newest messages follow.
            is Event.Reset -> changes.value = Screen()
            is Event.IdentityWanted -> client.setIdentity(identity())
            else -> {}
        }
    }

    /** A line that is known takes the place of the one before: an event may come twice. */
    private fun show(line: Line) = changes.update { screen ->
        val at = screen.lines.indexOfFirst { it.id == line.id }
        val lines = if (at < 0) screen.lines + line else screen.lines.toMutableList().also { it[at] = line }
        screen.copy(lines = lines, problem = null)
    }

    private suspend fun attempt(work: suspend () -> Unit) = try {
        work()
    } catch (error: WotnotException) {
        changes.update { it.copy(problem = error.reason, progress = null) }
    }
}
