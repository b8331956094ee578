package io.github.libwotnot.blocking

import io.github.libwotnot.Assignee
import io.github.libwotnot.Contact
import io.github.libwotnot.Event
import io.github.libwotnot.FileLink
import io.github.libwotnot.Message
import io.github.libwotnot.MessageState
import io.github.libwotnot.Opened
import io.github.libwotnot.Resolution
import io.github.libwotnot.Sent
import io.github.libwotnot.TranscriptFormat
import io.github.libwotnot.Turn
import io.github.libwotnot.internal.Session
import io.github.libwotnot.internal.Started
import io.github.libwotnot.internal.resolveParams
import io.github.libwotnot.internal.sendParams
import io.github.libwotnot.internal.transcriptParams
import io.github.libwotnot.internal.turnParams
import io.github.libwotnot.internal.wholeMillis
import kotlinx.serialization.json.JsonObject
import java.time.Duration

/** A visitor's conversation, for threads. Sends on behalf of the visitor; every failure says what became of the message. */
public class BlockingConversation internal constructor(private val session: Session, private val started: Started) {
    /** The conversation's id; events name it as [Event.conversationId]. */
    public val id: String get() = started.id

    /** Who the service takes the visitor for. */
    public val contact: Contact get() = started.contact

    /** Who answers; null on a conversation that was not started here. */
    public val assignee: Assignee? get() = started.assignee

    /** As the service writes it: `YYYY-MM-DD HH:MM:SS.ffffff`, taken to be UTC. */
    public val createdAt: String? get() = started.createdAt

    /** How `openConversation` came by it; null on one that it did not give. */
    public val opened: Opened? get() = started.opened

    /** Whether the service took the first message of the call that gave this: not where the visitor had it before. */
    public val isMessageSent: Boolean get() = started.isMessageSent

    /** The document that it was read from. */
    public val raw: JsonObject get() = started.raw

    /** Sends typed text. */
    @JvmOverloads
    public fun sendText(text: String, timeout: Duration? = null, clientId: String? = null, queue: Boolean = false): Sent =
        send(Message.text(text), timeout, clientId, queue)

    /** Sends the value of a slider. */
    @JvmOverloads
    public fun sendSlider(value: Number, timeout: Duration? = null): Sent = send(Message.slider(value), timeout)

    /** Sends links to files that you host. */
    @JvmOverloads
    public fun sendFiles(files: List<FileLink>, timeout: Duration? = null): Sent = send(Message.files(files), timeout)

    /** Sends what was filled into a form, by label. */
    @JvmOverloads
    public fun sendForm(fields: Map<String, @JvmSuppressWildcards Any?>, timeout: Duration? = null): Sent =
        send(Message.form(fields), timeout)

    /** Sends the values that a JavaScript block asked for. */
    @JvmOverloads
    public fun sendVariables(
        contact: Map<String, @JvmSuppressWildcards Any?> = emptyMap(),
        other: Map<String, @JvmSuppressWildcards Any?> = emptyMap(),
        timeout: Duration? = null,
    ): Sent = send(Message.variables(contact, other), timeout)

    /**
     * Sends any answer, such as the `answer` of a choice's option.
     *
     * @param timeout the overall deadline, instead of the configured one
     * @param clientId your own id of the message, by which a gateway counts it once
     * @param queue through a gateway: whether it is kept where there is no network, and goes out later
     */
    @JvmOverloads
    public fun send(message: Message, timeout: Duration? = null, clientId: String? = null, queue: Boolean = false): Sent =
        session.sendHere(sendParams(id, message, timeout?.wholeMillis(), clientId, queue))

    /** Decides on a message whose [Event.state] is [MessageState.UNCONFIRMED], through a gateway. */
    @JvmOverloads
    public fun resolve(clientId: String, resolution: Resolution, timeout: Duration? = null): Sent =
        session.resolveHere(resolveParams(id, clientId, resolution, timeout?.wholeMillis()))

    /** The whole conversation as a gateway has it. */
    @JvmOverloads
    public fun transcript(format: TranscriptFormat = TranscriptFormat.TXT, timeout: Duration? = null): String =
        session.transcriptHere(transcriptParams(id, format, timeout?.wholeMillis()))

    /**
     * Says something and gives the bot's whole turn: all that comes until it asks something, the
     * conversation is closed or handed over, or nothing comes for [quiet] (3 s) after the last event.
     * Needs a client with a webhook. When it fails, no event is lost.
     *
     * @param timeout the overall deadline of the message and the turn, instead of the configured one
     */
    @JvmOverloads
    public fun ask(message: Message, timeout: Duration? = null, quiet: Duration? = null): Turn =
        session.askHere(turnParams(sendParams(id, message, timeout?.wholeMillis()), quiet?.wholeMillis()))

    /** The same with typed text. */
    @JvmOverloads
    public fun ask(text: String, timeout: Duration? = null, quiet: Duration? = null): Turn = ask(Message.text(text), timeout, quiet)

    /** The next event of this conversation, or null when none arrives within the time. Those of others stay for others. */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun receive(timeout: Duration? = null): Event? = session.await(id, timeout)

    /** The events of this conversation, as [WotnotClient.events] gives those of all. */
    @JvmOverloads
    public fun events(timeout: Duration? = null): Iterable<Event> = session.eventsHere(id, timeout)

    override fun toString(): String = "Conversation(id=$id)"
}
