package io.github.libwotnot.blocking

import io.github.libwotnot.AppState
import io.github.libwotnot.Event
import io.github.libwotnot.FileLink
import io.github.libwotnot.IfKnown
import io.github.libwotnot.LogRecord
import io.github.libwotnot.Message
import io.github.libwotnot.ParsedWebhook
import io.github.libwotnot.Prompt
import io.github.libwotnot.Reply
import io.github.libwotnot.Status
import io.github.libwotnot.Uploaded
import io.github.libwotnot.Variables
import io.github.libwotnot.WotnotConfig
import io.github.libwotnot.WotnotException
import io.github.libwotnot.internal.Session
import io.github.libwotnot.internal.namingSettings
import io.github.libwotnot.internal.openParams
import io.github.libwotnot.internal.startParams
import io.github.libwotnot.internal.uploadParams
import io.github.libwotnot.internal.wholeMillis
import kotlinx.serialization.json.JsonElement
import java.time.Duration

/**
 * A client of the API channel for Java and for threads: every function blocks. Share it between threads;
 * close it when done.
 *
 * Interrupting a thread ends the call that it is blocked in, with [WotnotException.Interrupted], whose
 * [WotnotException.delivery] says what became of the message. The thread stays interrupted.
 */
public class WotnotClient private constructor(private val session: Session) : AutoCloseable {
    /**
     * Checks the settings and opens the webhook listener when they ask for one. Sends nothing.
     *
     * @throws WotnotException.InvalidArgument naming the setting
     */
    public constructor(config: WotnotConfig) : this(namingSettings { Session(config.json().toString()) })

    /**
     * Starts a conversation. Call it once for each visitor, and keep the conversation's id; [openConversation] does both.
     *
     * @param visitorId your own unique id of the visitor; a gateway knows its visitor, and needs none
     * @param text what they said first
     * @param botKey the bot to talk to, instead of the configured one
     * @param timeout the overall deadline, instead of the configured one
     * @throws WotnotException with [WotnotException.delivery] set: what became of the first message
     */
    @JvmOverloads
    public fun startConversation(
        visitorId: String? = null,
        text: String,
        variables: Variables? = null,
        botKey: String? = null,
        timeout: Duration? = null,
    ): BlockingConversation =
        BlockingConversation(session, session.startHere(startParams(visitorId, Message.text(text), variables, botKey, timeout?.wholeMillis())))

    /**
     * The visitor's conversation with the bot: the one that they have, or one that is started with [text].
     * [BlockingConversation.opened] says which, and [BlockingConversation.isMessageSent] whether the service took the text.
     *
     * @param visitorId your own unique id of the visitor; a gateway knows its visitor, and needs none
     * @param text what they said first; sent only where a conversation is started
     * @param botKey the bot to talk to, instead of the configured one
     * @param timeout the overall deadline, instead of the configured one
     * @param ifKnown what to do when the visitor has a conversation
     * @throws WotnotException with [WotnotException.delivery] set: what became of the first message
     */
    @JvmOverloads
    public fun openConversation(
        visitorId: String? = null,
        text: String,
        variables: Variables? = null,
        botKey: String? = null,
        timeout: Duration? = null,
        ifKnown: IfKnown = IfKnown.REUSE,
    ): BlockingConversation {
        val start = startParams(visitorId, Message.text(text), variables, botKey, timeout?.wholeMillis())
        return BlockingConversation(session, session.openHere(openParams(start, ifKnown)))
    }

    /**
     * Forgets the conversations that [openConversation] knows of the visitor, with their events; gives how many there were.
     * Through a gateway it erases all that the gateway keeps of the visitor, who needs no id.
     */
    @JvmOverloads
    public fun forget(visitorId: String? = null): Int = session.forget(visitorId)

    /**
     * Says who the visitor is, as your site signed it for a gateway; null is anonymous. Give a fresh one when
     * [Event.IdentityWanted] asks for it.
     */
    public fun setIdentity(identity: String?): Unit = session.setIdentity(identity)

    /**
     * Hands a file to the gateway, and gives the link that answers a prompt for one. It goes on after a cut; after an
     * error, or a kill of the program, the same call goes on where it stopped.
     *
     * @param path the file
     * @param name the name to show; that of the path when null
     * @param mediaType such as `image/png`; what the name says when null
     * @param timeout the deadline of the whole; without it each part has the configured one
     */
    @JvmOverloads
    public fun upload(path: String, name: String? = null, mediaType: String? = null, timeout: Duration? = null): Uploaded =
        session.uploadHere(uploadParams(path, name, mediaType, timeout?.wholeMillis()))

    /** Says through a gateway whether people see the app now. */
    public fun setAppState(state: AppState): Unit = session.setAppState(state)

    /** Continues a conversation that was started before. Sends nothing. */
    public fun conversation(id: String): BlockingConversation = BlockingConversation(session, session.known(id))

    /**
     * The next event, in the order of arrival, or null when none arrives within the time; waits without end
     * when `timeout` is null. Interrupting the thread ends the wait and loses no event.
     *
     * @throws WotnotException.Closed when the client is closed, also while waiting
     * @throws WotnotException.Interrupted when [interrupt] wakes it
     * @throws WotnotException.InvalidArgument on a client without a webhook, because nothing could ever arrive
     */
    @JvmOverloads
    @Throws(InterruptedException::class)
    public fun receive(timeout: Duration? = null): Event? = session.await(null, timeout)

    /**
     * The events as they arrive. Ends when none arrives within the time, by [interrupt], and when the client is closed. It may
     * be iterated again, for what arrives then. Interrupting the thread ends the iteration with
     * [WotnotException.Interrupted] and loses no event; the thread stays interrupted.
     */
    @JvmOverloads
    public fun events(timeout: Duration? = null): Iterable<Event> = session.eventsHere(null, timeout)

    /**
     * Retries and results as they happen, where [WotnotConfig.log] asks for them: go through it on a thread of yours, with
     * whatever your program logs with. Ends when nothing comes within the time, or the client is closed.
     *
     * @throws WotnotException.InvalidArgument on a client with neither a log nor a webhook, because nothing could ever come
     */
    @JvmOverloads
    public fun logRecords(timeout: Duration? = null): Iterable<LogRecord> = session.logRecordsHere(timeout)

    /**
     * Checks a post to your own web server and takes it apart. Keeps nothing and sends nothing.
     *
     * @param body the whole body
     * @param authorization the header of that name
     * @throws WotnotException with the [WotnotException.reply] to give, such as [WotnotException.WebhookRejected]
     */
    @JvmOverloads
    public fun parseWebhook(body: String, authorization: String? = null): ParsedWebhook = session.parse(body, authorization)

    /**
     * Checks a post to your own web server and keeps its events for [receive] and [events].
     *
     * @return what to answer
     * @throws WotnotException with the [WotnotException.reply] to give; [WotnotException.Overloaded] when the queue is full
     */
    @JvmOverloads
    public fun acceptWebhook(body: String, authorization: String? = null): Reply = session.accept(body, authorization)

    /**
     * The message that answers a prompt, for `send` and `ask`. Sends nothing.
     *
     * @param value a text; for a choice an option's label, key or index from 0, or a list of them; for a slider a number;
     * for files a [FileLink], a link or a list of them; for a form and variables a map of values by name; for a date a
     * [java.time.LocalDate] or a text
     * @throws WotnotException.InvalidArgument saying what the bot asks for, when it is something else
     */
    public fun answer(prompt: Prompt, value: Any): Message = session.answer(prompt, value)

    /** What this client is and has done. */
    public fun status(): Status = session.status()

    /** Calls a method of the native library as it is, for what has no function here yet. */
    public fun call(method: String, params: JsonElement): JsonElement = session.callHere(method, params)

    /**
     * Wakes everybody who waits for an event now, and nobody else: [receive] throws [WotnotException.Interrupted], and a
     * loop over [events] ends.
     */
    public fun interrupt(): Unit = session.interrupt()

    /** Ends every call and every wait with [WotnotException.Closed] and stops the listener. A second time does nothing. */
    override fun close(): Unit = session.close()

    public companion object {
        /**
         * A client of settings in the native library's JSON form, such as a file holds.
         *
         * @throws WotnotException.InvalidArgument naming the setting
         */
        @JvmStatic
        public fun fromJson(config: String): WotnotClient = WotnotClient(Session(config))
    }
}
