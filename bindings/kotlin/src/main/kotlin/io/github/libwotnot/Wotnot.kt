package io.github.libwotnot

import io.github.libwotnot.internal.PartsOf
import io.github.libwotnot.internal.Session
import io.github.libwotnot.internal.namingSettings
import io.github.libwotnot.internal.nativeVersion
import io.github.libwotnot.internal.openParams
import io.github.libwotnot.internal.startParams
import io.github.libwotnot.internal.uploadParams
import io.github.libwotnot.internal.wholeMillis
import kotlinx.coroutines.flow.Flow
import kotlinx.serialization.json.JsonElement
import java.io.File
import kotlin.time.Duration

/**
 * A client of the API channel, for coroutines. Share it; close it when done. From Java, or without
 * coroutines, use [io.github.libwotnot.blocking.WotnotClient].
 *
 * Calls run on [kotlinx.coroutines.Dispatchers.IO], at most 64 of a client at once; the time that one
 * waits for its turn counts. A cancelled call ends at once, whatever it waits for, and its cancellation
 * has a [WotnotException.Interrupted] as its cause, which says what became of the message.
 */
public class Wotnot internal constructor(private val session: Session) : AutoCloseable {
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
    public suspend fun startConversation(
        visitorId: String? = null,
        text: String,
        variables: Variables? = null,
        botKey: String? = null,
        timeout: Duration? = null,
    ): Conversation = Conversation(session, session.start(startParams(visitorId, Message.text(text), variables, botKey, timeout?.wholeMillis())))

    /**
     * The visitor's conversation with the bot: the one that they have, or one that is started with [text].
     * [Conversation.opened] says which, and [Conversation.isMessageSent] whether the service took the text.
     *
     * @param visitorId your own unique id of the visitor; a gateway knows its visitor, and needs none
     * @param text what they said first; sent only where a conversation is started
     * @param botKey the bot to talk to, instead of the configured one
     * @param timeout the overall deadline, instead of the configured one
     * @param ifKnown what to do when the visitor has a conversation
     * @throws WotnotException with [WotnotException.delivery] set: what became of the first message
     */
    public suspend fun openConversation(
        visitorId: String? = null,
        text: String,
        variables: Variables? = null,
        botKey: String? = null,
        timeout: Duration? = null,
        ifKnown: IfKnown = IfKnown.REUSE,
    ): Conversation {
        val start = startParams(visitorId, Message.text(text), variables, botKey, timeout?.wholeMillis())
        return Conversation(session, session.open(openParams(start, ifKnown)))
    }

    /**
     * Forgets the conversations that [openConversation] knows of the visitor, with their events; gives how many there were.
     * Through a gateway it erases all that the gateway keeps of the visitor, who needs no id.
     */
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
    public suspend fun upload(path: String, name: String? = null, mediaType: String? = null, timeout: Duration? = null): Uploaded =
        session.upload(uploadParams(path, name, mediaType, timeout?.wholeMillis()))

    /**
     * The same part by part: tells how far the file is, the last time with the link.
     *
     * @param fileId that of an upload that was begun before, to go on with it
     */
    public fun uploadParts(file: File, name: String = file.name, mediaType: String? = null, fileId: String? = null): Flow<Uploaded> =
        session.uploadParts(PartsOf(file), name, mediaType, fileId)

    /** The same of bytes, such as those of a picture that was taken. */
    public fun uploadParts(bytes: ByteArray, name: String, mediaType: String? = null, fileId: String? = null): Flow<Uploaded> =
        session.uploadParts(PartsOf(bytes), name, mediaType, fileId)

    /** Says through a gateway whether people see the app now. */
    public fun setAppState(state: AppState): Unit = session.setAppState(state)

    /** Continues a conversation that was started before. Sends nothing. */
    public fun conversation(id: String): Conversation = Conversation(session, session.known(id))

    /**
     * The next event, in the order of arrival, or null when none arrives within the time. Cancelling
     * takes effect at once and loses no event. Several coroutines may wait: each event goes to one.
     *
     * @throws WotnotException.Closed when the client is closed, also while waiting
     * @throws WotnotException.Interrupted when [interrupt] wakes it
     * @throws WotnotException.InvalidArgument on a client without a webhook, because nothing could ever arrive
     */
    public suspend fun receive(timeout: Duration = Duration.INFINITE): Event? = session.receive(null, timeout)

    /** The events as they arrive, on the collector's pull. Ends when none arrives within the time, by [interrupt], and when the client is closed. */
    public fun events(timeout: Duration = Duration.INFINITE): Flow<Event> = session.events(null, timeout)

    /**
     * Retries and results as they happen, where [WotnotConfig.log] asks for them: collect it in a coroutine of yours, with
     * whatever your program logs with. Ends when nothing comes within the time, or the client is closed.
     *
     * @throws WotnotException.InvalidArgument on a client with neither a log nor a webhook, because nothing could ever come
     */
    public fun logRecords(timeout: Duration = Duration.INFINITE): Flow<LogRecord> = session.logRecords(timeout)

    /**
     * Checks a post to your own web server and takes it apart. Keeps nothing and sends nothing.
     *
     * @param body the whole body
     * @param authorization the header of that name
     * @throws WotnotException with the [WotnotException.reply] to give, such as [WotnotException.WebhookRejected]
     */
    public fun parseWebhook(body: String, authorization: String? = null): ParsedWebhook = session.parse(body, authorization)

    /**
     * Checks a post to your own web server and keeps its events for [receive] and [events].
     *
     * @return what to answer
     * @throws WotnotException with the [WotnotException.reply] to give; [WotnotException.Overloaded] when the queue is full
     */
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
    public suspend fun call(method: String, params: JsonElement): JsonElement = session.call(method, params)

    /**
     * Wakes everybody who waits for an event now, and nobody else: [receive] throws [WotnotException.Interrupted], and a
     * loop over [events] ends.
     */
    public fun interrupt(): Unit = session.interrupt()

    /** Ends every call and every wait with [WotnotException.Closed] and stops the listener. A second time does nothing. */
    override fun close(): Unit = session.close()

    public companion object {
        /** The native library's version. */
        @JvmStatic
        public val version: String get() = nativeVersion()

        /**
         * A client of settings in the native library's JSON form, such as a file holds.
         *
         * @throws WotnotException.InvalidArgument naming the setting
         */
        public fun fromJson(config: String): Wotnot = Wotnot(Session(config))
    }
}
